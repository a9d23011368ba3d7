package account

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Account is the IAM state of one AWS account. Make one with [New] or [Load].
type Account struct {
	mu      sync.RWMutex
	saving  sync.Mutex
	touched *changes  // nil unless a [File] keeps the account
	looked  time.Time // for sessions that have long expired
	now     func() time.Time
	state   state
	managed map[string]policy.AWSManagedPolicy // by ARN, never changed
	// principals finds the owner of a unique id; see principals.go.
	principals map[string]principal
	documents  sync.Map // compiled, by text
	// uses are AccessKeyUse by access key id. They are not saved: what a read-only
	// request leaves behind is no state that anything depends on.
	uses sync.Map
	// mfaPropagation is how long STS does not know a device that was enabled.
	mfaPropagation time.Duration
}

// Option is an option of [New] and [Load].
type Option func(*Account)

// WithClock has the account take the time from now, for tests.
func WithClock(now func() time.Time) Option {
	return func(a *Account) { a.now = now }
}

// New is an empty account. The id is 12 digits (the sandbox uses one of the
// numbers that AWS's documentation uses, such as 111122223333); the partition
// is aws, aws-cn or aws-us-gov.
func New(id, partition string, options ...Option) *Account {
	return fromState(state{
		FormatVersion: formatVersion,
		ID:            id,
		Partition:     partition,
		objects: objects{
			Users:    map[string]*user{},
			Groups:   map[string]*group{},
			Roles:    map[string]*role{},
			Policies: map[string]*customerPolicy{},
		},
	}, options)
}

func fromState(s state, options []Option) *Account {
	if s.MFADevices == nil {
		s.MFADevices = map[string]*mfaDevice{}
	}
	if s.Sessions == nil {
		s.Sessions = map[string]*session{}
	}
	a := &Account{
		state: s, now: time.Now,
		managed: awsManagedPolicies(s.Partition), principals: principalIndex(s),
	}
	for _, option := range options {
		option(a)
	}
	return a
}

// ID is the account's 12-digit number.
func (a *Account) ID() string { return a.state.ID }

// Partition is the AWS partition, for example aws.
func (a *Account) Partition() string { return a.state.Partition }

// timestamp is the present in the precision of IAM's answers.
func (a *Account) timestamp() time.Time { return a.now().UTC().Truncate(time.Second) }

// state is everything that [Account.Save] writes.
type state struct {
	FormatVersion int    `json:"version"`
	ID            string `json:"accountId"`
	Partition     string `json:"partition"`
	objects
}

// objects are kept by their name in lower case, because IAM's names are unique
// without regard to case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
type objects struct {
	Users    map[string]*user           `json:"users"`
	Groups   map[string]*group          `json:"groups"`
	Roles    map[string]*role           `json:"roles"`
	Policies map[string]*customerPolicy `json:"policies"`
	// MFADevices are by serial number in lower case, Sessions by access key id.
	// Files of earlier versions have neither.
	MFADevices map[string]*mfaDevice `json:"mfaDevices,omitempty"`
	Sessions   map[string]*session   `json:"sessions,omitempty"`
}

// entity is what users, groups, roles and policies have in common, or most of
// them.
type entity struct {
	Name       string    `json:"name"`
	ID         string    `json:"id"`
	Path       string    `json:"path"`
	CreateDate time.Time `json:"createDate"`
	// AttachedPolicies are the ARNs of the managed policies, sorted.
	AttachedPolicies []string `json:"attachedPolicies,omitempty"`
	// InlinePolicies are documents by the policy's name.
	InlinePolicies      map[string]string `json:"inlinePolicies,omitempty"`
	PermissionsBoundary Boundary          `json:"permissionsBoundary,omitempty"`
	Tags                Tags              `json:"tags,omitempty"`
}

func (e *entity) base() *entity { return e }

// checkNoPolicies refuses to delete a user or role that has policies.
func (e *entity) checkNoPolicies() error {
	switch {
	case len(e.InlinePolicies) > 0:
		return deleteConflict("Cannot delete entity, must delete policies first.")
	case len(e.AttachedPolicies) > 0:
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	return nil
}

func (a *Account) newEntity(name, path, idPrefix string) entity {
	return entity{
		Name: name, ID: newID(idPrefix, uniqueIDLength),
		Path: cmp.Or(path, "/"), CreateDate: a.timestamp(),
	}
}

type hasEntity interface{ base() *entity }

func key(name string) string { return strings.ToLower(name) }

// find looks an object up by its name, as it is spelt.
func find[T hasEntity](objects map[string]T, kind, name string) (T, error) {
	object, ok := objects[key(name)]
	if !ok || object.base().Name != name {
		var none T
		return none, noSuchEntity("The %s with name %s cannot be found.", kind, name)
	}
	return object, nil
}

// byName is the objects whose path begins with pathPrefix, sorted by name.
func byName[T hasEntity](objects map[string]T, pathPrefix string) []T {
	found := slices.SortedFunc(maps.Values(objects), func(x, y T) int { return cmp.Compare(x.base().Name, y.base().Name) })
	return slices.DeleteFunc(found, func(object T) bool { return !strings.HasPrefix(object.base().Path, pathPrefix) })
}

// reading answers about the object that find knows by its name.
func reading[T, R any](a *Account, find func(string) (T, error), name string, answer func(T) R) (R, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	object, err := find(name)
	if err != nil {
		var none R
		return none, err
	}
	return answer(object), nil
}

// changing changes the object that find knows by its name.
func changing[T any](a *Account, find func(string) (T, error), name string, change func(T) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, err := find(name)
	if err != nil {
		return err
	}
	a.touch(object)
	return change(object)
}

// listing answers about the objects whose path begins with pathPrefix, sorted by
// name.
func listing[T hasEntity, R any](a *Account, objects map[string]T, pathPrefix string, answer func(T) R) ([]R, error) {
	if err := checkPathPrefix(pathPrefix, pathPrefixRule); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return mapSlice(byName(objects, pathPrefix), answer), nil
}

func checkPathPrefix(pathPrefix string, rule textRule) error {
	var c constraints
	c.optional("pathPrefix", pathPrefix, rule)
	return c.err()
}

func insertSorted(list []string, item string) []string {
	if i, found := slices.BinarySearch(list, item); !found {
		return slices.Insert(slices.Clone(list), i, item)
	}
	return list
}

func without(list []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == item })
}

func mapSlice[T, U any](items []T, f func(T) U) []U {
	mapped := make([]U, len(items))
	for i, item := range items {
		mapped[i] = f(item)
	}
	return mapped
}
