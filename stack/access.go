package stack

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Access is the MFA access that one stack gives, as it is written: in a stack's
// configuration, or by a Pulumi program that uses package iam.
type Access struct {
	// Account is where the roles, groups and policies are.
	Account policy.Account
	// NamePrefix begins the name in IAM of every role and policy.
	NamePrefix string
	// Roles by their name without the prefix, at least one.
	Roles map[string]Role
	// Enrolment, DeviceName, ExemptActions, ExemptActionsAtMyRisk,
	// SelfServiceAccessKeys and WithoutDeny are those of [policy.GroupPolicy], for every group.
	Enrolment             policy.Enrolment
	DeviceName            policy.DeviceName
	ExemptActions         []string
	ExemptActionsAtMyRisk []string
	SelfServiceAccessKeys bool
	WithoutDeny           bool
	// TrustPolicyQuota is the account's quota for a trust policy in
	// characters; zero means IAM's default of 2,048.
	TrustPolicyQuota int
	// Tags of every role and policy, at most 50.
	Tags map[string]string
}

// Role is one role as it is written.
type Role struct {
	// Name is the role's name in IAM; in an [Access], empty means the prefix and
	// the key. It goes into people's configuration files, so it is never generated.
	Name string
	// Path is the role's IAM path; empty means "/". It cannot change while
	// the name stays.
	Path string
	// Description is free text; see [policy.CheckRoleDescription].
	Description string
	// Groups are existing groups whose members use the role, at least one in an
	// [Access].
	Groups []string
	// Users are the names of those members whom a configured role trusts; nil
	// means all of them. [Resolve] turns them into TrustedUserARNs, which is all
	// that a plan looks at.
	Users []string
	// TrustedUserARNs are the IAM users that may assume the role, at least
	// one, each of whom must exist. Users of another account need, besides
	// this trust, a policy of their own account that allows sts:AssumeRole.
	TrustedUserARNs []string
	// ManagedPolicies are attached to the role: 1 to 10 names of AWS managed
	// policies (PowerUserAccess) or ARNs of any managed policies. A policy
	// that denies without MFA must not be among them: a role session carries
	// no MFA.
	ManagedPolicies []string
	// MaxSessionDuration is from 1 to 12 hours; zero means 1 hour.
	MaxSessionDuration time.Duration
	// PermissionsBoundary is the name of an AWS managed policy or the ARN of
	// any managed policy; empty means none.
	PermissionsBoundary string
}

// RoleNames are the roles, sorted.
func (a Access) RoleNames() []string { return slices.Sorted(maps.Keys(a.Roles)) }

// GroupNames are the groups of all roles, sorted, each once.
func (a Access) GroupNames() []string {
	return a.collect(func(r Role) []string { return r.Groups })
}

// UserNames are the users that roles name, sorted, each once.
func (a Access) UserNames() []string {
	return a.collect(func(r Role) []string { return r.Users })
}

// UsersOf are the users that roles of a group name, sorted, each once.
func (a Access) UsersOf(group string) []string {
	return a.collect(func(r Role) []string {
		if slices.Contains(r.Groups, group) {
			return r.Users
		}
		return nil
	})
}

func (a Access) collect(of func(Role) []string) []string {
	var names []string
	for _, role := range a.Roles {
		names = append(names, of(role)...)
	}
	return distinct(names)
}

// distinct are the names sorted, each once.
func distinct(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// byGroup yields each group with the roles its members use, both sorted.
func (a Access) byGroup() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		roles := map[string][]string{}
		for _, role := range a.RoleNames() {
			for _, group := range distinct(a.Roles[role].Groups) {
				roles[group] = append(roles[group], role)
			}
		}
		for _, group := range slices.Sorted(maps.Keys(roles)) {
			if !yield(group, roles[group]) {
				return
			}
		}
	}
}
