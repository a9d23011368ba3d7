package tests

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// documents are the policy documents that a run registered, by logical name.
func documents(t *testing.T, recorder *pulumitest.Recorder) (trust, group map[string]policy.Document) {
	t.Helper()
	parse := func(token string, property resource.PropertyKey) map[string]policy.Document {
		found := map[string]policy.Document{}
		for _, r := range recorder.All(token) {
			document, err := policy.Parse(textOf(t, r.Inputs[property]))
			require.NoError(t, err)
			found[r.Name] = document
		}
		return found
	}
	return parse("aws:iam/role:Role", "assumeRolePolicy"), parse("aws:iam/policy:Policy", "policy")
}

func mustDeploy(t *testing.T, file string, opts pulumitest.Options) *pulumitest.Recorder {
	t.Helper()
	opts.Config = configOf(t, file)
	recorder := pulumitest.Run(t, opts, programOf(opts))
	require.Empty(t, emptyStrings(t, recorder))
	return recorder
}

func TestStackTrustsOnlyTheUsersItNames(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, `
config:
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers], users: [bob]}
  aws-cli-mfa:withoutRole: [Alice]
`, inAccount())
	trust, _ := documents(t, recorder)
	require.Equal(t, policy.Values{"arn:aws:iam::111122223333:user/team/bob"},
		trust["cli/power-user"].Statements[0].Principal.AWS, "by the ARN that the account gives, path included")
	require.Equal(t, []string{"bob"}, stackOutputs(t, recorder).ClientConfig.Profiles[0].TrustedUsers)
}

// Whatever else is configured, the deny is there, and denies what it did.
func TestStackDenyIsIndependentOfEveryConvenience(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]string{
		"nothing":     "",
		"any device":  "  aws-cli-mfa:mfaDeviceName: any\n",
		"admin":       "  aws-cli-mfa:enrolment: admin\n",
		"exempt":      "  aws-cli-mfa:exemptActions: [iam:ChangePassword, codecommit:GitPull]\n",
		"access keys": "  aws-cli-mfa:selfServiceAccessKeys: true\n",
		"name prefix": "  aws-cli-mfa:namePrefix: mfa-\n",
	} {
		recorder := mustDeploy(t, devStack(t)+extra, inAccount())
		_, group := documents(t, recorder)
		deny := statement(t, group["cli/developers"], policy.SidDenyWithoutMFA)
		require.Equal(t, policy.Deny, deny.Effect, name)
		require.Equal(t, policy.Values{"*"}, deny.Resource, name)
		require.Equal(t, policy.Condition{"BoolIfExists": {
			policy.KeyMFAPresent: {"false"}, policy.KeyViaAWSService: {"false"},
		}}, deny.Condition, name)
		require.Len(t, recorder.All("aws:iam/groupPolicyAttachment:GroupPolicyAttachment"), 1, name)
	}
}

func TestStackShowsExemptActions(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, devStack(t)+`  aws-cli-mfa:exemptActions: [iam:ChangePassword]
  aws-cli-mfa:exemptActionsAtMyRisk: [s3:GetObject, lambda:UpdateFunctionCode]
`, inAccount())
	outputs := stackOutputs(t, recorder)
	require.Equal(t, []string{"iam:ChangePassword"}, outputs.ExemptActions)
	require.Equal(t, []string{"s3:GetObject", "lambda:UpdateFunctionCode"}, outputs.ExemptActionsAtMyRisk)
}

func TestStackLetsPeopleReplaceTheirAccessKeys(t *testing.T) {
	t.Parallel()
	for _, enrolment := range []string{"self-service", "admin"} {
		recorder := mustDeploy(t, devStack(t)+"  aws-cli-mfa:enrolment: "+enrolment+"\n"+
			"  aws-cli-mfa:selfServiceAccessKeys: true\n", inAccount())
		require.True(t, stackOutputs(t, recorder).Settings.SelfServiceAccessKeys)
		_, group := documents(t, recorder)
		statement(t, group["cli/developers"], policy.SidReplaceOwnAccessKeys)
	}
}

// Without credentials the program says what is missing, besides what is wrong
// with the configuration, and registers nothing.
func TestStackWithoutCredentials(t *testing.T) {
	t.Parallel()
	opts := inAccount()
	noCredentials := errors.New("no valid credential sources found")
	opts.Fail = func(asked pulumitest.Key) error {
		if strings.HasPrefix(asked.Token, "aws:index/getCallerIdentity") {
			return noCredentials
		}
		return nil
	}
	recorder, err := deployStack(t, devStack(t)+"  aws-cli-mfa:enrolment: none\n", opts)
	require.ErrorIs(t, err, noCredentials)
	require.ErrorContains(t, err, "aws:region and the credentials of an administrator")
	var configErr *stack.ConfigError
	require.ErrorAs(t, err, &configErr)
	require.Empty(t, recorder.Resources())
}

// Of many roles the account is asked at once, and then only for those that it has.
func TestStackOfManyRoles(t *testing.T) {
	t.Parallel()
	file := strings.Builder{}
	file.WriteString("config:\n  aws:region: eu-west-1\n  aws-cli-mfa:roles:\n")
	for i := range 20 {
		fmt.Fprintf(&file, "    role-%d: {policies: [PowerUserAccess], groups: [developers]}\n", i)
	}
	const roles, role = "aws:iam/getRoles:getRoles", "aws:iam/getRole:getRole"
	opts := deployedAs(t, "cli-dev-role-7", "developers", "alice")
	list := pulumitest.Key{Token: roles, Name: "(?i)^cli-dev-"}
	opts.Answers[list] = map[string]any{"names": []any{"cli-dev-role-7"}}
	recorder := mustDeploy(t, file.String(), opts)
	require.Len(t, recorder.Calls(roles), 1)
	require.Equal(t, []pulumitest.Call{{Token: role, Name: "cli-dev-role-7"}}, recorder.Calls(role))

	delete(opts.Answers, list) // as without iam:ListRoles
	require.Len(t, mustDeploy(t, file.String(), opts).Calls(role), 20)
}

// Each group and each user is asked for once, however many roles name them.
func TestStackLooksUpOnce(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, `
config:
  aws-cli-mfa:roles:
    a: {policies: [PowerUserAccess], groups: [developers], users: [alice]}
    b: {policies: [ReadOnlyAccess], groups: [developers], users: [alice]}
    c: {policies: [ReadOnlyAccess], groups: [developers]}
`, inAccount())
	require.Len(t, recorder.Calls("aws:iam/getGroup:getGroup"), 1)
	require.Len(t, recorder.Calls("aws:iam/getUser:getUser"), 1)
}
