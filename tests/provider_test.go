package tests

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	pulumiiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// TestProviderLikeTheReal has what the released aws provider does to a stack
// under the real engine, and a kinder stand-in would hide.
func TestProviderLikeTheReal(t *testing.T) {
	t.Parallel()
	t.Run("default tags update roles and policies", defaultTagsUpdate)
	t.Run("a description is left to IAM", descriptionIsLeftToIAM)
	t.Run("destroy detaches what others attached to a role", destroyDetaches)
}

func defaultTagsUpdate(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	for _, tags := range []map[string]string{{"cost-centre": "42"}, {"cost-centre": "43", "owner": "platform"}, {}} {
		file := devStack(t) + "  aws:defaultTags:\n    tags:\n"
		for key, value := range tags {
			file += "      " + key + ": \"" + value + "\"\n"
		}
		d.configure(t, file)
		require.Equal(t, map[string]int{"update": 3, "same": 7}, d.up(t))
		require.Equal(t, tags, roleTags(t, c))
		require.Equal(t, tags, policyTags(t, c))
	}
}

func roleTags(t *testing.T, c *cloud) map[string]string {
	t.Helper()
	tags := map[string]string{}
	role, err := c.iam.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("cli-dev-power-user")})
	require.NoError(t, err)
	for _, tag := range role.Role.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

func policyTags(t *testing.T, c *cloud) map[string]string {
	t.Helper()
	tags := map[string]string{}
	found, err := c.iam.GetPolicy(t.Context(),
		&awsiam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::111122223333:policy/cli-dev-developers")})
	require.NoError(t, err)
	for _, tag := range found.Policy.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

// The program refuses such a description before the provider sees it
// (TestBadConfigIsRefused), so that this one is another program.
func descriptionIsLeftToIAM(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, newCloud(t, nil, nil), devStack(t))
	trust, err := policy.TrustPolicy([]string{aliceARN})
	require.NoError(t, err)
	d.program = func(ctx *pulumi.Context) error {
		_, err := pulumiiam.NewRole(ctx, "described", &pulumiiam.RoleArgs{
			Name: pulumi.String("described"), AssumeRolePolicy: pulumi.String(trust.String()),
			Description: pulumi.String("Run — production"),
		})
		return err
	}
	_, err = d.Preview(t.Context())
	require.NoError(t, err)
	_, err = d.Up(t.Context())
	require.ErrorContains(t, err, "ValidationError")
	require.ErrorContains(t, err, "description")
}

func destroyDetaches(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	name := "cli-dev-power-user"
	require.NoError(t, c.account.AttachRolePolicy(name, "arn:aws:iam::aws:policy/SecurityAudit"))
	d.destroy(t)
	_, err := c.account.GetRole(name)
	require.Error(t, err)
}
