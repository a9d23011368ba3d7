package accesskey

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/gofrs/flock"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// note says how far a rotation is. It has no secrets.
type note struct {
	// Old and New are ids; New is empty while no key is known to be made.
	Old, New string
	// At is just before a key was made, by AWS's clock.
	At time.Time
	// KeepUntil is zero unless the old key is inactive and kept.
	KeepUntil time.Time
}

// creating is how long it may take to make a key, with retries.
const creating = 5 * time.Minute

// abandoned reports whether a key was made by a run that did not come to store it.
// Where the note does not name it, the time does.
func (n note) abandoned(other types.AccessKeyMetadata, current string) bool {
	after := aws.ToTime(other.CreateDate).Sub(n.At)
	return n.Old == current && (n.New == aws.ToString(other.AccessKeyId) ||
		n.New == "" && after >= -time.Second && after <= creating)
}

// NoteFile is where the note about the rotation of one user's key is.
type NoteFile struct{ path string }

// NoteOf is that of a user, in a home directory.
func NoteOf(home string, account policy.Account, userName string) NoteFile {
	return NoteFile{filepath.Join(home, ".aws", "awsmfa", "rotation", account.ID+"-"+userName+".json")}
}

// Lock keeps other runs on this machine out until it is released.
func (f NoteFile) Lock() (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(f.path+".lock", flock.SetPermissions(atomicfile.Mode))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", f.path, err)
	case !locked:
		return nil, errors.New("another awsmfa rotate is running for this user: wait until it has ended")
	}
	atomicfile.RemoveUnfinished(f.path)
	return func() { _ = lock.Close() }, nil
}

// read gives no note where there is none.
func (f NoteFile) read() (note, error) {
	var found note
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return note{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		return note{}, fmt.Errorf("reading the note about an earlier rotation, %s: %w", f.path, err)
	}
	return found, nil
}

func (f NoteFile) write(n note) error {
	text, err := json.Marshal(n)
	if err == nil {
		err = atomicfile.Write(f.path, text)
	}
	if err != nil {
		return fmt.Errorf("noting how far the rotation is: %w", err)
	}
	return nil
}

func (f NoteFile) remove() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the note about the rotation: %w", err)
	}
	return nil
}
