package audit

import (
	"cmp"
	"slices"
)

// Finding is one thing to know, and what to do about it.
type Finding struct {
	Kind     Kind     `json:"kind"`
	Severity Severity `json:"severity"`
	User     string   `json:"user,omitempty"`
	Group    string   `json:"group,omitempty"`
	Role     string   `json:"role,omitempty"`
	// Message and Remedy are sentences.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// Severity is how bad a finding is.
type Severity string

// The severities. A failure fails the audit.
const (
	severityFailure Severity = "failure"
	severityWarning Severity = "warning"
	severityNote    Severity = "note"
)

// Kind is the kind of a finding.
type Kind string

// The kinds of findings.
const (
	KindLockedOut          Kind = "locked-out"
	KindCutOff             Kind = "cut-off"
	KindDenyMissing        Kind = "deny-missing"
	KindDenyChanged        Kind = "deny-changed"
	KindTrustWithoutMFA    Kind = "trust-without-mfa"
	KindTrustsOthers       Kind = "trusts-others"
	KindTrustedByHand      Kind = "trusted-by-hand"
	KindUnread             Kind = "unread"
	KindLeaving            Kind = "leaving"
	KindTrustChanged       Kind = "trust-changed"
	KindTrustedGone        Kind = "trusted-gone"
	KindRecreated          Kind = "trusted-recreated"
	KindTrustedNoMember    Kind = "trusted-not-member"
	KindTrustedNotMeant    Kind = "trusted-not-meant"
	KindNotTrusted         Kind = "not-trusted"
	KindRoleGone           Kind = "role-gone"
	KindRolePolicyDetached Kind = "role-policy-detached"
	KindRolePolicyAdded    Kind = "role-policy-added"
	KindPolicyDetached     Kind = "policy-detached"
	KindExemptionVoid      Kind = "exemption-void"
	KindNoRole             Kind = "no-role"
	KindNamedNoMember      Kind = "named-not-member"
	KindNameTaken          Kind = "name-taken"
	KindGroupFull          Kind = "group-full"
	KindGroupNearQuota     Kind = "group-near-quota"
	KindIdleKey            Kind = "idle-access-key"
	KindOldKey             Kind = "old-access-key"
	KindRoleNotDeployed    Kind = "role-not-deployed"
	KindTwoStacks          Kind = "two-stacks"
	KindSeveralDevices     Kind = "several-devices"
	KindDeletedMeanwhile   Kind = "deleted-meanwhile"
)

// Somebody is locked out, or would be; a door is open; or nobody could look.
func failures() []Kind {
	return []Kind{
		KindLockedOut, KindCutOff, KindDenyMissing, KindDenyChanged, KindTrustWithoutMFA, KindTrustsOthers,
		KindTrustedByHand, KindUnread,
	}
}

func notes() []Kind {
	return []Kind{KindRoleNotDeployed, KindTwoStacks, KindSeveralDevices, KindDeletedMeanwhile}
}

// Kinds are all of them, in the order in which they are reported.
func Kinds() []Kind {
	return slices.Concat(failures(), []Kind{
		KindLeaving, KindTrustChanged, KindTrustedGone, KindRecreated, KindTrustedNoMember, KindTrustedNotMeant,
		KindNotTrusted, KindRoleGone, KindRolePolicyDetached, KindRolePolicyAdded, KindPolicyDetached, KindExemptionVoid,
		KindNoRole, KindNamedNoMember, KindNameTaken, KindGroupFull, KindGroupNearQuota, KindIdleKey, KindOldKey,
	}, notes())
}

func (k Kind) severity() Severity {
	switch {
	case slices.Contains(failures(), k):
		return severityFailure
	case slices.Contains(notes(), k):
		return severityNote
	default:
		return severityWarning
	}
}

func compareFindings(a, b Finding) int {
	order := Kinds()
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User),
	)
}
