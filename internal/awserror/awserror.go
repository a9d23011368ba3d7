// Package awserror tells what an error of IAM or STS means.
package awserror

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Code is the code of an error that AWS answered with, such as AccessDenied;
// empty for any other error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Message is what AWS said, without the spaces around it.
func Message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return strings.TrimSpace(api.ErrorMessage())
	}
	return ""
}

// IsDenied tells whether the credentials lack a permission.
func IsDenied(err error) bool {
	switch Code(err) {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return true
	default:
		return false
	}
}

// IsNotFound tells whether the account has no such thing.
func IsNotFound(err error) bool { return Code(err) == "NoSuchEntity" }

// IsWrongCode tells whether STS took an MFA code for wrong, or for one that was
// used before. STS has no error code of its own for that, nor for an unknown
// device.
func IsWrongCode(err error) bool {
	return IsDenied(err) && strings.Contains(Message(err), "invalid MFA one time pass code")
}

// IsUnknownDevice tells whether STS does not know the MFA device as the
// caller's. It learns of a new one after some seconds.
func IsUnknownDevice(err error) bool {
	return IsDenied(err) && strings.Contains(Message(err), "unable to validate MFA code")
}
