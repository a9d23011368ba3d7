package awsconfig

import (
	"os"

	"github.com/gofrs/flock"
)

// removeLock deletes the file when it is unlocked: Windows deletes no open file, and
// so none that somebody else has locked meanwhile.
func removeLock(l *flock.Flock) {
	_ = l.Close()
	_ = os.Remove(l.Path())
}
