package mfadevice

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
)

// NotesDir is where the notes about the secret files of a person are kept.
func NotesDir(home string) string { return filepath.Join(home, ".aws", "awsmfa", "secret-files") }

// SecretFile holds the secret of a device, as text or as a QR code, while the command
// runs. A note says where it is and what is in it, and is locked meanwhile: what a
// killed command leaves behind, the next one finds by it.
type SecretFile struct {
	path string
	file *os.File
	note note
}

// note is a file, and another one that is locked: Windows lets nobody read or write
// what is.
type note struct{ *flock.Flock }

// noteLock ends the name of the file that is locked.
const noteLock = ".lock"

func newNote(path string) note { return note{flock.New(path+noteLock, flock.SetPermissions(0o600))} }

func (n note) path() string { return strings.TrimSuffix(n.Path(), noteLock) }

// remove deletes the note; its lock is last, by which others find it.
func (n note) remove() error {
	_ = os.Remove(n.path())
	err := n.Close() // before Windows can delete it
	_ = os.Remove(n.Path())
	return err
}

// CreateSecretFile makes an empty file, which must not exist; notes is the directory
// of the notes.
func CreateSecretFile(path, notes string) (*SecretFile, error) {
	file, err := private.Create(path)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s: the file exists and is not overwritten: give another name", path)
	}
	if err != nil {
		return nil, err
	}
	s := &SecretFile{path: path, file: file, note: newNote(filepath.Join(notes, rand.Text()))}
	if err := errors.Join(os.MkdirAll(notes, 0o700), s.note.Lock(), s.noteDown(nil)); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// noteDown writes the note for a file that holds the secret, or nothing yet.
func (s *SecretFile) noteDown(secret []byte) error {
	path, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	return os.WriteFile(s.note.path(), []byte(digest(secret)+" "+path), 0o600)
}

// Write writes the note, and then the file.
func (s *SecretFile) Write(secret []byte) error {
	err := s.noteDown(secret)
	if err == nil {
		_, err = s.file.Write(secret)
	}
	if err != nil {
		return fmt.Errorf("writing the secret to %s: %w", s.path, err)
	}
	return nil
}

// Remove removes the file and the note. It may be nil, for no file.
func (s *SecretFile) Remove() error {
	if s == nil {
		return nil
	}
	if err := errors.Join(s.file.Close(), os.Remove(s.path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the file that holds the secret: remove %s yourself: %w", s.path, err)
	}
	return s.note.remove()
}

// RemoveSecretFiles removes the files that killed commands have left behind, and gives
// their paths. What somebody has changed since is not theirs any more.
func RemoveSecretFiles(notes string) (removed []string) {
	found, _ := os.ReadDir(notes)
	for _, entry := range found {
		name, isLock := strings.CutSuffix(entry.Name(), noteLock)
		if !isLock {
			continue
		}
		note := newNote(filepath.Join(notes, name))
		if locked, err := note.TryLock(); err == nil && locked {
			text, _ := os.ReadFile(note.path())
			sum, path, _ := strings.Cut(string(text), " ")
			if secret, err := os.ReadFile(path); err == nil && digest(secret) == sum && os.Remove(path) == nil {
				removed = append(removed, path)
			}
			_ = note.remove()
		}
	}
	return removed
}

func digest(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}
