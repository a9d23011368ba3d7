package provider

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const groupKey resource.PropertyKey = "group"

// newGroupPolicyAttachment is aws:iam/groupPolicyAttachment:GroupPolicyAttachment
// (https://www.pulumi.com/registry/packages/aws/api-docs/iam/grouppolicyattachment/).
func newGroupPolicyAttachment() policyAttachment {
	return policyAttachment{
		properties: attachmentSchema(groupKey, maxGroupName),
		entity:     "Group",
		key:        groupKey,
		list:       attachedGroupPolicies,
		attach: func(ctx context.Context, c *iam.Client, name, arn string) error {
			_, err := c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{
				GroupName: aws.String(name), PolicyArn: aws.String(arn),
			})
			return err
		},
		detach: func(ctx context.Context, c *iam.Client, name, arn string) error {
			_, err := c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{
				GroupName: aws.String(name), PolicyArn: aws.String(arn),
			})
			return err
		},
	}
}

func attachedGroupPolicies(ctx context.Context, c *iam.Client, name string) ([]types.AttachedPolicy, error) {
	var attached []types.AttachedPolicy
	pages := iam.NewListAttachedGroupPoliciesPaginator(c, &iam.ListAttachedGroupPoliciesInput{GroupName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		attached = append(attached, page.AttachedPolicies...)
	}
	return attached, nil
}
