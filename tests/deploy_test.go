package tests

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
// against this project's AWS endpoint.
func TestDeploy(t *testing.T) {
	t.Parallel()
	t.Run("up, up again, destroy", deployUpAgainDestroy)
	t.Run("preview of a change", deployPreview)
	t.Run("roles, groups and users come and go", deployComeAndGo)
	t.Run("rename replaces", deployRename)
	t.Run("enforce in two steps", deployEnforceInTwoSteps)
	t.Run("refresh finds what changed behind Pulumi's back", deployRefresh)
	t.Run("import", deployImport)
	t.Run("preview lists every mistake", deployMistakes)
	t.Run("moto_server as the backend", deployToMoto)
}

func deployUpAgainDestroy(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	before, err := json.Marshal(c.account)
	require.NoError(t, err)
	d := newDeployment(t, c, devStack(t))

	require.Equal(t, map[string]int{"create": 10}, d.up(t))
	outputs := d.outputs(t)
	requireDevOutputs(t, outputs)
	requireGoldenDocuments(t, d)

	_, err = d.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)

	d.destroy(t)
	after, err := json.Marshal(c.account)
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
}

func requireDevOutputs(t *testing.T, outputs stack.Outputs) {
	t.Helper()
	const role = "arn:aws:iam::111122223333:role/cli-dev-power-user"
	require.Equal(t, stack.Outputs{
		RoleARNs:       map[string]string{"power-user": role},
		MFAPolicyARNs:  map[string]string{"developers": "arn:aws:iam::111122223333:policy/cli-dev-developers"},
		Grants:         map[string][]string{"developers": {role}},
		ExemptActions:  []string{},
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
	state, err := d.Export(t.Context())
	require.NoError(t, err)
	var found []apitype.ResourceV3
	for _, r := range state.Resources {
		if string(r.Type) == token && r.URN.Name() == name {
			found = append(found, r)
		}
	}
	require.Len(t, found, 1, "%s %s", token, name)
	return found[0]
}

func deployPreview(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, newCloud(t, nil, nil), devStack(t))
	first, err := d.Preview(t.Context())
	require.NoError(t, err)
	require.Equal(t, 10, first.ChangeSummary[apitype.OpCreate])
	d.up(t)
	d.configure(t, devStack(t)+"      maxSessionDuration: 12h\n")
	second, err := d.Preview(t.Context(), optpreview.Diff())
	require.NoError(t, err)
	require.Equal(t, 1, second.ChangeSummary[apitype.OpUpdate])
	require.Zero(t, second.ChangeSummary[apitype.OpReplace]+second.ChangeSummary[apitype.OpDelete])
	require.Contains(t, second.StdOut, "maxSessionDuration")
	require.Equal(t, 3600, d.outputs(t).ClientConfig.Profiles[0].DurationSeconds, "a preview changes nothing")
}

const twoRoles = `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers]}
    auditor: {policies: [SecurityAudit, ViewOnlyAccess], groups: [developers, operators]}
`

func deployComeAndGo(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)

	// A role for both groups: its component and role and two attachments, and
	// for the new group two components, a policy and an attachment.
	d.configure(t, twoRoles)
	require.Equal(t, map[string]int{"create": 8, "update": 1, "same": 9}, d.up(t))
	require.Equal(t, []string{
		"arn:aws:iam::111122223333:role/cli-dev-auditor", "arn:aws:iam::111122223333:role/cli-dev-power-user",
	}, d.outputs(t).Grants["developers"])

	c.addUser(t, "carol", "/team/", "developers")
	require.Equal(t, map[string]int{"update": 2, "same": 16}, d.up(t))
	require.Contains(t, input(t, d, "aws:iam/role:Role", "cli/power-user", "assumeRolePolicy"),
		"arn:aws:iam::111122223333:user/team/carol")

	name, group := "bob", "developers"
	_, err := c.iam.RemoveUserFromGroup(t.Context(), &awsiam.RemoveUserFromGroupInput{UserName: &name, GroupName: &group})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"update": 2, "same": 16}, d.up(t))
	role, err := c.account.GetRole("cli-dev-power-user")
	require.NoError(t, err)
	require.NotContains(t, role.AssumeRolePolicyDocument, "user/team/bob")

	d.configure(t, devStack(t))
	require.Equal(t, map[string]int{"delete": 8, "update": 1, "same": 9}, d.up(t))
	attached, err := c.account.ListAttachedGroupPolicies("operators", "")
	require.NoError(t, err)
	require.Empty(t, attached)
}

func deployRename(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	d.configure(t, devStack(t)+"  aws-cli-mfa:namePrefix: mfa-\n")
	// The role and the policy, each with a new attachment before the old one goes.
	require.Equal(t, map[string]int{"replace": 2, "create": 2, "delete": 2, "same": 6}, d.up(t))
	require.Equal(t, "arn:aws:iam::111122223333:role/mfa-power-user", d.outputs(t).RoleARNs["power-user"])
	_, err := c.account.GetRole("cli-dev-power-user")
	require.Error(t, err)
}

func deployEnforceInTwoSteps(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, newCloud(t, nil, nil), devStack(t)+"  aws-cli-mfa:enforce: false\n")
	d.up(t)
	require.NotContains(t, input(t, d, "aws:iam/policy:Policy", "cli/developers", "policy"), "Deny")
	d.configure(t, devStack(t))
	require.Equal(t, map[string]int{"update": 1, "same": 9}, d.up(t), "nothing is replaced or detached")
	requireGoldenDocuments(t, d)
}

func deployRefresh(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	require.NoError(t, c.account.DetachGroupPolicy("developers", "arn:aws:iam::111122223333:policy/cli-dev-developers"))
	require.NoError(t, c.account.UpdateAssumeRolePolicy("cli-dev-power-user", strings.ReplaceAll(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"$ACCOUNT"},"Action":"sts:AssumeRole"}}`,
		"$ACCOUNT", accountID)))

	result, err := d.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"delete": 1, "update": 1, "same": 8}, *result.Summary.ResourceChanges)
	require.Equal(t, map[string]int{"create": 1, "update": 1, "same": 8}, d.up(t), "up puts both right")
	requireGoldenDocuments(t, d)
	_, err = d.Up(t.Context(), optup.ExpectNoChanges(), optup.Refresh())
	require.NoError(t, err, "what IAM returns is not taken for a change")
}

func deployImport(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
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

func deployMistakes(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, newCloud(t, nil, nil), `
config:
  aws:region: eu-west-1
  aws-cli-mfa:enforced: true
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers, nowhere], maxSessionDuration: 13h}
`)
	_, err := d.Preview(t.Context())
	require.Error(t, err)
	for _, text := range []string{
		"refusing to deploy: 3 problems in the configuration of stack dev:",
		"aws-cli-mfa:enforced: there is no such key; did you mean enforce?",
		`aws-cli-mfa:roles.power-user.groups: "nowhere": no such group`,
		`aws-cli-mfa:roles.power-user.maxSessionDuration: "13h": it must be from 1h to 12h`,
	} {
		require.ErrorContains(t, err, text)
	}
	_, err = d.Up(t.Context())
	require.Error(t, err)
	state, err := d.Export(t.Context())
	require.NoError(t, err)
	for _, r := range state.Resources {
		require.Contains(t, []string{"pulumi:pulumi:Stack", "pulumi:providers:aws"}, string(r.Type), "nothing may be registered")
	}
}

func deployToMoto(t *testing.T) {
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
