package audit

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// othersDocument is the policy of another stack.
func othersDocument(t *testing.T, change func(*policy.GroupPolicy)) policy.Document {
	t.Helper()
	made := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{iamARN + "role/cli-prod-x"},
	}
	if change != nil {
		change(&made)
	}
	document, err := made.Document()
	require.NoError(t, err)
	return document
}

func TestDeniedByTwoStacks(t *testing.T) {
	t.Parallel()
	exempt := []string{"iam:ChangePassword", "s3:GetObject"}
	off := false
	const inTwo = "alice is in group operators, which stack p/prod denies without MFA, too"
	for name, test := range map[string]struct {
		subject func(*Subject)
		other   func(*policy.GroupPolicy)
		want    Kind
		message string
	}{
		"nothing is open": {nil, nil, KindTwoStacks, inTwo + "."},
		"void": {
			func(s *Subject) { s.ExemptActions, s.DeviceName = exempt, policy.AnyDevice }, nil, KindExemptionVoid,
			inTwo + ", and so closes to them what this stack leaves open: iam:ChangePassword, s3:GetObject, mfaDeviceName: any.",
		},
		"one is void": {
			func(s *Subject) { s.ExemptActions = exempt },
			func(g *policy.GroupPolicy) { g.ExemptActionsAtMyRisk = []string{"s3:GetObject"} }, KindExemptionVoid,
			inTwo + ", and so closes to them what this stack leaves open: iam:ChangePassword.",
		},
		"the same is open": {
			func(s *Subject) { s.ExemptActions, s.DeviceName = exempt, policy.AnyDevice },
			func(g *policy.GroupPolicy) {
				g.ExemptActions, g.ExemptActionsAtMyRisk, g.DeviceName = exempt[:1], exempt[1:], policy.AnyDevice
			}, KindTwoStacks, inTwo + ".",
		},
		"no enrolment there": {
			func(s *Subject) { s.ExemptActions = exempt },
			func(g *policy.GroupPolicy) { g.Enrolment = policy.AdminEnrolment }, KindExemptionVoid,
			inTwo + ", and so closes to them what this stack leaves open: enrolment: self-service.",
		},
		"no enrolment here": {func(s *Subject) { s.Enrolment = policy.AdminEnrolment }, nil, KindTwoStacks, inTwo + "."},
		"not enforced here": {func(s *Subject) { s.Enforce = &off }, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject, facts := deployedStack(t)
			if test.subject != nil {
				test.subject(&subject)
			}
			facts.Groups = nil // what is deployed of this stack is another test's
			facts.Users[0].Elsewhere = []elsewhereFacts{{"p/prod", "operators", othersDocument(t, test.other)}}
			report := reportOf(subject, facts, now())
			if test.want == "" {
				require.Empty(t, report.Findings)
				return
			}
			require.Len(t, report.Findings, 1)
			require.Equal(t, test.want, report.Findings[0].Kind)
			require.Equal(t, test.message, report.Findings[0].Message)
			require.False(t, report.Failed())
		})
	}
}

// Whom another stack lets enrol nothing is not told to enrol.
func TestEnrolmentClosedByAnotherStack(t *testing.T) {
	t.Parallel()
	alice := member("alice", nil, key())
	alice.Elsewhere = []elsewhereFacts{{"p/prod", "operators", othersDocument(t, func(g *policy.GroupPolicy) {
		g.Enrolment = policy.AdminEnrolment
	})}}
	report := judged(policy.SelfService, nil, alice)
	require.False(t, report.Users[0].CanEnrol)
	require.Equal(t, KindLockedOut, report.Findings[0].Kind)
	require.Equal(t, "As an administrator, run awsmfa enrol --user alice together with alice: stack p/prod lets them enrol "+
		"nothing on their own.", report.Findings[0].Remedy)
}

// attached makes a policy and attaches it to groups.
func (c *cloud) attached(t *testing.T, name string, document policy.Document, owner string, groups ...string) {
	t.Helper()
	var tags account.Tags
	if owner != "" {
		tags = account.Tags{{Key: stack.OwnerTag, Value: owner}}
	}
	made, err := c.CreatePolicy(account.CreatePolicyInput{PolicyName: name, PolicyDocument: document.String(), Tags: tags})
	require.NoError(t, err)
	for _, group := range groups {
		require.NoError(t, c.AttachGroupPolicy(group, made.ARN))
	}
}

// A name is taken once, whatever path and case.
func TestNamesOfPoliciesThatAreTaken(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{
		{name: "alice", groups: []string{"developers"}, devices: []string{"alice"}}, {name: "olivia", groups: []string{"operators"}},
	})
	for name, path := range map[string]string{"CLI-dev-developers": "/team/", "cli-dev-operators": "/"} {
		_, err := c.CreatePolicy(account.CreatePolicyInput{
			PolicyName: name, Path: path, PolicyDocument: othersDocument(t, nil).String(),
		})
		require.NoError(t, err)
	}
	subject := Subject{
		Groups:    []Group{{Name: "developers", Policy: ownARN}, {Name: "operators", Policy: "cli-dev-operators"}},
		Enrolment: policy.SelfService,
	}
	taken := func(options Options) (Report, []string) {
		report, err := Run(t.Context(), options)
		require.NoError(t, err)
		var messages []string
		for _, f := range report.Findings {
			if f.Kind == KindNameTaken {
				messages = append(messages, f.Message)
			}
		}
		return report, messages
	}
	_, messages := taken(c.options(subject))
	require.Equal(t, []string{"The stack cannot make its policy for group developers: " + iamARN +
		"policy/team/CLI-dev-developers has the name, and IAM takes a name once, whatever the path."}, messages)

	options := c.options(subject)
	options.IAM = c.iamAs(c.auditorWithout(t, "iam:ListPolicies"))
	report, messages := taken(options)
	require.Empty(t, messages)
	require.Equal(t, []Unread{{
		Permission: "iam:ListPolicies", Purpose: "whether the names of the stack's policies are taken", Objects: []string{"all"},
	}}, report.Unread)
}

// auditorWithout may read all of IAM but for one permission.
func (c *cloud) auditorWithout(t *testing.T, permission string) account.AccessKey {
	t.Helper()
	name := "auditor-" + strings.TrimPrefix(permission, "iam:")
	_, err := c.CreateUser(account.CreateUserInput{UserName: name})
	require.NoError(t, err)
	require.NoError(t, c.AttachUserPolicy(name, "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
	require.NoError(t, c.PutInlinePolicy(account.Identity{Kind: "user", Name: name}, "deny",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"`+permission+`","Resource":"*"}]}`))
	key, err := c.CreateAccessKey(name)
	require.NoError(t, err)
	return key
}

// TestReadsWhatOtherStacksDeny reads what the account has: of stacks, by their tag,
// that deny.
func TestReadsWhatOtherStacksDeny(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{
		{name: "alice", groups: []string{"developers", "operators"}, devices: []string{"alice"}},
		{name: "bob", groups: []string{"developers"}, devices: []string{"bob"}},
		{name: "olivia", groups: []string{"operators"}},
	})
	denying := othersDocument(t, nil)
	quiet := othersDocument(t, func(g *policy.GroupPolicy) { g.WithoutDeny = true })
	c.attached(t, ownName, denying, "p/dev", "developers", "operators")
	c.attached(t, "cli-prod-operators", denying, "p/prod", "operators")
	c.attached(t, "cli-qa-developers", denying, "p/qa", "developers")
	c.attached(t, "by-hand", denying, "", "developers")
	c.attached(t, "cli-new-developers", quiet, "p/new", "developers")
	require.NoError(t, c.AttachGroupPolicy("operators", powerUser))
	subject := Subject{Groups: []Group{{Name: "developers", Policy: ownName}}, Enrolment: policy.SelfService}

	report, err := Run(t.Context(), c.options(subject))
	require.NoError(t, err)
	require.Equal(t, []string{"alice", "bob", "alice"}, named(report.Findings, KindTwoStacks))
	require.Contains(t, report.Findings[len(report.Findings)-1].Message, "group operators, which stack p/prod denies")

	report, err = Run(t.Context(), c.options(developersOnly()))
	require.NoError(t, err)
	require.Empty(t, named(report.Findings, KindTwoStacks), "no stack is known")

	for permission, object := range map[string]string{
		"iam:ListGroups": "all", "iam:GetPolicy": iamARN + "policy/cli-prod-operators",
	} {
		options := c.options(subject)
		options.IAM = c.iamAs(c.auditorWithout(t, permission))
		report, err := Run(t.Context(), options)
		require.NoError(t, err)
		require.True(t, report.Failed())
		require.Equal(t, permission, report.Unread[0].Permission)
		require.Contains(t, report.Unread[0].Objects, object)
	}
}
