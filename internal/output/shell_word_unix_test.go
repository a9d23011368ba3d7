//go:build !windows

package output

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShellWordIsOneWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"dev":                        "dev",
		"arn:aws:iam::1:mfa/a+b=c@d": "arn:aws:iam::1:mfa/a+b=c@d",
		"my profile":                 `"my profile"`,
		"":                           `""`,
		`$HOME "x" \ ` + "`id`;'y'":  `"\$HOME \"x\" \\ ` + "\\`id\\`;'y'\"",
	} {
		word := ShellWord(text)
		require.Equal(t, want, word)
		output, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s' "+word).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(output))
	}
}
