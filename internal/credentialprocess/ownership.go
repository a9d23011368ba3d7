package credentialprocess

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether the file belongs to the user of this process. What
// somebody else put there must not be trusted.
func isOwn(info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(status.Uid) == os.Geteuid()
}

// isPrivate reports whether nobody but its owner may do anything with the file.
func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
