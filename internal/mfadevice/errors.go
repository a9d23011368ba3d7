package mfadevice

import (
	"errors"
	"fmt"
)

// ErrNoSuchUser is wrapped by the error about a user whom the account has not.
var ErrNoSuchUser = errors.New("the account has no such user")

// ErrTaken is wrapped by the error about a device of the user's name that
// belongs to somebody else.
var ErrTaken = errors.New("the device belongs to another user")

// PermissionError says that the credentials may not make a call.
type PermissionError struct {
	// Permission is the one that is missing, such as iam:EnableMFADevice, and
	// Purpose what it was needed for.
	Permission, Purpose string
	// Remedy is what to do.
	Remedy string
	Err    error
}

// Error names the call, the permission and the remedy.
func (e *PermissionError) Error() string {
	return fmt.Sprintf("%s: these credentials lack the permission %s. %s (AWS says: %v)",
		e.Purpose, e.Permission, e.Remedy, e.Err)
}

// Unwrap gives what the API said.
func (e *PermissionError) Unwrap() error { return e.Err }

// Codes of IAM's errors.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
const (
	codeExists         = "EntityAlreadyExists"
	codeDeleteConflict = "DeleteConflict"
	codeWrongCodes     = "InvalidAuthenticationCode"
)
