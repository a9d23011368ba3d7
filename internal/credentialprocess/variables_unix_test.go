//go:build !windows

package credentialprocess_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A shell gets what was printed for it, and a program that is started.
func TestAShellReadsTheFormat(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, printable().Print(&out, "env", ""))
	cmd := exec.CommandContext(t.Context(), "sh", "-c", out.String()+`printf '%s\n' "$AWS_SECRET_ACCESS_KEY" "${AWS_REGION-none}"`)
	cmd.Env = []string{}
	text, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, printable().SecretAccessKey+"\nnone\n", string(text))
}
