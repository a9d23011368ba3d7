package account

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"
)

// LoginProfile is a user's password, without the password.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_LoginProfile.html
type LoginProfile struct {
	UserName string
	// CreateDate is in UTC, to the second.
	CreateDate            time.Time
	PasswordResetRequired bool
}

type loginProfile struct {
	Salt          []byte    `json:"salt"`
	Hash          []byte    `json:"hash"`
	CreateDate    time.Time `json:"createDate"`
	ResetRequired bool      `json:"resetRequired,omitempty"`
}

// The default password policy and how a password is kept.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
const (
	minPasswordLength = 8
	maxPasswordLength = 128
	passwordSaltBytes = 16
	passwordRounds    = 10_000
)

// CreateLoginProfile gives a user a password. It fails with NoSuchEntity,
// EntityAlreadyExists or PasswordPolicyViolation.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
func (a *Account) CreateLoginProfile(userName, password string, resetRequired bool) (LoginProfile, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findUser(userName)
	if err != nil {
		return LoginProfile{}, err
	}
	if u.LoginProfile != nil {
		return LoginProfile{}, alreadyExists("Login Profile for user %s already exists.", u.Name)
	}
	p := loginProfile{CreateDate: a.timestamp(), ResetRequired: resetRequired}
	if err := p.setPassword(password); err != nil {
		return LoginProfile{}, err
	}
	u.LoginProfile = &p
	return u.loginProfileOf(), nil
}

// GetLoginProfile says whether a user has a password: NoSuchEntity if not.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
func (a *Account) GetLoginProfile(userName string) (LoginProfile, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	u, err := a.findLoginProfile(userName)
	if err != nil {
		return LoginProfile{}, err
	}
	return u.loginProfileOf(), nil
}

// UpdateLoginProfile changes what is not nil. It fails with NoSuchEntity or
// PasswordPolicyViolation.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
func (a *Account) UpdateLoginProfile(userName string, password *string, resetRequired *bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findLoginProfile(userName)
	if err != nil {
		return err
	}
	p := *u.LoginProfile
	if password != nil {
		if err := p.setPassword(*password); err != nil {
			return err
		}
	}
	if resetRequired != nil {
		p.ResetRequired = *resetRequired
	}
	u.LoginProfile = &p
	return nil
}

// DeleteLoginProfile takes a user's password away. It fails with NoSuchEntity.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
func (a *Account) DeleteLoginProfile(userName string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findLoginProfile(userName)
	if err != nil {
		return err
	}
	u.LoginProfile = nil
	return nil
}

// ChangePassword is for users themselves. It fails with NoSuchEntity,
// AccessDenied when the old password is wrong, or PasswordPolicyViolation.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
func (a *Account) ChangePassword(userName, oldPassword, newPassword string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findLoginProfile(userName)
	if err != nil {
		return err
	}
	p := *u.LoginProfile
	hash, err := hashPassword(oldPassword, p.Salt)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(hash, p.Hash) != 1 {
		return newError("AccessDenied", 403, "The old password was incorrect.")
	}
	if err := p.setPassword(newPassword); err != nil {
		return err
	}
	p.ResetRequired = false
	u.LoginProfile = &p
	return nil
}

func (p *loginProfile) setPassword(password string) error {
	if len(password) < minPasswordLength || len(password) > maxPasswordLength {
		return newError("PasswordPolicyViolation", 400,
			"Password should have a minimum length of %d", minPasswordLength)
	}
	salt := make([]byte, passwordSaltBytes)
	_, _ = rand.Read(salt) // never fails: https://pkg.go.dev/crypto/rand#Read
	hash, err := hashPassword(password, salt)
	p.Salt, p.Hash = salt, hash
	return err
}

func hashPassword(password string, salt []byte) ([]byte, error) {
	hash, err := pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

func (a *Account) findLoginProfile(userName string) (*user, error) {
	u, err := a.findUser(userName)
	if err == nil && u.LoginProfile == nil {
		err = noSuchEntity("Login Profile for User %s cannot be found.", userName)
	}
	return u, err
}

func (u *user) loginProfileOf() LoginProfile {
	return LoginProfile{
		UserName: u.Name, CreateDate: u.LoginProfile.CreateDate, PasswordResetRequired: u.LoginProfile.ResetRequired,
	}
}
