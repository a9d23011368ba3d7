package awsconfig

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// write replaces the file, or deletes it if after is nil.
func (t target) write(before, after []byte) error {
	if after == nil {
		if err := t.unchanged(before); err != nil {
			return err
		}
		return os.Remove(t.path)
	}
	if err := atomicfile.WriteWith(t.path, after, func(file *os.File) error {
		if err := t.copyAttributes(file); err != nil {
			return err
		}
		return t.unchanged(before)
	}); err != nil {
		return err
	}
	syncDirectory(filepath.Dir(t.path))
	return nil
}

var errChanged = errors.New("another program changed the file in the meantime: run again")

func (t target) unchanged(before []byte) error {
	now, err := t.read()
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) || (now == nil) != (before == nil) {
		return errChanged
	}
	return nil
}

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

// syncDirectory makes the rename last. Not every file system can; the file is
// whole either way.
func syncDirectory(path string) {
	if directory, err := os.Open(path); err == nil {
		_ = directory.Sync()
		_ = directory.Close()
	}
}
