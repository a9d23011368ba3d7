//go:build !windows

package awsconfig

import (
	"os"

	"github.com/gofrs/flock"
)

// removeLock deletes the file while it is locked: afterwards it may be somebody
// else's.
func removeLock(l *flock.Flock) {
	_ = os.Remove(l.Path())
	_ = l.Close()
}

// isBeingDeleted is about a lock file that cannot be opened now.
func isBeingDeleted(error) bool { return false }
