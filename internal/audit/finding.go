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
	KindLockedOut        Kind = "locked-out"
	KindUnread           Kind = "unread"
	KindTrustedGone      Kind = "trusted-gone"
	KindRecreated        Kind = "trusted-recreated"
	KindTrustedNoMember  Kind = "trusted-not-member"
	KindTrustedNotMeant  Kind = "trusted-not-meant"
	KindTrustsOthers     Kind = "trusts-others"
	KindNotTrusted       Kind = "not-trusted"
	KindNoRole           Kind = "no-role"
	KindNamedNoMember    Kind = "named-not-member"
	KindGroupFull        Kind = "group-full"
	KindGroupNearQuota   Kind = "group-near-quota"
	KindIdleKey          Kind = "idle-access-key"
	KindRoleNotDeployed  Kind = "role-not-deployed"
	KindSeveralDevices   Kind = "several-devices"
	KindDeletedMeanwhile Kind = "deleted-meanwhile"
)

func failures() []Kind { return []Kind{KindLockedOut, KindUnread} }

func notes() []Kind { return []Kind{KindRoleNotDeployed, KindSeveralDevices, KindDeletedMeanwhile} }

// kinds are all of them, in the order in which they are reported.
func kinds() []Kind {
	return slices.Concat(failures(), []Kind{
		KindTrustedGone, KindRecreated, KindTrustedNoMember, KindTrustedNotMeant, KindTrustsOthers, KindNotTrusted,
		KindNoRole, KindNamedNoMember, KindGroupFull, KindGroupNearQuota, KindIdleKey,
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
	order := kinds()
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User),
	)
}
