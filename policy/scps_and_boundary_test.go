package policy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func parsed(t *testing.T, statements string) policy.Document {
	t.Helper()
	document, err := policy.Parse(`{"Version": "2012-10-17", "Statement": [` + statements + `]}`)
	require.NoError(t, err)
	return document
}

// A service control policy limits everybody of the account, and grants nothing.
func TestEvaluateServiceControlPolicies(t *testing.T) {
	t.Parallel()
	const all = `{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}`
	user := policy.Caller{Kind: policy.UserCaller, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}
	root := policy.Caller{Kind: policy.RootCaller, ARN: "arn:aws:iam::111122223333:root", Account: "111122223333"}
	scp := func(text string) []policy.Attached { return []policy.Attached{attachedAs(t, "scp", parsed(t, text))} }
	allows := []policy.Attached{attachedAs(t, "all", parsed(t, all))}
	for name, test := range map[string]struct {
		caller       policy.Caller
		identity     []policy.Attached
		organization []policy.Attached
		want         string
	}{
		"allowed by all":         {user, allows, scp(all), "allowed by All of all (identity-based policy)"},
		"granted by nobody else": {user, nil, scp(all), "no statement of the identity-based policy allows it"},
		"denied":                 {user, allows, scp(all + `, {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}`), "denied by No of scp (service control policy)"},
		"not allowed":            {user, allows, scp(`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}`), "no statement of the service control policy allows it"},
		"not allowed to root":    {root, nil, scp(`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}`), "no statement of the service control policy allows it"},
		"one level of two": {
			user, allows, append(scp(all), scp(`{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}`)...),
			"no statement of the service control policy allows it",
		},
	} {
		decision := policy.Evaluate(policy.Request{
			Caller: test.caller, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Context: test.caller.Context(),
		}, policy.Policies{Identity: test.identity, Organization: test.organization})
		require.Equal(t, test.want, decision.Reason(), name)
	}
}

// Accounts that only a condition names are told apart.
func TestVerifyLooksAtAccountsInConditions(t *testing.T) {
	t.Parallel()
	const door = `{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": `
	for _, condition := range []string{
		`{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}`,
		`{"StringLike": {"aws:PrincipalAccount": "44*66"}}`,
		`{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:user/mallory"}}`,
		`{"StringLike": {"aws:PrincipalArn": "*::4444*:role/*"}}`,
		`{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::4*mallory"}}`,
		`{"StringNotLike": {"aws:PrincipalArn": ["arn:aws:iam::1*", "arn:aws:iam::9*"]}}`,
	} {
		d := manyRoles(t, 1)
		d.Roles[0].Trust.Statements = append(d.Roles[0].Trust.Statements, parsed(t, door+condition+"}").Statements...)
		report := policy.Verify(d)
		require.Equal(t, policy.Broken, report.Results[3].Verdict, condition)
	}
}

// Names that only a condition on a key of the caller's choice tells apart.
func TestVerifyLooksAtComparedNames(t *testing.T) {
	t.Parallel()
	for verdict, value := range map[policy.Verdict]string{policy.Broken: "home/bob", policy.Undecided: "home/b*b"} {
		d := manyRoles(t, 1)
		document := &d.Groups[0].Policies[0].Document
		for i := range document.Statements {
			s := &document.Statements[i]
			if s.Effect != policy.Deny {
				continue
			}
			// Denied unless a:b is both home/NAME and the value: to everybody but bob.
			for _, other := range []string{"home/${aws:username}", value} {
				twin := *s
				twin.Sid, twin.Condition = "", policy.Condition{"StringNotLike": {"a:b": {other}}}
				maps.Copy(twin.Condition, s.Condition)
				document.Statements = append(document.Statements, twin)
			}
			s.Effect = policy.Allow
			s.Action, s.NotAction = policy.Values{"sts:GetSessionToken"}, nil
		}
		require.Equal(t, verdict, policy.Verify(d).Results[0].Verdict)
	}
}

// A boundary of the role, too, can lock its session out.
func TestVerifyLooksAtTheBoundaryOfTheRole(t *testing.T) {
	t.Parallel()
	d := manyRoles(t, 1)
	boundary := policy.NamedDocument{Name: "boundary", Document: d.Groups[0].Policies[0].Document}
	d.Roles[0].Boundary = &boundary
	d.Roles[0].Policies = []policy.NamedDocument{{Name: "all", Document: parsed(t, `{"Effect": "Allow", "Action": "*", "Resource": "*"}`)}}
	report := policy.Verify(d)
	require.Equal(t, policy.Broken, report.Results[2].Verdict)
	require.Contains(t, report.Results[2].Violations[0].String(), "of boundary (permissions boundary)")

	d.Roles[0].Boundary, d.MemberBoundary = nil, &policy.NamedDocument{Name: "empty"}
	require.ErrorContains(t, policy.Verify(d).Err(), "empty: ")
}

func TestPossible(t *testing.T) {
	t.Parallel()
	user := policy.Caller{Kind: policy.UserCaller, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}
	ask := func(condition string, credential policy.Credential) ([]string, bool, error) {
		document := parsed(t, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": `+condition+`}`)
		return policy.Possible(user, credential, "s3:GetObject", "*", policy.Policies{
			Identity: []policy.Attached{attachedAs(t, "p", document)},
		})
	}
	const atTheOffice = `{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}`
	keys, allowed, err := ask(atTheOffice, policy.SessionTokenMFA)
	require.NoError(t, err)
	require.True(t, allowed)
	require.Equal(t, []string{"aws:SourceIp=203.0.113.0"}, keys)
	_, allowed, err = ask(atTheOffice, policy.LongTermKey)
	require.NoError(t, err)
	require.False(t, allowed)
	_, _, err = ask(`{"StringEquals": {"a:b": "${aws:PrincipalTag/x}"}}`, policy.LongTermKey)
	require.ErrorContains(t, err, "may be anything")
}

// Callers whom only a limit spares are looked at.
func TestLimitsTellCallersApart(t *testing.T) {
	t.Parallel()
	spare := func(key, value string) policy.NamedDocument {
		return policy.NamedDocument{Name: "limit", Document: parsed(t, `{"Effect": "Allow", "Action": "*", "Resource": "*"},
			{"Effect": "Deny", "NotAction": "sts:GetSessionToken", "Resource": "*", "Condition": {
				"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotLike": {"`+key+`": "`+value+`"}}}`)}
	}
	for _, limit := range []policy.NamedDocument{
		spare("aws:PrincipalArn", "arn:aws:iam::*:user/break-glass"), spare("aws:username", "break-*"),
	} {
		d := manyRoles(t, 1)
		d.Groups[0].Policies = []policy.NamedDocument{{Name: "p", Document: parsed(t, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`)}}
		d.SCPs = []policy.NamedDocument{limit}
		require.Equal(t, policy.Broken, policy.Verify(d).Results[0].Verdict)
		d.SCPs, d.MemberBoundary = nil, &limit
		require.Equal(t, policy.Broken, policy.Verify(d).Results[0].Verdict)

		d = manyRoles(t, 1)
		d.SCPs = []policy.NamedDocument{limit}
		d.Roles[0].Trust = parsed(t, `{"Effect": "Allow", "Principal": {"AWS": "`+account+`"}, "Action": "sts:AssumeRole"}`)
		d.Roles[0].TrustedUserARNs = nil
		require.Equal(t, policy.Broken, policy.Verify(d).Results[4].Verdict)
		change := policy.Change{
			Account: d.Account, Holder: policy.TrustOfRole, RoleARN: d.Roles[0].ARN, SCPs: d.SCPs,
			After: []policy.NamedDocument{{Name: "after", Document: d.Roles[0].Trust}},
		}
		found, err := policy.Diff(change)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(found.Added, func(a policy.Access) bool {
			return strings.Contains(a.Callers[0], "break-") && a.Credentials[0] == string(policy.LongTermKey)
		}))
	}
}

// Roles and groups that are alike but for a limit are not decided once.
func TestLimitsTellRolesApart(t *testing.T) {
	t.Parallel()
	sparing := func(role string) policy.NamedDocument {
		return policy.NamedDocument{Name: "limit", Document: parsed(t, `{"Effect": "Allow", "Action": "*", "Resource": "*"},
			{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "`+role+`"}`)}
	}
	verdict := func(d policy.Deployment, of int) policy.Verdict { return policy.Verify(d).Results[of].Verdict }
	d := manyRoles(t, 2)
	first, second := d.Roles[0].ARN, d.Roles[1].ARN
	groups := policy.Deployment{Account: d.Account, Groups: d.Groups}
	groups.SCPs = []policy.NamedDocument{sparing(first)}
	require.Equal(t, policy.Broken, verdict(groups, 2))
	groups.SCPs = []policy.NamedDocument{sparing(second)}
	require.Equal(t, policy.Broken, verdict(groups, 2), "the second group's members cannot assume its role")
	limit := sparing(second)
	groups.SCPs, groups.MemberBoundary = nil, &limit
	require.Equal(t, policy.Broken, verdict(groups, 2), "the second group's members cannot assume its role")

	for i := range d.Roles {
		d.Roles[i].Trust = parsed(t, `{"Effect": "Allow", "Principal": {"AWS": "`+account+`"}, "Action": "sts:AssumeRole"}`)
		d.Roles[i].TrustedUserARNs = nil
	}
	d.Groups, d.SCPs = nil, []policy.NamedDocument{sparing("arn:aws:iam::*:role/cli-dev-role-*")}
	require.Equal(t, policy.Proved, verdict(d, 3))
	d.SCPs = []policy.NamedDocument{sparing(first)}
	require.Equal(t, policy.Broken, verdict(d, 3), "anybody assumes the second role")
}

// What a service control policy allows with MFA alone, it takes from the services that
// act for a member, whatever else of it speaks of that resource.
func TestVerifyLooksAtWhatALimitAllowsWithMFA(t *testing.T) {
	t.Parallel()
	for with, want := range map[string]policy.Verdict{"": policy.Proved, `, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}`: policy.Broken} {
		d := manyRoles(t, 1)
		d.SCPs = []policy.NamedDocument{{Name: "scp", Document: parsed(t,
			`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"},
			{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/x"`+with+`}`)}}
		report := policy.Verify(d)
		require.Equal(t, want, report.Results[5].Verdict, "%+v", report.Results[5])
	}
}
