package iam

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ErrOwnPolicyOnRole says that a role was to get the policy meant for a group.
var ErrOwnPolicyOnRole = errors.New("the policy that denies without MFA must not reach a role: " +
	"a role session carries no MFA, so every call would be denied")

// CLIAccessArgs describes the MFA access of one stack.
type CLIAccessArgs struct {
	// Account is where the roles, groups and policies are.
	Account policy.Account
	// NamePrefix begins the name in IAM of every role and policy.
	NamePrefix string
	// Roles by their name without the prefix, at least one.
	Roles map[string]RoleArgs
	// Enrolment, DeviceName, ExemptActions and WithoutDeny are those of
	// [policy.GroupPolicy], for every group.
	Enrolment     policy.Enrolment
	DeviceName    policy.DeviceName
	ExemptActions []string
	WithoutDeny   bool
	// TrustPolicyQuota is the account's quota for a trust policy in
	// characters; zero means IAM's default of 2,048.
	TrustPolicyQuota int
	// Tags of every role and policy, at most 50.
	Tags map[string]string
}

// RoleArgs describes one role of [CLIAccessArgs].
type RoleArgs struct {
	// Groups are existing groups whose members use the role, at least one.
	Groups []string
	// TrustedUserARNs, ManagedPolicies, MaxSessionDuration,
	// PermissionsBoundary and Description are those of [MFARoleArgs].
	TrustedUserARNs     []string
	ManagedPolicies     []string
	MaxSessionDuration  time.Duration
	PermissionsBoundary string
	Description         string
}

// RoleError is an error about one role of [CLIAccessArgs].
type RoleError struct {
	// Role is the key in Roles.
	Role string
	Err  error
}

func (e *RoleError) Error() string { return fmt.Sprintf("role %s: %v", e.Role, e.Err) }

// Unwrap gives the rule that is broken.
func (e *RoleError) Unwrap() error { return e.Err }

// GroupError is an error about the policy of one group of [CLIAccessArgs].
type GroupError struct {
	Group string
	Err   error
}

func (e *GroupError) Error() string { return fmt.Sprintf("policy of group %s: %v", e.Group, e.Err) }

// Unwrap gives the rule that is broken.
func (e *GroupError) Unwrap() error { return e.Err }

// Documents are all the policy documents that a [CLIAccess] would deploy.
type Documents struct {
	// Trust policies by role, as keyed in Roles.
	Trust map[string]policy.Document
	// Group policies by group.
	Group map[string]policy.Document
}

// CLIAccess is all that one stack deploys: the roles, one managed policy for
// each group, and its attachment.
type CLIAccess struct {
	pulumi.ResourceState

	// RoleARNs by role, as keyed in [CLIAccessArgs].
	RoleARNs pulumi.StringMapOutput `pulumi:"roleArns"`
	// MFAPolicyARNs by group.
	MFAPolicyARNs pulumi.StringMapOutput `pulumi:"mfaPolicyArns"`
	// Grants are the ARNs of the roles that each group may assume.
	Grants pulumi.StringArrayMapOutput `pulumi:"grants"`

	roles    map[string]*MFARole
	policies map[string]*MFAPolicy
}

// Role is the component of one role, as keyed in [CLIAccessArgs], or nil.
func (c *CLIAccess) Role(name string) *MFARole { return c.roles[name] }

// NewCLIAccess registers it all. It returns every fault of the arguments at
// once, before anything is registered: [*RoleError] and [*GroupError] joined.
//
// A group's policy is made, changed and attached only after the roles it
// speaks of and their policies, and detached before any of them goes: whoever
// is denied without MFA always has a role that works (G9).
func NewCLIAccess(
	ctx *pulumi.Context, name string, args *CLIAccessArgs, opts ...pulumi.ResourceOption,
) (*CLIAccess, error) {
	if args == nil {
		args = &CLIAccessArgs{}
	}
	if _, err := args.Documents(); err != nil {
		return nil, fmt.Errorf("CLI access %s: %w", name, err)
	}
	component := &CLIAccess{roles: map[string]*MFARole{}, policies: map[string]*MFAPolicy{}}
	if err := ctx.RegisterComponentResource(CLIAccessType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering CLI access %s: %w", name, err)
	}
	if err := component.registerRoles(ctx, name, args); err != nil {
		return nil, err
	}
	if err := component.registerGroups(ctx, name, args); err != nil {
		return nil, err
	}
	component.setOutputs(args)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"roleArns":      component.RoleARNs,
		"mfaPolicyArns": component.MFAPolicyARNs,
		"grants":        component.Grants,
	})
}

func (c *CLIAccess) registerRoles(ctx *pulumi.Context, name string, args *CLIAccessArgs) error {
	for _, role := range slices.Sorted(maps.Keys(args.Roles)) {
		component, err := NewMFARole(ctx, name+"/"+role, args.roleArgs(role), pulumi.Parent(c))
		if err != nil {
			return err
		}
		c.roles[role] = component
	}
	return nil
}

func (c *CLIAccess) registerGroups(ctx *pulumi.Context, name string, args *CLIAccessArgs) error {
	for group, roles := range args.groups() {
		var before []pulumi.Resource
		for _, role := range roles {
			before = append(before, c.roles[role].Resources()...)
		}
		policyArgs := args.policyArgs(group, roles)
		policyArgs.DependsOn = before
		mfaPolicy, err := NewMFAPolicy(ctx, name+"/"+group, policyArgs, pulumi.Parent(c))
		if err != nil {
			return err
		}
		c.policies[group] = mfaPolicy
		_, err = NewGroupAccess(ctx, name+"/"+group, &GroupAccessArgs{
			Group:      group,
			PolicyARNs: map[string]pulumi.StringInput{policyArgs.Name: mfaPolicy.ARN},
			DependsOn:  before,
		}, pulumi.Parent(c))
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *CLIAccess) setOutputs(args *CLIAccessArgs) {
	roleARNs, policyARNs, grants := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringArrayMap{}
	for role, component := range c.roles {
		roleARNs[role] = component.ARN
	}
	for group, roles := range args.groups() {
		policyARNs[group] = c.policies[group].ARN
		var arns pulumi.StringArray
		for _, role := range roles {
			arns = append(arns, c.roles[role].ARN)
		}
		grants[group] = arns
	}
	c.RoleARNs, c.MFAPolicyARNs = roleARNs.ToStringMapOutput(), policyARNs.ToStringMapOutput()
	c.Grants = grants.ToStringArrayMapOutput()
}

// Documents builds every document from the plain arguments alone. It returns
// every fault of the arguments at once, joined: a [*RoleError] or a
// [*GroupError] for each, wrapping one error of this package or of [policy].
func (a *CLIAccessArgs) Documents() (Documents, error) {
	documents := Documents{Trust: map[string]policy.Document{}, Group: map[string]policy.Document{}}
	if len(a.Roles) == 0 {
		return documents, errors.Join(ErrNoRoles)
	}
	faults := append(a.checkNames(), leaves(a.Account.Check())...)
	for _, role := range slices.Sorted(maps.Keys(a.Roles)) {
		plan, err := a.roleArgs(role).plan()
		documents.Trust[role] = plan.trust
		for _, fault := range leaves(errors.Join(err, a.checkOwnPolicy(plan.policies), a.checkGroups(role))) {
			faults = append(faults, &RoleError{Role: role, Err: fault})
		}
	}
	for group, roles := range a.groups() {
		args := a.policyArgs(group, roles)
		document, err := args.Document()
		documents.Group[group] = document
		for _, fault := range leaves(errors.Join(policy.CheckGroupName(group), policy.CheckPolicyName(args.Name), err)) {
			faults = append(faults, &GroupError{Group: group, Err: fault})
		}
	}
	return documents, errors.Join(faults...)
}

// checkNames finds names that IAM takes for one: it compares them without
// regard to case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (a *CLIAccessArgs) checkNames() []error {
	var faults []error
	roles := map[string]string{}
	for _, role := range slices.Sorted(maps.Keys(a.Roles)) {
		if other, ok := roles[strings.ToLower(role)]; ok {
			faults = append(faults, &RoleError{Role: role, Err: fmt.Errorf("the same name as %s: %w", other, ErrDuplicate)})
		}
		roles[strings.ToLower(role)] = role
	}
	groups := map[string]string{}
	for group := range a.groups() {
		if other, ok := groups[strings.ToLower(group)]; ok {
			faults = append(faults, &GroupError{Group: group, Err: fmt.Errorf("the same name as %s: %w", other, ErrDuplicate)})
		}
		groups[strings.ToLower(group)] = group
	}
	return faults
}

func (a *CLIAccessArgs) checkGroups(role string) error {
	groups := slices.Sorted(slices.Values(a.Roles[role].Groups))
	if len(groups) == 0 {
		return ErrNoGroups
	}
	var faults []error
	for i, group := range groups {
		if i > 0 && groups[i-1] == group {
			faults = append(faults, fmt.Errorf("group %s: %w", group, ErrDuplicate))
		}
	}
	return errors.Join(faults...)
}

// checkOwnPolicy refuses the policy of a group of this stack on a role.
func (a *CLIAccessArgs) checkOwnPolicy(arns []string) error {
	var faults []error
	for _, arn := range arns {
		if a.OwnPolicy(arn) {
			faults = append(faults, fmt.Errorf("%s: %w", arn, ErrOwnPolicyOnRole))
		}
	}
	return errors.Join(faults...)
}

// OwnPolicy tells whether arn is that of the policy of one of the groups.
func (a *CLIAccessArgs) OwnPolicy(arn string) bool {
	for group := range a.groups() {
		if strings.EqualFold(arn, a.Account.PolicyARN("/", a.NamePrefix+group)) {
			return true
		}
	}
	return false
}

func (a *CLIAccessArgs) roleArgs(role string) *MFARoleArgs {
	r := a.Roles[role]
	return &MFARoleArgs{
		Name:                a.NamePrefix + role,
		Description:         r.Description,
		Partition:           a.Account.Partition,
		TrustedUserARNs:     r.TrustedUserARNs,
		ManagedPolicies:     r.ManagedPolicies,
		MaxSessionDuration:  r.MaxSessionDuration,
		PermissionsBoundary: r.PermissionsBoundary,
		Tags:                a.Tags,
		TrustPolicyQuota:    a.TrustPolicyQuota,
	}
}

func (a *CLIAccessArgs) policyArgs(group string, roles []string) *MFAPolicyArgs {
	arns := make([]string, 0, len(roles))
	for _, role := range roles {
		arns = append(arns, a.Account.RoleARN("/", a.NamePrefix+role))
	}
	return &MFAPolicyArgs{
		Name: a.NamePrefix + group,
		GroupPolicy: policy.GroupPolicy{
			Account:       a.Account,
			RoleARNs:      arns,
			Enrolment:     a.Enrolment,
			DeviceName:    a.DeviceName,
			ExemptActions: a.ExemptActions,
			WithoutDeny:   a.WithoutDeny,
		},
		Tags: a.Tags,
	}
}

// groups yields each group with the roles its members use, both sorted.
func (a *CLIAccessArgs) groups() iter.Seq2[string, []string] {
	byGroup := map[string][]string{}
	for _, role := range slices.Sorted(maps.Keys(a.Roles)) {
		for _, group := range a.Roles[role].Groups {
			if !slices.Contains(byGroup[group], role) {
				byGroup[group] = append(byGroup[group], role)
			}
		}
	}
	return func(yield func(string, []string) bool) {
		for _, group := range slices.Sorted(maps.Keys(byGroup)) {
			if !yield(group, byGroup[group]) {
				return
			}
		}
	}
}

// leaves takes joined errors apart.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}
