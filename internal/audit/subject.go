package audit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
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
	// Settled says that the settings are those of the last deploy, and none may be
	// newer.
	Settled bool
	// Enforce is what the stack's configuration says; nil if that is not known.
	Enforce *bool
	// Enrolment is the mode of enrolment that is deployed or meant.
	Enrolment policy.Enrolment
	// DeviceName is which devices may be created without MFA; empty if not known.
	DeviceName policy.DeviceName
	// SelfServiceAccessKeys says that users with MFA may replace their access keys.
	SelfServiceAccessKeys bool
	// ExemptActions are allowed without MFA by intention.
	ExemptActions []string
	// WithoutRole are the names of members whom no role of the stack needs to trust.
	WithoutRole []string
	// Groups are those whose members are looked at: at least one.
	Groups []Group
	Roles  []Role
}

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

func (g Group) policyARN(account policy.Account) string {
	if _, err := policy.ParseIAMARN(g.Policy); err == nil {
		return g.Policy
	}
	return account.PolicyARN("/", g.Policy)
}

func (g Group) policyName() string {
	if arn, err := policy.ParseIAMARN(g.Policy); err == nil {
		return arn.Name
	}
	return g.Policy
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
	// Leaving are those of them whom the next pulumi up lets go.
	Leaving []string
	// Policies are the names or ARNs of its managed policies; nil if those are not
	// known.
	Policies []string
}

// isFor reports whether a member of the role's groups is to be trusted.
func (r Role) isFor(member string) bool { return r.Users == nil || slices.Contains(r.Users, member) }

// lost reports whether the role trusts somebody who is gone where it should trust
// the user, who has the same name.
func (r Role) lost(user userFacts, facts roleFacts) bool {
	return len(facts.Gone) > 0 && !facts.trusts(user) &&
		(slices.Contains(r.Deployed, user.Name) || slices.Contains(r.Users, user.Name))
}

// SubjectOfConfig is what a stack's configuration says.
func SubjectOfConfig(config stack.Config) Subject {
	enforce := !config.WithoutDeny
	subject := Subject{
		Stack: config.Stack, Enforce: &enforce, Enrolment: config.Enrolment,
		ExemptActions: slices.Concat(config.ExemptActions, config.ExemptActionsAtMyRisk),
		DeviceName:    config.DeviceName, WithoutRole: config.WithoutRole,
		SelfServiceAccessKeys: config.SelfServiceAccessKeys,
	}
	for _, name := range config.GroupNames() {
		subject.Groups = append(subject.Groups, Group{Name: name, Policy: config.NamePrefix + name})
	}
	for _, name := range config.RoleNames() {
		role := config.Roles[name]
		subject.Roles = append(subject.Roles, Role{
			Name: config.NamePrefix + name, Groups: role.Groups, Users: role.Users, Policies: role.ManagedPolicies,
		})
	}
	return subject
}

// SubjectOfOutputs is what the outputs of a stack say; enrolment is for outputs that
// do not say it.
func SubjectOfOutputs(outputs stack.Outputs, enrolment policy.Enrolment) (Subject, error) {
	client := outputs.ClientConfig
	subject := Subject{
		AccountID: client.AccountID, Stack: client.Stack, Enrolment: enrolment,
		ExemptActions: slices.Concat(outputs.ExemptActions, outputs.ExemptActionsAtMyRisk),
	}
	if settings := outputs.Settings; settings != nil {
		subject.Settled, subject.Enforce, subject.Enrolment = true, &settings.Enforce, settings.Enrolment
		subject.DeviceName, subject.WithoutRole = settings.MFADeviceName, settings.WithoutRole
		subject.SelfServiceAccessKeys = settings.SelfServiceAccessKeys
	}
	groups := slices.Sorted(maps.Keys(outputs.Grants))
	if len(groups) == 0 {
		return subject, errors.New("the stack outputs have no grants, which name the groups to audit: " +
			"give all that pulumi stack output --json prints, or name the groups with --group")
	}
	for _, name := range groups {
		subject.Groups = append(subject.Groups, Group{Name: name, Policy: outputs.MFAPolicyARNs[name]})
	}
	for _, profile := range client.Profiles {
		role, err := roleOfOutputs(outputs, profile)
		if err != nil {
			return subject, fmt.Errorf("the stack outputs: %w", err)
		}
		subject.Roles = append(subject.Roles, role)
	}
	return subject, nil
}

func roleOfOutputs(outputs stack.Outputs, profile stack.Profile) (Role, error) {
	arn, err := policy.ParseIAMARN(profile.RoleARN)
	if err != nil {
		return Role{}, fmt.Errorf("profile %s: %w", profile.Name, err)
	}
	role := Role{Name: arn.Name, Deployed: append([]string{}, profile.TrustedUsers...)}
	for _, group := range slices.Sorted(maps.Keys(outputs.Grants)) {
		if slices.Contains(outputs.Grants[group], profile.RoleARN) {
			role.Groups = append(role.Groups, group)
		}
	}
	if len(role.Groups) == 0 {
		return Role{}, fmt.Errorf("no group may assume role %s (grants), so that nobody would be looked at who uses it: "+
			"give all that pulumi stack output --json prints", profile.RoleARN)
	}
	for key, roleARN := range outputs.RoleARNs {
		if roleARN == profile.RoleARN {
			role.Policies = outputs.RolePolicyARNs[key]
			for _, leaving := range outputs.Leaving {
				if leaving.Role == key {
					role.Leaving = leaving.Users
				}
			}
		}
	}
	return role, nil
}
