package audit

import "github.com/aws-cli-mfa/aws-cli-mfa/policy"

// Subject is whom and what to look at.
type Subject struct {
	// AccountID is the account that the stack is in; empty if that is not known.
	AccountID string
	// Stack is its name; empty if only groups are given.
	Stack string
	// Enforce is what the stack's configuration says; nil if that is not known.
	Enforce *bool
	// Enrolment is the mode of enrolment that is deployed or meant.
	Enrolment policy.Enrolment
	Groups    []Group
	Roles     []Role
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
	// Groups are those whose members use the role.
	Groups []string
	// Users are the only ones to be trusted; nil means all members of Groups.
	Users []string
	// Deployed are the users whom the role trusts according to the stack
	// outputs; nil if those are not known.
	Deployed []string
}
