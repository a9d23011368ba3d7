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
)

// NotesDir is where the notes about the secret files of a person are kept.
func NotesDir(home string) string { return filepath.Join(home, ".aws", "awsmfa", "secret-files") }

// SecretFile holds the secret of a device, as text or as a QR code, while the command
// runs. A note says where it is and what is in it, and is locked meanwhile: what a
// killed command leaves behind, the next one finds by it.
type SecretFile struct {
	path string
	file *os.File
	note *flock.Flock
}

// CreateSecretFile makes an empty file, which must not exist; notes is the directory
// of the notes.
func CreateSecretFile(path, notes string) (*SecretFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s: the file exists and is not overwritten: give another name", path)
	}
	if err != nil {
		return nil, err
	}
	note := flock.New(filepath.Join(notes, rand.Text()), flock.SetPermissions(0o600))
	s := &SecretFile{path: path, file: file, note: note}
	if err := errors.Join(os.MkdirAll(notes, 0o700), s.note.Lock()); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// Write writes the note, and then the file.
func (s *SecretFile) Write(secret []byte) error {
	path, err := filepath.Abs(s.path)
	if err == nil {
		err = os.WriteFile(s.note.Path(), []byte(digest(secret)+" "+path), 0o600)
	}
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
	_ = os.Remove(s.note.Path())
	return s.note.Close()
}

// RemoveSecretFiles removes the files that killed commands have left behind, and gives
// their paths. What somebody has changed since is not theirs any more.
func RemoveSecretFiles(notes string) (removed []string) {
	found, _ := os.ReadDir(notes)
	for _, entry := range found {
		note := flock.New(filepath.Join(notes, entry.Name()))
		if locked, err := note.TryLock(); err == nil && locked {
			text, _ := os.ReadFile(note.Path())
			sum, path, _ := strings.Cut(string(text), " ")
			if secret, err := os.ReadFile(path); err == nil && digest(secret) == sum && os.Remove(path) == nil {
				removed = append(removed, path)
			}
			_ = os.Remove(note.Path())
		}
		_ = note.Close()
	}
	return removed
}

func digest(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}
