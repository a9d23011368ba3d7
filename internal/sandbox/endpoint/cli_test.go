package endpoint_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAWSCLI has the real AWS CLI, where there is one, get and list what is
// there, in pages.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	cli, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the AWS CLI is not installed")
	}
	s := start(t)
	populate(t, s.account)
	run := func(arguments ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), cli, arguments...)
		home := t.TempDir()
		command.Env = []string{
			"PATH=/usr/bin:/bin", "HOME=" + home, "AWS_CONFIG_FILE=" + home + "/config",
			"AWS_ENDPOINT_URL=" + s.server.URL(), "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
			"AWS_ACCESS_KEY_ID=" + s.admin.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.admin.SecretAccessKey,
			"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_DEFAULT_OUTPUT=json",
		}
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	require.Contains(t, run("iam", "get-role", "--role-name", "power-user"),
		`"AWS": "`+userARN("team/alice")+`"`)
	require.JSONEq(t, `["admin", "alice"]`,
		run("iam", "list-users", "--page-size", "1", "--query", "Users[].UserName"))
}
