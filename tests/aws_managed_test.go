package tests

import (
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// TestAWSManagedPoliciesAreAWSs holds the AWS managed policies to moto's copy of
// AWS's: version, dates and document.
func TestAWSManagedPoliciesAreAWSs(t *testing.T) {
	t.Parallel()
	moto := awsiam.New(awsiam.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String(mototest.Start(t)),
	})
	for _, p := range policy.AWSManagedPolicies("aws") {
		got, err := moto.GetPolicy(t.Context(), &awsiam.GetPolicyInput{PolicyArn: &p.ARN})
		require.NoError(t, err)
		require.Equal(t, *got.Policy.DefaultVersionId, p.Version, p.Name)
		require.True(t, got.Policy.CreateDate.Equal(p.CreateDate), p.Name)
		require.True(t, got.Policy.UpdateDate.Equal(p.UpdateDate), p.Name)
		if p.Simplified {
			continue
		}
		version, err := moto.GetPolicyVersion(t.Context(),
			&awsiam.GetPolicyVersionInput{PolicyArn: &p.ARN, VersionId: &p.Version})
		require.NoError(t, err)
		document, err := url.QueryUnescape(*version.PolicyVersion.Document)
		require.NoError(t, err)
		require.JSONEq(t, document, p.Document, p.Name)
	}
}
