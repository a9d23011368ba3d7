//go:build !windows

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// execute runs the program as awsmfa does, with PATH and the further variables.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return converse(t, nil, strings.NewReader(""), args...)
}

func converse(
	t *testing.T, variables []string, stdin io.Reader, args ...string,
) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	dir, err := os.Getwd()
	require.NoError(t, err)
	env := environment.New(append(variables, "PATH="+os.Getenv("PATH")), dir, stdin, &out, &errs)
	code = program.Run(t.Context(), newSandboxCommand(env), args, env)
	return code, out.String(), errs.String()
}

func TestMistakesOnTheCommandLineExitWith2(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args, want, help string
	}{
		{"unknown flag", "--stak dev", "unknown flag: --stak", "awsmfa sandbox"},
		{"flag without value", "--stack", "flag needs an argument: --stack", "awsmfa sandbox"},
		{"argument", "dev", `unexpected argument "dev"`, "awsmfa sandbox"},
		{"two modes", "--preview --destroy", "exclude each other", "awsmfa sandbox"},
		{"JSON of a preview", "--json --preview", "--json prints the outputs", "awsmfa sandbox"},
		{"JSON of a destroy", "--json --destroy", "--json prints the outputs", "awsmfa sandbox"},
		{"JSON and exports", "--json --serve", "--json prints the outputs", "awsmfa sandbox"},
		{"nobody's code", "code", "give the name of a sandbox user", "awsmfa sandbox code"},
		{"two codes", "code alice bob", `unexpected argument "bob"`, "awsmfa sandbox code"},
		{"no stack", "--stack=", "--stack is empty", "awsmfa sandbox"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := execute(t, strings.Fields(test.args)...)
			require.Equal(t, program.Usage, code)
			require.Empty(t, stdout)
			require.True(t, strings.HasPrefix(stderr, "awsmfa: "), stderr)
			require.Contains(t, stderr, test.want)
			require.True(t, strings.HasSuffix(stderr, "\nRun '"+test.help+" --help' for usage.\n"), stderr)
		})
	}
}

func TestHelpIsThatOfAwsmfaSandbox(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--help": "awsmfa sandbox --serve", "code -h": "awsmfa sandbox code alice", "shell -h": "awsmfa sandbox shell alice",
	} {
		code, stdout, stderr := execute(t, strings.Fields(args)...)
		require.Equal(t, program.OK, code, args)
		require.Contains(t, stdout, want, args)
		require.NotContains(t, stdout, "awsmfa-sandbox", args)
		require.Empty(t, stderr, args)
	}
}

func TestFailuresExitWith1AndPrintNothing(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte("name: x\nruntime: go\n"), 0o600))
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no project", []string{"--project", t.TempDir()}, "no Pulumi.yaml in "},
		{"no stack", []string{"--project", project, "--stack", "qa"}, "there is no stack file "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := execute(t, test.args...)
			require.Equal(t, program.Failure, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
			require.NotContains(t, stderr, "--help", "not a mistake in the command line")
		})
	}
}

func TestCodeIsPrintedAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := execute(t, "code", "alice", "--project", "../..", "--dir", dir)
	require.Equal(t, program.Failure, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "there is no sandbox in "+dir)

	a := account.New("111122223333", "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	_, err = story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	code, stdout, stderr = execute(t, "code", "alice", "--project", "../..", "--dir", dir)
	require.Equal(t, program.OK, code, stderr)
	require.Regexp(t, `^\d{6}\n$`, stdout)
	require.Empty(t, stderr)

	for _, command := range []string{"code", "shell"} {
		code, stdout, _ = execute(t, "__complete", command, "--project", "../..", "--dir", dir, "")
		require.Equal(t, program.OK, code)
		require.Equal(t, "alice\n:4\n", stdout)
	}
}

func TestStackNamesAreCompleted(t *testing.T) {
	t.Parallel()
	code, stdout, _ := execute(t, "__complete", "--project", "../..", "--stack", "")
	require.Equal(t, program.OK, code)
	require.Contains(t, stdout, "dev\nprod\n")
}

func TestFlagsChooseTheMode(t *testing.T) {
	t.Parallel()
	require.Equal(t, sandbox.Up, sandboxFlags{}.mode())
	require.Equal(t, sandbox.Preview, sandboxFlags{preview: true}.mode())
	require.Equal(t, sandbox.Destroy, sandboxFlags{destroy: true}.mode())
}
