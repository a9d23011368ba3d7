// Package deployed reads back from an AWS account, through the IAM API, the
// documents that decide who may do what: those of a deployed stack, for
// [policy.Verify], and those of the caller, for an explanation of a denial.
package deployed

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// PolicyAPI are the operations of IAM that read managed policies.
type PolicyAPI interface {
	GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error)
	GetPolicyVersion(
		context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options),
	) (*iam.GetPolicyVersionOutput, error)
}

// AttachedAPI are the operations of IAM that list the policies of groups and roles.
type AttachedAPI interface {
	iam.ListAttachedGroupPoliciesAPIClient
	iam.ListAttachedRolePoliciesAPIClient
}

// IAM are the operations of IAM that this package calls: [iam.Client] has them.
type IAM interface {
	PolicyAPI
	AttachedAPI
	iam.GetGroupAPIClient
	iam.ListAttachedUserPoliciesAPIClient
	iam.ListGroupPoliciesAPIClient
	iam.ListRolePoliciesAPIClient
	iam.ListUserPoliciesAPIClient
	iam.ListGroupsForUserAPIClient
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	GetGroupPolicy(
		context.Context, *iam.GetGroupPolicyInput, ...func(*iam.Options),
	) (*iam.GetGroupPolicyOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	GetUserPolicy(context.Context, *iam.GetUserPolicyInput, ...func(*iam.Options)) (*iam.GetUserPolicyOutput, error)
}

// ErrNotFound is wrapped by the error about something that the account has not.
var ErrNotFound = errors.New("the account has no such thing")

func failed(operation, object string, err error) error {
	switch {
	case awserror.IsDenied(err):
		return &awserror.PermissionError{Permission: operation, Doing: "reading", Object: object, Err: err}
	case awserror.IsNotFound(err):
		return fmt.Errorf("reading %s (%s): %w: %w", object, operation, ErrNotFound, err)
	default:
		return fmt.Errorf("reading %s (%s): %w", object, operation, err)
	}
}

// owner is a user, group or role, and the calls that read its policies.
type owner struct {
	kind, name  string
	permissions ownerPermissions
	attached    func(ctx context.Context) ([]types.AttachedPolicy, error)
	inlineNames func(ctx context.Context) ([]string, error)
	inlineText  func(ctx context.Context, policyName *string) (*string, error)
}

type ownerPermissions struct{ attached, inlineNames, inlineText string }

func (o owner) String() string { return o.kind + " " + o.name }

// managed are the managed policies that are attached. The error names the
// permission that is missing.
func (o owner) managed(ctx context.Context) ([]types.AttachedPolicy, error) {
	found, err := o.attached(ctx)
	if err != nil {
		return nil, failed(o.permissions.attached, "the policies attached to "+o.String(), err)
	}
	return found, nil
}

// inlinePolicies are the names of the inline policies. The error is as that of
// managed.
func (o owner) inlinePolicies(ctx context.Context) ([]string, error) {
	names, err := o.inlineNames(ctx)
	if err != nil {
		return nil, failed(o.permissions.inlineNames, o.String(), err)
	}
	return names, nil
}

func groupOwner(api IAM, name string) owner {
	return owner{
		kind: "group", name: name,
		permissions: ownerPermissions{"iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies", "iam:GetGroupPolicy"},
		attached:    func(ctx context.Context) ([]types.AttachedPolicy, error) { return AttachedToGroup(ctx, api, name) },
		inlineNames: later(
			iam.NewListGroupPoliciesPaginator(api, &iam.ListGroupPoliciesInput{GroupName: &name}),
			func(p *iam.ListGroupPoliciesOutput) []string { return p.PolicyNames }),
		inlineText: func(ctx context.Context, policyName *string) (*string, error) {
			out, err := api.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &name, PolicyName: policyName})
			if err != nil {
				return nil, err
			}
			return out.PolicyDocument, nil
		},
	}
}

func roleOwner(api IAM, name string) owner {
	return owner{
		kind: "role", name: name,
		permissions: ownerPermissions{"iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"},
		attached:    func(ctx context.Context) ([]types.AttachedPolicy, error) { return AttachedToRole(ctx, api, name) },
		inlineNames: later(
			iam.NewListRolePoliciesPaginator(api, &iam.ListRolePoliciesInput{RoleName: &name}),
			func(p *iam.ListRolePoliciesOutput) []string { return p.PolicyNames }),
		inlineText: func(ctx context.Context, policyName *string) (*string, error) {
			out, err := api.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: policyName})
			if err != nil {
				return nil, err
			}
			return out.PolicyDocument, nil
		},
	}
}

func userOwner(api IAM, name string) owner {
	return owner{
		kind: "user", name: name,
		permissions: ownerPermissions{"iam:ListAttachedUserPolicies", "iam:ListUserPolicies", "iam:GetUserPolicy"},
		attached: later(
			iam.NewListAttachedUserPoliciesPaginator(api, &iam.ListAttachedUserPoliciesInput{UserName: &name}),
			func(p *iam.ListAttachedUserPoliciesOutput) []types.AttachedPolicy { return p.AttachedPolicies }),
		inlineNames: later(
			iam.NewListUserPoliciesPaginator(api, &iam.ListUserPoliciesInput{UserName: &name}),
			func(p *iam.ListUserPoliciesOutput) []string { return p.PolicyNames }),
		inlineText: func(ctx context.Context, policyName *string) (*string, error) {
			out, err := api.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &name, PolicyName: policyName})
			if err != nil {
				return nil, err
			}
			return out.PolicyDocument, nil
		},
	}
}

// Paginator is one of the SDK's, for IAM.
type Paginator[Page any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*iam.Options)) (Page, error)
}

// All are the items of all pages.
func All[Page, Item any](ctx context.Context, pages Paginator[Page], items func(Page) []Item) ([]Item, error) {
	var found []Item
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, items(page)...)
	}
	return found, nil
}

func later[Page, Item any](
	pages Paginator[Page], items func(Page) []Item,
) func(context.Context) ([]Item, error) {
	return func(ctx context.Context) ([]Item, error) { return All(ctx, pages, items) }
}

// AttachedToGroup are the managed policies of a group.
func AttachedToGroup(ctx context.Context, api AttachedAPI, name string) ([]types.AttachedPolicy, error) {
	return All(ctx, iam.NewListAttachedGroupPoliciesPaginator(api, &iam.ListAttachedGroupPoliciesInput{GroupName: &name}),
		func(p *iam.ListAttachedGroupPoliciesOutput) []types.AttachedPolicy { return p.AttachedPolicies })
}

// AttachedToRole are the managed policies of a role.
func AttachedToRole(ctx context.Context, api AttachedAPI, name string) ([]types.AttachedPolicy, error) {
	return All(ctx, iam.NewListAttachedRolePoliciesPaginator(api, &iam.ListAttachedRolePoliciesInput{RoleName: &name}),
		func(p *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return p.AttachedPolicies })
}

// PolicyARNs are those of attached policies.
func PolicyARNs(attached []types.AttachedPolicy) []string {
	var arns []string
	for _, one := range attached {
		arns = append(arns, aws.ToString(one.PolicyArn))
	}
	return arns
}

// ManagedDocument reads the default version of a managed policy. The error is as
// that of [ReadGroup].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
func ManagedDocument(ctx context.Context, api PolicyAPI, arn string) (policy.Document, error) {
	found, err := api.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return policy.Document{}, failed("iam:GetPolicy", "policy "+arn, err)
	}
	version, err := api.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: &arn, VersionId: found.Policy.DefaultVersionId,
	})
	if err != nil {
		return policy.Document{}, failed("iam:GetPolicyVersion", "policy "+arn, err)
	}
	return parse("policy "+arn, version.PolicyVersion.Document)
}

func parse(what string, text *string) (policy.Document, error) {
	document, err := policy.Parse(aws.ToString(text))
	if err != nil {
		return policy.Document{}, fmt.Errorf("%s: %w", what, err)
	}
	return document, nil
}
