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

func copyText(t *testing.T, text, to string) (map[string]any, []string) {
	t.Helper()
	from := filepath.Join(t.TempDir(), "Pulumi.prod.yaml")
	require.NoError(t, os.WriteFile(from, []byte(text), 0o600))
	secrets, err := copyStackFile(from, to, []string{"aws:allowedAccountIds", "aws:forbiddenAccountIds"})
	require.NoError(t, err)
	copied, err := os.ReadFile(to)
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, yaml.Unmarshal(copied, &got))
	return got, secrets
}

func TestCopyStackFileLeavesOutWhatBelongsToTheRealStack(t *testing.T) {
	t.Parallel()
	got, secrets := copyText(t, realStack, filepath.Join(t.TempDir(), "copy.yaml"))
	require.Equal(t, []string{"app:roles", "aws:allowedAccountIds", "aws:secretKey"}, secrets)
	require.Equal(t, map[string]any{"config": map[string]any{
		"aws:region": "eu-west-1",
		"app:secure": map[string]any{"secure": true, "other": 1},
	}}, got)
}

func TestCopyStackFileKeepsTheEnginesSalt(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "copy.yaml")
	require.NoError(t, os.WriteFile(to, []byte("encryptionsalt: v1:ours\nconfig:\n  a:b: old\n"), 0o600))
	got, secrets := copyText(t, "encryptionsalt: v1:theirs\nconfig:\n  a:b: new\n", to)
	require.Empty(t, secrets)
	require.Equal(t, map[string]any{"encryptionsalt": "v1:ours", "config": map[string]any{"a:b": "new"}}, got)
}

func TestStackFilesWithoutConfig(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "config:\n", "config: {}\n", "null\n"} {
		path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		left, err := copyStackFile(path, filepath.Join(t.TempDir(), "copy.yaml"), nil)
		require.NoError(t, err, text)
		require.Empty(t, left, text)
	}
}

func TestConfigKeysAreSorted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(path, []byte(realStack), 0o600))
	keys, err := ConfigKeys(path)
	require.NoError(t, err)
	require.Equal(t, []string{"app:roles", "app:secure", "aws:allowedAccountIds", "aws:region", "aws:secretKey"}, keys)

	_, err = ConfigKeys(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBrokenStackFilesAreErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- a\n":         "want a mapping",
		"config: [a]\n": "want a mapping",
		"config: {a\n":  "Pulumi.dev.yaml",
	} {
		path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := copyStackFile(path, filepath.Join(t.TempDir(), "copy.yaml"), nil)
		require.ErrorContains(t, err, want, text)
	}
	_, err := copyStackFile(filepath.Join(t.TempDir(), "Pulumi.none.yaml"), filepath.Join(t.TempDir(), "copy.yaml"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}
