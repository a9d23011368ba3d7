package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrExemptAction is wrapped by the errors of [CheckExemptAction] and
// [CheckActionAtRisk].
var ErrExemptAction = errors.New("action cannot be exempt from MFA")

type exemptScope int

const (
	// scopeElsewhere lifts the deny and grants nothing.
	scopeElsewhere exemptScope = iota
	// scopeOwnUser is authorised on a user: granted on the caller's own.
	scopeOwnUser
	// scopeAccount has no resource: granted on "*".
	scopeAccount
)

// Exemption is an action that may be exempt from MFA, because people asked for it
// and it is known to be harmless.
type Exemption struct {
	Action string
	// Reason says what whoever holds a leaked key gets from it.
	Reason string

	scope exemptScope
}

// Exemptions are all that there are. A list of what must not be exempt could never
// be complete.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func Exemptions() []Exemption {
	return []Exemption{
		{"iam:ChangePassword", "asks for the old password, which a key does not give", scopeOwnUser},
		{"iam:GetLoginProfile", "says when the user's own password was made", scopeOwnUser},
		{"iam:GetMFADevice", "shows a passkey of the user's own", scopeOwnUser},
		{"iam:ListAccessKeys", "lists the ids of the user's own keys, without secrets", scopeOwnUser},
		{"iam:ListSSHPublicKeys", "lists the user's own public keys for Git", scopeOwnUser},
		{"iam:ListServiceSpecificCredentials", "lists the user's own names for Git, without passwords", scopeOwnUser},
		{"iam:ListSigningCertificates", "lists the user's own certificates, which are public", scopeOwnUser},
		{"iam:GetAccountPasswordPolicy", "says what a new password must be like", scopeAccount},
		{"iam:GetAccountSummary", "counts what the account has", scopeAccount},
		{"iam:ListAccountAliases", "gives the account's name on the sign-in page", scopeAccount},
		{"iam:ListVirtualMFADevices", "lists devices, without seeds; AWS's own example exempts it", scopeAccount},
		{"codecommit:GitPull", "is Git over SSH, where there is no MFA", scopeElsewhere},
		{"codecommit:GitPush", "is Git over SSH, where there is no MFA", scopeElsewhere},
	}
}

func exemption(action string) (Exemption, bool) {
	i := slices.IndexFunc(Exemptions(), func(e Exemption) bool { return e.Action == action })
	if i < 0 {
		return Exemption{}, false
	}
	return Exemptions()[i], true
}

// exemptScopeOf is that of an action at risk, too: nothing is granted of those.
func exemptScopeOf(action string) exemptScope {
	found, _ := exemption(action)
	return found.scope
}

// ofScope are those of the actions, nil if there are none.
func ofScope(actions []string, scope exemptScope) Values {
	var found Values
	for _, action := range actions {
		if exemptScopeOf(action) == scope {
			found = append(found, action)
		}
	}
	return found
}

var actionPattern = regularExpression(`^[a-z0-9]+(-[a-z0-9]+)*:[A-Z][A-Za-z0-9]*$`)

// CheckExemptAction reports whether an action is one of [Exemptions]. The error
// wraps [ErrExemptAction] and gives the reason.
func CheckExemptAction(action string) error {
	if _, ok := exemption(action); ok {
		return nil
	}
	reason := whyNever(action)
	if reason == "" {
		reason = "is not known to be harmless: what it leads to without MFA is at your own risk"
	}
	return fmt.Errorf("%w: %q %s", ErrExemptAction, action, reason)
}

// CheckActionAtRisk reports whether the deny may be lifted from an action at the
// risk of whoever asks for it. It must be one action, spelt as service:Action, and
// none of [Exemptions]. Refused is what needs no exemption, and what takes the MFA
// device away. The error wraps [ErrExemptAction] and gives the reason.
func CheckActionAtRisk(action string) error {
	reason := whyNever(action)
	is := func(e Exemption) bool { return strings.EqualFold(e.Action, action) }
	if reason == "" && slices.ContainsFunc(Exemptions(), is) {
		reason = "is harmless, and no risk"
	}
	if reason == "" {
		return nil
	}
	return fmt.Errorf("%w: %q %s", ErrExemptAction, action, reason)
}

// whyNever is the reason why nothing and nobody can exempt an action. IAM compares
// actions without regard to case.
func whyNever(action string) string {
	is := func(other string) bool { return strings.EqualFold(action, other) }
	switch {
	case strings.ContainsAny(action, "*?"):
		return "has a wildcard: name each action by itself"
	case !actionPattern().MatchString(action):
		return "does not look like an action: write service:Action, as in iam:ChangePassword"
	case slices.ContainsFunc(enrolmentSet(), is):
		return "is part of the enrolment set already: leave it out"
	case is("iam:DeactivateMFADevice") || is("iam:DeleteVirtualMFADevice"):
		return "undoes MFA: whoever holds a leaked key could take the device away and enrol their own"
	case is("sts:GetCallerIdentity"):
		return "needs no exemption: AWS never denies it"
	}
	return ""
}
