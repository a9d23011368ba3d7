package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// Every command and flag of awsmfa that the documentation or the help mentions
// exists, and every command is documented.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	texts := map[string]string{"help": allHelp(newRootCommand(environment.Environment{}, nil))}
	for _, path := range append(files, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	used := map[string]bool{}
	line := regexp.MustCompile("(?m)(?:^\\s*|[`'|=] ?|run |cmd/)awsmfa ([a-z][a-z-]+[^`'\n#|]*)")
	for path, text := range texts {
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(m[1])
			root := newRootCommand(environment.Environment{}, words)
			root.InitDefaultCompletionCmd(words...)
			command, _, err := root.Find(words)
			require.NoError(t, err, "%s: awsmfa %s", path, m[1])
			used[command.Name()] = used[command.Name()] || path != "help"
			if command.DisableFlagParsing {
				continue // cmd/awsmfa-sandbox looks at its flags
			}
			for _, flag := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(m[1], -1) {
				known := command.Flags().Lookup(flag[1]) != nil || command.InheritedFlags().Lookup(flag[1]) != nil
				require.True(t, known || flag[1] == "help" || flag[1] == "version", "%s: awsmfa %s", path, m[1])
			}
		}
	}
	for _, command := range newRootCommand(environment.Environment{}, nil).Commands() {
		require.True(t, used[command.Name()], "awsmfa %s is documented nowhere", command.Name())
	}
}

// allHelp is what the commands say about themselves.
func allHelp(command *cobra.Command) string {
	text := command.Long + "\n" + command.Example + "\n"
	for _, child := range command.Commands() {
		text += allHelp(child)
	}
	return text
}

func TestDocumentedProfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/onboarding.md")
	require.NoError(t, err)
	require.Contains(t, string(text), "```ini\n"+strings.Replace(aliceProfile, "= alice\n", "= default\n", 1)+"```\n")
	require.Contains(t, string(text), "```ini\n"+signedInProfiles+"```\n")
}

// The access key is that of the profile in use, as it is for the rest of the
// script.
func TestDocumentedScriptNamesTheSource(t *testing.T) {
	t.Parallel()
	unixOnly(t, "sh runs it")
	text, err := os.ReadFile("../../docs/onboarding.md")
	require.NoError(t, err)
	lines := strings.Join(regexp.MustCompile(`(?m)^(source=| +set_key source_profile ).*$`).FindAllString(string(text), -1), "\n")
	require.Equal(t, 2, strings.Count(string(text), ` --profile "$source" `), "it is asked who that is, and for the device")
	for profile, want := range map[string]string{"": "source_profile default\n", "work": "source_profile work\n"} {
		command := exec.CommandContext(t.Context(), "sh", "-c", "set_key() { echo \"$@\"; }\n"+lines)
		command.Env = []string{"AWS_PROFILE=" + profile}
		stdout, err := command.Output()
		require.NoError(t, err)
		require.Equal(t, want, string(stdout))
	}
}

// The shell script fails where it wrote nothing. What it writes is tested in
// tests/people_test.go.
func TestDocumentedScriptFails(t *testing.T) {
	t.Parallel()
	unixOnly(t, "sh runs it")
	text, err := os.ReadFile("../../docs/onboarding.md")
	require.NoError(t, err)
	script := regexp.MustCompile("(?s)```sh\n(#!/bin/sh\n.*?)```").FindSubmatch(text)
	require.NotNil(t, script)
	const aws = "case $1 in sts) echo arn:aws:iam::111122223333:user/alice;; iam) echo serial;; esac"
	for name, test := range map[string]struct{ aws, jq, stdout, stderr string }{
		"good outputs":   {aws, "printf 'dev-a\\tr\\t1\\te\\ndev-b\\tr\\t1\\te\\n'", "dev-a\ndev-b\n", ""},
		"bad outputs":    {aws, "echo bad >&2; exit 5", "", "bad\n"},
		"nobody trusts":  {aws, "exit 0", "", "No role trusts you, alice.\n"},
		"failing to set": {aws + "\n[ $1 != configure ]", "printf 'dev-a\\tr\\t1\\te\\n'", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			for program, lines := range map[string]string{"aws": test.aws, "jq": test.jq} {
				clienttest.Script(t, filepath.Join(bin, program), lines)
			}
			command := exec.CommandContext(t.Context(), "sh", "-s", "outputs.json")
			command.Env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
			var stderr strings.Builder
			command.Stdin, command.Stderr = strings.NewReader(string(script[1])), &stderr
			stdout, err := command.Output()
			require.Equal(t, test.stdout == "", err != nil, stderr.String())
			require.Equal(t, test.stdout, string(stdout))
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}
