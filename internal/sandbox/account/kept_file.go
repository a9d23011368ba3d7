package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// File keeps an account: it begins with all of it, as [Account.Save] writes it,
// and each further line is what changed since, until those are more than the
// account and all of it is written anew. A line without an end was never
// answered, and [Load] leaves it out.
type File struct {
	account *Account
	path    string
	mu      sync.Mutex
	// end is where the file grows; nil where there is none that has all. info says
	// which file that is.
	end  *os.File
	info os.FileInfo
	// whole is how long the file was when all was written, and size how long it is.
	whole, size int64
}

// leastChanges is how many bytes of changes are kept even for a small account.
const leastChanges = 256 << 10

// Keep saves the account to the file at path and, with [File.Save], what changes
// from now on. One file keeps an account at a time.
func Keep(a *Account, path string) (*File, error) {
	a.mu.Lock()
	a.touched = &changes{}
	a.mu.Unlock()
	f := &File{account: a, path: path}
	return f, f.saveAll()
}

// Save writes what changed since it was last called, as safely as
// [Account.Save] does: the file is not there in parts, and the disk is not
// waited for.
func (f *File) Save() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	line, err := f.account.changedSince()
	if err == nil && len(line) == 0 && f.end != nil {
		return nil
	}
	if err == nil && f.size-f.whole+int64(len(line)) <= max(f.whole, leastChanges) && f.add(line) {
		return nil
	}
	return f.saveAll()
}

// Close has the file be the account and nothing else, as [Account.Save] leaves it.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.saveAll()
	f.leave()
	return err
}

// add writes a line to the end of the file, unless that is not as it was left.
func (f *File) add(line []byte) bool {
	info, err := os.Stat(f.path)
	if err != nil || f.end == nil || info.Size() != f.size || !os.SameFile(info, f.info) {
		return false
	}
	n, err := f.end.Write(line)
	f.size += int64(n)
	return err == nil
}

// saveAll writes all of the account in the place of the file.
func (f *File) saveAll() error {
	f.leave() // Windows replaces no file that is open
	size, err := f.account.write(f.path)
	if err == nil {
		err = f.open()
	}
	if err != nil {
		return savingError(f.path, err)
	}
	f.whole, f.size = size, size
	return nil
}

// open opens the file for what changes from now on.
func (f *File) open() error {
	end, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if f.info, err = end.Stat(); err != nil {
		return errors.Join(err, end.Close())
	}
	f.end = end
	return nil
}

// leave closes the file; what was written to it is not waited for in any case.
func (f *File) leave() {
	_ = f.end.Close()
	f.end = nil
}

// changes are the objects that changed; nil is one that is gone. Its fields are
// those of [objects].
type changes struct {
	Users      map[string]*user           `json:"users,omitempty"`
	Groups     map[string]*group          `json:"groups,omitempty"`
	Roles      map[string]*role           `json:"roles,omitempty"`
	Policies   map[string]*customerPolicy `json:"policies,omitempty"`
	MFADevices map[string]*mfaDevice      `json:"mfaDevices,omitempty"`
	Sessions   map[string]*session        `json:"sessions,omitempty"`
}

// touch notes that an object is about to change, appear or go. Nothing is wrong
// with one that then stays as it is.
func (a *Account) touch(object any) {
	if a.touched == nil {
		return
	}
	switch o := object.(type) {
	case *user:
		note(&a.touched.Users, key(o.Name))
	case *group:
		note(&a.touched.Groups, key(o.Name))
	case *role:
		note(&a.touched.Roles, key(o.Name))
	case *customerPolicy:
		note(&a.touched.Policies, key(o.Name))
	case *mfaDevice:
		note(&a.touched.MFADevices, key(o.SerialNumber))
	case *session:
		note(&a.touched.Sessions, o.ID)
	case *entity: // a user's, a group's or a role's
		note(&a.touched.Users, key(o.Name))
		note(&a.touched.Groups, key(o.Name))
		note(&a.touched.Roles, key(o.Name))
	}
}

func note[T any](touched *map[string]*T, key string) {
	if *touched == nil {
		*touched = map[string]*T{}
	}
	(*touched)[key] = nil
}

// changedSince is a line of what was touched since it was last called, or empty.
func (a *Account) changedSince() ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, now := *a.touched, a.state.objects
	*a.touched = changes{}
	count := take(c.Users, now.Users) + take(c.Groups, now.Groups) + take(c.Roles, now.Roles) +
		take(c.Policies, now.Policies) + take(c.MFADevices, now.MFADevices) + take(c.Sessions, now.Sessions)
	if count == 0 {
		return nil, nil
	}
	line, err := json.Marshal(c)
	return append(line, '\n'), err
}

// take gives each key its object as it is now, and says how many there are.
func take[T any](keys, now map[string]*T) int {
	for key := range keys {
		keys[key] = now[key]
	}
	return len(keys)
}

// apply makes the changes of the lines that follow the account in a file. One
// that a killed process left without its end is none.
func (s *state) apply(lines []byte) error {
	for line := range bytes.Lines(lines) {
		if line[len(line)-1] != '\n' {
			return nil
		}
		if len(bytes.TrimSpace(line)) == 0 { // the rest of the account's own
			continue
		}
		var c changes
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil {
			return err
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return errors.New("something follows the change of a line")
		}
		s.change(c)
	}
	return nil
}

func (s *state) change(c changes) {
	put(&s.Users, c.Users)
	put(&s.Groups, c.Groups)
	put(&s.Roles, c.Roles)
	put(&s.Policies, c.Policies)
	put(&s.MFADevices, c.MFADevices)
	put(&s.Sessions, c.Sessions)
}

// put puts changed objects in their place, and takes away those that are gone.
func put[T any](objects *map[string]*T, changed map[string]*T) {
	if *objects == nil && len(changed) > 0 {
		*objects = map[string]*T{}
	}
	for key, object := range changed {
		if object == nil {
			delete(*objects, key)
		} else {
			(*objects)[key] = object
		}
	}
}

func savingError(path string, err error) error {
	return fmt.Errorf("saving the sandbox account to %s: %w", path, err)
}
