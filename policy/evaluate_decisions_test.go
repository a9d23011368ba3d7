package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	denyAll    = `{"Sid":"Deny","Effect":"Deny","Action":"*","Resource":"*"}`
	noBoundary = "implicit deny: permissions boundary"
	assumeRole = "sts:AssumeRole"
	opsRole    = "arn:aws:iam::123456789012:role/ops"
)

// decisionGroups are whole decisions. The first section of the file names
// statements; each case is a name and its parts: who asks what, in which context,
// the policies that there are, each by the names of its statements, and what is
// decided. The owner is the account of the resource, where Evaluate does not find it.
func decisionGroups(t *testing.T) []ruleGroup {
	t.Helper()
	all := sections(t, "evaluate-decisions.txt")
	statements := map[string]string{}
	for _, line := range all[0].lines {
		name, statement, _ := strings.Cut(line, " = ")
		statements[name] = statement
	}
	var groups []ruleGroup
	for _, section := range all[1:] {
		page, rule, _ := strings.Cut(section.heading, ": ")
		group := ruleGroup{page: page, rule: rule}
		for _, line := range section.lines {
			name, rest, _ := strings.Cut(line, " | ")
			group.cases = append(group.cases, ruleCase{name, func(t *testing.T) {
				t.Helper()
				requireDecision(t, rest, statements)
			}})
		}
		groups = append(groups, group)
	}
	return groups
}

func requireDecision(t *testing.T, text string, statements map[string]string) {
	t.Helper()
	parts := map[string]string{"caller": "anonymous", "action": "s3:GetObject", "resource": bucketARN}
	for part := range strings.SplitSeq(text, " | ") {
		key, value, _ := strings.Cut(part, " ")
		parts[key] = value
	}
	of := func(key string) string {
		var texts []string
		for name := range strings.FieldsSeq(parts[key]) {
			require.Contains(t, statements, name)
			texts = append(texts, statements[name])
		}
		return strings.Join(texts, ",")
	}
	require.Contains(t, callers(), parts["caller"])
	d := policy.Evaluate(policy.Request{
		Caller: callers()[parts["caller"]], Action: parts["action"], Resource: parts["resource"],
		Context: contextOf(parts["context"]),
	}, policy.Policies{
		Identity: attached(t, "identity", of("identity")), Boundary: oneAttached(t, "boundary", of("boundary")),
		Session: attached(t, "session", of("session")), Resource: oneAttached(t, "bucket", of("bucket")),
		Trust: oneAttached(t, "trust", of("trusted")), ResourceAccount: parts["owner"],
	})
	requireConsistent(t, d)
	require.Equal(t, parts["want"], asText(d))
}

// credential is one of the kinds of section 1 of the facts: who calls, and what the
// context says of MFA.
func credential(t *testing.T, kind string) (policy.Caller, policy.Context) {
	t.Helper()
	found, ok := map[string]struct {
		caller     policy.Caller
		credential policy.Credential
	}{
		"long-term key": {bob(), policy.LongTermKey}, "session token": {bob(), policy.SessionToken},
		"console": {bob(), policy.Console}, "session token with MFA": {bob(), policy.SessionTokenMFA},
		"console with MFA": {bob(), policy.ConsoleMFA}, "AssumeRole with a code": {bob(), policy.AssumeRoleCode},
		"role session": {devRole(), policy.RoleSession}, "federated user": {federatedBob(), policy.LongTermKey},
		"role session of a session with MFA": {devRole(), policy.RoleChain},
		"service on the user's behalf":       {bob(), policy.ViaService},
	}[kind]
	require.True(t, ok, kind)
	return found.caller, found.credential.Context(found.caller)
}

// projectGroups decide with the group's policy and AdministratorAccess on the
// user, the role's trust policy, and AdministratorAccess on the role.
func projectGroups(t *testing.T) []ruleGroup {
	t.Helper()
	var groups []ruleGroup
	for _, section := range sections(t, "evaluate-project.txt") {
		page, rule, _ := strings.Cut(section.heading, ": ")
		settings := policy.GroupPolicy{Account: policy.Account{Partition: "aws", ID: account}, RoleARNs: []string{devARN}}
		if strings.HasSuffix(rule, "administrators enrol") {
			settings.Enrolment = policy.AdminEnrolment
		}
		group := ruleGroup{page: page, rule: rule}
		for _, line := range section.lines {
			cells := strings.Split(line, " | ")
			group.cases = append(group.cases, ruleCase{line, func(t *testing.T) {
				t.Helper()
				caller, ctx := credential(t, cells[0])
				r := policy.Request{Caller: caller, Action: cells[1], Resource: cells[2], Context: ctx}
				d := policy.Evaluate(r, projectPolicies(t, settings, r))
				requireConsistent(t, d)
				require.Equal(t, cells[3], asText(d))
			}})
		}
		groups = append(groups, group)
	}
	return groups
}

func projectPolicies(t *testing.T, settings policy.GroupPolicy, r policy.Request) policy.Policies {
	t.Helper()
	policies := policy.Policies{Identity: attached(t, "AdministratorAccess", allowAll)}
	if r.Caller.Kind != policy.RoleSessionCaller {
		group, err := settings.Document()
		require.NoError(t, err)
		policies.Identity = append([]policy.Attached{compileAttached(t, "group", group)}, policies.Identity...)
		policies.Session = attached(t, "session", allowAll)
	}
	if r.Action == assumeRole {
		trust, err := policy.TrustPolicy([]string{bobARN})
		require.NoError(t, err)
		trusted := compileAttached(t, "trust", trust)
		policies.Trust = &trusted
	}
	return policies
}

func compileAttached(t require.TestingT, name string, d policy.Document) policy.Attached {
	text := d.String()
	document, err := policy.Parse(text)
	require.NoError(t, err)
	c, err := policy.Compile(document)
	require.NoError(t, err, text)
	return policy.Attached{Name: name, Policy: c}
}
