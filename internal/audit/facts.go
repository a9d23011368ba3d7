package audit

import (
	"slices"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// accountFacts are what was read from the account, sorted by name.
type accountFacts struct {
	Account policy.Account
	Groups  []groupFacts
	Users   []userFacts
	Roles   []roleFacts
	// HalfMade are the serial numbers of virtual devices that were created and
	// never enabled.
	HalfMade []string
	Unread   []Unread
}

// groupFacts are those about a group.
type groupFacts struct {
	Name          string
	MembersUnread bool
	// Policies are the ARNs of the managed policies that are attached.
	Policies       []string
	PoliciesUnread bool
	// Own is the stack's own policy for the group, attached or not; nil if the
	// account has none, or with a fault.
	Own       *policy.Document
	OwnFault  error
	OwnUnread bool
	// OwnTaken is the ARN of a policy that has the name of the stack's own under
	// another path; empty if there is none.
	OwnTaken string
}

// denies reports whether the stack's own policy, if it is attached, denies anything.
func (g groupFacts) denies() bool {
	return g.Own != nil && g.Own.Denies()
}

// userFacts are those about a member of at least one group.
type userFacts struct {
	Name, ARN     string
	Groups        []string
	Devices       []mfadevice.Device
	DevicesUnread bool
	// AccessKeys have no age yet.
	AccessKeys []AccessKeyReport
	KeysUnread bool
	// Elsewhere are the policies of other stacks that deny the user without MFA.
	Elsewhere []elsewhereFacts
	// Deleted says that the user was deleted while the audit ran.
	Deleted bool
}

func (u userFacts) isIn(role Role) bool {
	return slices.ContainsFunc(u.Groups, func(group string) bool { return slices.Contains(role.Groups, group) })
}

// LastUse is when and for what an access key was used last.
type LastUse struct {
	Date    time.Time `json:"date"`
	Service string    `json:"service"`
	Region  string    `json:"region"`
}

// roleFacts are whom a role's trust policy lets assume it.
type roleFacts struct {
	Name string
	// ARN is empty if the account has no such role (yet), or if it could not be
	// read.
	ARN    string
	Unread bool
	Trust  policy.Document
	// Users are the ARNs of users of the account who are named and may assume it.
	Users []string
	// Gone are the unique ids of users who no longer exist.
	Gone []string
	// Others is everybody else: accounts, roles, services.
	Others []string
	// Policies are the ARNs of the managed policies that are attached.
	Policies       []string
	PoliciesUnread bool
}

func (f roleFacts) trusts(user userFacts) bool { return slices.Contains(f.Users, user.ARN) }

// Unread is what could not be read for want of a permission.
type Unread struct {
	// Permission is the one that is missing, such as iam:GetRole.
	Permission string `json:"permission"`
	// Purpose is what it is needed for.
	Purpose string `json:"purpose"`
	// Objects are what was asked about, sorted.
	Objects []string `json:"objects"`
}
