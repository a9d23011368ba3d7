//go:build !windows

package awsconfig

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// copyAttributes gives a new file the owner and the permissions of the old one.
// A temporary file has mode 0600.
func (t target) copyAttributes(temporary *os.File) error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return temporary.Chmod(permissions(info, keepOwner(temporary, info)))
}

// keepOwner gives a file the owner and the group of another one. It tells
// whether the group is the same then: only root can give files away, and others
// only use groups they are in.
func keepOwner(file *os.File, like fs.FileInfo) bool {
	old, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if file.Chown(int(old.Uid), int(old.Gid)) == nil {
		return true
	}
	return file.Chown(-1, int(old.Gid)) == nil
}

// permissions are those of a file, without its group's if they would become
// another group's.
func permissions(info fs.FileInfo, groupKept bool) fs.FileMode {
	mode := info.Mode().Perm()
	if !groupKept {
		mode &^= 0o070
	}
	return mode
}
