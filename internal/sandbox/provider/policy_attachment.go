package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const policyARNKey resource.PropertyKey = "policyArn"

// policyAttachment is one managed policy attached to one entity of a kind: GroupPolicyAttachment and
// RolePolicyAttachment differ in the API calls only. It is not exclusive: other attachments are left alone. IAM
// has no id for it, so its id is made up, and says nothing: the properties do.
type policyAttachment struct {
	properties schema
	entity     string               // for messages: "Group" or "Role"
	key        resource.PropertyKey // of the entity's name
	attach     func(ctx context.Context, c *iam.Client, name, arn string) error
	detach     func(ctx context.Context, c *iam.Client, name, arn string) error
	list       func(ctx context.Context, c *iam.Client, name string) ([]types.AttachedPolicy, error)
}

// attachmentSchema has deleteBeforeReplace as pulumi-aws sets it for both types: the replacement may be equal to what
// it replaces, and would be detached together with it.
func attachmentSchema(key resource.PropertyKey, maxName int) schema {
	return schema{deleteBeforeReplace: true, properties: []property{
		{key: key, use: required, replace: true, refuse: matching(namePattern, maxName)},
		{key: policyARNKey, use: required, replace: true, refuse: refuseARN},
	}}
}

func (a policyAttachment) schema() schema { return a.properties }

// identify reads an import id, NAME/POLICY-ARN.
func (a policyAttachment) identify(id string) (resource.PropertyMap, error) {
	name, arn, ok := strings.Cut(id, "/")
	if !ok || name == "" || arn == "" {
		return nil, fmt.Errorf("unexpected format of ID (%q), expected <%s-name>/<policy_arn>", id, a.key)
	}
	return resource.PropertyMap{a.key: resource.NewProperty(name), policyARNKey: resource.NewProperty(arn)}, nil
}

func (a policyAttachment) create(ctx context.Context, c cloud, in resource.PropertyMap) (string, error) {
	name, arn := text(in, a.key), text(in, policyARNKey)
	if err := c.retry(ctx, func() error { return a.attach(ctx, c.iam, name, arn) }); err != nil {
		return "", fmt.Errorf("attaching IAM Policy (%s) to IAM %s (%s): %w", arn, a.entity, name, err)
	}
	return name + "-" + uniqueSuffix(time.Now()), nil
}

func (a policyAttachment) read(
	ctx context.Context, c cloud, id string, state resource.PropertyMap,
) (object, error) {
	name, arn := text(state, a.key), text(state, policyARNKey)
	attached, err := a.list(ctx, c.iam, name)
	if err != nil {
		return object{}, goneOr(err, fmt.Sprintf("reading IAM %s Policy Attachment (%s:%s)", a.entity, name, arn))
	}
	if !slices.Contains(policyARNs(attached), arn) {
		return object{}, errGone
	}
	if id == name+"/"+arn {
		id = name + "-" + arn // the id after an import, as in the real provider
	}
	return object{id: id, state: resource.PropertyMap{
		a.key:        resource.NewProperty(name),
		policyARNKey: resource.NewProperty(arn),
	}}, nil
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
	err := c.retry(ctx, func() error { return a.detach(ctx, c.iam, name, arn) })
	if err != nil && !isNoSuchEntity(err) {
		return fmt.Errorf("detaching IAM Policy (%s) from IAM %s (%s): %w", arn, a.entity, name, err)
	}
	return nil
}

func policyARNs(attached []types.AttachedPolicy) []string {
	arns := make([]string, len(attached))
	for i, p := range attached {
		arns[i] = aws.ToString(p.PolicyArn)
	}
	slices.Sort(arns)
	return arns
}
