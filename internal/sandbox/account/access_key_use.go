package account

import (
	"sync"
	"time"
)

// AccessKeyUse is the last use of an access key. Its Date is in UTC, to the
// second, and zero for a key that was not used; Service and Region are those
// that the request was signed for.
type AccessKeyUse struct {
	Date            time.Time
	Service, Region string
}

// accessKeyUses are by access key id. They are not saved: what a read-only
// request leaves behind is no state that anything depends on, and a key counts
// as unused after [Load].
type accessKeyUses struct {
	mu   sync.Mutex
	last map[string]AccessKeyUse
}

// NoteAccessKeyUse says that a request was signed with a long-term key now.
func (a *Account) NoteAccessKeyUse(accessKeyID, service, region string) {
	use := AccessKeyUse{Date: a.timestamp(), Service: service, Region: region}
	a.uses.mu.Lock()
	defer a.uses.mu.Unlock()
	if a.uses.last == nil {
		a.uses.last = map[string]AccessKeyUse{}
	}
	a.uses.last[accessKeyID] = use
}

// AccessKeyOwner is the name of the user who has the access key; empty if it is
// nobody's.
func (a *Account) AccessKeyOwner(accessKeyID string) string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	u, _, ok := a.accessKeyOwner(accessKeyID)
	if !ok {
		return ""
	}
	return u.Name
}

// GetAccessKeyLastUsed is who has the access key, and its last use.
func (a *Account) GetAccessKeyLastUsed(caller Caller, accessKeyID string) (string, AccessKeyUse, error) {
	if err := checkText("accessKeyId", accessKeyID, accessKeyIDRule); err != nil {
		return "", AccessKeyUse{}, err
	}
	owner := a.AccessKeyOwner(accessKeyID)
	if owner == "" {
		return "", AccessKeyUse{}, refused(
			"User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key %s", caller.ARN, accessKeyID)
	}
	a.uses.mu.Lock()
	defer a.uses.mu.Unlock()
	return owner, a.uses.last[accessKeyID], nil
}
