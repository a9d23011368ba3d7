package iam

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// GroupAccessArgs describes what is attached to one group.
type GroupAccessArgs struct {
	// Group is the name of an existing IAM group, required.
	Group string
	// PolicyARNs are the managed policies to attach, 1 to 10, by their names
	// in IAM. The keys name the attachments in Pulumi: adding or removing one
	// leaves the others alone. A policy of another name needs another key: the
	// aws provider replaces an attachment by detaching the old policy first.
	PolicyARNs map[string]pulumi.StringInput
	// DependsOn are concrete resources (see [MFARole.Resources]) that must
	// exist before anything is attached, and until it is detached.
	DependsOn []pulumi.Resource
}

// GroupAccess attaches managed policies to an existing group and touches
// nothing else that is attached to it.
type GroupAccess struct {
	pulumi.ResourceState

	// Group is the name of the group.
	Group pulumi.StringOutput `pulumi:"group"`
}

// NewGroupAccess registers the attachments. It returns every fault of the
// arguments at once, before anything is registered.
func NewGroupAccess(
	ctx *pulumi.Context, name string, args *GroupAccessArgs, opts ...pulumi.ResourceOption,
) (*GroupAccess, error) {
	if args == nil {
		args = &GroupAccessArgs{}
	}
	err := errors.Join(policy.CheckGroupName(args.Group), stack.CheckPolicyCount(len(args.PolicyARNs)))
	if err != nil {
		return nil, fmt.Errorf("access of group %s: %w", name, err)
	}
	component := &GroupAccess{}
	if err := ctx.RegisterComponentResource(GroupAccessType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering access of group %s: %w", name, err)
	}
	component.Group = pulumi.String(args.Group).ToStringOutput()
	for _, key := range slices.Sorted(maps.Keys(args.PolicyARNs)) {
		_, err := awsiam.NewGroupPolicyAttachment(ctx, name+"/"+key, &awsiam.GroupPolicyAttachmentArgs{
			Group:     pulumi.String(args.Group),
			PolicyArn: args.PolicyARNs[key],
		}, pulumi.Parent(component), pulumi.DependsOn(args.DependsOn))
		if err != nil {
			return nil, fmt.Errorf("attaching %s to group %s: %w", key, args.Group, err)
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"group": component.Group})
}
