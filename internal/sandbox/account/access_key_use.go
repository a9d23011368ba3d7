package account

import "time"

// AccessKeyUse is the last use of an access key: for a key that was not used there
// is no date, and the others are N/A. Service and region are those that the
// request was signed for.
type AccessKeyUse struct {
	LastUsedDate        *time.Time
	ServiceName, Region string
}

// NoteAccessKeyUse says that a request was signed with a long-term key now.
func (a *Account) NoteAccessKeyUse(accessKeyID, service, region string) {
	now := a.timestamp()
	a.uses.Store(accessKeyID, AccessKeyUse{&now, service, region})
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
			"User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key %s",
			caller.ARN, accessKeyID)
	}
	found, _ := a.uses.Load(accessKeyID)
	use, ok := found.(AccessKeyUse)
	if !ok {
		use = AccessKeyUse{ServiceName: "N/A", Region: "N/A"}
	}
	return owner, use, nil
}
