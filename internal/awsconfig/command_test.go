package awsconfig

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// On Windows a line has no quotes, and botocore reads it as it was meant;
// command_windows_test.go has the SDK for Go do so.
func TestCommandLineOnWindows(t *testing.T) {
	t.Parallel()
	words := []string{`C:\PROGRA~1\awsmfa\awsmfa.exe`, "credentials", "--profile", "a=b,c:d@e+f-g_h./i", `\\host\share\x`}
	line, err := commandLine(true, words)
	require.NoError(t, err)
	const script = `import sys, botocore.compat
print(*botocore.compat.compat_shell_split(sys.argv[1], platform="win32"), sep="\n")`
	read, err := exec.CommandContext(t.Context(), clienttest.Require(t, "boto3"), "-c", script, line).Output()
	require.NoError(t, err)
	require.Equal(t, words, strings.Fields(string(read)))
	for _, word := range []string{"", "my key", `"`, "a&b", "a|b", "a>b", "a<b", "a^b", "a%b", "a(b)", "a;b", `a\`, "J\u00f6rg"} {
		_, err := commandLine(true, []string{"awsmfa", word})
		require.ErrorContains(t, err, "directory that PATH names", word)
	}
}
