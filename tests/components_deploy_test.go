package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// library is a program of somebody who uses the components, two of each, and
// what the last run of it made.
type library struct {
	cli, other *iam.CLIAccess
	mfaPolicy  *iam.MFAPolicy
}

func (l *library) run(ctx *pulumi.Context) (err error) {
	if l.cli, err = iam.NewCLIAccess(ctx, "cli", twoGroups()); err != nil {
		return err
	}
	args := twoGroups()
	args.NamePrefix = "cli-other-"
	if l.other, err = iam.NewCLIAccess(ctx, "other", args); err != nil {
		return err
	}
	_, err = iam.NewMFARole(ctx, "deployer", &iam.MFARoleArgs{RoleArgs: iam.RoleArgs{
		Name: "deployer", Path: "/cli/", TrustedUserARNs: []string{oliviaARN}, ManagedPolicies: []string{"PowerUserAccess"},
	}})
	if err != nil {
		return err
	}
	l.mfaPolicy, err = iam.NewMFAPolicy(ctx, "deployers", &iam.MFAPolicyArgs{
		Name: "deployers", Path: "/cli/", GroupPolicy: policy.GroupPolicy{
			Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/cli/deployer"},
		},
	})
	if err != nil {
		return err
	}
	_, err = iam.NewGroupAccess(ctx, "operators", &iam.GroupAccessArgs{
		Group: "operators", PolicyARNs: map[string]pulumi.StringInput{"deployers": l.mfaPolicy.ARN},
	})
	return err
}

// TestComponentsUnderTheEngine shows what mocks do not: the outputs that
// components register, URNs that the engine takes, and what the real preview
// does not know yet.
func TestComponentsUnderTheEngine(t *testing.T) {
	t.Parallel()
	c := newCloud(t, serving{})
	_, err := c.account.CreatePolicy(account.CreatePolicyInput{
		PolicyName: "extra", Path: "/team/",
		PolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
	})
	require.NoError(t, err)
	d := newDeployment(t, c, devStack(t))
	var program library
	d.program = program.run

	preview, err := d.Preview(t.Context(), optpreview.Diff())
	require.NoError(t, err)
	requireUnknownARNs(t, program, preview.StdOut)

	d.up(t)
	require.True(t, awaited(t, program.cli.Role("power-user").ARN).Known)
	state := d.state(t)
	requireComponentOutputs(t, state)
	requireTree(t, state)

	_, err = d.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)
}

// requireUnknownARNs holds a first preview to this: the documents and names are
// there in full, and what is unknown are ARNs, of which only those of the own
// policies are inputs of others.
func requireUnknownARNs(t *testing.T, program library, shown string) {
	t.Helper()
	for _, access := range []*iam.CLIAccess{program.cli, program.other} {
		for _, output := range []pulumi.Output{access.RoleARNs, access.MFAPolicyARNs, access.Grants} {
			require.False(t, awaited(t, output).Known)
		}
		member := access.Role("power-user")
		require.False(t, awaited(t, member.ARN).Known)
		require.True(t, awaited(t, member.Name).Known)
		role := member.Resources()[0].(*awsiam.Role)
		document, err := policy.Parse(await[string](t, role.AssumeRolePolicy))
		require.NoError(t, err)
		require.Len(t, document.Statements, 1)
	}
	require.False(t, awaited(t, program.mfaPolicy.ARN).Known)
	document := await[string](t, program.mfaPolicy.Resources()[0].(*awsiam.Policy).Policy)
	require.Contains(t, document, policy.SidDenyWithoutMFA)
	require.Equal(t, 5, strings.Count(shown, "[unknown]"), "attachments of own policies: %s", shown)
}

// requireComponentOutputs has the type tokens written out, as they are in
// everybody's state.
func requireComponentOutputs(t *testing.T, state apitype.DeploymentV3) {
	t.Helper()
	const arn = "arn:aws:iam::111122223333:"
	want := map[string]map[string]any{
		"aws-cli-mfa:iam:MFARole::deployer":      {"roleArn": arn + "role/cli/deployer", "roleName": "deployer"},
		"aws-cli-mfa:iam:MFAPolicy::deployers":   {"policyArn": arn + "policy/cli/deployers"},
		"aws-cli-mfa:iam:GroupAccess::operators": {"group": "operators"},
	}
	for name, prefix := range map[string]string{"cli": "cli-dev-", "other": "cli-other-"} {
		roles := map[string]any{
			"power-user": arn + "role/" + prefix + "power-user", "read-only": arn + "role/" + prefix + "read-only",
		}
		policies := map[string]any{
			"developers": arn + "policy/" + prefix + "developers", "operators": arn + "policy/" + prefix + "operators",
		}
		want["aws-cli-mfa:iam:CLIAccess::"+name] = map[string]any{
			"roleArns": roles, "mfaPolicyArns": policies, "grants": map[string]any{
				"developers": []any{roles["power-user"], roles["read-only"]}, "operators": []any{roles["power-user"]},
			},
		}
		for role, roleARN := range roles {
			want["aws-cli-mfa:iam:MFARole::"+name+"/"+role] = map[string]any{"roleArn": roleARN, "roleName": prefix + role}
		}
		for group, policyARN := range policies {
			want["aws-cli-mfa:iam:MFAPolicy::"+name+"/"+group] = map[string]any{"policyArn": policyARN}
			want["aws-cli-mfa:iam:GroupAccess::"+name+"/"+group] = map[string]any{"group": group}
		}
	}
	outputs := map[string]map[string]any{}
	for _, r := range state.Resources {
		if !r.Custom && r.Type != resource.RootStackType {
			outputs[fmt.Sprintf("%s::%s", r.Type, r.URN.Name())] = r.Outputs
		}
	}
	require.Equal(t, want, outputs)
}

// requireTree holds the state to the edges and parents that the mocks show.
func requireTree(t *testing.T, state apitype.DeploymentV3) {
	t.Helper()
	keys := map[resource.URN]string{}
	for _, r := range state.Resources {
		require.NotContains(t, keys, r.URN)
		keys[r.URN] = fmt.Sprintf("%s::%s", r.Type, r.URN.Name())
	}
	var edges []string
	parents := map[string]string{}
	for _, r := range state.Resources {
		if !strings.HasPrefix(r.URN.Name(), "cli/") {
			continue
		}
		parents[keys[r.URN]] = keys[r.Parent]
		for _, dependency := range r.Dependencies {
			edges = append(edges, keys[r.URN]+" -> "+keys[dependency])
		}
	}
	wantParents := map[string]string{}
	for child, parent := range accessTree() {
		wantParents[child.String()] = parent.String()
	}
	require.Equal(t, wantParents, parents)
	var wantEdges []string
	for _, e := range accessEdges() {
		wantEdges = append(wantEdges, e.from.String()+" -> "+e.to.String())
	}
	slices.Sort(edges)
	slices.Sort(wantEdges)
	require.Equal(t, wantEdges, edges)
}
