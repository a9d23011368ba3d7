package policy

import (
	"errors"
	"fmt"
	"slices"
)

// Enrolment says who gives a user an MFA device.
type Enrolment string

const (
	// SelfService lets users without MFA enrol their own device.
	SelfService Enrolment = "self-service"
	// AdminEnrolment denies everything without MFA: administrators enrol.
	AdminEnrolment Enrolment = "admin"
)

// DeviceName says which virtual MFA devices users may create without MFA.
type DeviceName string

const (
	// UsernameDevice is the one device named after the user.
	UsernameDevice DeviceName = "username"
	// AnyDevice is any name.
	AnyDevice DeviceName = "any"
)

// ErrGroupPolicy is wrapped by the errors of [GroupPolicy.Document] that are
// not about an ARN or an exempt action.
var ErrGroupPolicy = errors.New("invalid group policy")

// GroupPolicy describes the managed policy of a group whose members must use
// MFA. The zero values of Enrolment, DeviceName and WithoutDeny are the
// strictest that lets people enrol: self-service, username, with the deny.
type GroupPolicy struct {
	Account Account
	// RoleARNs are the roles that members may assume, at least one.
	RoleARNs   []string
	Enrolment  Enrolment
	DeviceName DeviceName
	// ExemptActions are allowed without MFA besides the enrolment set; see
	// [CheckExemptAction].
	ExemptActions []string
	// ExemptActionsAtMyRisk are not denied without MFA either, and never granted;
	// see [CheckActionAtRisk].
	ExemptActionsAtMyRisk []string
	// SelfServiceAccessKeys lets users with MFA replace their own access keys.
	SelfServiceAccessKeys bool
	// WithoutDeny leaves out the deny, and nothing else: the first of the two
	// steps of a careful roll-out.
	WithoutDeny bool
}

// Document builds the policy: allow the roles; allow each user to enrol their
// own device; deny everything else without MFA, and the enrolment actions on
// anybody else. The deny depends on WithoutDeny alone. It reports all that is
// wrong at once; errors wrap [ErrARN], [ErrExemptAction] or [ErrGroupPolicy].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
func (g GroupPolicy) Document() (Document, error) {
	if err := g.check(); err != nil {
		return Document{}, err
	}
	statements := []Statement{{
		Sid:      SidAssumeRoles,
		Effect:   Allow,
		Action:   Values{"sts:AssumeRole"},
		Resource: sorted(g.RoleARNs),
	}}
	if g.Enrolment != AdminEnrolment {
		statements = append(statements, g.enrolment()...)
		statements = append(statements, g.exempt()...)
	}
	if g.SelfServiceAccessKeys {
		statements = append(statements, Statement{
			Sid: SidReplaceOwnAccessKeys, Effect: Allow,
			Action:    replaceOwnKeys(),
			Resource:  g.Account.callersOwnUser(),
			Condition: withMFA(),
		})
	}
	if !g.WithoutDeny {
		statements = append(statements, g.denials()...)
	}
	return Document{Version: Version20121017, Statements: statements}, nil
}

// ManagedPolicy is Document, held to the quota of managed policies: its errors are
// those of Document, or wrap a [*SizeError].
func (g GroupPolicy) ManagedPolicy() (Document, error) {
	document, err := g.Document()
	if err != nil {
		return Document{}, err
	}
	if err := ManagedPolicyQuota().Check(document); err != nil {
		return Document{}, fmt.Errorf("policy of %d roles: %w", len(g.RoleARNs), err)
	}
	return document, nil
}

func (g GroupPolicy) check() error {
	faults := []error{g.Account.Check()}
	if len(g.RoleARNs) == 0 {
		faults = append(faults, fmt.Errorf("%w: no roles to assume", ErrGroupPolicy))
	}
	faults = append(faults, checkARNs(g.RoleARNs, "a role of partition "+g.Account.Partition, func(arn IAMARN) bool {
		return arn.Kind == "role" && arn.Partition == g.Account.Partition
	}))
	faults = append(faults, g.checkChoices()...)
	return errors.Join(faults...)
}

func (g GroupPolicy) checkChoices() []error {
	var faults []error
	if !slices.Contains([]Enrolment{"", SelfService, AdminEnrolment}, g.Enrolment) {
		faults = append(faults, fmt.Errorf("%w: enrolment %q: it must be %s or %s",
			ErrGroupPolicy, g.Enrolment, SelfService, AdminEnrolment))
	}
	if !slices.Contains([]DeviceName{"", UsernameDevice, AnyDevice}, g.DeviceName) {
		faults = append(faults, fmt.Errorf("%w: MFA device name %q: it must be %s or %s",
			ErrGroupPolicy, g.DeviceName, UsernameDevice, AnyDevice))
	}
	if g.Enrolment == AdminEnrolment && len(g.ExemptActions)+len(g.ExemptActionsAtMyRisk) > 0 {
		faults = append(faults, fmt.Errorf("%w: enrolment %s denies everything without MFA, so no action can be exempt",
			ErrExemptAction, AdminEnrolment))
	}
	for _, of := range []struct {
		actions []string
		check   func(string) error
	}{{g.ExemptActions, CheckExemptAction}, {g.ExemptActionsAtMyRisk, CheckActionAtRisk}} {
		for i, action := range of.actions {
			if err := of.check(action); err != nil {
				faults = append(faults, err)
			} else if slices.Contains(of.actions[:i], action) {
				faults = append(faults, fmt.Errorf("%w: %s is listed twice", ErrExemptAction, action))
			}
		}
	}
	return faults
}

// enrolmentSet is what users may do without MFA, so that they can get it (G2).
func enrolmentSet() Values { return append(enrolOnOwn(), "sts:GetSessionToken") }

// enrolOnOwn are the actions of the enrolment set that IAM authorises on a
// device or a user; sts:GetSessionToken has no resource.
func enrolOnOwn() Values { return append(Values{"iam:CreateVirtualMFADevice"}, enrolOnUser()...) }

// enrolOnUser are the actions of the enrolment set that IAM authorises on the user.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func enrolOnUser() Values {
	return Values{"iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice"}
}

// removeOwn are the actions that remove a device. They need MFA.
func removeOwn() Values { return Values{"iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"} }

// changeOwn are those that remove a device and make a further one.
func changeOwn() Values { return append(Values{"iam:CreateVirtualMFADevice"}, removeOwn()...) }

// replaceOwnKeys are the actions that give a user a new access key for an old one.
// They need MFA: a key could otherwise make another one that outlives it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
func replaceOwnKeys() Values {
	return Values{"iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"}
}

// deviceARN is the serial number of the devices a user may create.
func (g GroupPolicy) deviceARN() string {
	if g.DeviceName == AnyDevice {
		return g.Account.VirtualMFADeviceARN("*")
	}
	return g.Account.VirtualMFADeviceARN("${aws:username}")
}

// furtherDevices are the serial numbers of the devices that a user may make with MFA
// besides: names of users hold no slash, so none of them is another user's.
func (g GroupPolicy) furtherDevices() Values {
	if g.DeviceName == AnyDevice {
		return nil
	}
	return Values{g.Account.VirtualMFADeviceARN("${aws:username}/*")}
}

// enrolment allows a user to enrol, and with MFA to replace or remove, their
// own device, and to have others. Deactivating or deleting without MFA is never allowed: it would
// let whoever holds the key swap the device, as the User Guide warns.
func (g GroupPolicy) enrolment() []Statement {
	withMFAOnly, further := removeOwn(), g.furtherDevices()
	if further != nil {
		withMFAOnly = changeOwn()
	}
	return []Statement{
		{
			Sid: SidEnrolOwnDevice, Effect: Allow,
			Action:   Values{"iam:CreateVirtualMFADevice"},
			Resource: Values{g.deviceARN()},
		},
		{
			Sid: SidManageOwnEnrolment, Effect: Allow,
			Action:   enrolOnUser(),
			Resource: g.Account.callersOwnUser(),
		},
		{
			Sid: SidRemoveOwnDevice, Effect: Allow,
			Action:    withMFAOnly,
			Resource:  slices.Concat(Values{g.deviceARN()}, further, g.Account.callersOwnUser()),
			Condition: withMFA(),
		},
	}
}

// exempt grants the exempt actions that are IAM's own. Of others the deny is lifted
// and nothing more: this policy gives no rights outside IAM, and none at your risk.
func (g GroupPolicy) exempt() []Statement {
	var statements []Statement
	if own := ofScope(sorted(g.ExemptActions), scopeOwnUser); own != nil {
		statements = append(statements, Statement{
			Sid: SidExemptOwnUser, Effect: Allow, Action: own, Resource: g.Account.callersOwnUser(),
		})
	}
	if account := ofScope(sorted(g.ExemptActions), scopeAccount); account != nil {
		statements = append(statements, Statement{
			Sid: SidExemptAccount, Effect: Allow, Action: account, Resource: Values{"*"},
		})
	}
	return statements
}

// denials deny all that is outside the enrolment set, and the enrolment set on
// anybody else's user or device: an administrator's key without MFA could
// otherwise enrol a device for a colleague.
func (g GroupPolicy) denials() []Statement {
	if g.Enrolment == AdminEnrolment {
		return []Statement{{
			Sid: SidDenyWithoutMFA, Effect: Deny,
			Action:    Values{"*"},
			Resource:  Values{"*"},
			Condition: withoutMFA(),
		}}
	}
	onOwn := append(enrolOnOwn(), ofScope(g.ExemptActions, scopeOwnUser)...)
	outside := slices.Concat(enrolmentSet(), g.ExemptActions, g.ExemptActionsAtMyRisk)
	return []Statement{
		{
			Sid: SidDenyWithoutMFA, Effect: Deny,
			NotAction: sorted(outside),
			Resource:  Values{"*"},
			Condition: withoutMFA(),
		},
		{
			Sid: SidDenyOthersWithoutMFA, Effect: Deny,
			Action:      sorted(onOwn),
			NotResource: append(Values{g.deviceARN()}, g.Account.callersOwnUser()...),
			Condition:   withoutMFA(),
		},
	}
}

func withMFA() Condition { return Condition{"Bool": {KeyMFAPresent: {"true"}}} }

// withoutMFA matches a request without MFA, the absent key included, that no
// AWS service makes on the user's behalf (G6).
//
// https://repost.aws/knowledge-center/mfa-iam-user-aws-cli
func withoutMFA() Condition {
	return Condition{"BoolIfExists": {KeyMFAPresent: {"false"}, KeyViaAWSService: {"false"}}}
}
