package stack

import (
	"errors"
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Errors about an [Access] or a [Role], to be told apart with errors.Is.
var (
	// ErrNoRoles says that there would be nothing to assume.
	ErrNoRoles = errors.New("no roles")
	// ErrNoPolicies says that a role would be able to do nothing.
	ErrNoPolicies = errors.New("no managed policies")
	// ErrNoGroups says that no group's members would use a role.
	ErrNoGroups = errors.New("no groups whose members use the role")
	// ErrTooManyPolicies says that IAM's quota of 10 attached managed
	// policies would be exceeded.
	ErrTooManyPolicies = fmt.Errorf("more than %d managed policies", policy.MaxAttachedPolicies)
	// ErrDuplicate says that something is named twice.
	ErrDuplicate = errors.New("named twice")
	// ErrOwnPolicyOnRole says that a role was to get the policy meant for a group.
	ErrOwnPolicyOnRole = errors.New("the policy that denies without MFA must not reach a role: " +
		"a role session carries no MFA, so every call would be denied")
)

// RoleError is an error about one role of an [Access].
type RoleError struct {
	// Role is the key in Roles.
	Role string
	Err  error
}

func (e *RoleError) Error() string { return fmt.Sprintf("role %s: %v", e.Role, e.Err) }

// Unwrap gives the rule that is broken.
func (e *RoleError) Unwrap() error { return e.Err }

// GroupError is an error about the policy of one group of an [Access].
type GroupError struct {
	Group string
	Err   error
}

func (e *GroupError) Error() string { return fmt.Sprintf("policy of group %s: %v", e.Group, e.Err) }

// Unwrap gives the rule that is broken.
func (e *GroupError) Unwrap() error { return e.Err }

// leaves takes joined errors apart.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}
