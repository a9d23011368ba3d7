package private_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
)

func TestWhatIsMadeIsForItsOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	file, err := private.Create(path)
	require.NoError(t, err)
	_, err = file.WriteString("text")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.True(t, private.IsOwn(path, info))
	require.True(t, private.IsClosed(path, info))
	_, err = private.Create(path)
	require.ErrorIs(t, err, os.ErrExist)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "text", string(text))
}

func TestADirectoryIsClosed(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(directory, 0o700))
	require.NoError(t, os.Chmod(directory, 0o755))
	isClosed := func() bool {
		info, err := os.Lstat(directory)
		require.NoError(t, err)
		return private.IsClosed(directory, info)
	}
	require.False(t, isClosed())
	require.NoError(t, private.Close(directory))
	require.True(t, isClosed() || os.Getenv("ON_WINE") != "") // Wine 8 adds to the list what was there
	require.NoError(t, os.WriteFile(filepath.Join(directory, "file"), nil, 0o600))
}
