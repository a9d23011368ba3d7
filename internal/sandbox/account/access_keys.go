package account

import (
	"slices"
	"time"
)

// The states of an access key.
const (
	AccessKeyActive   = "Active"
	AccessKeyInactive = "Inactive"
)

// AccessKey is a user's long-term credential.
type AccessKey struct {
	UserName    string
	AccessKeyID string `xml:"AccessKeyId"`
	// Status is [AccessKeyActive] or [AccessKeyInactive].
	Status string
	// SecretAccessKey is given by [Account.CreateAccessKey] only.
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      time.Time
}

type accessKey struct {
	ID         string    `json:"id"`
	Secret     string    `json:"secret"`
	Status     string    `json:"status"`
	CreateDate time.Time `json:"createDate"`
}

// CreateAccessKey makes an active access key for a user.
func (a *Account) CreateAccessKey(userName string) (AccessKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findUser(userName)
	if err != nil {
		return AccessKey{}, err
	}
	if len(u.AccessKeys) >= accessKeysPerUser.limit {
		return AccessKey{}, overQuota(accessKeysPerUser)
	}
	k := accessKey{
		ID: newID(accessKeyIDPrefix, accessKeyIDLength), Secret: newSecret(secretKeyBytes),
		Status: AccessKeyActive, CreateDate: a.timestamp(),
	}
	a.touch(u)
	u.AccessKeys = append(u.AccessKeys, k)
	created := u.accessKeyOf(k)
	created.SecretAccessKey = k.Secret
	return created, nil
}

// ListAccessKeys is a user's access keys, without their secrets, in the order
// of creation.
func (a *Account) ListAccessKeys(userName string) ([]AccessKey, error) {
	return reading(a, a.findUser, userName, func(u *user) []AccessKey { return mapSlice(u.AccessKeys, u.accessKeyOf) })
}

// UpdateAccessKey makes an access key active or inactive.
func (a *Account) UpdateAccessKey(userName, accessKeyID, status string) error {
	var c constraints
	c.text("accessKeyId", accessKeyID, accessKeyIDRule)
	c.oneOf("status", status, AccessKeyActive, AccessKeyInactive)
	if err := c.err(); err != nil {
		return err
	}
	return a.changeAccessKey(userName, accessKeyID, func(u *user, i int) { u.AccessKeys[i].Status = status })
}

// DeleteAccessKey deletes an access key.
func (a *Account) DeleteAccessKey(userName, accessKeyID string) error {
	if err := checkText("accessKeyId", accessKeyID, accessKeyIDRule); err != nil {
		return err
	}
	return a.changeAccessKey(userName, accessKeyID, func(u *user, i int) {
		u.AccessKeys = slices.Delete(slices.Clone(u.AccessKeys), i, i+1)
	})
}

func (a *Account) changeAccessKey(userName, accessKeyID string, change func(u *user, i int)) error {
	return changing(a, a.findUser, userName, func(u *user) error {
		i := u.accessKeyIndex(accessKeyID)
		if i < 0 {
			return noSuchEntity("The Access Key with id %s cannot be found.", accessKeyID)
		}
		change(u, i)
		return nil
	})
}

func (a *Account) accessKeyOwner(accessKeyID string) (*user, int, bool) {
	for _, u := range a.state.Users {
		if i := u.accessKeyIndex(accessKeyID); i >= 0 {
			return u, i, true
		}
	}
	return nil, 0, false
}

func (u *user) accessKeyIndex(accessKeyID string) int {
	return slices.IndexFunc(u.AccessKeys, func(k accessKey) bool { return k.ID == accessKeyID })
}

func (u *user) accessKeyOf(k accessKey) AccessKey {
	return AccessKey{UserName: u.Name, AccessKeyID: k.ID, Status: k.Status, CreateDate: k.CreateDate}
}
