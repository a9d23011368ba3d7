//go:build !windows

package awsconfig

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"
)

// TestALockOnADeletedFileIsNone: who waited for the lock may get it on a file
// that the last holder has deleted, while another one locks a new file.
func TestALockOnADeletedFileIsNone(t *testing.T) {
	t.Parallel()
	l := flock.New(filepath.Join(t.TempDir(), "lock"))
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	locked, err := l.TryLock()
	require.NoError(t, err)
	require.True(t, locked)
	require.True(t, isCurrent(l))
	require.NoError(t, os.Remove(l.Path()))
	require.False(t, isCurrent(l))
	require.NoError(t, os.WriteFile(l.Path(), nil, 0o600))
	require.False(t, isCurrent(l))
}

// TestAnotherGroupGetsNothing: who may not give the new file the group of the old
// one must not give its permissions to their own group.
func TestAnotherGroupGetsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Chmod(path, 0o664))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o664), permissions(info, true))
	require.Equal(t, fs.FileMode(0o604), permissions(info, false))

	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	require.True(t, keepOwner(file, info))
	require.False(t, keepOwner(file, unknownOwner{info}))
}

type unknownOwner struct{ fs.FileInfo }

func (unknownOwner) Sys() any { return nil }
