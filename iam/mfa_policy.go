package iam

import (
	"cmp"
	"errors"
	"fmt"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// mfaPolicyDescription is written once: IAM cannot change a description, and
// replacing the policy would detach the deny for a moment.
const mfaPolicyDescription = "Assume the AWS CLI roles of this group; deny everything else without MFA."

// MFAPolicyArgs describes the managed policy of one group.
type MFAPolicyArgs struct {
	// Name is the policy's name in IAM, required.
	Name string
	// Path is the policy's IAM path; empty means "/". It cannot change while
	// the name stays.
	Path string
	// GroupPolicy says what the document allows and denies.
	GroupPolicy policy.GroupPolicy
	// Tags of the policy, at most 50.
	Tags map[string]string
	// DependsOn are concrete resources (see [MFARole.Resources]) that must
	// exist before the policy says or changes anything.
	DependsOn []pulumi.Resource
}

// MFAPolicy is the customer managed policy that lets a group assume its roles
// and denies the rest without MFA. It is for groups only: on a role it would
// deny every call, because a role session carries no MFA.
type MFAPolicy struct {
	pulumi.ResourceState

	// ARN of the policy.
	ARN pulumi.StringOutput `pulumi:"policyArn"`

	policy *awsiam.Policy
}

// Resources are the concrete resources, for [pulumi.DependsOn].
func (p *MFAPolicy) Resources() []pulumi.Resource { return []pulumi.Resource{p.policy} }

// NewMFAPolicy registers the policy. It returns every fault of the arguments
// at once, before anything is registered.
func NewMFAPolicy(
	ctx *pulumi.Context, name string, args *MFAPolicyArgs, opts ...pulumi.ResourceOption,
) (*MFAPolicy, error) {
	if args == nil {
		args = &MFAPolicyArgs{}
	}
	document, err := args.GroupPolicy.ManagedPolicy()
	err = errors.Join(
		policy.CheckPolicyName(args.Name), policy.CheckPath(cmp.Or(args.Path, "/")), policy.CheckTags(args.Tags), err,
	)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	return registerMFAPolicy(ctx, name, document, args, "", opts...)
}

// registerMFAPolicy registers a document that was made already: the arguments say the rest.
func registerMFAPolicy(
	ctx *pulumi.Context, name string, document policy.Document, args *MFAPolicyArgs, importID string,
	opts ...pulumi.ResourceOption,
) (*MFAPolicy, error) {
	component := &MFAPolicy{}
	if err := ctx.RegisterComponentResource(MFAPolicyType, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering policy %s: %w", name, err)
	}
	var err error
	component.policy, err = awsiam.NewPolicy(ctx, name, &awsiam.PolicyArgs{
		Name:        pulumi.String(args.Name),
		Path:        pulumi.String(cmp.Or(args.Path, "/")),
		Description: pulumi.String(mfaPolicyDescription),
		Policy:      pulumi.String(document.String()),
		Tags:        tags(args.Tags),
	}, pulumi.Parent(component), createBeforeDelete(), importing(importID),
		pulumi.IgnoreChanges([]string{"description"}), pulumi.DependsOn(args.DependsOn))
	if err != nil {
		return nil, fmt.Errorf("registering the managed policy of %s: %w", name, err)
	}
	component.ARN = component.policy.Arn
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"policyArn": component.ARN})
}
