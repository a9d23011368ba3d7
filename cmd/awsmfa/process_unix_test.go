//go:build !windows

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
)

// requireLeft requires that nothing has been read from a pipe.
func requireLeft(t *testing.T, text string, reader, writer *os.File) {
	t.Helper()
	require.NoError(t, writer.Close())
	left, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, text, string(left))
}

func TestCredentialsReadNoInputOfTheProgramThatRunsThem(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	for _, text := range []string{"", "123456\n", "Content-Length: 52\r\n\r\n{"} {
		reader, writer := pipe(t, text)
		cmd := u.program(t, "credentials", "--profile", "dev")
		var stdout, stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = reader, &stdout, &stderr
		require.Error(t, cmd.Run())
		require.Equal(t, program.Failure, cmd.ProcessState.ExitCode())
		require.Empty(t, stdout.String())
		require.True(t, strings.HasPrefix(stderr.String(), "awsmfa: there is no terminal to ask on: run 'awsmfa login dev'"), stderr.String())
		requireLeft(t, text, reader, writer)
	}
}

// Programs that hide what it says are not kept waiting for it. The machine may be busy
// with other tests: one of three times is enough.
func TestCredentialsWithoutATerminalFailAtOnce(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	const limit = time.Second
	took := limit
	for range 3 {
		cmd := u.program(t, "credentials", "--profile", "dev")
		started := time.Now()
		said, err := cmd.CombinedOutput()
		took = min(took, time.Since(started))
		require.Error(t, err)
		require.Contains(t, string(said), "there is no terminal to ask on: run 'awsmfa login dev' in a terminal")
	}
	require.Less(t, took, limit)
}

func TestCredentialsAskOnTheTerminal(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	reader, writer := pipe(t, "123456\n")
	cmd := u.program(t, "credentials", "--profile", "dev")
	var stdout bytes.Buffer
	cmd.Stdin, cmd.Stdout = reader, &stdout
	terminal := onTerminal(t, cmd)
	readUntil(t, terminal, "Enter MFA code for "+credentialsDevice+": ")
	code := nextCode(t, u.account)
	_, err := terminal.WriteString(code + "\n")
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.Contains(t, stdout.String(), "SecretAccessKey")
	requireLeft(t, "123456\n", reader, writer)
}

// The code of --check serves what SDKs do next.
func TestOnboardKeepsTheSessionThatItTried(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.machine["HOME"] = t.TempDir()
	cmd := o.program(t, "onboard", "--outputs", o.outputs, "--sdk", "--check")
	terminal, err := pty.Start(cmd)
	require.NoError(t, err)
	defer func() { require.NoError(t, terminal.Close()) }()
	readUntil(t, terminal, "Enter MFA code for "+aliceSerial+": ")
	code := nextCode(t, o.account)
	_, err = terminal.WriteString(code + "\n")
	require.NoError(t, err)
	readUntil(t, terminal, "Profile dev-power-user-sdk works: you are "+
		"arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/alice.\r\ndev-power-user\r\ndev-power-user-sdk\r\n")
	require.NoError(t, cmd.Wait())
	printed, err := o.program(t, "credentials", "--profile", "dev-power-user").Output()
	require.NoError(t, err)
	require.Contains(t, string(printed), "SessionToken")
}

// ^C at a question ends a loop of the shell, and ^\\ prints no goroutines.
func TestKeysThatEndAQuestion(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	for key, end := range map[string]string{"\x03": "awsmfa: interrupted\r\n", "\x1c": "awsmfa: interrupted\r\ncode 131\r\n"} {
		cmd := u.program(t, "credentials", "--profile", "dev")
		shell, err := exec.LookPath("bash")
		require.NoError(t, err)
		cmd.Path, cmd.Args = shell, append([]string{"bash", "-c", `for i in 1 2; do "$@"; echo "code $?"; done`, "sh"}, cmd.Args...)
		terminal, err := pty.Start(cmd)
		require.NoError(t, err)
		readUntil(t, terminal, "Enter MFA code for "+credentialsDevice+": ")
		_, err = terminal.WriteString(key)
		require.NoError(t, err)
		require.NotContains(t, readUntil(t, terminal, end), "goroutine")
		if key == "\x03" {
			rest, _ := io.ReadAll(terminal) // it ends with EIO
			require.Empty(t, string(rest))
		}
		_ = cmd.Process.Kill()
		require.Error(t, cmd.Wait())
		require.NoError(t, terminal.Close())
	}
}

// A process that reads the terminal in the background is stopped. Pulumi runs its
// plugins in process groups of their own.
func TestNothingIsAskedFromTheBackground(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AdministratorAccess"))
	_, err := u.account.CreateUser(account.CreateUserInput{UserName: "bob"})
	require.NoError(t, err)
	shell, err := exec.LookPath("sh")
	require.NoError(t, err)
	for args, advice := range map[string]string{
		"credentials --profile dev":                 "run 'awsmfa login dev' in a terminal",
		"explain s3:ListAllMyBuckets --profile dev": "",
		"enrol --user bob":                          "(nothing was made)",
	} {
		cmd := u.program(t, strings.Fields(args)...)
		cmd.Path, cmd.Args = shell, append([]string{"sh", "-c", `set -m; "$@" & wait $!; echo "exit $?"`, "sh"}, cmd.Args...)
		terminal, err := pty.Start(cmd)
		require.NoError(t, err)
		said := readUntil(t, terminal, "exit 1\r\n")
		require.Contains(t, said, "there is no terminal to ask on from the background", args)
		require.Contains(t, said, advice)
		require.NotContains(t, said, "Enter MFA code")
		require.NoError(t, cmd.Wait())
		require.NoError(t, terminal.Close())
	}
}

// Whoever is ended by a signal cleans up and says so: else a loop of the shell would
// go on.
func TestASignalEndsAnEnrolment(t *testing.T) {
	t.Parallel()
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP) // else the program ignores it where the tests do
	defer signal.Stop(caught)
	for _, number := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT} {
		m, _, _ := deployDev(t)
		m["HOME"] = t.TempDir()
		path := filepath.Join(m["HOME"], "code.png")
		cmd, stderr := m.enrolling(t, "--png", path)
		require.NoError(t, cmd.Process.Signal(number))
		said, err := io.ReadAll(stderr)
		require.NoError(t, err)
		require.Error(t, cmd.Wait())
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if number == syscall.SIGQUIT { // by which Go would print its goroutines
			require.Equal(t, 128+int(number), status.ExitStatus(), "%s", said)
		} else {
			require.Equal(t, number, status.Signal(), "%s", said)
		}
		require.NoFileExists(t, path)
		require.Contains(t, string(said), "is not enabled: interrupted.")
		require.NotContains(t, string(said), "goroutine")
		notes, err := os.ReadDir(mfadevice.NotesDir(m["HOME"]))
		require.NoError(t, err)
		require.Empty(t, notes)
	}
}

// What is written where there is no terminal may be a log.
func TestTheSecretIsShownInNoLog(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	m["HOME"] = t.TempDir()
	enrol := func(text string, args ...string) string {
		cmd := m.program(t, append([]string{"enrol", "--profile", "alice"}, args...)...)
		reader, writer := pipe(t, text)
		require.NoError(t, writer.Close())
		var stderr bytes.Buffer
		cmd.Stdin, cmd.Stderr = reader, &stderr
		require.Error(t, cmd.Run())
		require.Equal(t, program.Failure, cmd.ProcessState.ExitCode())
		return stderr.String()
	}
	file := filepath.Join(m["HOME"], "file")
	for _, args := range [][]string{nil, {"--secret"}, {"--secret", "--png", file}} {
		said := enrol("", args...)
		require.Contains(t, said, "(nothing was made): there is no terminal to show the secret on")
		require.Contains(t, said, "--secret-file FILE")
		devices, err := a.ListVirtualMFADevices("")
		require.NoError(t, err)
		require.Empty(t, devices)
	}
	for flag, where := range map[string]string{"--png": "Scan the QR code in ", "--secret-file": "Type the secret in "} {
		said := enrol("\n", flag, file) // it is to be shown again
		require.Equal(t, 2, strings.Count(said, where+file), said)
		require.NotContains(t, said, "Enter alone")
		require.NotContains(t, said, accounttest.Seed(t, a, aliceSerial))
		require.NotContains(t, said, "▀")
		require.NoFileExists(t, file)
		require.NoError(t, a.DeleteVirtualMFADevice(aliceSerial))
	}
}

// Bubble Tea, which comes with Pulumi's SDK, asks the terminal for its colours
// unless TERM or CI says that there are none.
func TestNothingIsAskedOfTheTerminal(t *testing.T) {
	t.Parallel()
	cmd := machine{}.program(t, "--version")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "CI" || name == "TERM"
	})
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	terminal, err := pty.Start(cmd)
	require.NoError(t, err)
	defer func() { require.NoError(t, terminal.Close()) }()
	said := readUntil(t, terminal, "awsmfa version ")
	require.Equal(t, "awsmfa version ", said, "and no escape sequence before it")
	rest, _ := io.ReadAll(terminal) // it ends with EIO
	require.NotContains(t, string(rest), "\x1b")
	require.NoError(t, cmd.Wait())
}
