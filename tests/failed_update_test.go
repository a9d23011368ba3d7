package tests

import (
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// TestFailedUpdateIsRepeated denies one write of an up. The next up writes it,
// although the provider has left the planned values in the state: the project
// refreshes always. What is in force is asked of the account.
func TestFailedUpdateIsRepeated(t *testing.T) {
	t.Parallel()
	onlyAlice := devStack(t) + "      users: [alice]\n  aws-cli-mfa:withoutRole: [bob]\n"
	tests := map[string]struct {
		from, to, action string
		inForce          func(t *testing.T, c *cloud) bool
	}{
		"the deny":              {devStack(t) + "  aws-cli-mfa:enforce: false\n", devStack(t), "CreatePolicyVersion", denyInForce},
		"a user who must leave": {devStack(t), onlyAlice, "UpdateAssumeRolePolicy", bobIsNotTrusted},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fail failure
			c := newCloud(t, fail.through, nil)
			d := newDeployment(t, c, test.from)
			d.up(t)
			require.False(t, test.inForce(t, c))

			d.configure(t, test.to)
			fail.arm(1)
			_, err := d.Up(t.Context())
			require.ErrorContains(t, err, "injected")
			require.Equal(t, test.action, fail.fired())
			require.False(t, test.inForce(t, c), "the write failed")

			d.up(t)
			require.True(t, test.inForce(t, c), "the up succeeded")
		})
	}
}

// denyInForce reports whether what is attached to the developers denies without
// MFA.
func denyInForce(t *testing.T, c *cloud) bool {
	t.Helper()
	attached, err := c.iam.ListAttachedGroupPolicies(t.Context(),
		&awsiam.ListAttachedGroupPoliciesInput{GroupName: aws.String("developers")})
	require.NoError(t, err)
	require.Len(t, attached.AttachedPolicies, 1)
	arn := attached.AttachedPolicies[0].PolicyArn
	found, err := c.iam.GetPolicy(t.Context(), &awsiam.GetPolicyInput{PolicyArn: arn})
	require.NoError(t, err)
	version, err := c.iam.GetPolicyVersion(t.Context(), &awsiam.GetPolicyVersionInput{
		PolicyArn: arn, VersionId: found.Policy.DefaultVersionId,
	})
	require.NoError(t, err)
	for _, s := range stored(t, version.PolicyVersion.Document).Statements {
		if s.Sid == policy.SidDenyWithoutMFA {
			return s.Effect == policy.Deny
		}
	}
	return false
}

func bobIsNotTrusted(t *testing.T, c *cloud) bool {
	t.Helper()
	role, err := c.iam.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("cli-dev-power-user")})
	require.NoError(t, err)
	trusted := statement(t, stored(t, role.Role.AssumeRolePolicyDocument), policy.SidTrustWithMFA).Principal.AWS
	require.Contains(t, trusted, aliceARN)
	return len(trusted) == 1
}

// stored is a document as IAM returns it, percent-encoded.
func stored(t *testing.T, text *string) policy.Document {
	t.Helper()
	decoded, err := url.PathUnescape(aws.ToString(text))
	require.NoError(t, err)
	document, err := policy.Parse(decoded)
	require.NoError(t, err)
	return document
}
