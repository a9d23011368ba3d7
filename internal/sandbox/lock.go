package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// ErrBusy is a state root that another run is using.
var ErrBusy = errors.New("the sandbox is in use")

// lock takes the state root for this run; the account in it is in one process's
// memory at a time. The lock goes with the process, however it ends.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the state root: %w", err)
	}
	path := filepath.Join(dir, "lock")
	file := flock.New(path)
	locked, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the state root: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s is taken by another awsmfa sandbox%s: stop it, or use another --dir",
			ErrBusy, dir, holder(path))
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the state root: %w", err), file.Unlock())
	}
	return func() { _ = file.Unlock() }, nil
}

// holder names the process that has the lock, when it can be told.
func holder(path string) string {
	text, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(text))
	if err != nil || pid == "" {
		return ""
	}
	return " (process " + pid + ")"
}
