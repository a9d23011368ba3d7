package awsconfig

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

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

// syncDirectory makes the rename last. Not every file system can; the file is
// whole either way.
func syncDirectory(path string) {
	if directory, err := os.Open(path); err == nil {
		_ = directory.Sync()
		_ = directory.Close()
	}
}
