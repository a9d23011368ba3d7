package provider

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	iampolicy "github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const policyARNKey resource.PropertyKey = "policyArn"

// policyAttachment is one managed policy attached to one entity of a kind: GroupPolicyAttachment and
// RolePolicyAttachment differ in the API calls only. It is not exclusive: other attachments are left alone. IAM
// has no id for it, so its id is made up, and says nothing: the properties do.
type policyAttachment struct {
	entity string               // for messages: "Group" or "Role"
	key    resource.PropertyKey // of the entity's name
	check  func(name string) error
	attach func(ctx context.Context, c *iam.Client, name, arn *string) error
	detach func(ctx context.Context, c *iam.Client, name, arn *string) error
	list   func(ctx context.Context, api deployed.AttachedAPI, name string) ([]types.AttachedPolicy, error)
}

// newGroupPolicyAttachment is aws:iam/groupPolicyAttachment:GroupPolicyAttachment
// (https://www.pulumi.com/registry/packages/aws/api-docs/iam/grouppolicyattachment/).
func newGroupPolicyAttachment() policyAttachment {
	return policyAttachment{
		entity: "Group", key: "group", check: iampolicy.CheckGroupName, list: deployed.AttachedToGroup,
		attach: func(ctx context.Context, c *iam.Client, name, arn *string) error {
			return errorOf(c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: name, PolicyArn: arn}))
		},
		detach: func(ctx context.Context, c *iam.Client, name, arn *string) error {
			return errorOf(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: name, PolicyArn: arn}))
		},
	}
}

// newRolePolicyAttachment is aws:iam/rolePolicyAttachment:RolePolicyAttachment
// (https://www.pulumi.com/registry/packages/aws/api-docs/iam/rolepolicyattachment/).
func newRolePolicyAttachment() policyAttachment {
	return policyAttachment{
		entity: "Role", key: "role", check: iampolicy.CheckRoleName, list: deployed.AttachedToRole,
		attach: func(ctx context.Context, c *iam.Client, name, arn *string) error {
			return errorOf(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: arn}))
		},
		detach: func(ctx context.Context, c *iam.Client, name, arn *string) error {
			return errorOf(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: arn}))
		},
	}
}

func (a policyAttachment) schema() schema {
	return schema{
		{key: a.key, use: required, replace: true, refuse: refusing(a.check)},
		{key: policyARNKey, use: required, replace: true, refuse: refuseARN},
	}
}

func (a policyAttachment) create(ctx context.Context, c cloud, in resource.PropertyMap) (string, error) {
	name, arn := text(in, a.key), text(in, policyARNKey)
	if err := a.attach(ctx, c.iam, &name, &arn); err != nil {
		return "", fmt.Errorf("attaching IAM Policy (%s) to IAM %s (%s): %w", arn, a.entity, name, err)
	}
	return name + "-" + uniqueSuffix(time.Now()), nil
}

func (a policyAttachment) read(
	ctx context.Context, c cloud, _ string, state resource.PropertyMap,
) (resource.PropertyMap, error) {
	name, arn := text(state, a.key), text(state, policyARNKey)
	attached, err := a.list(ctx, c.iam, name)
	if err != nil {
		return nil, goneOr(err, fmt.Sprintf("reading IAM %s Policy Attachment (%s:%s)", a.entity, name, arn))
	}
	if !slices.Contains(deployed.PolicyARNs(attached), arn) {
		return nil, errGone
	}
	return resource.PropertyMap{a.key: resource.NewProperty(name), policyARNKey: resource.NewProperty(arn)}, nil
}

// update has nothing to do: every property replaces. The engine asks for it to finish an attachment that was made,
// but could not be read back.
func (policyAttachment) update(context.Context, cloud, string, resource.PropertyMap, resource.PropertyMap) error {
	return nil
}

func (a policyAttachment) delete(ctx context.Context, c cloud, _ string, state resource.PropertyMap) error {
	name, arn := text(state, a.key), text(state, policyARNKey)
	if name == "" || arn == "" {
		return errors.New("deleting a policy attachment: the state does not say which")
	}
	err := a.detach(ctx, c.iam, &name, &arn)
	return unlessGone(err, "detaching IAM Policy (%s) from IAM %s (%s)", arn, a.entity, name)
}

// uniqueSuffix has the form of terraform-plugin-sdk's id.UniqueId, without its process-wide counter: 18 digits of time
// and 8 hex digits.
func uniqueSuffix(now time.Time) string {
	stamp := strings.Replace(now.UTC().Format("20060102150405.0000"), ".", "", 1)
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	return stamp + hex.EncodeToString(random)
}
