package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Subject is whom and what to look at.
type Subject struct {
	// AccountID is the account that the stack is in; empty if that is not known.
	AccountID string
	// AllowedAccountIDs are the only accounts that the stack may be in; none
	// means any. It may be in none of ForbiddenAccountIDs.
	AllowedAccountIDs, ForbiddenAccountIDs []string
	// Stack is its name; empty if only groups are given.
	Stack string
	// Enforce is what the stack's configuration says; nil if that is not known.
	Enforce *bool
	// Enrolment is the mode of enrolment that is deployed or meant.
	Enrolment policy.Enrolment
	// Groups are those whose members are looked at: at least one.
	Groups []Group
	Roles  []Role
}

// check refuses a subject of nobody: that nobody would be locked out would be
// said of nobody.
func (s Subject) check() error {
	if len(s.Groups) == 0 {
		return errors.New("there are no groups to audit: nobody would be looked at")
	}
	return nil
}

// checkCaller refuses credentials of an account that is not the stack's.
func (s Subject) checkCaller(caller identity.Caller) error {
	id := caller.Account.ID
	remedy := "name a profile of the stack's account with --profile"
	switch {
	case s.AccountID != "" && s.AccountID != id:
		return fmt.Errorf("wrong account: the stack is in account %s, the credentials belong to account %s (%s): %s",
			s.AccountID, id, caller.ARN, remedy)
	case len(s.AllowedAccountIDs) > 0 && !slices.Contains(s.AllowedAccountIDs, id):
		return fmt.Errorf("wrong account: aws:allowedAccountIds of the stack is %s, "+
			"the credentials belong to account %s (%s): %s", strings.Join(s.AllowedAccountIDs, ", "), id, caller.ARN, remedy)
	case slices.Contains(s.ForbiddenAccountIDs, id):
		return fmt.Errorf("wrong account: aws:forbiddenAccountIds of the stack has account %s, "+
			"which the credentials belong to (%s): %s", id, caller.ARN, remedy)
	}
	return nil
}

// Group is a group whose members are looked at.
type Group struct {
	Name string
	// Policy is the name or the ARN of the stack's own policy for the group;
	// empty if that is not known.
	Policy string
}

// Role is a role of the stack.
type Role struct {
	// Name is that in IAM.
	Name string
	// Groups are those whose members use the role: at least one.
	Groups []string
	// Users are the only ones to be trusted; nil means all members of Groups.
	Users []string
	// Deployed are the users whom the role trusts according to the stack
	// outputs; nil if those are not known.
	Deployed []string
}

// isFor reports whether a member of the role's groups is to be trusted.
func (r Role) isFor(member string) bool { return r.Users == nil || slices.Contains(r.Users, member) }
