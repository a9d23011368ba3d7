package audit

import (
	"slices"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ReportVersion is that of [Report]. It changes when a field changes its
// meaning or goes, not when one is added.
const ReportVersion = 1

// Report is what the audit found. Its lists are sorted: the same account gives
// the same report.
type Report struct {
	// Version is [ReportVersion].
	Version int       `json:"version"`
	Time    time.Time `json:"time"`
	// AccountID is the account that was read.
	AccountID string           `json:"accountId"`
	Stack     string           `json:"stack,omitempty"`
	Enforce   *bool            `json:"enforce,omitempty"`
	Enrolment policy.Enrolment `json:"enrolment"`
	Groups    []GroupReport    `json:"groups"`
	Users     []UserReport     `json:"users"`
	Roles     []RoleReport     `json:"roles"`
	// LockedOut are the names of the users with [VerdictLockedOut] or [VerdictCutOff].
	LockedOut []string  `json:"lockedOut"`
	Unread    []Unread  `json:"unread"`
	Findings  []Finding `json:"findings"`
}

// Failed reports whether somebody is locked out or would be, a door is open, or
// something could not be read.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == severityFailure })
}

func (r Report) count(verdict Verdict) int {
	n := 0
	for _, user := range r.Users {
		if user.Verdict == verdict {
			n++
		}
	}
	return n
}

// GroupReport is a group.
type GroupReport struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
	// Policies is how many managed policies are attached, of MaxPolicies.
	Policies    int `json:"policies"`
	MaxPolicies int `json:"maxPolicies"`
	// OwnPolicyAttached reports whether the stack's own policy is among them.
	OwnPolicyAttached bool `json:"ownPolicyAttached"`
}

// UserReport is a member.
type UserReport struct {
	Name       string            `json:"name"`
	ARN        string            `json:"arn"`
	Groups     []string          `json:"groups"`
	Devices    []DeviceReport    `json:"mfaDevices"`
	AccessKeys []AccessKeyReport `json:"accessKeys"`
	Verdict    Verdict           `json:"verdict"`
	// Denied reports whether the stack denies the user without MFA now.
	Denied bool `json:"denied"`
	// HalfMadeDevice is the serial number of a virtual device of the user's
	// name that was created and never enabled.
	HalfMadeDevice string `json:"halfMadeDevice,omitempty"`
	// CanEnrol reports whether awsmfa enrol would work for a user who is locked
	// out, without an administrator and whatever became of an earlier try.
	CanEnrol bool `json:"canEnrol"`
	// NoRole says that no role of the stack is for the user, whatever the
	// verdict: it is not counted as locked out, for with a device the user gets
	// a session with MFA by hand (sts:GetSessionToken), and somebody may have
	// meant it. It is false if the roles are not known.
	NoRole bool `json:"noRole"`
}

// DeviceReport is an MFA device of a user.
type DeviceReport struct {
	mfadevice.Device

	// CLIUsable reports whether the AWS CLI can use it.
	CLIUsable bool `json:"cliUsable"`
}

// AccessKeyReport is an access key of a user.
type AccessKeyReport struct {
	AccessKeyID string    `json:"accessKeyId"`
	Active      bool      `json:"active"`
	CreateDate  time.Time `json:"createDate"`
	AgeDays     int       `json:"ageDays"`
	// LastUse is null for a key that was never used, is inactive, or whose last
	// use could not be read.
	LastUse   *LastUse `json:"lastUse"`
	UseUnread bool     `json:"lastUseUnread,omitempty"`
}

// RoleReport is a role of the stack.
type RoleReport struct {
	Name     string `json:"name"`
	Deployed bool   `json:"deployed"`
	// TrustedUsers are the names of the users whom the trust policy names, Gone
	// the unique ids of those who no longer exist, and Others all the rest.
	TrustedUsers []string `json:"trustedUsers"`
	Gone         []string `json:"gone"`
	Others       []string `json:"others"`
}

// Verdict is what enforce: true would do to a member.
type Verdict string

// The verdicts. A member is locked out who has an active access key and no
// device that the CLI can use: all that is left to do then is to enrol one.
// Without an active key nobody uses the CLI as that user; such members are
// listed and not counted.
const (
	VerdictOK          Verdict = "ok"
	VerdictLockedOut   Verdict = "locked-out"
	VerdictNoAccessKey Verdict = "no-access-key"
	// VerdictCutOff is for a member who is denied without MFA now, and whom no role
	// trusts.
	VerdictCutOff Verdict = "cut-off"
	// VerdictUnknown is for what could not be read.
	VerdictUnknown Verdict = "unknown"
	VerdictDeleted Verdict = "deleted"
)
