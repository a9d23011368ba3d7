// Package atomicfile writes files as a whole or not at all.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Mode is that of what [Write] writes: others cannot read it.
const Mode = 0o600

// Write puts a file with the text and with [Mode] in the place of the one at path,
// if there is one, whose permissions do not matter.
func Write(path string, text []byte) error {
	return WriteWith(path, text, func(*os.File) error { return nil })
}

// WriteWith is [Write]; ready gets the new file when it is written, before it takes
// its place. Its error leaves all as it was.
func WriteWith(path string, text []byte, ready func(*os.File) error) error {
	return write(path, text, ready, renameio.WithStaticPermissions(Mode))
}

// Replace is [Write], and keeps the permissions of the file at path; a new one gets
// those that are given, as far as umask lets it.
func Replace(path string, text []byte, permissions fs.FileMode) error {
	nothing := func(*os.File) error { return nil }
	return write(path, text, nothing, renameio.WithPermissions(permissions), renameio.WithExistingPermissions())
}

func write(path string, text []byte, ready func(*os.File) error, options ...renameio.Option) (err error) {
	file, err := renameio.NewPendingFile(path, append(options, renameio.WithTempDir(filepath.Dir(path)))...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Cleanup()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := ready(file.File); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}
