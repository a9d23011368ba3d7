package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func trustedRole(t testing.TB, arn string, users []string) policy.Role {
	t.Helper()
	trust, err := policy.TrustPolicy(users)
	require.NoError(t, err)
	return policy.Role{Name: arn, ARN: arn, Trust: trust, TrustedUserARNs: users}
}

func groupOf(t testing.TB, account policy.Account, name string, roles, members []string) policy.Group {
	t.Helper()
	document, err := policy.GroupPolicy{Account: account, RoleARNs: roles}.Document()
	require.NoError(t, err)
	return policy.Group{
		Name: name, RoleARNs: roles, MemberARNs: members,
		Policies: []policy.NamedDocument{{Name: "cli-dev-" + name, Document: document}},
	}
}

// manyRoles is a deployment of n roles, each with its own group of ten members.
func manyRoles(t testing.TB, n int) policy.Deployment {
	t.Helper()
	d := policy.Deployment{Account: policy.Account{Partition: "aws", ID: account}}
	for i := range n {
		role := d.Account.RoleARN("/", fmt.Sprintf("cli-dev-role-%03d", i))
		var members []string
		for j := range 10 {
			members = append(members, d.Account.UserARN("/", fmt.Sprintf("person-%03d-%d", i, j)))
		}
		d.Roles = append(d.Roles, trustedRole(t, role, members))
		d.Groups = append(d.Groups, groupOf(t, d.Account, fmt.Sprintf("group-%03d", i), []string{role}, members))
	}
	return d
}

func TestVerifyReport(t *testing.T) {
	t.Parallel()
	report := policy.Verify(manyRoles(t, 2))
	require.True(t, report.Holds())
	require.NoError(t, report.Err())
	require.Empty(t, report.Violations())
	sum := 0
	for i, result := range report.Results {
		require.Equal(t, policy.Guarantees()[i], result.Guarantee)
		require.NotEqual(t, string(result.Guarantee), result.Guarantee.Promise())
		require.True(t, result.Holds())
		sum += result.Classes
	}
	require.Equal(t, sum, report.Classes())
	require.Equal(t, "enrolment is self-service", report.Results[6].Note)
	require.Equal(t, policy.NotJudged, report.Results[6].Verdict)
	require.Equal(t, "G0", policy.Guarantee("G0").Promise())
}

func TestVerifyNotes(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	document, err := policy.GroupPolicy{
		Account: d.Account, RoleARNs: d.Groups[0].RoleARNs, Enrolment: policy.AdminEnrolment, WithoutDeny: true,
	}.Document()
	require.NoError(t, err)
	d.Groups[0].Policies[0].Document = document
	d.Enrolment, d.WithoutDeny = policy.AdminEnrolment, true
	report := policy.Verify(d)
	require.NoError(t, report.Err())
	require.Equal(t, "the deny is not in force yet", report.Results[0].Note)
	require.Equal(t, "enrolment is admin", report.Results[1].Note)
	require.Positive(t, report.Results[6].Classes)
}

func TestVerifyKeepsTheFirstViolationsAndCountsAll(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	d.Groups[0].Policies = nil
	report := policy.Verify(d)
	g1 := report.Results[0]
	require.False(t, g1.Holds())
	require.NotEmpty(t, g1.Violations)
	require.LessOrEqual(t, len(g1.Violations), 10)
	require.Greater(t, g1.Broken, 10)
	var violations *policy.ViolationError
	require.ErrorAs(t, report.Err(), &violations)
	require.Equal(t, report, violations.Report)
	text := report.Err().Error()
	require.Contains(t, text, "the documents break what this project guarantees:\n  - G1 ("+policy.G1.Promise()+"): "+g1.Violations[0].String())
	require.Equal(t, 1, strings.Count(text, "- G1 "), "the first of each")
	require.NotContains(t, text, "- G4 ")
}

func TestViolationInWords(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]policy.Violation{
		"a document of 7000 characters": {Guarantee: policy.G8, Fault: "a document of 7000 characters"},
		"s3:GetObject on * is allowed to bob with credential console and AdministratorAccess attached: " +
			"allowed by statement 2 of AdministratorAccess (identity-based policy)": {
			Guarantee: policy.G1, Caller: "bob", Credential: policy.Console, Attached: "AdministratorAccess",
			Action: "s3:GetObject", Resource: "*", Decision: policy.Decision{
				Allowed: true, Outcome: policy.Allowed, Side: policy.SideIdentity, Policy: "AdministratorAccess", Index: 1,
			},
		},
		"s3:GetObject on * is denied to bob with credential console-mfa and nothing attached: " +
			"denied by Deny of p (permissions boundary)": {
			Guarantee: policy.G3, Caller: "bob", Credential: policy.ConsoleMFA, Attached: "nothing",
			Action: "s3:GetObject", Resource: "*", Decision: policy.Decision{
				Outcome: policy.ExplicitDeny, Side: policy.SideBoundary, Policy: "p", Sid: "Deny",
			},
		},
	} {
		require.Equal(t, want, v.String())
	}
	require.Equal(t, "no statement of the role trust policy allows it", policy.Decision{Side: policy.SideTrust, Index: -1}.Reason())
	require.Equal(t, "the account root needs no allow", policy.Decision{Allowed: true, Index: -1}.Reason())
}

func TestVerifyFaultsOfDocuments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breakIt func(*policy.Deployment)
		want    string
	}{
		"trust policy over its quota": {
			func(d *policy.Deployment) { d.TrustPolicyQuota = 100 }, "the trust policy of arn:aws:iam::123456789012:role/cli-dev-role-000: ",
		},
		"trust policy with a Resource": {
			func(d *policy.Deployment) { d.Roles[0].Trust.Statements[0].Resource = policy.Values{"*"} }, "prohibited field Resource",
		},
		"group policy over its quota": {
			func(d *policy.Deployment) { d.Groups[0].Policies[0].Document.ID = strings.Repeat("x", 7000) },
			"over the quota PolicySize of 6144",
		},
		"eleven policies of a group": {
			func(d *policy.Deployment) { d.Groups[0].Policies = slices.Repeat(d.Groups[0].Policies, 11) },
			"group group-000: 11 managed policies, IAM's quota is 10",
		},
		"unknown operator": {
			func(d *policy.Deployment) {
				d.Groups[0].Policies[0].Document.Statements[0].Condition = policy.Condition{"Bool?": {"a": {"true"}}}
			},
			"cli-dev-group-000: statement 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := manyRoles(t, 1)
			test.breakIt(&d)
			violations := policy.Verify(d).Violations()
			require.NotEmpty(t, violations)
			require.Equal(t, policy.G8, violations[0].Guarantee)
			require.Contains(t, violations[0].String(), test.want)
		})
	}
}

// A document that cannot be judged breaks G8, and nothing else is tried.
func TestVerifyTriesNothingWithADocumentItCannotRead(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	d.Roles[0].Trust.Statements[0].Condition = policy.Condition{"Bool": {policy.KeyMFAPresent: {"perhaps"}}}
	for _, result := range policy.Verify(d).Results {
		require.Equal(t, result.Guarantee != policy.G8, result.Holds())
		require.Equal(t, result.Guarantee == policy.G8, result.Classes > 0)
	}
}

// What cannot be an ARN is a fault of the guarantee that needs it.
func TestVerifyBadARNs(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	d.Roles[0].TrustedUserARNs = []string{"bob"}
	require.Contains(t, policy.Verify(d).Err().Error(), `"bob" is not the ARN of one IAM object`)
}

// A group without members is tried with users that nobody is, of two paths.
func TestVerifyGroupWithoutMembers(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	d.Groups[0].MemberARNs, d.Groups[0].Policies = nil, nil
	callers := map[string]bool{}
	for _, violation := range policy.Verify(d).Violations() {
		callers[violation.Caller] = true
	}
	require.Contains(t, callers, "arn:aws:iam::123456789012:user/example-user")
}

// Groups whose policies differ in the roles alone are tried once, but a group
// whose policy differs otherwise is not passed over.
func TestVerifyFindsTheOneBadGroup(t *testing.T) {
	t.Parallel()
	good := policy.Verify(manyRoles(t, 20))
	d := manyRoles(t, 20)
	statements := d.Groups[19].Policies[0].Document.Statements
	d.Groups[19].Policies[0].Document.Statements = statements[:len(statements)-1]
	report := policy.Verify(d)
	require.Error(t, report.Err())
	require.Greater(t, report.Classes(), good.Classes())
	require.Less(t, good.Classes(), 2*policy.Verify(manyRoles(t, 10)).Classes(), "groups of one shape are tried once")
}

// In the language of 2008 ${*} has a wildcard, in that of 2012 it is an asterisk: a
// deny of the one spares what one of the other, in the same words, does not speak of.
func TestVerifyTellsLanguagesApart(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	document := &d.Groups[0].Policies[0].Document
	deny := slices.IndexFunc(document.Statements, func(s policy.Statement) bool { return s.Sid == policy.SidDenyWithoutMFA })
	require.NotNil(t, document.Statements[deny].Resource)
	for _, version := range []string{policy.Version20121017, policy.Version20081017} {
		const text = "arn:aws:s3:::${*}"
		sparing, again := document.Statements[deny], document.Statements[deny]
		again.Sid, again.Resource = "Again", policy.Values{text}
		sparing.Sid, sparing.Resource, sparing.NotResource = "Sparing", nil, policy.Values{text}
		changed := d
		changed.Groups = slices.Clone(d.Groups)
		changed.Groups[0].Policies = []policy.NamedDocument{
			{Name: "p", Document: policy.Document{
				Version: document.Version, Statements: append(slices.Delete(slices.Clone(document.Statements), deny, deny+1), again),
			}},
			{Name: "sparing", Document: policy.Document{Version: version, Statements: []policy.Statement{sparing}}},
		}
		report := policy.Verify(changed)
		if version == document.Version {
			require.NoError(t, report.Err(), "what the one spares the other denies")
			continue
		}
		require.Equal(t, policy.Broken, report.Results[0].Verdict, "%+v", report.Results[0])
	}
}

// A session with MFA can do what one without cannot where a policy variable about MFA
// names the resource: the classes are those of one of the two, so it is not proved.
func TestVerifyDoesNotProveWhatAVariableOfMFANames(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	document := func(resource string) []policy.NamedDocument {
		return []policy.NamedDocument{{Name: "p", Document: policy.Document{
			Version: policy.Version20121017, Statements: []policy.Statement{
				{Effect: policy.Allow, Action: policy.Values{"s3:*"}, Resource: policy.Values{"*"}},
				{Effect: policy.Deny, Action: policy.Values{"s3:*"}, Resource: policy.Values{resource}},
			},
		}}}
	}
	d.Roles[0].Policies = document("arn:aws:s3:::b/false")
	require.NoError(t, policy.Verify(d).Err())
	d.Roles[0].Policies = document("arn:aws:s3:::b/${aws:MultiFactorAuthPresent}")
	report := policy.Verify(d)
	require.ErrorContains(t, report.Err(), "a policy variable about MFA has one value with MFA, and another without")
	require.Equal(t, policy.Undecided, report.Results[2].Verdict)
}

// The guard of a deploy stays cheap: what a hundred roles cost grows at most in
// proportion.
func TestVerifyStaysCheap(t *testing.T) { //nolint:paralleltest // it measures time
	cost := func(d policy.Deployment) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			require.NoError(t, policy.Verify(d).Err())
			best = min(best, time.Since(start))
		}
		return best
	}
	ten, hundred := cost(manyRoles(t, 10)), cost(manyRoles(t, 100))
	t.Logf("10 roles: %v, 100 roles: %v", ten, hundred)
	require.Less(t, hundred, 15*ten)
}
