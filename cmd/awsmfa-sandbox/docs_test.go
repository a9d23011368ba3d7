//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// Every command and flag of awsmfa sandbox that the documentation or the help
// mentions exists.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	texts := map[string]string{"help": sandboxExample + sandboxShellExample}
	for _, path := range append(files, "../../README.md", "../../CONTRIBUTING.md", "../awsmfa/root.go") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	found := 0
	for path, text := range texts {
		for _, m := range regexp.MustCompile("awsmfa[ -]sandbox ([a-z-][^`'\n#|,)]*)").FindAllStringSubmatch(text, -1) {
			command, rest, err := newSandboxCommand(environment.Environment{}).Find(strings.Fields(m[1]))
			require.NoError(t, err, "%s: awsmfa sandbox %s", path, m[1])
			for _, flag := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(strings.Join(rest, " "), -1) {
				known := command.Flags().Lookup(flag[1]) != nil || command.InheritedFlags().Lookup(flag[1]) != nil
				require.True(t, known || flag[1] == "help", "%s: awsmfa sandbox %s", path, m[1])
				found++
			}
		}
	}
	require.Greater(t, found, 5)
}
