//go:build !windows

package awsconfig_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func TestUpdateKeepsTheOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[default]", 0o640)
	want := uint32(os.Getuid()) //nolint:gosec // it is not negative here
	if os.Getuid() == 0 {
		want = 12345
		require.NoError(t, os.Chown(path, 12345, 12346))
	}
	mustUpdate(t, path, putting(devBlock()))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, want, info.Sys().(*syscall.Stat_t).Uid)
	require.Equal(t, fs.FileMode(0o640), info.Mode())
}

func TestUpdateKeepsTheMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o644, 0o640, 0o755} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			path := filepath.Join(directory, "config")
			write(t, path, "[default]", mode)
			before, after := mustUpdate(t, path, putting(devBlock()))
			require.Equal(t, "[default]", string(before))
			requireFile(t, path, string(after), mode)
			require.Equal(t, put(t, "[default]", devBlock()), string(after))
			mustUpdate(t, path, removing(devOwner))
			requireFile(t, path, "[default]", mode)
			requireOnly(t, directory, "config")
		})
	}
}

func TestUpdateRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(path string) error
		want    string
	}{
		"a pipe":   {func(path string) error { return syscall.Mkfifo(path, 0o644) }, "not a regular file"},
		"a device": {func(path string) error { return os.Symlink(os.DevNull, path) }, "not a regular file"},
		"a circle": {func(path string) error { return os.Symlink("config", path) }, "form a loop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefusal(t, test.prepare, test.want)
		})
	}
}

// A link stays, and what it leads to.
func TestUpdateDeletesNoLinkedFile(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	require.NoError(t, os.Symlink("nowhere/config", path))
	mustUpdate(t, path, removing(devOwner))
	requireOnly(t, directory, "config")

	path = filepath.Join(t.TempDir(), "config")
	mustUpdate(t, path, putting(devBlock()))
	require.NoError(t, errors.Join(os.Rename(path, path+"-elsewhere"), os.Symlink("config-elsewhere", path)))
	_, after := mustUpdate(t, path, removing(devOwner))
	require.NotNil(t, after)
	requireFile(t, path, "", 0o600)
}

func TestUpdateFollowsLinks(t *testing.T) {
	t.Parallel()
	// links are made in the home directory, in this order: name and target.
	for name, links := range map[string][][2]string{
		"relative":                      {{".aws/config", "../dotfiles/aws"}},
		"of a link":                     {{".aws/config", "other"}, {".aws/other", "../dotfiles/aws"}},
		"in a directory that is a link": {{"a/b/config", "../../dotfiles/aws"}, {".aws", "a/b"}},
		"through a linked directory":    {{"linked", "a/b"}, {".aws/config", "../linked/../../dotfiles/aws"}},
		"absolute":                      {{".aws/config", "HOME/dotfiles/aws"}},
	} {
		for _, dangling := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", dangling: ", dangling), func(t *testing.T) {
				t.Parallel()
				home := t.TempDir()
				require.NoError(t, os.MkdirAll(filepath.Join(home, "dotfiles"), 0o700))
				require.NoError(t, os.MkdirAll(filepath.Join(home, "a", "b"), 0o700))
				if !strings.HasPrefix(name, "in a") {
					require.NoError(t, os.Mkdir(filepath.Join(home, ".aws"), 0o700))
				}
				path, linked := filepath.Join(home, ".aws", "config"), filepath.Join(home, "dotfiles", "aws")
				for _, link := range links {
					target := strings.Replace(link[1], "HOME", home, 1)
					require.NoError(t, os.Symlink(target, filepath.Join(home, link[0])))
				}
				mode, text := fs.FileMode(0o600), ""
				if !dangling {
					mode, text = 0o644, "[default]"
					write(t, linked, text, mode)
				}
				_, after := mustUpdate(t, path, putting(devBlock()))
				requireFile(t, linked, string(after), mode)
				requireLink(t, path)
				requireOnly(t, filepath.Join(home, "dotfiles"), "aws")
				mustUpdate(t, path, removing(devOwner))
				requireFile(t, linked, text, mode)
				requireLink(t, path)
			})
		}
	}
}

func requireLink(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&fs.ModeSymlink)
}

// TestUpdateStopsTrying: the lock file cannot be made, for a reason that could go
// away, as that of a directory which somebody deletes does.
func TestUpdateStopsTrying(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	require.NoError(t, os.Symlink("nowhere/lock", filepath.Join(directory, ".config.awsmfa.lock")))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := awsconfig.Update(ctx, filepath.Join(directory, "config"), putting(devBlock()))
		done <- err
	}()
	select {
	case err := <-done:
		require.ErrorIs(t, err, context.DeadlineExceeded)
	case <-time.After(10 * time.Second):
		t.Fatal("it tries for ever")
	}
	requireOnly(t, directory, ".config.awsmfa.lock")
}

func TestUpdateOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	write(t, filepath.Join(directory, "file"), "", 0o600)
	_, _, err := awsconfig.Update(t.Context(), filepath.Join(directory, "file", "config"), putting(devBlock()))
	require.ErrorContains(t, err, "file")
	require.True(t, strings.Contains(err.Error(), "not a directory"), err)
}
