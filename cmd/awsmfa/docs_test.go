package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// Every command and flag of awsmfa that the documentation or the help mentions
// exists, and every command is documented.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	texts := map[string]string{"help": allHelp(newRootCommand())}
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
			root := newRootCommand()
			root.InitDefaultCompletionCmd(words...)
			command, _, err := root.Find(words)
			require.NoError(t, err, "%s: awsmfa %s", path, m[1])
			used[command.Name()] = used[command.Name()] || path != "help"
			for _, flag := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(m[1], -1) {
				known := command.Flags().Lookup(flag[1]) != nil || command.InheritedFlags().Lookup(flag[1]) != nil
				require.True(t, known || flag[1] == "help" || flag[1] == "version", "%s: awsmfa %s", path, m[1])
			}
		}
	}
	for _, command := range newRootCommand().Commands() {
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
}
