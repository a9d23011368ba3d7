package tests

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func devStackIn(t *testing.T, region string) string {
	t.Helper()
	const line = "  aws:region: eu-west-1\n"
	require.Contains(t, devStack(t), line)
	if region == "" {
		return strings.Replace(devStack(t), line, "", 1)
	}
	return strings.Replace(devStack(t), "eu-west-1", region, 1)
}

// The aws provider takes another region for a move and replaces what it has:
// roles and policies of the same names, which IAM refuses.
func TestRegionChangeReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]string{"plain": "eu-west-1", "from none": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int64
			d := newDeployment(t, newCloud(t, serving{afterWrite: func(*account.Account) { writes.Add(1) }}), devStackIn(t, from))
			d.up(t)
			before, made, first := iamResources(t, d), writes.Load(), d.outputs(t).ClientConfig.Region
			require.Len(t, before, 4)
			require.NotZero(t, made)

			d.configure(t, devStackIn(t, "us-west-2"))
			require.Equal(t, map[string]int{"same": 10}, d.up(t))
			require.Equal(t, "us-west-2", d.outputs(t).ClientConfig.Region)
			require.Equal(t, before, iamResources(t, d))
			require.Equal(t, made, writes.Load(), "nothing is written to IAM")
			require.Equal(t, first, deployed(t, d, pulumitest.ProviderToken, "iam").Inputs["region"])
			d.destroy(t)
		})
	}
}

// iamResources are the resources of IAM in the state: the id of each, and its
// provider, by URN.
func iamResources(t *testing.T, d *deployment) map[resource.URN][2]string {
	t.Helper()
	state := d.state(t)
	found := map[resource.URN][2]string{}
	for _, r := range state.Resources {
		if strings.HasPrefix(string(r.Type), "aws:iam/") {
			found[r.URN] = [2]string{string(r.ID), r.Provider}
		}
	}
	return found
}

// What was deployed with the default provider is taken over without a change by a
// provider of its own, as package iam tells library users, and by this program; and
// then the region may change.
func TestRegionChangeAfterAnUpgrade(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, newCloud(t, serving{}), devStack(t))
	current := d.program
	in := func(region string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			provider, err := aws.NewProvider(ctx, "iam", &aws.ProviderArgs{Region: pulumi.String(region)},
				pulumi.IgnoreChanges([]string{"region"}))
			if err != nil {
				return err
			}
			ctx.Export("region", pulumi.String(region)) // a stack without outputs has no state that could be read
			return accessProgram(devAccess(), pulumi.Providers(provider))(ctx)
		}
	}
	d.program = accessProgram(devAccess())
	require.Equal(t, map[string]int{"create": 9}, d.up(t))
	d.program = in("eu-west-1")
	require.Equal(t, map[string]int{"create": 1, "same": 9}, d.up(t))
	d.program = in("us-west-2")
	require.Equal(t, map[string]int{"same": 10}, d.up(t))
	d.program = current
	d.configure(t, devStackIn(t, "us-west-2"))
	require.Equal(t, map[string]int{"same": 7, "update": 3}, d.up(t),
		"the provider, which has no defaults of the SDK here, and the tags of the role and of the policy")
}

// devAccess is what stack dev deploys.
func devAccess() *iam.CLIAccessArgs {
	return &iam.CLIAccessArgs{AccessArgs: iam.AccessArgs{
		Account:    awsAccount(),
		NamePrefix: "cli-dev-",
		Roles: map[string]iam.RoleArgs{"power-user": {
			Groups: []string{"developers"}, TrustedUserARNs: []string{aliceARN, bobARN}, ManagedPolicies: []string{"PowerUserAccess"},
		}},
	}}
}

// The provider of this project's resources must be in no way another than the
// one they would have without it.
func TestProviderHasTheSettingsOfTheDefaultProvider(t *testing.T) {
	t.Parallel()
	const settings = `
  aws:allowedAccountIds: ["111122223333"]
  aws:defaultTags: {tags: {Team: platform}}
  aws:maxRetries: 3
  aws:profile: administrator
  aws:secretKey: {secure: "v1:nobody:knows"}
  aws:skipMetadataApiCheck: true
`
	c := newCloud(t, serving{})
	d := newDeployment(t, c, devStack(t)+settings)
	d.up(t)
	made, err := c.account.GetRole(roleName)
	require.NoError(t, err)
	require.Equal(t, account.Tags{{Key: "Team", Value: "platform"}, {Key: stack.OwnerTag, Value: "aws-cli-mfa/dev"}}, made.Tags)
	defaults, ours := providers(t, d)
	require.Equal(t, defaults, ours)
	require.Subset(t, ours, map[string]any{
		"allowedAccountIds": `["111122223333"]`, "maxRetries": "3", "region": "eu-west-1", "version": "6.83.4",
	})

	d.configure(t, devStackIn(t, "us-west-2")+strings.Replace(settings, "administrator", "deployer", 1))
	require.Equal(t, map[string]int{"update": 1, "same": 9}, d.up(t), "the provider")
	defaults, ours = providers(t, d)
	require.Equal(t, "us-west-2", defaults["region"])
	require.Equal(t, "deployer", ours["profile"])
	defaults["region"] = "eu-west-1"
	require.Equal(t, defaults, ours)
}

// providers are the inputs of the default provider, which answers the lookups,
// and of the provider of the resources.
func providers(t *testing.T, d *deployment) (defaults, ours map[string]any) {
	t.Helper()
	return deployed(t, d, pulumitest.ProviderToken, "default_6_83_4").Inputs,
		deployed(t, d, pulumitest.ProviderToken, "iam").Inputs
}

// Secrets stay secrets, and what is listed but not set stays out.
func TestStackProvider(t *testing.T) {
	t.Parallel()
	opts := inAccount()
	opts.SecretKeys = []string{"aws:secretKey"}
	recorder := mustDeploy(t, devStack(t)+`
  aws:assumeRole: {roleArn: "arn:aws:iam::111122223333:role/deployer"}
  aws:secretKey: hidden
  other:region: us-west-2
`, opts)
	provider := recorder.One(t, pulumitest.Key{Token: pulumitest.ProviderToken, Name: "iam"})
	require.Equal(t, resource.PropertyMap{
		"assumeRole": resource.NewProperty(`{"roleArn":"arn:aws:iam::111122223333:role/deployer"}`),
		"region":     resource.NewProperty("eu-west-1"),
		"secretKey":  resource.MakeSecret(resource.NewProperty("hidden")),
	}, provider.Inputs)
	require.Equal(t, []string{"region"}, provider.Request.GetIgnoreChanges())
	require.Equal(t, recorder.StackURN(), provider.Parent)
	for _, r := range recorder.Resources() {
		if strings.HasPrefix(r.Token, "aws:") {
			require.Equal(t, string(provider.URN)+"::"+provider.ID, r.Request.GetProvider(), r.Key)
		}
	}
	require.Empty(t, recorder.Calls("aws:index/getRegion:getRegion"), "aws:region says it")
}

// Without aws:region the default provider says which it takes from the environment.
func TestStackWithoutRegion(t *testing.T) {
	t.Parallel()
	recorder := mustDeploy(t, strings.Replace(devStack(t), "  aws:region: eu-west-1\n", "", 1), inAccount())
	regions := recorder.Calls("aws:index/getRegion:getRegion")
	require.Len(t, regions, 1)
	require.Empty(t, regions[0].Provider)
	require.Equal(t, "eu-west-1", stackOutputs(t, recorder).ClientConfig.Region)
}
