//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/term"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
)

// TestTheProgramForWindows has awsmfa.exe, which WINE_RUNS names, take alice from her
// access key to work, under Wine: make test-windows runs it.
func TestTheProgramForWindows(t *testing.T) {
	t.Parallel()
	exe := os.Getenv("WINE_RUNS")
	if exe == "" {
		t.Skip("make test-windows runs it")
	}
	o := newOffice(t)
	wine := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "wine", append([]string{exe}, args...)...) //nolint:gosec // it is ours
		cmd.Env = os.Environ()
		for name, value := range o.machine {
			if strings.HasPrefix(value, "/") {
				value = "Z:" + value
			}
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return cmd
	}
	// session is what it gives to a program whose output is not the terminal; without
	// a code it must not ask for one.
	session := func(code string) (got credentialprocess.Credentials) {
		cmd := wine("credentials", "--profile", "dev-power-user")
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		terminal, err := pty.Start(cmd)
		require.NoError(t, err)
		defer func() { require.NoError(t, terminal.Close()) }()
		_, err = term.MakeRaw(int(terminal.Fd())) // as Wine wants it
		require.NoError(t, err)
		if code != "" {
			readUntil(t, terminal, "Enter MFA code for "+aliceSerial+":") // and it moves the cursor
			_, err = terminal.WriteString(code + "\r")
			require.NoError(t, err)
		}
		require.NoError(t, cmd.Wait())
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &got))
		return got
	}

	require.NoError(t, wine("credentials", "--clear").Run())
	said, err := wine("onboard", "--outputs", "Z:"+o.outputs, "--sdk").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, o.file(t), `awsmfa.exe credentials --profile dev-power-user`+"\n")
	require.Contains(t, o.file(t), "source_profile = alice\n")

	first := session(nextCode(t, o.account))
	require.NotEmpty(t, first.SessionToken)
	require.Equal(t, first, session(""), "it is kept")

	run := wine("exec", "dev-power-user", "--", "cmd.exe", "/c", "echo %AWS_ACCESS_KEY_ID% %AWS_REGION%& exit 7")
	printed, err := run.Output()
	require.Error(t, err)
	require.Equal(t, 7, run.ProcessState.ExitCode())
	require.Equal(t, first.AccessKeyID+" eu-west-1\r\n", string(printed))

	// The profile that Terraform uses, by cmd.exe.
	printed, err = wine("exec", "dev-power-user-sdk", "--", "cmd.exe", "/c", "echo %AWS_ACCESS_KEY_ID%").Output()
	require.NoError(t, err)
	require.Equal(t, first.AccessKeyID+"\r\n", string(printed))
	require.NoError(t, wine("credentials", "--clear").Run())
}
