package iam

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// AccessArgs describes roles and groups in plain values.
type AccessArgs = stack.Access

// CLIAccessArgs describes the MFA access of one stack.
type CLIAccessArgs struct {
	AccessArgs

	// PolicyOutputs by role: policies whose ARNs other resources give.
	PolicyOutputs map[string]PolicyOutputs
}

// Plan is what the arguments come to: every document that [NewCLIAccess] deploys.
// It returns every fault at once, joined: a [*stack.RoleError] or a
// [*stack.GroupError] for each.
func (a *CLIAccessArgs) Plan() (stack.Plan, error) {
	further := map[string][]string{}
	var faults []error
	for _, role := range slices.Sorted(maps.Keys(a.PolicyOutputs)) {
		written, ok := a.Roles[role]
		if !ok {
			faults = append(faults, &stack.RoleError{Role: role, Err: errNoSuchRole})
		} else if err := a.PolicyOutputs[role].check(written); err != nil {
			faults = append(faults, &stack.RoleError{Role: role, Err: err})
		}
		further[role] = a.PolicyOutputs[role].names()
	}
	plan, err := a.AccessArgs.Plan(stack.Known{FurtherPolicies: further})
	return plan, errors.Join(append(faults, err)...)
}

var errNoSuchRole = errors.New("policies are given as outputs for a role that is not described")

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

	roles map[string]*MFARole
}

// Role is the component of one role, as keyed in [CLIAccessArgs], or nil.
func (c *CLIAccess) Role(key string) *MFARole { return c.roles[key] }

// NewCLIAccess registers it all. It returns the errors of [CLIAccessArgs.Plan]
// before anything is registered.
//
// A group's policy is made, changed and attached only after all roles and their
// policies, because a member may have theirs by another group, and detached
// before any of them goes: whoever is denied without MFA always has a role that
// works (G9).
func NewCLIAccess(
	ctx *pulumi.Context, name string, args *CLIAccessArgs, opts ...pulumi.ResourceOption,
) (*CLIAccess, error) {
	if args == nil {
		args = &CLIAccessArgs{}
	}
	plan, err := args.Plan()
	if err != nil {
		return nil, fmt.Errorf("CLI access %s: %w", name, err)
	}
	return NewPlannedCLIAccess(ctx, name, plan, args.PolicyOutputs, opts...)
}

// NewPlannedCLIAccess registers what was planned already, and judged perhaps, with
// the policies of [CLIAccessArgs] whose ARNs other resources give, or nil.
func NewPlannedCLIAccess(
	ctx *pulumi.Context, name string, plan stack.Plan, outputs map[string]PolicyOutputs, opts ...pulumi.ResourceOption,
) (*CLIAccess, error) {
	component := &CLIAccess{roles: map[string]*MFARole{}}
	if err := ctx.RegisterComponentResource(CLIAccessType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering CLI access %s: %w", name, err)
	}
	roleARNs, byPlannedARN := pulumi.StringMap{}, map[string]*MFARole{}
	var all []pulumi.Resource
	for _, planned := range plan.InOrder() {
		role, err := registerMFARole(ctx, name+"/"+planned.Key, planned, surroundings{
			tags: plan.Tags, outputs: outputs[planned.Key], after: component.resources(plan.Order.After[planned.Key]),
			importID: importID(plan.Imports.Roles, planned.Name, planned.Name),
		}, pulumi.Parent(component))
		if err != nil {
			return nil, err
		}
		all = append(all, role.last()...)
		component.roles[planned.Key], byPlannedARN[planned.ARN], roleARNs[planned.Key] = role, role, role.ARN
	}
	policyARNs, grants := pulumi.StringMap{}, pulumi.StringArrayMap{}
	for _, group := range plan.Groups {
		var arns pulumi.StringArray
		for _, arn := range group.RoleARNs {
			arns = append(arns, byPlannedARN[arn].ARN)
		}
		arn, err := component.registerGroup(ctx, name+"/"+group.Name, group, plan, all)
		if err != nil {
			return nil, err
		}
		policyARNs[group.Name], grants[group.Name] = arn, arns
	}
	component.RoleARNs, component.MFAPolicyARNs = roleARNs.ToStringMapOutput(), policyARNs.ToStringMapOutput()
	component.Grants = grants.ToStringArrayMapOutput()
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"roleArns":      component.RoleARNs,
		"mfaPolicyArns": component.MFAPolicyARNs,
		"grants":        component.Grants,
	})
}

// resources are those of the roles of these keys.
func (c *CLIAccess) resources(keys []string) []pulumi.Resource {
	var resources []pulumi.Resource
	for _, key := range keys {
		resources = append(resources, c.roles[key].last()...)
	}
	return resources
}

// registerGroup registers the group's policy after what stands before, and its
// attachment after the policy, whose ARN it needs. It returns the policy's ARN.
func (c *CLIAccess) registerGroup(
	ctx *pulumi.Context, name string, group policy.Group, plan stack.Plan, before []pulumi.Resource,
) (pulumi.StringOutput, error) {
	own := group.Policies[0]
	mfaPolicy, err := registerMFAPolicy(ctx, name, own.Document,
		&MFAPolicyArgs{Name: own.Name, Tags: plan.Tags, DependsOn: before},
		importID(plan.Imports.Policies, own.Name, plan.Account.PolicyARN("/", own.Name)), pulumi.Parent(c))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	_, err = NewGroupAccess(ctx, name, &GroupAccessArgs{
		Group:      group.Name,
		PolicyARNs: map[string]pulumi.StringInput{own.Name: mfaPolicy.ARN},
	}, pulumi.Parent(c))
	return mfaPolicy.ARN, err
}

// importID is what IAM's object of that name is imported by, if it is to be.
func importID(names []string, name, id string) string {
	if slices.Contains(names, name) {
		return id
	}
	return ""
}
