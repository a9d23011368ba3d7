package awsactions_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsactions"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for action, meant := range map[string]string{
		"s3:GetObject": "", "S3:getobject": "", "rds-db:connect": "", "iam:CreateVirtualMFADevice": "",
		"s3:ListBuckets":               "; did you mean s3:ListAllMyBuckets?",
		"S3:headbucket":                "; did you mean s3:ListBucket?",
		"s3:GetObjet":                  "; did you mean s3:GetObject?",
		"secretmanager:GetSecretValue": "; did you mean secretsmanager:GetSecretValue?",
		"nonsense:DoesNotExist":        "AWS had no action nonsense:DoesNotExist on 2026-09-26",
	} {
		err := awsactions.Check(action)
		if meant == "" {
			require.NoError(t, err, action)
			continue
		}
		require.Error(t, err, action)
		require.True(t, strings.HasSuffix(err.Error(), meant), err)
	}
	for _, exemption := range policy.Exemptions() {
		require.NoError(t, awsactions.Check(exemption.Action))
	}
}
