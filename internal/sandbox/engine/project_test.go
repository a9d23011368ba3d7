package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const realStack = `secretsprovider: awskms://alias/prod
encryptedkey: AAAA
environment:
  - prod
config:
  aws:region: eu-west-1
  aws:allowedAccountIds: ["444455556666"]
  aws:secretKey:
    secure: v1:abcd
  app:roles:
    admin:
      token: {secure: v1:efgh}
  app:secure: # a key of that name is not a secret
    secure: true
    other: 1
`

const projectFile = "name: app\nruntime: go\n"

// copied is what the engine gets of a project whose stack prod has that file.
func copied(t *testing.T, workDir, text string) (got map[string]any, left []string, err error) {
	t.Helper()
	from := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(from, "Pulumi.yaml"), []byte(projectFile), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(from, "Pulumi.prod.yaml"), []byte(text), 0o600))
	left, err = copyProject(Options{
		ProjectDir: from, Stack: "prod", OmitConfig: []string{"aws:allowedAccountIds", "aws:forbiddenAccountIds"},
	}, workDir)
	if err != nil {
		return nil, nil, err
	}
	written, err := os.ReadFile(filepath.Join(workDir, "Pulumi.prod.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(written, &got))
	written, err = os.ReadFile(filepath.Join(workDir, "Pulumi.yaml"))
	require.NoError(t, err)
	require.Equal(t, projectFile, string(written))
	return got, left, nil
}

func TestCopyLeavesOutWhatBelongsToTheRealStack(t *testing.T) {
	t.Parallel()
	got, left, err := copied(t, t.TempDir(), realStack)
	require.NoError(t, err)
	require.Equal(t, []string{"app:roles", "aws:allowedAccountIds", "aws:secretKey"}, left)
	require.Equal(t, map[string]any{"config": map[string]any{
		"aws:region": "eu-west-1",
		"app:secure": map[string]any{"secure": true, "other": 1},
	}}, got)
}

func TestCopyKeepsTheEnginesSalt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.prod.yaml"), []byte("encryptionsalt: v1:ours\nconfig:\n  a:b: old\n"), 0o600))
	for range 2 {
		got, left, err := copied(t, dir, "encryptionsalt: v1:theirs\nconfig:\n  a:b: new\n")
		require.NoError(t, err)
		require.Empty(t, left)
		require.Equal(t, map[string]any{"encryptionsalt": "v1:ours", "config": map[string]any{"a:b": "new"}}, got)
	}
}

func TestCopyOfStackFilesWithoutConfig(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "config:\n", "config: {}\n", "null\n"} {
		got, left, err := copied(t, t.TempDir(), text)
		require.NoError(t, err, text)
		require.Empty(t, left, text)
		require.Equal(t, map[string]any{"config": map[string]any{}}, got)
	}
}

func TestConfigKeysAreSorted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(projectFile), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.prod.yaml"), []byte(realStack), 0o600))
	keys, err := ConfigKeys(dir, "prod")
	require.NoError(t, err)
	require.Equal(t, []string{"app:roles", "app:secure", "aws:allowedAccountIds", "aws:region", "aws:secretKey"}, keys)

	_, err = ConfigKeys(dir, "missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBrokenStackFilesAreErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"- a\n", "config: [a]\n", "config: {a\n"} {
		_, _, err := copied(t, t.TempDir(), text)
		require.ErrorContains(t, err, "Pulumi.prod.yaml", text)
	}
}
