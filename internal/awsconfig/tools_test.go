package awsconfig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// tool runs a client on a configuration file, in a home directory of its own.
func tool(t *testing.T, path, client string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), clienttest.Require(t, client), arguments...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(path), "AWS_CONFIG_FILE=" + path,
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(filepath.Dir(path), "none"), "AWS_EC2_METADATA_DISABLED=true",
	}
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// TestAWSConfigureSet: the real `aws configure set` puts its lines into our
// profiles, or behind the block, where they still belong to the last of them.
// They survive the next Put, in the profile they were meant for.
func TestAWSConfigureSet(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[default]\r\nregion = us-east-1", 0o600)
	mustUpdate(t, path, putting(devBlock()))
	tool(t, path, "aws", "configure", "set", "output", "json", "--profile", "dev-power-user")
	tool(t, path, "aws", "configure", "set", "output", "text", "--profile", "dev-power-user-sdk")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "output = text\n# <<<", "it lands before the end marker")
	tool(t, path, "aws", "configure", "set", "cli_pager", "less", "--profile", "dev-power-user-sdk")

	block := devBlock()
	block.Profiles = append(block.Profiles, roleProfile("dev-added"))
	mustUpdate(t, path, putting(block))
	mustUpdate(t, path, putting(block))
	const script = `import botocore.session
profiles = botocore.session.Session().full_config["profiles"]
print(*(profiles[name].get(key) for name in ("dev-power-user", "dev-power-user-sdk") for key in ("output", "cli_pager")))`
	require.Equal(t, "json None text less", tool(t, path, "boto3", "-c", script))
	require.Equal(t, "arn:aws:iam::111122223333:role/dev-added",
		tool(t, path, "aws", "configure", "get", "role_arn", "--profile", "dev-added"))
	_, _, err = awsconfig.Update(t.Context(), path, removing(devOwner))
	require.ErrorContains(t, err, "output in profile dev-power-user (line ")
}

func sharedConfig(t *testing.T, path, profile string) config.SharedConfig {
	t.Helper()
	shared, err := config.LoadSharedConfigProfile(t.Context(), profile, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
	})
	require.NoError(t, err)
	return shared
}

// TestWhyNamesHaveNoSpaces: with quotes the SDK for Go does not find the profile,
// and without them botocore (the AWS CLI and boto3) does not.
func TestWhyNamesHaveNoSpaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[profile \"my quoted\"]\nregion = eu-west-1\n[profile my plain]\nregion = eu-west-1\n", 0o600)
	out := tool(t, path, "boto3", "-c", "import botocore.session; print(botocore.session.Session().available_profiles)")
	require.Equal(t, "['my quoted']", out)
	for name, want := range map[string]bool{"my quoted": false, "my plain": true} {
		_, err := config.LoadSharedConfigProfile(t.Context(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
		})
		require.Equal(t, want, err == nil, name)
	}
}
