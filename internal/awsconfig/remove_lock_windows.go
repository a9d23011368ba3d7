package awsconfig

import (
	"errors"
	"os"

	"github.com/gofrs/flock"
	"golang.org/x/sys/windows"
)

// removeLock deletes the file when it is unlocked: Windows deletes no open file, and
// so none that somebody else has locked meanwhile.
func removeLock(l *flock.Flock) {
	_ = l.Close()
	_ = os.Remove(l.Path())
}

// isBeingDeleted is about a lock file that cannot be opened now.
func isBeingDeleted(err error) bool { return errors.Is(err, windows.ERROR_SHARING_VIOLATION) }
