// Package atomicfile writes files as a whole or not at all.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
)

// Mode is that of what [Write] writes: others cannot read it.
const Mode = 0o600

// Write puts a file with the text and with [Mode] in the place of the one at path,
// if there is one, whose permissions do not matter.
func Write(path string, text []byte) error {
	return WriteWith(path, text, hide)
}

// WriteUnsynced is [Write] without waiting for the disk: the file outlives the process,
// however that ends, but a power cut may take it back.
func WriteUnsynced(path string, text []byte) error {
	return write(path, text, Mode, hide)
}

// Replace is [Write], and keeps the permissions of the file at path; a new one gets
// those that are given, as far as umask lets it.
func Replace(path string, text []byte, permissions fs.FileMode) error {
	return write(path, text, permissions, synced(func(file *os.File) error {
		if info, err := os.Stat(path); err == nil {
			return file.Chmod(info.Mode().Perm())
		}
		return nil
	}))
}

// WriteWith is [Write]; ready gets the new file when it is written, before it takes
// its place. Its error leaves all as it was.
func WriteWith(path string, text []byte, ready func(*os.File) error) error {
	return write(path, text, Mode, synced(ready))
}

func hide(file *os.File) error { return file.Chmod(Mode) }

// synced waits for the disk after ready.
func synced(ready func(*os.File) error) func(*os.File) error {
	return func(file *os.File) error {
		if err := ready(file); err != nil {
			return err
		}
		return file.Sync()
	}
}

// unfinished begins the name of a file that is being written.
func unfinished(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".awsmfa-")
}

func write(path string, text []byte, permissions fs.FileMode, ready func(*os.File) error) error {
	name := unfinished(path) + rand.Text()
	file, err := create(name, permissions)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = ready(file)
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = robustio.Rename(name, path) // on Windows somebody may be reading that file
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func create(path string, permissions fs.FileMode) (*os.File, error) {
	if permissions == Mode {
		return private.Create(path)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
}

// RemoveUnfinished removes what killed processes left behind that were about to write
// the file at path. It is for whoever keeps others from writing there.
func RemoveUnfinished(path string) {
	directory, begin := filepath.Split(unfinished(path))
	found, _ := os.ReadDir(directory)
	for _, file := range found {
		if strings.HasPrefix(file.Name(), begin) {
			_ = os.Remove(filepath.Join(directory, file.Name()))
		}
	}
}
