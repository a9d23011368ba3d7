package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

func TestMistakesOnTheCommandLineExitWith2(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args, want, help string
	}{
		{"unknown command", "sandbx", `unknown command "sandbx": did you mean sandbox?`, "awsmfa"},
		{"unknown flag", "sandbox --stak dev", "unknown flag: --stak", "awsmfa sandbox"},
		{"flag without value", "sandbox --stack", "flag needs an argument: --stack", "awsmfa sandbox"},
		{"argument", "sandbox dev", `unexpected argument "dev"`, "awsmfa sandbox"},
		{"two modes", "sandbox --preview --destroy", "exclude each other", "awsmfa sandbox"},
		{"JSON of a preview", "sandbox --json --preview", "--json prints the outputs", "awsmfa sandbox"},
		{"JSON of a destroy", "sandbox --json --destroy", "--json prints the outputs", "awsmfa sandbox"},
		{"JSON and exports", "sandbox --json --serve", "--json prints the outputs", "awsmfa sandbox"},
		{"nobody's code", "sandbox code", "give the name of a sandbox user", "awsmfa sandbox code"},
		{"two codes", "sandbox code alice bob", `unexpected argument "bob"`, "awsmfa sandbox code"},
		{"help about nothing", "help sandbx", `unknown command "sandbx": did you mean sandbox?`, "awsmfa help"},
		{"help about an argument", "help sandbox code alice", `unknown command "alice"`, "awsmfa help"},
		{"unknown shell", "completion bsh", `unknown command "bsh"`, "awsmfa completion"},
		{"two shells", "completion bash zsh", `unexpected argument "zsh"`, "awsmfa completion bash"},
		{"no stack", "sandbox --stack=", "--stack is empty", "awsmfa sandbox"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := execute(t, strings.Fields(test.args)...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.True(t, strings.HasPrefix(stderr, "awsmfa: "), stderr)
			require.Contains(t, stderr, test.want)
			require.True(t, strings.HasSuffix(stderr, "\nRun '"+test.help+" --help' for usage.\n"), stderr)
		})
	}
}

// requireMistakes requires what is said of arguments of a command, or of command
// lines, and that help is offered.
func requireMistakes(t *testing.T, command string, wants map[string]string) {
	t.Helper()
	for args, want := range wants {
		words := strings.Fields(command + " " + args)
		code, stdout, stderr := execute(t, words...)
		require.Equal(t, exitUsage, code, args)
		require.Empty(t, stdout, args)
		require.Contains(t, stderr, want, args)
		require.True(t, strings.HasSuffix(stderr, "\nRun 'awsmfa "+words[0]+" --help' for usage.\n"), stderr)
	}
}

func TestHelpAndVersionExitWith0(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                 "To work with MFA:",
		"--help":           "sandbox",
		"--version":        "awsmfa version",
		"sandbox --help":   "awsmfa sandbox --serve",
		"sandbox code -h":  "awsmfa sandbox code alice",
		"sandbox shell -h": "awsmfa sandbox shell alice",
		"help":             "To work with MFA:",
		"help sandbox":     "awsmfa sandbox --serve",
		"completion":       "bash",
		"completion bash":  "__start_awsmfa",
	} {
		code, stdout, stderr := execute(t, strings.Fields(args)...)
		require.Equal(t, exitOK, code, args)
		require.Contains(t, stdout, want, args)
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
		{"no project", []string{"--project", t.TempDir()}, "has no Pulumi.yaml"},
		{"no stack", []string{"--project", project, "--stack", "qa"}, `no such stack "qa"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := execute(t, append([]string{"sandbox"}, test.args...)...)
			require.Equal(t, exitFailure, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
			require.NotContains(t, stderr, "--help", "not a mistake in the command line")
		})
	}
}

func TestCodeIsPrintedAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := execute(t, "sandbox", "code", "alice", "--project", "../..", "--dir", dir)
	require.Equal(t, exitFailure, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "there is no sandbox in "+dir)

	a := account.New("111122223333", "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	_, err = story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	code, stdout, stderr = execute(t, "sandbox", "code", "alice", "--project", "../..", "--dir", dir)
	require.Equal(t, exitOK, code, stderr)
	require.Regexp(t, `^\d{6}\n$`, stdout)
	require.Empty(t, stderr)

	for _, command := range []string{"code", "shell"} {
		code, stdout, _ = execute(t, "__complete", "sandbox", command, "--project", "../..", "--dir", dir, "")
		require.Equal(t, exitOK, code)
		require.Equal(t, "alice\n:4\n", stdout)
	}
}

func TestStackNamesAreCompleted(t *testing.T) {
	t.Parallel()
	code, stdout, _ := execute(t, "__complete", "sandbox", "--project", "../..", "--stack", "")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "dev\nprod\n")
}

func TestFlagsChooseTheMode(t *testing.T) {
	t.Parallel()
	require.Equal(t, sandbox.Up, sandboxFlags{}.mode())
	require.Equal(t, sandbox.Preview, sandboxFlags{preview: true}.mode())
	require.Equal(t, sandbox.Destroy, sandboxFlags{destroy: true}.mode())
}
