package policy

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName is wrapped by every error about the name or path of an IAM object.
var ErrName = errors.New("invalid name")

var (
	namePattern = regularExpression(`^[\w+=,.@-]+$`)
	pathPattern = regularExpression(`^/(` + pathCharacters + `+/)*$`)
)

// CheckRoleName holds a role's name to IAM's rule: 1 to 64 characters.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func CheckRoleName(name string) error { return checkName("role", name, 64) }

// CheckPolicyName holds a managed policy's name to IAM's rule: 1 to 128 characters.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
func CheckPolicyName(name string) error { return checkName("policy", name, 128) }

// CheckGroupName holds a group's name to IAM's rule: 1 to 128 characters.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
func CheckGroupName(name string) error { return checkName("group", name, 128) }

// CheckUserName holds a user's name to IAM's rule: 1 to 64 characters.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
func CheckUserName(name string) error { return checkName("user", name, 64) }

// CheckMFADeviceName holds the name of a virtual MFA device to IAM's rule, and to so
// many characters that its serial number has at most 256 with the name of a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
func CheckMFADeviceName(name string) error { return checkName("MFA device", name, 128) }

func checkName(kind, name string, limit int) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: a %s name must not be empty", ErrName, kind)
	case !namePattern().MatchString(name):
		return fmt.Errorf("%w: %s name %q: letters, digits and _+=,.@- only", ErrName, kind, name)
	case len(name) > limit:
		return fmt.Errorf("%w: %s name %q has %d characters, at most %d are allowed",
			ErrName, kind, name, len(name), limit)
	}
	return nil
}

// CheckPath holds the path of an IAM object to IAM's rule: "/" or "/…/", at
// most 512 characters. It also refuses *, ? and $, which IAM takes in a path
// but which a policy that names the object's ARN would read as wildcards, or
// as the beginning of a policy variable.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func CheckPath(path string) error {
	if len(path) > 512 || !pathPattern().MatchString(path) {
		return fmt.Errorf("%w: path %q: it must begin and end with a slash, have no *, ? or $, and at most 512 characters",
			ErrName, path)
	}
	return nil
}

// maxRoleDescription is IAM's limit. IAM counts characters; the AWS provider, which is asked first, counts bytes.
const maxRoleDescription = 1000

// ErrDescription is wrapped by the error of [CheckRoleDescription].
var ErrDescription = errors.New("invalid description")

// CheckRoleDescription holds a role's description to the rules of IAM and of
// Pulumi's AWS provider: at most 1,000 bytes of tab, line feed, carriage
// return, U+0020 to U+007E and U+00A1 to U+00FF.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func CheckRoleDescription(text string) error {
	if len(text) > maxRoleDescription {
		return fmt.Errorf("%w: %d bytes, at most %d are allowed (a letter outside ASCII counts as two)",
			ErrDescription, len(text), maxRoleDescription)
	}
	for _, r := range text {
		plain := strings.ContainsRune("\t\n\r", r) || r >= ' ' && r <= '~' || r >= '\u00A1' && r <= '\u00FF'
		if !plain {
			return fmt.Errorf("%w: IAM takes no %q (%U), only ASCII and the letters and signs from ¡ to ÿ",
				ErrDescription, r, r)
		}
	}
	return nil
}

var serialNumberPattern = regularExpression(`^[\w+=/:,.@-]+$`)

// CheckSerialNumber holds the serial number of an MFA device to IAM's rule.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
func CheckSerialNumber(serial string) error {
	if len(serial) < 9 || len(serial) > 256 || !serialNumberPattern().MatchString(serial) {
		return fmt.Errorf("%q is not the serial number of an MFA device: "+
			"it has 9 to 256 characters, which are letters, digits and _+=/:,.@-", serial)
	}
	return nil
}

// IsRoleSessionName reports whether STS takes a user's name for that of a session,
// which has two characters at least, and else is as that of a user.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func IsRoleSessionName(userName string) bool { return len(userName) > 1 }
