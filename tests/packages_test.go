package tests

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDependenciesPointDownTheList reads the list of packages in CONTRIBUTING.md.
func TestDependenciesPointDownTheList(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../CONTRIBUTING.md")
	require.NoError(t, err)
	const module = "github.com/aws-cli-mfa/aws-cli-mfa"
	places := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(main.go|[^`]+/)`").FindAllStringSubmatch(string(text), -1) {
		dir := strings.TrimPrefix(row[1], "main.go")
		require.DirExists(t, "../"+dir)
		require.NotContains(t, places, dir)
		places[dir] = len(places)
	}
	// placeOf is the place of the innermost directory that is in the list.
	placeOf := func(path string) int {
		dir := strings.TrimPrefix(strings.TrimPrefix(path, module)+"/", "/")
		for dir != "" {
			if place, ok := places[dir]; ok {
				return place
			}
			dir = dir[:strings.LastIndex(strings.TrimSuffix(dir, "/"), "/")+1]
		}
		require.Equal(t, module, path, "not in the list")
		return places[""]
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = ".."
	listed, err := list.Output()
	require.NoError(t, err)
	for line := range strings.SplitSeq(strings.TrimSpace(string(listed)), "\n") {
		names := strings.Fields(line)
		for _, imported := range names[1:] {
			if strings.HasPrefix(imported, module) {
				require.LessOrEqual(t, placeOf(names[0]), placeOf(imported), "%s imports %s", names[0], imported)
			}
		}
		placeOf(names[0])
	}
}

// An SDK starts awsmfa for every refresh of credentials, so that what it links is
// what people wait for.
func TestAwsmfaStaysSmall(t *testing.T) {
	t.Parallel()
	awsmfa := dependencies(t, "../cmd/awsmfa")
	require.LessOrEqual(t, len(awsmfa), 352, "packages that awsmfa links")
	for _, path := range awsmfa {
		require.NotContains(t, path, "pulumi")
	}
	for _, path := range dependencies(t, "../stack") {
		require.NotRegexp(t, "pulumi|aws-sdk", path, "a stack is plain values")
	}
}

func dependencies(t *testing.T, dir string) []string {
	t.Helper()
	listed, err := exec.CommandContext(t.Context(), "go", "list", "-deps", dir).Output()
	require.NoError(t, err)
	return strings.Fields(string(listed))
}
