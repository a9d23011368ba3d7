package awsconfig_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func putting(block awsconfig.Block) func(*awsconfig.File) error {
	return func(f *awsconfig.File) error { return f.Put(block, false) }
}

func removing(owner string) func(*awsconfig.File) error {
	return func(f *awsconfig.File) error {
		_, err := f.Remove(owner, false)
		return err
	}
}

func mustUpdate(t *testing.T, path string, edit func(*awsconfig.File) error) (before, after []byte) {
	t.Helper()
	before, after, err := awsconfig.Update(t.Context(), path, edit)
	require.NoError(t, err)
	return before, after
}

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode))
}

func requireFile(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, string(got))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, mode, info.Mode().Perm())
}

// requireOnly holds that a directory has these files, and no lock and no
// temporary file besides.
func requireOnly(t *testing.T, directory string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	require.ElementsMatch(t, names, found)
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

func TestUpdateCreatesAndDeletes(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, ".aws", "deeper", "config")
	before, after := mustUpdate(t, path, removing(devOwner))
	require.Nil(t, before)
	require.Nil(t, after)
	requireOnly(t, home)

	before, after = mustUpdate(t, path, putting(devBlock()))
	require.Nil(t, before)
	requireFile(t, path, string(after), 0o600)
	require.Contains(t, string(after), "(rewritten by the next run, file created)")
	info, err := os.Stat(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())

	mustUpdate(t, path, putting(prodBlock()))
	mustUpdate(t, path, removing(devOwner))
	_, after = mustUpdate(t, path, removing(prodOwner))
	require.Nil(t, after)
	requireOnly(t, filepath.Dir(path))
}

// What was there stays, whatever was put into it and removed again.
func TestUpdateDeletesOnlyItsOwnFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(path string) error
		// between is done while our block is there.
		between func(path string) error
		want    string
	}{
		"an empty file": {prepare: func(path string) error { return os.WriteFile(path, nil, 0o600) }},
		"a file of ours that somebody else has written to": {
			between: func(path string) error {
				text, err := os.ReadFile(path)
				return errors.Join(err, os.WriteFile(path, append(text, "[default]\n"...), 0o600))
			},
			want: "[default]\n",
		},
		"a file of ours that a link leads to since": {
			between: func(path string) error {
				return errors.Join(os.Rename(path, path+"-elsewhere"), os.Symlink("config-elsewhere", path))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config")
			if test.prepare != nil {
				require.NoError(t, test.prepare(path))
			}
			mustUpdate(t, path, putting(devBlock()))
			if test.between != nil {
				require.NoError(t, test.between(path))
			}
			_, after := mustUpdate(t, path, removing(devOwner))
			require.NotNil(t, after)
			requireFile(t, path, test.want, 0o600)
		})
	}
	directory := t.TempDir()
	require.NoError(t, os.Symlink("nowhere/config", filepath.Join(directory, "config")))
	mustUpdate(t, filepath.Join(directory, "config"), removing(devOwner))
	requireOnly(t, directory, "config")
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

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(path string) error
		want    string
	}{
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, "not a regular file"},
		"a pipe":      {func(path string) error { return syscall.Mkfifo(path, 0o644) }, "not a regular file"},
		"a device":    {func(path string) error { return os.Symlink(os.DevNull, path) }, "not a regular file"},
		"a circle":    {func(path string) error { return os.Symlink("config", path) }, "form a loop"},
		"a damaged block": {
			func(path string) error { return os.WriteFile(path, []byte("\n# <<< awsmfa onboard, a <<<\n"), 0o600) }, "line 2: a block",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			path := filepath.Join(directory, "config")
			require.NoError(t, test.prepare(path))
			for _, run := range []func() error{
				func() error { _, _, err := awsconfig.Update(t.Context(), path, putting(devBlock())); return err },
				func() error { _, _, err := awsconfig.Preview(path, putting(devBlock())); return err },
			} {
				err := run()
				require.ErrorContains(t, err, test.want)
				require.ErrorContains(t, err, path)
			}
			requireOnly(t, directory, "config")
		})
	}
}

func TestAFailingEditChangesNothing(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	const text = "[profile dev-power-user]\r\n"
	write(t, path, text, 0o644)
	then := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(path, then, then))
	failure := errors.New("the role cannot be assumed")
	for name, edit := range map[string]func(*awsconfig.File) error{
		"refused": putting(devBlock()),
		"failed after an edit": func(f *awsconfig.File) error {
			return errors.Join(f.Put(prodBlock(), false), failure)
		},
		"nothing to do": removing(devOwner),
	} {
		before, after, err := awsconfig.Update(t.Context(), path, edit)
		if name == "nothing to do" {
			require.NoError(t, err)
			require.Equal(t, before, after)
		} else {
			require.Error(t, err, name)
			require.Nil(t, after)
		}
		requireFile(t, path, text, 0o644)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.True(t, info.ModTime().Equal(then), name)
		requireOnly(t, directory, "config")
	}

	_, _, err := awsconfig.Update(t.Context(), filepath.Join(directory, "sub", "config"), func(*awsconfig.File) error { return failure })
	require.ErrorIs(t, err, failure)
	requireOnly(t, directory, "config")
}

// TestAFileThatOthersChange: `aws configure` knows nothing of our lock.
func TestAFileThatOthersChange(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"changed": "[profile new]\n", "emptied": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			path := filepath.Join(directory, "config")
			write(t, path, "[default]\n", 0o644)
			_, _, err := awsconfig.Update(t.Context(), path, func(f *awsconfig.File) error {
				write(t, path, text, 0o644)
				return f.Put(devBlock(), false)
			})
			require.ErrorContains(t, err, "run again")
			requireFile(t, path, text, 0o644)
			requireOnly(t, directory, "config")
		})
	}
	path := filepath.Join(t.TempDir(), "config")
	mustUpdate(t, path, putting(devBlock()))
	_, _, err := awsconfig.Update(t.Context(), path, func(f *awsconfig.File) error {
		write(t, path, "[default]\n", 0o600)
		return removing(devOwner)(f)
	})
	require.ErrorContains(t, err, "run again")
	requireFile(t, path, "[default]\n", 0o600)
}

func TestUpdatesInParallelLoseNothing(t *testing.T) {
	t.Parallel()
	const runs = 16
	home := t.TempDir()
	path := filepath.Join(home, ".aws", "config")
	owner := func(i int) string { return fmt.Sprintf("stack s%d", i) }
	var inside, most atomic.Int32
	parallel := func(edit func(int) func(*awsconfig.File) error) {
		var group sync.WaitGroup
		for i := range runs {
			group.Go(func() {
				_, _, err := awsconfig.Update(t.Context(), path, func(f *awsconfig.File) error {
					most.Store(max(most.Load(), inside.Add(1)))
					defer inside.Add(-1)
					return edit(i)(f)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	parallel(func(i int) func(*awsconfig.File) error {
		return putting(awsconfig.Block{Owner: owner(i), Profiles: []awsconfig.Profile{roleProfile(fmt.Sprintf("p%d", i))}})
	})
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, parse(t, string(text)).Owners(), runs)
	requireOnly(t, filepath.Dir(path), "config")
	require.EqualValues(t, 1, most.Load(), "edits at a time")

	parallel(func(i int) func(*awsconfig.File) error { return removing(owner(i)) })
	requireOnly(t, filepath.Dir(path))
}

func TestUpdateStopsWaiting(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	locked, finish, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, _, err := awsconfig.Update(t.Context(), path, func(f *awsconfig.File) error {
			close(locked)
			<-finish
			return f.Put(devBlock(), false)
		})
		done <- err
	}()
	<-locked
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, _, err := awsconfig.Update(ctx, path, func(*awsconfig.File) error { panic("it has no lock") })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "locking "+path)
	require.Less(t, time.Since(begun), 5*time.Second)
	close(finish)
	require.NoError(t, <-done)
	requireOnly(t, directory, "config")
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

func TestUpdateStopsBeforeWriting(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := awsconfig.Update(ctx, filepath.Join(directory, "config"), func(f *awsconfig.File) error {
		cancel()
		return f.Put(devBlock(), false)
	})
	require.ErrorIs(t, err, context.Canceled)
	requireOnly(t, directory)
}

// What would change in it can be shown.
func TestUpdateRefusesAReadOnlyFile(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	require.NoError(t, os.WriteFile(path, []byte("[default]\n"), 0o444))
	_, _, err := awsconfig.Update(t.Context(), path, putting(devBlock()))
	require.ErrorContains(t, err, path+" is read-only")
	requireOnly(t, directory, "config")
	_, after, err := awsconfig.Preview(path, putting(devBlock()))
	require.NoError(t, err)
	require.Contains(t, string(after), "awsmfa onboard")
}

func TestPreviewWritesNothing(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, ".aws", "config")
	before, after, err := awsconfig.Preview(path, putting(devBlock()))
	require.NoError(t, err)
	require.Nil(t, before)
	require.Contains(t, string(after), "file created")
	requireOnly(t, home)
	_, written := mustUpdate(t, path, putting(devBlock()))
	require.Equal(t, string(after), string(written))
	_, _, err = awsconfig.Preview(path, func(f *awsconfig.File) error {
		return f.Put(awsconfig.Block{Owner: "other", Profiles: devBlock().Profiles}, false)
	})
	require.ErrorContains(t, err, path)
}

func TestUpdateOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	write(t, filepath.Join(directory, "file"), "", 0o600)
	_, _, err := awsconfig.Update(t.Context(), filepath.Join(directory, "file", "config"), putting(devBlock()))
	require.ErrorContains(t, err, "file")
	require.True(t, strings.Contains(err.Error(), "not a directory"), err)
}
