package mfadevice

import (
	"errors"
)

// ErrNoSuchUser is wrapped by the error about a user whom the account has not.
var ErrNoSuchUser = errors.New("the account has no such user")

// ErrTaken is wrapped by the error about a device of the user's name that
// belongs to somebody else.
var ErrTaken = errors.New("the device belongs to another user")

// Codes of IAM's errors.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
const (
	codeExists         = "EntityAlreadyExists"
	codeDeleteConflict = "DeleteConflict"
	codeWrongCodes     = "InvalidAuthenticationCode"
)
