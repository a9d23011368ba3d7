package tests

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const forOperators = `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [operators]}
`

// deployedAs is the account with a role that trusts these users of path /, and
// the stack's state with that role and the group's attachment in it.
func deployedAs(t *testing.T, role, group string, users ...string) pulumitest.Options {
	t.Helper()
	opts := inAccount()
	var arns []string
	for _, user := range users {
		arns = append(arns, "arn:aws:iam::111122223333:user/"+user)
	}
	trust, err := policy.TrustPolicy(arns)
	require.NoError(t, err)
	opts.Answers[pulumitest.Key{Token: "aws:iam/getRole:getRole", Name: role}] = map[string]any{
		"name": role, "assumeRolePolicy": trust.String(), "path": "/", "tags": map[string]any{stack.OwnerTag: "aws-cli-mfa/dev"},
	}
	const name = "organization/aws-cli-mfa/dev"
	opts.Answers[pulumitest.Key{Token: "pulumi:pulumi:readStackOutputs", Name: name}] = map[string]any{
		"outputs": map[string]any{"roleArns": map[string]any{}},
	}
	opts.Answers[pulumitest.Key{Token: "pulumi:pulumi:readStackResourceOutputs", Name: name}] = map[string]any{
		"outputs": map[string]any{
			"urn:one":   map[string]any{"type": pulumitest.RolePolicyAttachmentToken, "outputs": map[string]any{"role": role}},
			"urn:two":   map[string]any{"type": pulumitest.GroupPolicyAttachmentToken, "outputs": map[string]any{"group": group}},
			"urn:three": map[string]any{"type": pulumitest.RoleToken, "outputs": map[string]any{"name": role}},
			"urn:four":  map[string]any{"type": pulumitest.PolicyToken, "outputs": map[string]any{"name": "cli-dev-" + group}},
		},
	}
	return opts
}

const splitInTwo = `
config:
  aws-cli-mfa:roles:
    a: {policies: [PowerUserAccess], groups: [operators]}
    b: {policies: [ReadOnlyAccess], groups: [developers]}
`

// A role waits for the role, and its policies, of those whom it stops to trust.
func TestRoleWaitsForThatOfItsLeavers(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, splitInTwo, deployedAs(t, "cli-dev-a", "developers", "alice"))
	needed := recorder.One(t, role("cli/a")).Request.GetDependencies()
	before := recorder.One(t, roleAttachment("cli/b/cli-dev-b/ReadOnlyAccess"))
	require.Contains(t, needed, string(before.URN))
	require.Contains(t, before.Request.GetDependencies(), string(recorder.One(t, role("cli/b")).URN))
	trust, _ := documents(t, recorder)
	require.Equal(t, policy.Values{"arn:aws:iam::111122223333:user/olivia"}, trust["cli/a"].Statements[0].Principal.AWS)
	require.Empty(t, stackOutputs(t, recorder).Leaving)
}

func TestWhoStays(t *testing.T) {
	t.Parallel()
	noState := func(opts pulumitest.Options) pulumitest.Options {
		opts.Answers[pulumitest.Key{Token: "pulumi:pulumi:readStackOutputs", Name: "organization/aws-cli-mfa/dev"}] = map[string]any{}
		return opts
	}
	tests := map[string]struct {
		file    string
		opts    pulumitest.Options
		leaving []string
	}{
		"the group goes":        {forOperators, deployedAs(t, "cli-dev-power-user", "developers", "alice", "olivia"), []string{"alice"}},
		"nobody of the group":   {forOperators, deployedAs(t, "cli-dev-power-user", "developers", "mallory", "olivia"), nil},
		"no state":              {forOperators + "  aws-cli-mfa:adopt: [cli-dev-power-user]\n", noState(deployedAs(t, "cli-dev-power-user", "developers", "mallory")), []string{"mallory"}},
		"an unknown group":      {forOperators, deployedAs(t, "cli-dev-power-user", "deleted", "alice"), nil},
		"without a role":        {devStack(t) + "      users: [bob]\n  aws-cli-mfa:withoutRole: [alice]\n", deployedAs(t, "cli-dev-power-user", "developers", "alice"), nil},
		"not enforced, nor was": {devStack(t) + "      users: [bob]\n  aws-cli-mfa:enforce: false\n", deployedAs(t, "cli-dev-power-user", "developers", "alice"), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outputs := stackOutputs(t, mustDeploy(t, test.file, test.opts))
			if test.leaving == nil {
				require.Empty(t, outputs.Leaving)
				return
			}
			require.Equal(t, []stack.Leaving{{Role: "power-user", Users: test.leaving}}, outputs.Leaving)
		})
	}
}

// The deny of a stack that will no longer have one counts until it is gone.
func TestWhoStaysWhileTheDenyIsLive(t *testing.T) {
	t.Parallel()
	opts := deployedAs(t, "cli-dev-power-user", "developers", "alice")
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{"arn:aws:iam::111122223333:role/x"},
		Enrolment: policy.SelfService, DeviceName: policy.UsernameDevice,
	}.ManagedPolicy()
	require.NoError(t, err)
	const arn = "arn:aws:iam::111122223333:policy/cli-dev-developers"
	opts.Answers[pulumitest.Key{Token: "aws:iam/getPolicy:getPolicy", Name: arn}] = map[string]any{
		"arn": arn, "policy": document.String(), "path": "/", "tags": map[string]any{stack.OwnerTag: "aws-cli-mfa/dev"},
	}
	recorder := mustDeploy(t, devStack(t)+"      users: [bob]\n  aws-cli-mfa:enforce: false\n", opts)
	require.Equal(t, []stack.Leaving{{Role: "power-user", Users: []string{"alice"}}}, stackOutputs(t, recorder).Leaving)
}

// What cannot be asked is an error, and not "not there".
func TestWhatIsLiveCannotBeRead(t *testing.T) {
	t.Parallel()
	for token, words := range map[string]string{
		"aws:iam/getRole:getRole":                "whom this role trusts now could not be read from the account",
		"pulumi:pulumi:readStackOutputs":         "could not be read from its state",
		"pulumi:pulumi:readStackResourceOutputs": "could not be read from its state",
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			opts := deployedAs(t, "cli-dev-power-user", "developers", "alice")
			opts.Fail = func(asked pulumitest.Key) error {
				if asked.Token == token {
					return errors.New("dial tcp: connection reset by peer")
				}
				return nil
			}
			recorder, err := deployStack(t, forOperators, opts)
			require.Empty(t, recorder.Resources())
			require.ErrorContains(t, err, words)
			require.ErrorContains(t, err, "connection reset by peer")
			var configErr *stack.ConfigError
			require.ErrorAs(t, err, &configErr)
			require.Len(t, configErr.Problems, 1)
		})
	}
}

// A group without members stops nothing: nobody may assume its role.
func TestRoleOfAGroupWithoutMembers(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, `
config:
  aws-cli-mfa:roles:
    a: {policies: [PowerUserAccess], groups: [empty]}
    b: {policies: [PowerUserAccess], groups: [empty, developers]}
`, inAccount())
	trust, _ := documents(t, recorder)
	require.Equal(t, `{"Version":"2012-10-17","Statement":`+
		`[{"Sid":"TrustNobody","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`, trust["cli/a"].String())
	require.Equal(t, policy.SidTrustWithMFA, trust["cli/b"].Statements[0].Sid)
	require.Empty(t, stackOutputs(t, recorder).ClientConfig.Profiles[0].TrustedUsers)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	config, problems := stack.Parse("aws-cli-mfa", "dev", map[string]string{
		"roles":                 `{"a": {"policies": ["PowerUserAccess"], "groups": ["empty"]}}`,
		"exemptActionsAtMyRisk": `["s3:GetObject", "lambda:UpdateFunctionCode"]`,
	})
	require.Empty(t, problems)
	plan, err := stack.ResolveOffline(config, "eu-west-1", map[string][]string{"empty": {}})
	require.NoError(t, err)
	report := policy.Verify(plan.Deployment)
	require.True(t, report.Holds())
	require.Contains(t, report.Results[0].Note, "s3:GetObject, lambda:UpdateFunctionCode")
	require.Equal(t, []string{
		"aws-cli-mfa:exemptActionsAtMyRisk: without MFA, and so with a leaked access key alone, these actions are not denied: " +
			"s3:GetObject, lambda:UpdateFunctionCode. What they lead to is at your own risk; nothing of it is proved.",
		"aws-cli-mfa:roles.a: nobody may assume this role, because its groups have no members. " +
			"Add users to a group and run pulumi up, or remove the role.",
	}, config.Warnings(plan))
}
