package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
)

func TestMistakesOnTheCommandLineExitWith2(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, args, want, help string
	}{
		{"unknown command", "sandbx", `unknown command "sandbx": did you mean sandbox?`, "awsmfa"},
		{"help about nothing", "help sandbx", `unknown command "sandbx": did you mean sandbox?`, "awsmfa help"},
		{"help about an argument", "help verify alice", `unknown command "alice"`, "awsmfa help"},
		{"unknown flag", "verify --stak dev", "unknown flag: --stak", "awsmfa verify"},
		{"flag without value", "verify --stack", "flag needs an argument: --stack", "awsmfa verify"},
		{"argument", "verify dev", `unexpected argument "dev"`, "awsmfa verify"},
		{"unknown shell", "completion bsh", `unknown command "bsh"`, "awsmfa completion"},
		{"two shells", "completion bash zsh", `unexpected argument "zsh"`, "awsmfa completion bash"},
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

// requireMistakes requires what is said of arguments of a command, or of command
// lines, and that help is offered.
func requireMistakes(t *testing.T, command string, wants map[string]string) {
	t.Helper()
	for args, want := range wants {
		words := strings.Fields(command + " " + args)
		code, stdout, stderr := execute(t, words...)
		require.Equal(t, program.Usage, code, args)
		require.Empty(t, stdout, args)
		require.Contains(t, stderr, want, args)
		require.True(t, strings.HasSuffix(stderr, "\nRun 'awsmfa "+words[0]+" --help' for usage.\n"), stderr)
	}
}

func TestHelpAndVersionExitWith0(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                "To work with MFA:",
		"--help":          "sandbox",
		"--version":       "awsmfa version",
		"help":            "To work with MFA:",
		"completion":      "bash",
		"completion bash": "__start_awsmfa",
	} {
		code, stdout, stderr := execute(t, strings.Fields(args)...)
		require.Equal(t, program.OK, code, args)
		require.Contains(t, stdout, want, args)
		require.Empty(t, stderr, args)
	}
}

func TestFailuresExitWith1AndPrintNothing(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, "verify", "--project", t.TempDir())
	require.Equal(t, program.Failure, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "no Pulumi.yaml in ")
	require.NotContains(t, stderr, "--help", "not a mistake in the command line")
}

func TestStackNamesAreCompleted(t *testing.T) {
	t.Parallel()
	code, stdout, _ := execute(t, "__complete", "verify", "--project", "../..", "--stack", "")
	require.Equal(t, program.OK, code)
	require.Contains(t, stdout, "dev\nprod\n")
}
