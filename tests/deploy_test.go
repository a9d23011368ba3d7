package tests

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	pulumiiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func devStack(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../Pulumi.dev.yaml")
	require.NoError(t, err)
	return string(text)
}

// TestDeploy runs the program that main.go runs under the real Pulumi engine,
// against this project's AWS endpoint: the life of one stack.
//
//nolint:paralleltest // The parts are one after the other: they share the stack.
func TestDeploy(t *testing.T) {
	t.Parallel()
	l := life{newCloud(t, serving{}), nil}
	before, err := json.Marshal(l.account)
	require.NoError(t, err)
	l.deployment = newDeployment(t, l.cloud, devStack(t))
	t.Run("what is refused registers nothing", l.refused)
	t.Run("preview, up, up again", l.upAndUpAgain)
	t.Run("preview of a change", l.previewOfChange)
	t.Run("enforce in two steps", l.enforceInTwoSteps)
	t.Run("roles, groups and users come and go", l.comeAndGo)
	t.Run("a group leaves its role", l.groupLeaves)
	t.Run("rename replaces", l.rename)
	l.destroy(t)
	after, err := json.Marshal(l.account)
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
	t.Run("what somebody changed in the account", l.drift)
}

// life is a stack that is deployed, changed and destroyed.
type life struct {
	*cloud
	*deployment
}

// refused previews and deploys stack files with mistakes, all of which are told, and
// one that would lock the sessions of its role out.
func (l life) refused(t *testing.T) {
	name := "needs-mfa"
	_, err := l.iam.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(
		document(`{"Sid": "NeedsMFA", "Effect": "Deny", "Action": "*", "Resource": "*", ` + noMFA + `}`))})
	require.NoError(t, err)
	for file, texts := range map[string][]string{`
config:
  aws:region: eu-west-1
  aws-cli-mfa:enforced: true
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers, nowhere], maxSessionDuration: 13h}
`: {
		"refusing to deploy: 3 problems in the configuration of stack dev:",
		"aws-cli-mfa:enforced: there is no such key; did you mean enforce?",
		`aws-cli-mfa:roles.power-user.groups: "nowhere": there is no such group`,
		`aws-cli-mfa:roles.power-user.maxSessionDuration: "13h": it must be from 1h to 12h`,
	}, `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess, 'arn:aws:iam::111122223333:policy/needs-mfa'], groups: [developers]}
`: {
		"refusing to deploy stack dev: the documents break what this project guarantees",
		"G3 (With MFA a trusted user can assume the role",
		"with credential role-session",
		"denied by NeedsMFA of arn:aws:iam::111122223333:policy/needs-mfa",
	}} {
		l.configure(t, file)
		_, previewErr := l.Preview(t.Context())
		_, upErr := l.Up(t.Context())
		for _, text := range texts {
			require.ErrorContains(t, previewErr, text)
			require.ErrorContains(t, upErr, text)
		}
		require.NotContains(t, upErr.Error(), "G4")
		state := l.state(t)
		for _, r := range state.Resources {
			require.Contains(t, []string{"pulumi:pulumi:Stack", "pulumi:providers:aws"}, string(r.Type))
		}
	}
	require.NoError(t, l.account.DeletePolicy("arn:aws:iam::111122223333:policy/needs-mfa"))
	l.configure(t, devStack(t))
}

func (l life) upAndUpAgain(t *testing.T) {
	preview, err := l.Preview(t.Context())
	require.NoError(t, err)
	require.Equal(t, 9, preview.ChangeSummary[apitype.OpCreate])
	require.Equal(t, map[string]int{"create": 9, "same": 1}, l.up(t), "what was refused left the stack itself")
	requireDevOutputs(t, l.outputs(t))
	requireGoldenDocuments(t, l.deployment)
	_, err = l.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)
}

func requireDevOutputs(t *testing.T, outputs stack.Outputs) {
	t.Helper()
	const role = "arn:aws:iam::111122223333:role/cli-dev-power-user"
	require.Equal(t, stack.Outputs{
		RoleARNs:      map[string]string{"power-user": role},
		MFAPolicyARNs: map[string]string{"developers": "arn:aws:iam::111122223333:policy/cli-dev-developers"},
		Grants:        map[string][]string{"developers": {role}},
		ExemptActions: []string{}, ExemptActionsAtMyRisk: []string{},
		RolePolicyARNs: map[string][]string{"power-user": {"arn:aws:iam::aws:policy/PowerUserAccess"}},
		Settings:       &stack.Settings{Enforce: true, Enrolment: "self-service", MFADeviceName: "username", WithoutRole: []string{}},
		Leaving:        []stack.Leaving{},
		ClientConfig: stack.ClientConfig{
			Version: 1, Project: "aws-cli-mfa", Stack: "dev", Partition: "aws", AccountID: accountID, Region: "eu-west-1",
			Profiles: []stack.Profile{{
				Name: "dev-power-user", RoleARN: role, DurationSeconds: 3600, TrustedUsers: []string{"alice", "bob"},
			}},
		},
	}, outputs)
}

// requireGoldenDocuments holds the documents in the engine's state to the
// golden files. Run with -update to rewrite them.
func requireGoldenDocuments(t *testing.T, d *deployment) {
	t.Helper()
	for file, text := range map[string]string{
		"dev-trust-policy.json": input(t, d, "aws:iam/role:Role", "cli/power-user", "assumeRolePolicy"),
		"dev-group-policy.json": input(t, d, "aws:iam/policy:Policy", "cli/developers", "policy"),
	} {
		document, err := policy.Parse(text)
		require.NoError(t, err)
		requireGolden(t, file, document.Indent()+"\n")
	}
}

func requireGolden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it")
	require.Equal(t, string(want), got)
}

// input is one text input of one resource in the state.
func input(t *testing.T, d *deployment, token, name, property string) string {
	t.Helper()
	text, ok := deployed(t, d, token, name).Inputs[property].(string)
	require.True(t, ok, "%s %s has no text %s", token, name, property)
	return text
}

func deployed(t *testing.T, d *deployment, token, name string) apitype.ResourceV3 {
	t.Helper()
	state := d.state(t)
	var found []apitype.ResourceV3
	for _, r := range state.Resources {
		if string(r.Type) == token && r.URN.Name() == name {
			found = append(found, r)
		}
	}
	require.Len(t, found, 1, "%s %s", token, name)
	return found[0]
}

func (l life) previewOfChange(t *testing.T) {
	l.configure(t, devStack(t)+"      maxSessionDuration: 12h\n")
	preview, err := l.Preview(t.Context(), optpreview.Diff())
	require.NoError(t, err)
	require.Equal(t, map[apitype.OpType]int{apitype.OpUpdate: 1, apitype.OpSame: 9}, preview.ChangeSummary)
	require.Contains(t, preview.StdOut, "maxSessionDuration")
	require.Equal(t, 3600, l.outputs(t).ClientConfig.Profiles[0].DurationSeconds, "a preview changes nothing")
}

func (l life) enforceInTwoSteps(t *testing.T) {
	l.configure(t, devStack(t)+"  aws-cli-mfa:enforce: false\n")
	require.Equal(t, map[string]int{"update": 1, "same": 9}, l.up(t), "nothing is replaced or detached")
	require.NotContains(t, input(t, l.deployment, "aws:iam/policy:Policy", "cli/developers", "policy"), "Deny")
	l.configure(t, devStack(t))
	require.Equal(t, map[string]int{"update": 1, "same": 9}, l.up(t), "nothing is replaced or detached")
	requireGoldenDocuments(t, l.deployment)
}

const twoRoles = `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers]}
    auditor: {policies: [SecurityAudit, ViewOnlyAccess], groups: [developers, operators]}
`

func (l life) comeAndGo(t *testing.T) {
	// A role for both groups: its component and role and two attachments, and
	// for the new group two components, a policy and an attachment.
	l.configure(t, twoRoles)
	require.Equal(t, map[string]int{"create": 8, "update": 1, "same": 9}, l.up(t))
	require.Equal(t, []string{
		"arn:aws:iam::111122223333:role/cli-dev-auditor", "arn:aws:iam::111122223333:role/cli-dev-power-user",
	}, l.outputs(t).Grants["developers"])

	require.NoError(t, l.account.AddUserToGroup("developers", "mallory"))
	require.NoError(t, l.account.RemoveUserFromGroup("developers", "bob"))
	require.Equal(t, map[string]int{"update": 2, "same": 16}, l.up(t))
	trust := input(t, l.deployment, "aws:iam/role:Role", "cli/power-user", "assumeRolePolicy")
	require.Contains(t, trust, "user/mallory")
	require.NotContains(t, trust, "user/team/bob")
	require.NoError(t, l.account.RemoveUserFromGroup("developers", "mallory"))
	require.NoError(t, l.account.AddUserToGroup("developers", "bob"))

	l.configure(t, devStack(t))
	require.Equal(t, map[string]int{"delete": 8, "update": 2, "same": 8}, l.up(t))
	attached, err := l.account.ListAttachedGroupPolicies("operators", "")
	require.NoError(t, err)
	require.Empty(t, attached)
}

func (l life) rename(t *testing.T) {
	l.configure(t, devStack(t)+"  aws-cli-mfa:namePrefix: mfa-\n")
	// The role and the policy, each with a new attachment before the old one goes.
	require.Equal(t, map[string]int{"replace": 2, "create": 2, "delete": 2, "same": 6}, l.up(t))
	require.Equal(t, "arn:aws:iam::111122223333:role/mfa-power-user", l.outputs(t).RoleARNs["power-user"])
	_, err := l.account.GetRole("cli-dev-power-user")
	require.Error(t, err)
	l.configure(t, devStack(t))
	l.up(t)
}

// groupLeaves takes the role from whoever is denied: they stay for one up. The
// preview and the outputs say who, and what they say to do ends it.
func (l life) groupLeaves(t *testing.T) {
	l.configure(t, forOperators)
	preview, err := l.Preview(t.Context())
	require.NoError(t, err)
	require.Contains(t, preview.StdOut, "aws-cli-mfa:roles.power-user: no longer trusted")
	require.Contains(t, preview.StdOut, "alice, bob")
	require.Contains(t, preview.StdOut, "run pulumi up once more")

	l.up(t)
	outputs := l.outputs(t)
	require.Equal(t, []stack.Leaving{{Role: "power-user", Users: []string{"alice", "bob"}}}, outputs.Leaving)
	require.Equal(t, []string{"alice", "bob", "olivia"}, outputs.ClientConfig.Profiles[0].TrustedUsers)

	require.Equal(t, map[string]int{"update": 1, "same": 9}, l.up(t))
	outputs = l.outputs(t)
	require.Empty(t, outputs.Leaving)
	require.Equal(t, []string{"olivia"}, outputs.ClientConfig.Profiles[0].TrustedUsers)
	role, err := l.account.GetRole("cli-dev-power-user")
	require.NoError(t, err)
	require.NotContains(t, role.AssumeRolePolicyDocument, "alice")

	l.configure(t, devStack(t))
	for range 2 { // olivia leaves in turn
		preview, err = l.Preview(t.Context())
		require.NoError(t, err)
		l.up(t)
	}
	require.NotContains(t, preview.StdOut, "once more")
}

func TestImport(t *testing.T) {
	t.Parallel()
	c := newCloud(t, serving{})
	d := newDeployment(t, c, devStack(t))
	trust, err := policy.TrustPolicy([]string{"arn:aws:iam::111122223333:user/alice"})
	require.NoError(t, err)
	name, document := "made-by-hand", trust.String()
	_, err = c.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &document})
	require.NoError(t, err)
	d.program = func(ctx *pulumi.Context) error {
		_, err := pulumiiam.NewRole(ctx, name, &pulumiiam.RoleArgs{
			Name: pulumi.String(name), AssumeRolePolicy: pulumi.String(document),
		}, pulumi.Import(pulumi.ID(name)))
		return err
	}
	require.Equal(t, map[string]int{"create": 1, "import": 1}, d.up(t))
	require.Equal(t, "arn:aws:iam::111122223333:role/made-by-hand", deployed(t, d, "aws:iam/role:Role", name).Outputs["arn"])
	_, err = d.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)
}

// moto_server is the backend here.
func TestDeployToMoto(t *testing.T) {
	t.Parallel()
	c := newMotoCloud(t)
	d := newDeployment(t, c, devStack(t))
	require.Equal(t, map[string]int{"create": 10}, d.up(t))
	_, err := d.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)
	d.destroy(t)
	role := "cli-dev-power-user"
	_, err = c.iam.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: &role})
	require.ErrorContains(t, err, "NoSuchEntity")
}
