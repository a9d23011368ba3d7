package credentialprocess

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/robustio"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
)

const (
	// expiryWindow is how long before its end a session is not given out any
	// more: who gets it should have time to use it.
	expiryWindow = 5 * time.Minute
	// lockPoll is how often a lock that is taken is tried again. It costs little,
	// and its holder may need no person: then it takes a moment.
	lockPoll = 25 * time.Millisecond
)

// isEntry reports whether a file holds a session, or half of one: atomicfile puts a dot
// before the name of a file that is being written, and more behind it.
func isEntry(name string) bool {
	digest, rest, ok := strings.Cut(strings.TrimPrefix(name, "."), ".json")
	return ok && (rest == "" || name[0] == '.') && len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == ""
}

// AsksAgain is when a session that ends then is given out no more.
func AsksAgain(end time.Time) time.Time { return end.Add(-expiryWindow) }

// CacheDir is where the sessions of a person are kept.
func CacheDir(home string) string { return filepath.Join(home, ".aws", "awsmfa", "cache") }

// Cache keeps sessions in a directory that only its owner can read.
type Cache struct {
	Dir string
	Now func() time.Time
	// Waiting, when there is one, is called before waiting for another process
	// that begins the same session.
	Waiting func()
}

// Entry is what a file holds: the key shows that it is the session asked for.
type Entry struct {
	Key         Key
	Credentials Credentials
}

// Get is the session of a key: the one that is kept, or else a new one. Of
// several processes that want the same, one begins it, and the others wait for
// it until ctx ends. The error is that of begin or of ctx, or says what is
// wrong with the directory; nothing is kept then.
func (c Cache) Get(
	ctx context.Context, key Key, begin func(context.Context) (Credentials, error),
) (Credentials, error) {
	if err := c.prepare(); err != nil {
		return Credentials{}, fmt.Errorf("preparing the directory of cached sessions: %w", err)
	}
	if kept, ok := c.kept(key); ok {
		return kept, nil
	}
	unlock, err := c.lock(ctx, key)
	if err != nil {
		return Credentials{}, err
	}
	defer unlock()
	if kept, ok := c.kept(key); ok { // by the holder of the lock before
		return kept, nil
	}
	fresh, err := begin(ctx)
	if err != nil {
		return Credentials{}, err
	}
	if err := c.keep(key, fresh); err != nil {
		return Credentials{}, fmt.Errorf("keeping the session in %s: %w", c.Dir, err)
	}
	return fresh, nil
}

// Kept are the sessions that [Cache.Get] would give.
func (c Cache) Kept() ([]Entry, error) {
	names, err := c.files()
	if err != nil {
		return nil, fmt.Errorf("reading the cached sessions: %w", err)
	}
	var sessions []Entry
	for _, name := range names {
		path := filepath.Join(c.Dir, name)
		if found, err := c.read(path); err == nil && path == c.path(found.Key) && c.serves(found) {
			sessions = append(sessions, found)
		}
	}
	return sessions, nil
}

// Clear removes all sessions and gives their number. One that is being begun
// may still be kept afterwards.
func (c Cache) Clear() (int, error) {
	names, err := c.files()
	if err != nil {
		return 0, fmt.Errorf("removing the cached sessions: %w", err)
	}
	removed := 0
	for _, name := range names {
		err := os.Remove(filepath.Join(c.Dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return removed, fmt.Errorf("removing the cached sessions: %w", err)
		case name[0] != '.':
			removed++
		}
	}
	return removed, nil
}

// files are the names of the files that hold sessions, also of those whose
// writing was interrupted.
func (c Cache) files() ([]string, error) {
	found, err := os.ReadDir(c.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, file := range found {
		if isEntry(file.Name()) {
			names = append(names, file.Name())
		}
	}
	return names, nil
}

// prepare makes the directory, and closes it to others.
func (c Cache) prepare() error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(c.Dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !private.IsOwn(c.Dir, info) {
		return fmt.Errorf("%s is not a directory of yours: remove it", c.Dir)
	}
	if private.IsClosed(c.Dir, info) {
		return nil
	}
	return private.Close(c.Dir)
}

func (c Cache) path(key Key) string { return filepath.Join(c.Dir, key.digest()+".json") }

// kept reads an entry. What is damaged, readable for others, not this key's or
// about to end is as good as none.
func (c Cache) kept(key Key) (Credentials, bool) {
	found, err := c.read(c.path(key))
	if err != nil || found.Key != key {
		return Credentials{}, false
	}
	return found.Credentials, c.serves(found)
}

func (c Cache) serves(e Entry) bool { return c.Now().Before(AsksAgain(e.Credentials.Expiration)) }

func (c Cache) read(path string) (Entry, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Entry{}, err
	}
	if !info.Mode().IsRegular() || !private.IsOwn(path, info) || !private.IsClosed(path, info) {
		return Entry{}, fmt.Errorf("%s is not a file of yours that nobody else can read", path)
	}
	text, err := robustio.ReadFile(path) // on Windows another process may be replacing it
	if err != nil {
		return Entry{}, err
	}
	var found Entry
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&found); err != nil {
		return Entry{}, err
	}
	kept := found.Credentials
	isComplete := kept.Version == outputVersion &&
		kept.AccessKeyID != "" && kept.SecretAccessKey != "" && kept.SessionToken != ""
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || !isComplete {
		return Entry{}, fmt.Errorf("%s is not a cached session", path)
	}
	return found, nil
}

// keep writes an entry.
func (c Cache) keep(key Key, fresh Credentials) error {
	c.prune()
	atomicfile.RemoveUnfinished(c.path(key))
	text, err := json.Marshal(Entry{key, fresh})
	if err != nil {
		return err
	}
	return atomicfile.Write(c.path(key), text)
}

// prune removes sessions that have ended. What it cannot remove does no harm.
func (c Cache) prune() {
	names, _ := c.files()
	for _, name := range names {
		path := filepath.Join(c.Dir, name)
		if found, err := c.read(path); err == nil && found.Credentials.Expiration.Before(c.Now()) {
			_ = os.Remove(path)
		}
	}
}

// lock waits for its turn to begin the session of a key. The lock goes with the
// process, however it ends.
func (c Cache) lock(ctx context.Context, key Key) (unlock func(), err error) {
	file := flock.New(filepath.Join(c.Dir, key.lockDigest()+".lock"))
	locked, err := file.TryLock()
	if err == nil && !locked {
		if c.Waiting != nil {
			c.Waiting()
		}
		_, err = file.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("waiting to begin the session: %w", err), file.Close())
	}
	return func() { _ = file.Unlock() }, nil
}
