//go:build !windows

package credentialprocess_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNobodyElseCanReadTheCache(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	require.NoError(t, os.MkdirAll(cache.Dir, 0o700))
	require.NoError(t, os.Chmod(cache.Dir, 0o777))
	b := &begins{now: time.Now, duration: time.Hour}
	_, err := cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
	found, err := os.ReadDir(cache.Dir)
	require.NoError(t, err)
	require.Len(t, found, 2, "a session and its lock")
	for _, file := range found {
		info, err := file.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file.Name())
		require.NotContains(t, file.Name(), "AKIA")
	}
	info, err := os.Stat(cache.Dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// TestFilesOfOthersAreReplaced needs to be root, as it is in CI's containers, to
// give files away; anybody else is refused to, and has tried that much.
func TestFilesOfOthersAreReplaced(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	b := &begins{now: time.Now, duration: time.Hour}
	_, err := cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
	if err := os.Chown(files(t, cache)[0], 65534, 65534); err != nil {
		require.NotZero(t, os.Geteuid())
		require.ErrorIs(t, err, os.ErrPermission)
		return
	}
	got, err := cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
	require.Equal(t, "ASIA2", got.AccessKeyID)

	require.NoError(t, os.Chown(cache.Dir, 65534, 65534))
	_, err = cache.Get(t.Context(), someKey(), b.begin)
	require.ErrorContains(t, err, "is not a directory of yours")
}

func TestDirectoryMustBeOne(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	require.NoError(t, os.MkdirAll(filepath.Dir(cache.Dir), 0o700))
	require.NoError(t, os.Symlink(t.TempDir(), cache.Dir))
	_, err := cache.Get(t.Context(), someKey(), (&begins{now: time.Now}).begin)
	require.ErrorContains(t, err, cache.Dir+" is not a directory of yours")
	require.NoError(t, os.Remove(cache.Dir))
	require.NoError(t, os.WriteFile(cache.Dir, nil, 0o600))
	_, err = cache.Get(t.Context(), someKey(), (&begins{now: time.Now}).begin)
	require.ErrorContains(t, err, cache.Dir)
}

func TestWhatOthersCanReadIsReplaced(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string, _ []byte) error{
		"readable for the group": func(path string, _ []byte) error { return os.Chmod(path, 0o640) },
		"readable for all":       func(path string, _ []byte) error { return os.Chmod(path, 0o604) },
		"a link": func(path string, _ []byte) error {
			elsewhere := filepath.Join(filepath.Dir(filepath.Dir(path)), "session")
			return errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireReplaced(t, spoil)
		})
	}
}
