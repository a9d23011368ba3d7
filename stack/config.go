package stack

import (
	"maps"
	"slices"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Namespace is that of the configuration keys: aws-cli-mfa:roles.
const Namespace = "aws-cli-mfa"

// Config is the configuration of one stack. Keys and defaults are described
// in Pulumi.yaml.
type Config struct {
	// Stack is the name of the stack.
	Stack string
	// Roles by their name without the prefix.
	Roles map[string]Role
	// Enrolment is self-service unless configured.
	Enrolment policy.Enrolment
	// Enforce is whether the deny without MFA is part of the group policies.
	Enforce bool
	// NamePrefix begins the names of roles and policies in IAM.
	NamePrefix string
	// MFADeviceName is username unless configured.
	MFADeviceName policy.DeviceName
	// ExemptActions are allowed without MFA.
	ExemptActions []string
	// TrustPolicyQuota is the account's quota for a trust policy, in
	// characters.
	TrustPolicyQuota int
}

// Role is the configuration of one role.
type Role struct {
	Policies []string
	Groups   []string
	// Users are trusted; nil means the current members of Groups.
	Users               []string
	MaxSessionDuration  time.Duration
	PermissionsBoundary string
	Description         string
}

// Bounds of trustPolicyQuota: IAM's default and the most that AWS grants.
const (
	minTrustPolicyQuota = 2048
	maxTrustPolicyQuota = 8192
)

func defaults(stack string) Config {
	return Config{
		Stack:            stack,
		Roles:            map[string]Role{},
		Enrolment:        policy.SelfService,
		Enforce:          true,
		NamePrefix:       "cli-" + stack + "-",
		MFADeviceName:    policy.UsernameDevice,
		TrustPolicyQuota: minTrustPolicyQuota,
	}
}

// RoleNames are the configured roles, sorted.
func (c Config) RoleNames() []string { return slices.Sorted(maps.Keys(c.Roles)) }

// GroupNames are the groups of all roles, sorted, each once.
func (c Config) GroupNames() []string {
	return c.collect(func(r Role) []string { return r.Groups })
}

// UserNames are the users that roles name, sorted, each once.
func (c Config) UserNames() []string {
	return c.collect(func(r Role) []string { return r.Users })
}

// UsersOf are the users that roles of a group name, sorted, each once.
func (c Config) UsersOf(group string) []string {
	return c.collect(func(r Role) []string {
		if slices.Contains(r.Groups, group) {
			return r.Users
		}
		return nil
	})
}

func (c Config) collect(of func(Role) []string) []string {
	var names []string
	for _, role := range c.Roles {
		names = append(names, of(role)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
