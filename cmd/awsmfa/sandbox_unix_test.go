//go:build !windows

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// standIn is a directory with a program in the place of awsmfa-sandbox.
func standIn(t *testing.T, script string) string {
	t.Helper()
	return filepath.Dir(clienttest.Script(t, filepath.Join(t.TempDir(), rehearsal), script))
}

// The rehearsal gets the arguments, the variables and standard input as they are,
// and its exit code is this program's.
func TestSandboxRunsTheOtherProgram(t *testing.T) {
	t.Parallel()
	m := machine{"PATH": standIn(t, `/bin/echo "$@" "$FRUIT" >&2; read -r line; echo "$line"; exit 7`), "FRUIT": "pear"}
	code, stdout, stderr := m.execute(t, "sandbox", "--stack", "dev", "code", "--help", "alice")
	require.Equal(t, 7, code)
	require.Equal(t, "\n", stdout)
	require.Equal(t, "--stack dev code --help alice pear\n", stderr)
}

func TestSandboxIsHelpedAndCompletedByTheOtherProgram(t *testing.T) {
	t.Parallel()
	m := machine{"PATH": standIn(t, `case $1 in
--help) echo helped ;;
code) [ "$2" = --help ] && echo helped about code ;;
__complete) shift; printf '%s|' "$@"; printf 'dev\twords\nprod\n:4\n'; echo talk >&2 ;;
esac
`)}
	for _, args := range [][]string{{"help", "sandbox"}, {"sandbox", "--help"}} {
		stdout, _ := m.succeeds(t, args...)
		require.Equal(t, "helped\n", stdout)
	}
	stdout, _ := m.succeeds(t, "help", "sandbox", "code")
	require.Equal(t, "helped about code\n", stdout)
	stdout, _ = m.succeeds(t, "__complete", "sandbox", "--stack", "")
	require.Equal(t, "--stack||dev\twords\nprod\n:4\n", stdout)
}

// Whoever has this program alone is told how to get the other.
func TestSandboxWithoutTheOtherProgram(t *testing.T) {
	t.Parallel()
	stderr := machine{"PATH": t.TempDir()}.refuses(t, "sandbox", "--preview")
	require.Contains(t, stderr, "awsmfa: the rehearsal is a program of its own, awsmfa-sandbox")
	require.Contains(t, stderr, "make build")
}
