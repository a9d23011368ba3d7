package awsconfig

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	smithytime "github.com/aws/smithy-go/time"
	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that somebody holds is tried.
const lockPoll = 10 * time.Millisecond

// lock takes the lock for a file, creating its directory, and waits for it until
// ctx ends. Releasing it deletes the lock file, and the directories that were
// created if they are still empty.
func lock(ctx context.Context, path string) (release func(), err error) {
	directory, name := filepath.Split(path)
	lockPath := filepath.Join(directory, "."+name+".awsmfa.lock")
	var made []string
	for {
		made = append(made, missing(directory)...)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return nil, err
		}
		l := flock.New(lockPath, flock.SetPermissions(0o600))
		_, err := l.TryLockContext(ctx, lockPoll)
		switch {
		case errors.Is(err, fs.ErrNotExist) || isBeingDeleted(err):
			err = smithytime.SleepWithContext(ctx, lockPoll) // whoever made the directory for nothing deleted it
		case err == nil && isCurrent(l):
			return func() {
				removeLock(l)
				removeEmpty(made)
			}, nil
		}
		_ = l.Close() // if it was locked, its last holder deleted the file while we waited
		if err != nil {
			removeEmpty(made)
			return nil, err
		}
	}
}

// isCurrent reports whether the file that is locked is still the one of that name.
func isCurrent(l *flock.Flock) bool {
	locked, err := l.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(l.Path())
	return err == nil && os.SameFile(locked, named)
}

// missing are the directories that MkdirAll would create, the innermost first.
func missing(directory string) []string {
	var all []string
	for directory = filepath.Clean(directory); ; directory = filepath.Dir(directory) {
		if _, err := os.Lstat(directory); !errors.Is(err, fs.ErrNotExist) {
			return all
		}
		all = append(all, directory)
	}
}

func removeEmpty(directories []string) {
	for _, d := range directories {
		_ = os.Remove(d) // fails if there is something in it
	}
}
