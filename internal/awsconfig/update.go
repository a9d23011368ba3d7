package awsconfig

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/robustio"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// Update edits the file at path under a lock, and gives its bytes before and
// after; nil stands for no file.
//
// The file is written only if edit changes something, and then at once: a
// temporary file in the same directory is synced and renamed. It keeps its
// permissions and, if the process may set it, its owner. A new file gets mode
// 0600, a new directory 0700. Symbolic links stay and what they point to is
// edited, or created. A file that was not there and is to be empty is not
// created, and one that only our blocks brought into being is deleted when it
// gets empty, unless path is a symbolic link.
//
// The lock is for other runs of awsmfa: a file .NAME.awsmfa.lock next to the file
// that path leads to, which is deleted again. Update waits for it until ctx ends.
// Other programs do not know it; if one writes while edit runs, Update fails
// rather than undo that.
//
// If edit fails, its error is returned and nothing has changed. So it is if the AWS
// CLI could read the file neither before nor afterwards.
func Update(ctx context.Context, path string, edit func(*File) error) (before, after []byte, err error) {
	found, err := locate(path)
	if err != nil {
		return nil, nil, err
	}
	if err := found.checkWritable(path); err != nil {
		return nil, nil, err
	}
	release, err := lock(ctx, found.path)
	if err != nil {
		return nil, nil, fmt.Errorf("locking %s: %w", path, err)
	}
	defer release()
	atomicfile.RemoveUnfinished(found.path)
	before, after, err = found.edited(path, edit)
	if err != nil || bytes.Equal(before, after) && (before == nil) == (after == nil) {
		return before, after, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("editing %s: %w", path, err)
	}
	if err := found.write(before, after); err != nil {
		return nil, nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return before, after, nil
}

// Preview is what [Update] would do, without the lock and without writing.
func Preview(path string, edit func(*File) error) (before, after []byte, err error) {
	found, err := locate(path)
	if err != nil {
		return nil, nil, err
	}
	return found.edited(path, edit)
}

// Read reads the file at path as [Update] would: the SDK's own errors about it tell
// less. One that is not there is empty.
func Read(path string) (file *File, err error) {
	found, err := locate(path)
	if err != nil {
		return nil, err
	}
	text, err := found.read()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if file, err = Parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// target is the file that a path leads to.
type target struct {
	path   string
	linked bool
}

// locate follows symbolic links, also to files that are not there.
func locate(path string) (target, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return target{}, fmt.Errorf("%s: %w", path, err)
	}
	found := target{path: absolute}
	for range 40 { // as many as Linux follows
		directory, name := filepath.Split(found.path)
		// Links are resolved one by one, since a/../b is not b if a is a link.
		if resolved, err := filepath.EvalSymlinks(directory); err == nil {
			found.path = filepath.Join(resolved, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return target{}, fmt.Errorf("%s: %w", path, err)
		}
		info, err := os.Lstat(found.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return found, nil
		case err != nil:
			return target{}, fmt.Errorf("%s: %w", path, err)
		case info.Mode()&fs.ModeSymlink == 0:
			return found, checkRegular(path, info)
		}
		link, err := os.Readlink(found.path)
		if err != nil {
			return target{}, fmt.Errorf("%s: %w", path, err)
		}
		if !filepath.IsAbs(link) {
			link = filepath.Dir(found.path) + string(filepath.Separator) + link
		}
		found = target{path: link, linked: true}
	}
	return target{}, fmt.Errorf("%s: its symbolic links form a loop: correct the link or set AWS_CONFIG_FILE", path)
}

func checkRegular(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file (%s): set AWS_CONFIG_FILE to the configuration file",
			path, info.Mode().Type())
	}
	return nil
}

// checkWritable refuses a file that its owner has made read-only, although it
// could be replaced.
func (t target) checkWritable(path string) error {
	info, err := os.Stat(t.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("%s is read-only (%s): allow its owner to write it, or edit what it is made from",
			path, info.Mode().Perm())
	default:
		return nil
	}
}

// edited reads the file and edits it in memory.
func (t target) edited(path string, edit func(*File) error) (before, after []byte, err error) {
	before, err = t.read()
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if after, err = t.edit(before, edit); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return before, after, nil
}

func (t target) edit(before []byte, edit func(*File) error) (after []byte, err error) {
	file, err := Parse(before)
	if err != nil {
		return nil, err
	}
	file.created = (file.created || before == nil) && !t.linked
	if err := edit(file); err != nil {
		return nil, err
	}
	after = file.Bytes()
	if err := unreadable(string(after)); err != nil {
		return nil, cmp.Or(unreadable(string(before)), err)
	}
	if len(after) == 0 && (before == nil || file.created) {
		return nil, nil
	}
	return after, nil
}

// read gives nil for no file, and never nil for a file.
func (t target) read() ([]byte, error) {
	text, err := robustio.ReadFile(t.path) // on Windows another program may be replacing it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
