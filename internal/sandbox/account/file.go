package account

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// formatVersion is the version of the file that [Account.Save] writes.
const formatVersion = 1

// ErrFormat is wrapped by the error of [Load] for a file that is not an
// account as [Account.Save] writes it.
var ErrFormat = errors.New("not a sandbox account of format version 1")

// MarshalJSON is the whole account, secrets included: the same state gives
// the same bytes.
func (a *Account) MarshalJSON() ([]byte, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return json.Marshal(a.state)
}

// Copy is another account with the same state and clock.
func (a *Account) Copy() *Account {
	data, err := a.MarshalJSON()
	s, parseErr := parseState(data)
	if err := cmp.Or(err, parseErr); err != nil {
		panic("account: a state that cannot be read again: " + err.Error())
	}
	return fromState(s, []Option{WithClock(a.now)})
}

// Save writes the account to the file at path, which only its owner can read
// (mode 0600), and never leaves a half-written one. When it is called from
// several goroutines, the file ends with the newest state.
//
// The disk is not waited for: what was saved outlives the process, however that
// ends, but a power cut may take the last seconds. A write that waits takes a
// hundred times as long, and this is made up.
func (a *Account) Save(path string) error {
	a.saving.Lock()
	defer a.saving.Unlock()
	if _, err := a.write(path); err != nil {
		return savingError(path, err)
	}
	return nil
}

// write puts all of the account in the place of the file, and gives its size.
func (a *Account) write(path string) (size int64, err error) {
	text, err := a.MarshalJSON()
	if err != nil {
		return 0, err
	}
	text = append(text, '\n')
	return int64(len(text)), atomicfile.WriteUnsynced(path, text)
}

// Load is the account that [Account.Save] wrote to the file at path. The
// error wraps [os.ErrNotExist] when there is no file, and [ErrFormat] when
// the file is damaged or of another version.
func Load(path string, options ...Option) (*Account, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("loading the sandbox account: %w", err)
	}
	s, err := parseState(data)
	if err != nil {
		return nil, fmt.Errorf("loading the sandbox account from %s: %w: %w; "+
			"remove the file to begin with a new account", path, ErrFormat, err)
	}
	return fromState(s, options), nil
}

func parseState(data []byte) (state, error) {
	var header struct {
		Version int `json:"version"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&header); err != nil {
		return state{}, err
	}
	if header.Version != formatVersion {
		return state{}, fmt.Errorf("its version is %d", header.Version)
	}
	var s state
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return state{}, err
	}
	if err := s.apply(data[dec.InputOffset():]); err != nil {
		return state{}, fmt.Errorf("after the account: %w", err)
	}
	return s, s.check()
}

// check says what in s the operations could not have made, so that they can
// rely on what holds after each of them.
func (s state) check() error {
	if !accountIDPattern.MatchString(s.ID) || s.Partition == "" {
		return fmt.Errorf("account id %q in partition %q", s.ID, s.Partition)
	}
	if s.Users == nil || s.Groups == nil || s.Roles == nil || s.Policies == nil {
		return errors.New("users, groups, roles and policies must all be there")
	}
	return errors.Join(
		checkObjects(s.Users, "user", func(u *user) (string, error) { return u.checkedKey(), s.checkUser(u) }),
		checkObjects(s.Groups, "group", func(g *group) (string, error) { return g.checkedKey(), nil }),
		checkObjects(s.Roles, "role", func(r *role) (string, error) {
			_, err := parseTrustDocument(r.TrustPolicy)
			return r.checkedKey(), err
		}),
		checkObjects(s.Policies, "policy", func(p *customerPolicy) (string, error) {
			if _, ok := p.document(); !ok {
				return "", nil
			}
			return p.checkedKey(), nil
		}),
		checkObjects(s.MFADevices, "MFA device", func(d *mfaDevice) (string, error) { return key(d.SerialNumber), nil }),
		checkObjects(s.Sessions, "session", func(s *session) (string, error) { return s.ID, nil }),
	)
}

// checkObjects says which object is empty, not the one that its key names, or
// what check has against it.
func checkObjects[T any](objects map[string]*T, kind string, check func(*T) (key string, err error)) error {
	for name, object := range objects {
		if object == nil {
			return fmt.Errorf("%s %q is empty", kind, name)
		}
		switch key, err := check(object); {
		case key != name:
			return fmt.Errorf("%s %q is incomplete", kind, name)
		case err != nil:
			return fmt.Errorf("%s %q: %w", kind, name, err)
		}
	}
	return nil
}

// checkedKey is the key of a complete object, or empty.
func (e *entity) checkedKey() string {
	if e.ID == "" || e.Path == "" {
		return ""
	}
	return key(e.Name)
}

func (s state) checkUser(u *user) error {
	for _, g := range u.Groups {
		if _, ok := s.Groups[g]; !ok {
			return fmt.Errorf("there is no group %q", g)
		}
	}
	return nil
}
