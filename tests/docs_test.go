package tests

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// blocks are the fenced code blocks of a language in a Markdown file.
func blocks(t *testing.T, path, language string) []string {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(read(t, path), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found, "%s has no %s block", path, language)
	return found
}

// Every configuration that the documentation shows is valid.
func TestDocumentedConfigurationsAreValid(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../README.md", "../docs/configuration.md"} {
		for i, block := range blocks(t, path, "yaml") {
			_, err := project.ReadStack(environment.Environment{}, projectOf(t, "doc", block), "doc")
			require.NoError(t, err, "%s, block %d", path, i)
		}
	}
}

// The README's stack is the one in the repository.
func TestReadmeShowsTheDevStack(t *testing.T) {
	t.Parallel()
	require.Equal(t, devStack(t), blocks(t, "../README.md", "yaml")[0])
}

// The keys that the documentation lists are those of the schema, with its
// defaults, and the other way round.
func TestDocumentedKeysAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	keys := func(path, pattern string) []string {
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, path), -1) {
			found = append(found, m[1])
		}
		return found
	}
	require.ElementsMatch(t,
		keys("../Pulumi.yaml", `(?m)^  (aws-cli-mfa:\w+):$`),
		keys("../docs/configuration.md", "(?m)^\\| `(aws-cli-mfa:\\w+)` \\|"))
	require.ElementsMatch(t,
		[]string{"policies", "groups", "users", "maxSessionDuration", "permissionsBoundary", "description"},
		keys("../docs/configuration.md", "(?m)^\\| `(\\w+)` \\|"))
}

// The actions that the documentation lists as harmless are those that are taken, each
// with the reason that the code gives.
func TestDocumentedExemptActions(t *testing.T) {
	t.Parallel()
	var documented [][]string
	rows := regexp.MustCompile("(?m)^\\| `(\\w+:\\w+)` \\| (.+) \\|$")
	for _, row := range rows.FindAllStringSubmatch(read(t, "../docs/configuration.md"), -1) {
		documented = append(documented, row[1:])
	}
	var taken [][]string
	for _, e := range policy.Exemptions() {
		taken = append(taken, []string{e.Action, e.Reason})
	}
	require.Equal(t, taken, documented)
}

// The documented outputs are those of the stack dev; deployUpAgainDestroy
// holds the engine to the same.
func TestDocumentedOutputs(t *testing.T) {
	t.Parallel()
	block := blocks(t, "../docs/outputs.md", "json")[0]
	outputs, err := stack.ParseOutputs([]byte(block))
	require.NoError(t, err)
	requireDevOutputs(t, outputs)
	again, err := json.Marshal(outputs)
	require.NoError(t, err)
	require.JSONEq(t, block, string(again), "a field that the Go types lack, or the other way round")
}

// The statements that the security model names are those of the golden policy.
func TestDocumentedStatements(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse(read(t, "testdata/dev-group-policy.json"))
	require.NoError(t, err)
	var sids []string
	for _, s := range document.Statements {
		sids = append(sids, s.Sid)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(read(t, "../docs/security-model.md"), -1) {
		documented = append(documented, m[1])
	}
	require.Equal(t, sids, documented)
}

// Links between files lead somewhere, and make targets exist.
func TestDocumentedFilesAndTargetsExist(t *testing.T) {
	t.Parallel()
	makefile := read(t, "../Makefile")
	paths, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	for _, path := range append(paths, "../README.md", "../CONTRIBUTING.md") {
		text := read(t, path)
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(?:#([^)]+))?\)`).FindAllStringSubmatch(text, -1) {
			target := filepath.Join(filepath.Dir(path), m[1])
			_, err := os.Stat(target)
			require.NoError(t, err, "link in %s", path)
			if m[2] != "" {
				heading := "(?mi)^#+ " + strings.ReplaceAll(regexp.QuoteMeta(m[2]), "-", "[ -]") + "$"
				require.Regexp(t, heading, read(t, target), "link in %s", path)
			}
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)").FindAllStringSubmatch(text, -1) {
			require.True(t, strings.Contains(makefile, "\n"+m[1]+":"), "%s: make %s", path, m[1])
		}
	}
}

// Every document that code, configuration or documentation cites by its name is in
// the repository.
func TestCitedDocumentsExist(t *testing.T) {
	t.Parallel()
	cited := regexp.MustCompile(`\b(?:docs/[a-z-]+|[A-Z]{2,})\.md\b`)
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".sandbox"}, entry.Name()) {
			return fs.SkipDir
		}
		if !slices.Contains([]string{".go", ".md", ".yml", ".yaml"}, filepath.Ext(path)) {
			return nil
		}
		for _, name := range cited.FindAllString(read(t, path), -1) {
			require.FileExists(t, filepath.Join("..", name), "cited in %s", path)
		}
		return nil
	}))
}

// A test that the documentation names is there.
func TestCitedTestsExist(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".sandbox"}, entry.Name()):
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
				tests[m[1]] = true
			}
		}
		return nil
	}))
	files, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	cited := 0
	for _, path := range append(files, "../README.md", "../CONTRIBUTING.md") {
		for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(read(t, path), -1) {
			cited++
			require.Contains(t, tests, name, path)
		}
	}
	require.Greater(t, cited, 5)
}

// The promises have the numbers that awsmfa verify and comments call them by.
func TestDocumentedGuarantees(t *testing.T) {
	t.Parallel()
	var documented []policy.Guarantee
	for _, m := range regexp.MustCompile(`(?m)^\| (G\d) \|`).FindAllStringSubmatch(read(t, "../docs/security-model.md"), -1) {
		documented = append(documented, policy.Guarantee(m[1]))
	}
	require.Equal(t, append(policy.Guarantees(), "G9"), documented)
}
