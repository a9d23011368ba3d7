package policy

import (
	_ "embed" // the actions that hand out credentials
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrExemptAction is wrapped by the errors of [CheckExemptAction].
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

// iamExempt are the IAM actions that may be exempt: they neither undo MFA nor
// give anybody credentials or permissions.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func iamExempt(action string) (exemptScope, bool) {
	switch action {
	case "iam:ChangePassword", "iam:GetLoginProfile", "iam:GetMFADevice",
		"iam:ListAccessKeys", "iam:ListGroupsForUser", "iam:ListSSHPublicKeys",
		"iam:ListServiceSpecificCredentials", "iam:ListSigningCertificates", "iam:ListUserTags",
		"iam:ListUserPolicies", "iam:ListAttachedUserPolicies", "iam:GetUserPolicy":
		return scopeOwnUser, true
	case "iam:GetAccountPasswordPolicy", "iam:GetAccountSummary",
		"iam:ListAccountAliases", "iam:ListVirtualMFADevices":
		return scopeAccount, true
	}
	return scopeElsewhere, false
}

func exemptScopeOf(action string) exemptScope {
	scope, _ := iamExempt(action)
	return scope
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

// credentialActions are actions outside IAM and STS that hand out credentials or
// secrets, open a session or give somebody access to a key or a cluster, in lower
// case.
//
//go:embed credential_actions.txt
var credentialActions string

func mintsCredentials(action string) bool {
	return slices.Contains(strings.Fields(credentialActions), strings.ToLower(action))
}

// grantsAccess are services whose every action concerns who may do what.
func grantsAccess(service string) bool {
	switch service {
	case "identitystore", "organizations", "rolesanywhere", "signin", "sso", "sso-directory", "sso-oauth",
		"sts", "account", "sso-oidc":
		return true
	}
	return false
}

// actsForCaller tells the actions with which an AWS service makes further calls
// of the caller's choosing with the caller's own credentials. The deny leaves
// such calls alone (G6), so that one exempt action would exempt every other.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
func actsForCaller(action string) bool {
	service, _, _ := strings.Cut(action, ":")
	switch service {
	case "athena", "cloudformation", "cloudshell", "elasticbeanstalk", "glue", "serverlessrepo", "servicecatalog":
		return true
	}
	return strings.EqualFold(action, "ssm:StartAutomationExecution")
}

// changesAccess tells, by its name, an action that changes who may use a
// resource, such as s3:PutBucketPolicy or lambda:AddPermission.
func changesAccess(action string) bool {
	_, verb, _ := strings.Cut(action, ":")
	for _, reads := range []string{"Get", "List", "Describe", "Search", "Validate", "Simulate"} {
		if strings.HasPrefix(verb, reads) {
			return false
		}
	}
	for _, noun := range []string{"Policy", "Policies", "Permission", "Acl", "Grant", "PublicAccess"} {
		if strings.Contains(verb, noun) {
			return true
		}
	}
	return false
}

var actionPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*:[A-Z][A-Za-z0-9]*$`)

// CheckExemptAction reports whether an action may be allowed without MFA. It
// must be one action, spelt as service:Action. Refused is what the enrolment
// set already holds, what undoes MFA, and what hands out credentials or
// access, or has a service act with the caller's credentials; of IAM's actions
// only a short list is taken. The error wraps
// [ErrExemptAction] and gives the reason.
func CheckExemptAction(action string) error {
	if reason := whyNotExempt(action); reason != "" {
		return fmt.Errorf("%w: %q %s", ErrExemptAction, action, reason)
	}
	return nil
}

func whyNotExempt(action string) string {
	service, _, _ := strings.Cut(action, ":")
	switch {
	case strings.ContainsAny(action, "*?"):
		return "has a wildcard: name each action by itself"
	case !actionPattern.MatchString(action):
		return "does not look like an action: write service:Action, as in iam:ChangePassword"
	case slices.Contains(enrolmentSet(), action):
		return "is part of the enrolment set already: leave it out"
	case action == "iam:DeactivateMFADevice" || action == "iam:DeleteVirtualMFADevice":
		return "undoes MFA: whoever holds a leaked key could take the device away and enrol their own"
	case action == "sts:GetCallerIdentity":
		return "needs no exemption: AWS never denies it"
	}
	if service != "iam" {
		return waysAround(action)
	}
	if _, ok := iamExempt(action); !ok {
		return "could give somebody credentials or permissions, or undo MFA: " +
			"of IAM only actions that read or change nothing but the caller's password can be exempt"
	}
	return ""
}

// waysAround gives the reason to refuse an action of a service other than IAM.
func waysAround(action string) string {
	const wayAround = ": without MFA it would be a way around MFA"
	service, _, _ := strings.Cut(action, ":")
	switch {
	case grantsAccess(service):
		return "is of a service that hands out access" + wayAround
	case mintsCredentials(action):
		return "hands out credentials or secrets" + wayAround
	case changesAccess(action):
		return "changes who may use a resource" + wayAround
	case actsForCaller(action):
		return "is of a service that makes calls with the caller's credentials, which the deny lets through" + wayAround
	}
	return ""
}
