package provider

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const roleKey resource.PropertyKey = "role"

// newRolePolicyAttachment is aws:iam/rolePolicyAttachment:RolePolicyAttachment
// (https://www.pulumi.com/registry/packages/aws/api-docs/iam/rolepolicyattachment/).
func newRolePolicyAttachment() policyAttachment {
	return policyAttachment{
		properties: attachmentSchema(roleKey, maxRoleName),
		entity:     "Role",
		key:        roleKey,
		list:       attachedRolePolicies,
		attach: func(ctx context.Context, c *iam.Client, name, arn string) error {
			_, err := c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
				RoleName: aws.String(name), PolicyArn: aws.String(arn),
			})
			return err
		},
		detach: func(ctx context.Context, c *iam.Client, name, arn string) error {
			_, err := c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{
				RoleName: aws.String(name), PolicyArn: aws.String(arn),
			})
			return err
		},
	}
}

func attachedRolePolicies(ctx context.Context, c *iam.Client, name string) ([]types.AttachedPolicy, error) {
	var attached []types.AttachedPolicy
	pages := iam.NewListAttachedRolePoliciesPaginator(c, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		attached = append(attached, page.AttachedPolicies...)
	}
	return attached, nil
}
