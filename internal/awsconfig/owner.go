package awsconfig

import (
	"io/fs"
	"os"
	"syscall"
)

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
