package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
		stdout, stderr := machine{}.succeeds(t, strings.Fields(args)...)
		require.Contains(t, stdout, want, args)
		require.Empty(t, stderr, args)
	}
}

func TestFailuresExitWith1AndPrintNothing(t *testing.T) {
	t.Parallel()
	stderr := machine{}.refuses(t, "verify", "--project", t.TempDir())
	require.Contains(t, stderr, "no Pulumi.yaml in ")
	require.NotContains(t, stderr, "--help", "not a mistake in the command line")
}

func TestStackNamesAreCompleted(t *testing.T) {
	t.Parallel()
	stdout, _ := machine{}.succeeds(t, "__complete", "verify", "--project", "../..", "--stack", "")
	require.Contains(t, stdout, "dev\nprod\n")
}
