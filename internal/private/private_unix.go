//go:build !windows

// Package private makes files and directories that only the user of this process
// can read, and tells whether others can.
package private

import (
	"io/fs"
	"os"
	"syscall"
)

// Create makes a file that only its owner can read. There must be none.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Close keeps others out of a directory.
func Close(directory string) error {
	return os.Chmod(directory, 0o700) //nolint:gosec // G302 is about files: a directory is searched
}

// IsOwn reports whether a file, and info is of it, belongs to the user of this
// process. What somebody else put there must not be trusted.
func IsOwn(_ string, info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(status.Uid) == os.Geteuid()
}

// IsClosed reports whether nobody but its owner may do anything with a file, and
// info is of it.
func IsClosed(_ string, info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
