package iam

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// RoleArgs describes a role in plain values.
type RoleArgs = stack.Role

// MFARoleArgs describes a role that people assume with MFA.
type MFARoleArgs struct {
	// RoleArgs say what the role is. Its Name is required; its Groups and Users
	// count in a [CLIAccess] only.
	RoleArgs

	// Partition is that of the managed policies; empty means that of the
	// trusted users.
	Partition string
	// Tags of the role, at most 50.
	Tags map[string]string
	// TrustPolicyQuota is the account's quota for a trust policy in
	// characters; zero means IAM's default of 2,048.
	TrustPolicyQuota int
	// PolicyOutputs are policies whose ARNs other resources give.
	PolicyOutputs PolicyOutputs
}

// PolicyOutputs are managed policies of one role whose ARNs are not known before
// the policies are made, as those that the same program makes. They are attached
// as the others are. Nothing can be proved of what they say: a policy that denies
// without MFA would make the role useless.
type PolicyOutputs struct {
	// ManagedPolicies are ARNs by a name that tells them apart. The names are part
	// of the logical names of the attachments in Pulumi: a policy of another ARN
	// needs another name, or the aws provider detaches the old one first.
	ManagedPolicies map[string]pulumi.StringInput
	// PermissionsBoundary is the ARN of a managed policy, in place of that of
	// [RoleArgs]; nil means none.
	PermissionsBoundary pulumi.StringPtrInput
}

func (o PolicyOutputs) names() []string { return slices.Sorted(maps.Keys(o.ManagedPolicies)) }

// ErrTwoBoundaries says that a role was given a permissions boundary twice.
var ErrTwoBoundaries = errors.New("a permissions boundary both by name and as an output")

func (o PolicyOutputs) check(role RoleArgs) error {
	if o.PermissionsBoundary != nil && role.PermissionsBoundary != "" {
		return fmt.Errorf("%w: %s", ErrTwoBoundaries, role.PermissionsBoundary)
	}
	return nil
}

// MFARole is one IAM role whose trust policy names users and demands MFA, with
// its managed policies attached.
type MFARole struct {
	pulumi.ResourceState

	// ARN of the role.
	ARN pulumi.StringOutput `pulumi:"roleArn"`
	// Name of the role in IAM.
	Name pulumi.StringOutput `pulumi:"roleName"`

	// resources are the concrete resources; see Resources.
	resources []pulumi.Resource
}

// Resources are the role and its attachments, to be given to
// [pulumi.DependsOn] by what needs a role that works. Depending on the
// component itself is a race in the Pulumi Go SDK.
func (r *MFARole) Resources() []pulumi.Resource { return r.resources }

// last are those of the resources that come after all others: the attachments, or
// the role where it has none. Who depends on them depends on all, at the cost of
// fewer edges in the state, which the engine writes at every step.
func (r *MFARole) last() []pulumi.Resource { return r.resources[min(1, len(r.resources)-1):] }

// NewMFARole registers the role. It returns every fault of the arguments at
// once, before anything is registered, wrapping the errors of this package, of
// [stack] and of [policy].
func NewMFARole(ctx *pulumi.Context, name string, args *MFARoleArgs, opts ...pulumi.ResourceOption) (*MFARole, error) {
	if args == nil {
		args = &MFARoleArgs{}
	}
	planned, err := args.Plan(stack.RolePlace{
		Partition: args.Partition, TrustPolicyQuota: args.TrustPolicyQuota,
		FurtherPolicies: args.PolicyOutputs.names(),
	})
	if err := errors.Join(err, args.PolicyOutputs.check(args.RoleArgs), policy.CheckTags(args.Tags)); err != nil {
		return nil, fmt.Errorf("role %s: %w", name, err)
	}
	return registerMFARole(ctx, name, planned, surroundings{tags: args.Tags, outputs: args.PolicyOutputs}, opts...)
}

// surroundings are what a planned role does not say itself.
type surroundings struct {
	tags    map[string]string
	outputs PolicyOutputs
	// after must be there before the role is made or changed.
	after []pulumi.Resource
	// importID is the name of a role that exists and is taken over, or empty.
	importID string
}

func registerMFARole(
	ctx *pulumi.Context, name string, planned policy.Role, in surroundings, opts ...pulumi.ResourceOption,
) (*MFARole, error) {
	component := &MFARole{}
	if err := ctx.RegisterComponentResource(MFARoleType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering role %s: %w", name, err)
	}
	role, err := newRole(ctx, name, planned, in,
		pulumi.Parent(component), pulumi.DependsOn(in.after), importing(in.importID), createBeforeDelete())
	if err != nil {
		return nil, fmt.Errorf("registering the IAM role of %s: %w", name, err)
	}
	component.ARN, component.Name = role.Arn, role.Name
	component.resources = []pulumi.Resource{role}
	for _, arn := range planned.PolicyARNs {
		if err := component.attach(ctx, name+"/"+planned.Name+"/"+attachmentKey(arn), role, pulumi.String(arn)); err != nil {
			return nil, err
		}
	}
	for _, key := range in.outputs.names() {
		arn := in.outputs.ManagedPolicies[key]
		if err := component.attach(ctx, name+"/"+planned.Name+"/output/"+key, role, arn); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"roleArn":  component.ARN,
		"roleName": component.Name,
	})
}

func newRole(
	ctx *pulumi.Context, name string, planned policy.Role, in surroundings, opts ...pulumi.ResourceOption,
) (*awsiam.Role, error) {
	boundary := optionalString(planned.PermissionsBoundary)
	if in.outputs.PermissionsBoundary != nil {
		boundary = in.outputs.PermissionsBoundary
	}
	return awsiam.NewRole(ctx, name, &awsiam.RoleArgs{
		Name:                pulumi.String(planned.Name),
		Path:                pulumi.String(planned.Path),
		Description:         optionalString(planned.Description),
		AssumeRolePolicy:    pulumi.String(planned.Trust.String()),
		MaxSessionDuration:  pulumi.Int(int(planned.MaxSessionDuration.Seconds())),
		PermissionsBoundary: boundary,
		Tags:                tags(in.tags),
	}, opts...)
}

// attach attaches a policy. The name says all that identifies an attachment, so
// that it is never replaced: the aws provider would detach the old one first, and
// a renamed role would be without its policies while it is the only way in.
func (r *MFARole) attach(ctx *pulumi.Context, name string, role *awsiam.Role, arn pulumi.StringInput) error {
	attachment, err := awsiam.NewRolePolicyAttachment(ctx, name,
		&awsiam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: arn}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("registering the attachment %s: %w", name, err)
	}
	r.resources = append(r.resources, attachment)
	return nil
}

// attachmentKey tells a role's policies apart in logical names by what they
// are, never by their position in a list.
func attachmentKey(policyARN string) string {
	arn, err := policy.ParseIAMARN(policyARN)
	if err != nil {
		return policyARN
	}
	key := strings.TrimPrefix(arn.Path, "/") + arn.Name
	if arn.Account != "aws" {
		key = arn.Account + "/" + key
	}
	return key
}

func optionalString(s string) pulumi.StringPtrInput {
	if s == "" {
		return nil
	}
	return pulumi.String(s)
}

func tags(plain map[string]string) pulumi.StringMapInput {
	if len(plain) == 0 {
		return nil
	}
	return pulumi.ToStringMap(plain)
}
