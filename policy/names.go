package policy

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// ErrName is wrapped by every error about the name or path of an IAM object.
var ErrName = errors.New("invalid name")

var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^/(` + pathCharacters + `+/)*$`)
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

func checkName(kind, name string, limit int) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: a %s name must not be empty", ErrName, kind)
	case !namePattern.MatchString(name):
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
	if len(path) > 512 || !pathPattern.MatchString(path) {
		return fmt.Errorf("%w: path %q: it must begin and end with a slash, have no *, ? or $, and at most 512 characters",
			ErrName, path)
	}
	return nil
}

// Bounds of a role's maximum session duration.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
const (
	MinSessionDuration = time.Hour
	MaxSessionDuration = 12 * time.Hour
)

// ErrSessionDuration is wrapped by the error of [CheckSessionDuration].
var ErrSessionDuration = errors.New("invalid maximum session duration")

// CheckSessionDuration holds a role's maximum session duration to IAM's rule:
// 1 to 12 hours, in whole seconds.
func CheckSessionDuration(d time.Duration) error {
	if d < MinSessionDuration || d > MaxSessionDuration || d%time.Second != 0 {
		return fmt.Errorf("%w: %s: it must be from %s to %s, in whole seconds",
			ErrSessionDuration, d, MinSessionDuration, MaxSessionDuration)
	}
	return nil
}
