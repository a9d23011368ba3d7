//go:build !windows

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// Whoever has the key in aws-vault, for which a script stands in, follows the advice
// of the error, and goes all the way from enrol on.
func TestAKeyInAWSVault(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	key, err := story.AccessKey(o.account, "alice")
	require.NoError(t, err)
	bin, home := t.TempDir(), t.TempDir()
	clienttest.Script(t, filepath.Join(bin, "aws-vault"), fmt.Sprintf(
		`[ "$*" = "export --no-session --format=json default" ] && echo '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}'`,
		key.AccessKeyID, key.SecretAccessKey))
	o.machine = machine{
		"HOME": home, "PATH": bin + ":/usr/bin:/bin", "AWS_ENDPOINT_URL": o.machine["AWS_ENDPOINT_URL"],
		"AWS_EC2_METADATA_DISABLED": "true",
	}
	o.config = filepath.Join(home, ".aws", "config")
	require.NoError(t, os.MkdirAll(filepath.Dir(o.config), 0o700))
	write(t, "[default]\nregion = eu-west-1\n", o.config)
	said, err := o.runs(t, "onboard", "--outputs", o.outputs)
	require.Error(t, err)
	_, advice, _ := strings.Cut(said, "give that profile '")
	setting, _, found := strings.Cut(advice, "' in ~/.aws/config")
	require.True(t, found, said)

	write(t, "[default]\n"+setting+"\n", o.config)
	require.Contains(t, read(t, "../../docs/onboarding.md"), "```ini\n"+o.file(t)+"```\n")
	for _, args := range [][]string{{"enrol"}, {"onboard", "--outputs", o.outputs, "--sdk"}} {
		said, err = o.runs(t, args...)
		require.NoError(t, err, said)
	}
	require.Contains(t, said, "You are alice, by the access key of profile default.\n")
	require.NotContains(t, o.file(t), key.SecretAccessKey)
	cmd := o.program(t, "login", "dev-power-user")
	terminal := onTerminal(t, cmd)
	readUntil(t, terminal, "Enter MFA code for "+aliceSerial+": ")
	_, err = terminal.WriteString(nextCode(t, o.account) + "\n")
	require.NoError(t, err)
	readUntil(t, terminal, "Profile dev-power-user asks for no code until ")
	require.NoError(t, cmd.Wait())
}
