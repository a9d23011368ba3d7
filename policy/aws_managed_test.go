package policy_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestAWSManagedPolicies(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("awsmanaged")
	require.NoError(t, err)
	policies := policy.AWSManagedPolicies("aws-cn")
	require.Len(t, files, len(policies)+1, "a document for each policy of the index")
	for _, p := range policies {
		arn, err := policy.ManagedPolicyARN("aws-cn", p.Name)
		require.NoError(t, err)
		require.Equal(t, arn, p.ARN)
		_, known := policy.AWSManagedDocument("aws-cn", p.Name)
		require.Equal(t, !p.Simplified, known, p.Name)
		require.NotContains(t, p.Document, "arn:aws:")
		document, err := policy.Parse(p.Document)
		require.NoError(t, err, p.Name)
		require.NoError(t, document.CheckIdentity(), p.Name)
		_, err = policy.Compile(document)
		require.NoError(t, err, p.Name)
	}
	_, known := policy.AWSManagedDocument("aws", "index")
	require.False(t, known)
}
