package deploy_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
)

func TestEnvironmentKeys(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, `{"aws:config:region": "eu-west-1", "aws-cli-mfa:config:rolls": "{}"}`)
	require.ElementsMatch(t, []string{"aws:config:region", "aws-cli-mfa:config:rolls"}, deploy.EnvironmentKeys())
	t.Setenv(pulumi.EnvConfig, "")
	require.Empty(t, deploy.EnvironmentKeys())
}
