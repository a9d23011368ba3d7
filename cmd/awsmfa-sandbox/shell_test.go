//go:build !windows

package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
)

// A shell reads what it is to do and ends this program with its own exit code.
func TestShellOfTheSandbox(t *testing.T) {
	t.Parallel()
	cli := enginetest.CLI(t, "../..")
	on := []string{"AWS_ENDPOINT_URL_STS=https://sts.amazonaws.com"}
	dir := t.TempDir()
	shell := func(script string) (code int, stdout, stderr string) {
		return converse(t, on, strings.NewReader(script),
			"shell", "alice", "--project", "../..", "--dir", dir, "--pulumi", cli.Path())
	}
	code, stdout, stderr := shell("echo $HOME $AWS_ENDPOINT_URL_STS\nexit 7\n")
	require.Equal(t, 7, code, stderr)
	require.Regexp(t, `^`+filepath.Join(dir, "people", "alice")+` http://127\.0\.0\.1:\d+\n$`, stdout)
	require.NotContains(t, stderr, "awsmfa: ")

	code, _, stderr = shell("exit 0\n")
	require.Equal(t, program.OK, code, stderr)

	on = append(on, "SHELL=/no/such/shell")
	code, _, stderr = shell("")
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "awsmfa: start the shell of $SHELL: ")
}

func TestShellsExitIsCountedAsShellsDo(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]error{
		"exit 0": nil, "exit 2": program.ExitError(2), "exit 255": program.ExitError(255), "kill -TERM $$": program.ExitError(128 + 15),
	} {
		shell := shellCommand(t.Context(), "", []string{"PATH=" + os.Getenv("PATH")})
		shell.Stdin = strings.NewReader(script)
		require.Equal(t, want, exitOf(shell.Run()), script)
	}
}

// Whoever ends this program ends the shell, which is told that its terminal has
// gone.
func TestShellEndsWithTheProgram(t *testing.T) { //nolint:paralleltest // the signals are the process's
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // else the shell ignores it where the tests do
	defer signal.Stop(hangups)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	shell := shellCommand(ctx, "", []string{"PATH=" + os.Getenv("PATH")})
	stdin, err := shell.StdinPipe()
	require.NoError(t, err)
	stdout, err := shell.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	_, err = io.WriteString(stdin, "trap '' TERM; echo ready\n")
	require.NoError(t, err)
	_, err = io.ReadFull(stdout, make([]byte, len("ready\n")))
	require.NoError(t, err)
	end()
	require.Equal(t, program.ExitError(128+1), exitOf(shell.Wait()))
}

// zsh asks whoever has no settings yet, and there are none in a new home.
func TestZshAsksNothing(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/bin/zsh": {"/bin/zsh", "-f"}, "/bin/bash": {"/bin/bash"}, "": {"sh"},
	} {
		require.Equal(t, want, shellCommand(t.Context(), path, nil).Args)
	}
}

// awsmfa that was built and not installed is found, behind one that is installed.
func TestShellFindsAwsmfa(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"HOME=/home/alice", "PATH=/usr/bin:/bin"}
	self := filepath.Join(dir, "awsmfa-sandbox")
	require.Equal(t, environ, withAwsmfa(environ, self))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "awsmfa"), nil, 0o600))
	require.Equal(t, []string{"HOME=/home/alice", "PATH=/usr/bin:/bin:" + dir}, withAwsmfa(environ, self))
	require.Equal(t, "PATH=/usr/bin:/bin", environ[1])
}
