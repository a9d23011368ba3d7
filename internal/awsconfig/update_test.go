package awsconfig_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
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
	requireMode(t, path, mode)
}

// requireMode holds that a file has those permissions, of which Windows knows none.
func requireMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, mode, info.Mode().Perm())
	}
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
	requireMode(t, filepath.Dir(path), 0o700)

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
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(path string) error
		want    string
	}{
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, "not a regular file"},
		"a damaged block": {
			func(path string) error { return os.WriteFile(path, []byte("\n# <<< awsmfa onboard, a <<<\n"), 0o600) }, "line 2: a block",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefusal(t, test.prepare, test.want)
		})
	}
}

func requireRefusal(t *testing.T, prepare func(path string) error, want string) {
	t.Helper()
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	require.NoError(t, prepare(path))
	for _, run := range []func() error{
		func() error { _, _, err := awsconfig.Update(t.Context(), path, putting(devBlock())); return err },
		func() error { _, _, err := awsconfig.Preview(path, putting(devBlock())); return err },
	} {
		err := run()
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
	requireOnly(t, directory, "config")
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
