package stack

import "github.com/aws-cli-mfa/aws-cli-mfa/policy"

// Config is the configuration of one stack. Keys and defaults are described
// in Pulumi.yaml.
type Config struct {
	// Project is the name of the Pulumi project, which is the namespace of its
	// configuration keys.
	Project string
	// Stack is the name of the stack.
	Stack string
	// Access is what is configured. Its Account is not: [Resolve] is given it.
	Access
	// WithoutRole are the names of members of groups whom no role of this stack
	// needs to trust while they are denied without MFA.
	WithoutRole []string
	// Adopt are the names in IAM of roles and policies that exist without being this
	// stack's, and become so.
	Adopt []string
}

// key is a configuration key with its namespace.
func (c Config) key(name string) string { return c.Project + ":" + name }

func (c Config) roleKey(role string) string { return c.key("roles") + "." + role }

// Bounds of trustPolicyQuota: IAM's default and the most that AWS grants.
const (
	minTrustPolicyQuota = 2048
	maxTrustPolicyQuota = 8192
)

// DefaultNamePrefix begins the names in IAM of a stack that configures no other.
func DefaultNamePrefix(stack string) string { return "cli-" + stack + "-" }

func defaults(project, stack string) Config {
	c := Config{Project: project, Stack: stack}
	c.Access = Access{
		Roles:            map[string]Role{},
		Enrolment:        policy.SelfService,
		NamePrefix:       DefaultNamePrefix(stack),
		DeviceName:       policy.UsernameDevice,
		TrustPolicyQuota: minTrustPolicyQuota,
		Tags:             map[string]string{OwnerTag: c.owner()},
	}
	return c
}
