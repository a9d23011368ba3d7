package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// manual is a flag of the tests because what writes man pages would make awsmfa
// larger.
var manual = flag.String("manual", "", "a directory to write the man pages and completions to, as make release does")

// Archives of a release hold a man page for every command and a completion for every
// shell, and the formula of Homebrew installs them all.
func TestManual(t *testing.T) {
	t.Parallel()
	dir := *manual
	if dir == "" {
		dir = t.TempDir()
	}
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	require.NoError(t, os.MkdirAll(man, 0o750))
	require.NoError(t, os.MkdirAll(completions, 0o750))

	root := newRootCommand(environment.Environment{}, nil)
	require.NoError(t, root.GenBashCompletionFileV2(filepath.Join(completions, "awsmfa.bash"), true))
	require.NoError(t, root.GenZshCompletionFile(filepath.Join(completions, "_awsmfa")))
	require.NoError(t, root.GenFishCompletionFile(filepath.Join(completions, "awsmfa.fish"), true))
	require.NoError(t, root.GenPowerShellCompletionFileWithDesc(filepath.Join(completions, "awsmfa.ps1")))
	keepTables(root)
	root.DisableAutoGenTag = true
	header := doc.GenManHeader{Manual: "MFA for the AWS CLI", Source: "aws-cli-mfa"}
	require.NoError(t, doc.GenManTree(root, &header, man))

	release, err := os.ReadFile("../../.goreleaser.yaml")
	require.NoError(t, err)
	require.Equal(t, namesIn(t, man), installed(string(release), "man"), "homebrew_casks.manpages")
	// Homebrew knows no PowerShell.
	require.ElementsMatch(t, namesIn(t, completions),
		append(installed(string(release), "completions"), "awsmfa.ps1"), "homebrew_casks.completions")
	require.Contains(t, namesIn(t, man), "awsmfa-enrol.1")
}

// keepTables has cobra, which takes the help for Markdown, leave indented lines alone.
func keepTables(command *cobra.Command) {
	command.Long = strings.ReplaceAll(command.Long, "\n  ", "\n      ")
	for _, child := range command.Commands() {
		keepTables(child)
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// installed are the files of a directory of the archive that a configuration lists.
func installed(config, dir string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-|\w+:) `+dir+`/(\S+)$`).FindAllStringSubmatch(config, -1) {
		names = append(names, m[1])
	}
	return names
}
