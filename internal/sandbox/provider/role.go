package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	iampolicy "github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	arnKey                 resource.PropertyKey = "arn"
	assumeRolePolicyKey    resource.PropertyKey = "assumeRolePolicy"
	createDateKey          resource.PropertyKey = "createDate"
	descriptionKey         resource.PropertyKey = "description"
	inlinePoliciesKey      resource.PropertyKey = "inlinePolicies"
	managedPolicyARNsKey   resource.PropertyKey = "managedPolicyArns"
	maxSessionDurationKey  resource.PropertyKey = "maxSessionDuration"
	nameKey                resource.PropertyKey = "name"
	pathKey                resource.PropertyKey = "path"
	permissionsBoundaryKey resource.PropertyKey = "permissionsBoundary"
	tagsKey                resource.PropertyKey = "tags"
	tagsAllKey             resource.PropertyKey = "tagsAll"
	uniqueIDKey            resource.PropertyKey = "uniqueId"
)

// role is aws:iam/role:Role (https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/). Its id is its name.
// The policies attached to it are outputs only: they are managed by RolePolicyAttachment.
type role struct{}

func (role) schema() schema {
	return schema{
		{key: arnKey, use: computed},
		{key: assumeRolePolicyKey, kind: documentKind, use: required, refuse: refuseDocument},
		{key: createDateKey, use: computed},
		{key: descriptionKey, use: optional, refuse: refuseRoleDescription},
		{key: inlinePoliciesKey, kind: listKind, use: computed},
		{key: managedPolicyARNsKey, kind: listKind, use: computed},
		{
			key: maxSessionDurationKey, kind: numberKind, use: optional, refuse: refuseSession,
			fallback: resource.NewProperty(iampolicy.MinSessionDuration.Seconds()),
		},
		{key: nameKey, use: required, replace: true, refuse: refusing(iampolicy.CheckRoleName)},
		{key: pathKey, use: optional, replace: true, fallback: resource.NewProperty("/")},
		{key: permissionsBoundaryKey, use: optional, refuse: refuseARN},
		{key: tagsKey, kind: textMapKind, use: optional, refuse: refuseTags},
		{key: tagsAllKey, kind: textMapKind, use: merged},
		{key: uniqueIDKey, use: computed},
	}
}

// create is one call, tags included: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (role) create(ctx context.Context, c cloud, in resource.PropertyMap) (string, error) {
	name := text(in, nameKey)
	err := c.eventually(ctx, isUnknownPrincipal, func() error {
		return errorOf(c.iam.CreateRole(ctx, &iam.CreateRoleInput{
			AssumeRolePolicyDocument: aws.String(text(in, assumeRolePolicyKey)),
			Description:              given(in, descriptionKey),
			MaxSessionDuration:       aws.Int32(number(in, maxSessionDurationKey)),
			Path:                     given(in, pathKey),
			PermissionsBoundary:      given(in, permissionsBoundaryKey),
			RoleName:                 aws.String(name),
			Tags:                     tagList(in[tagsAllKey]),
		}))
	})
	if err != nil {
		return "", fmt.Errorf("creating IAM Role (%s): %w", name, err)
	}
	return name, nil
}

func (role) read(
	ctx context.Context, c cloud, id string, state resource.PropertyMap,
) (resource.PropertyMap, error) {
	reading := fmt.Sprintf("reading IAM Role (%s)", id)
	out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(id)})
	if err != nil {
		return nil, goneOr(err, reading)
	}
	attached, err := deployed.AttachedToRole(ctx, c.iam, id)
	if err != nil {
		return nil, goneOr(err, reading+" policy attachments")
	}
	inline, err := inlineRolePolicies(ctx, c.iam, id)
	if err != nil {
		return nil, goneOr(err, reading+" inline policies")
	}
	found := roleProperties(out.Role)
	stored := text(found, assumeRolePolicyKey)
	found[assumeRolePolicyKey] = resource.NewProperty(keptDocument(text(state, assumeRolePolicyKey), stored))
	found[inlinePoliciesKey] = resource.NewProperty(inline)
	found[managedPolicyARNsKey] = resource.NewPropertyValue(slices.Sorted(slices.Values(deployed.PolicyARNs(attached))))
	found[tagsKey] = tagMap(c.ownTags(out.Role.Tags, state[tagsKey]))
	found[tagsAllKey] = tagMap(out.Role.Tags)
	return found, nil
}

// roleProperties are those that the resource and the function have in common.
func roleProperties(r *types.Role) resource.PropertyMap {
	trust := storedDocument(aws.ToString(r.AssumeRolePolicyDocument))
	created := aws.ToTime(r.CreateDate).UTC().Format(time.RFC3339)
	properties := textProperties(map[resource.PropertyKey]*string{
		arnKey: r.Arn, assumeRolePolicyKey: &trust, createDateKey: &created, descriptionKey: r.Description,
		nameKey: r.RoleName, pathKey: r.Path, uniqueIDKey: r.RoleId,
	})
	properties[maxSessionDurationKey] = resource.NewProperty(float64(aws.ToInt32(r.MaxSessionDuration)))
	properties[permissionsBoundaryKey] = boundaryARN(r.PermissionsBoundary)
	properties[tagsKey] = tagMap(r.Tags)
	return properties
}

// update makes one call for each property, in the real provider's order.
func (r role) update(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error {
	name := aws.String(id)
	for _, step := range []struct {
		key resource.PropertyKey
		do  func() error
	}{
		{tagsAllKey, func() error { return updateRoleTags(ctx, c, id, state, news) }},
		{assumeRolePolicyKey, func() error {
			return c.eventually(ctx, isUnknownPrincipal, func() error {
				return errorOf(c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
					RoleName: name, PolicyDocument: aws.String(text(news, assumeRolePolicyKey)),
				}))
			})
		}},
		{descriptionKey, func() error {
			return errorOf(c.iam.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{
				RoleName: name, Description: aws.String(text(news, descriptionKey)),
			}))
		}},
		{maxSessionDurationKey, func() error {
			return errorOf(c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{
				RoleName: name, MaxSessionDuration: aws.Int32(number(news, maxSessionDurationKey)),
			}))
		}},
		{permissionsBoundaryKey, func() error { return updateBoundary(ctx, c, name, given(news, permissionsBoundaryKey)) }},
	} {
		if !r.schema().changed(step.key, state, news) {
			continue
		}
		if err := step.do(); err != nil {
			return fmt.Errorf("updating IAM Role (%s) %s: %w", id, step.key, err)
		}
	}
	return nil
}

func updateBoundary(ctx context.Context, c cloud, name, arn *string) error {
	if arn == nil {
		return errorOf(c.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name}))
	}
	return errorOf(c.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
		RoleName: name, PermissionsBoundary: arn,
	}))
}

func updateRoleTags(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error {
	return updateTags(state, news, func(keys []string) error {
		return errorOf(c.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: aws.String(id), TagKeys: keys}))
	}, func(tags []types.Tag) error {
		return errorOf(c.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String(id), Tags: tags}))
	})
}

// delete detaches policies first when the state, which a refresh has written, lists any: that is what the real provider
// does. Instance profiles do not exist in the sandbox.
func (role) delete(ctx context.Context, c cloud, id string, state resource.PropertyMap) error {
	deleting := fmt.Sprintf("deleting IAM Role (%s)", id)
	if !isZero(state[managedPolicyARNsKey]) {
		attached, err := deployed.AttachedToRole(ctx, c.iam, id)
		for _, p := range attached {
			in := &iam.DetachRolePolicyInput{RoleName: aws.String(id), PolicyArn: p.PolicyArn}
			if _, err = c.iam.DetachRolePolicy(ctx, in); unlessGone(err, "") != nil {
				break
			}
		}
		if err := unlessGone(err, "%s: detaching policies", deleting); err != nil {
			return err
		}
	}
	if !isZero(state[inlinePoliciesKey]) {
		names, err := inlineRolePolicyNames(ctx, c.iam, id)
		for _, name := range names {
			in := &iam.DeleteRolePolicyInput{RoleName: aws.String(id), PolicyName: aws.String(name)}
			if _, err = c.iam.DeleteRolePolicy(ctx, in); unlessGone(err, "") != nil {
				break
			}
		}
		if err := unlessGone(err, "%s: deleting inline policies", deleting); err != nil {
			return err
		}
	}
	_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(id)})
	return unlessGone(err, "%s", deleting)
}

func inlineRolePolicyNames(ctx context.Context, c *iam.Client, id string) ([]string, error) {
	pages := iam.NewListRolePoliciesPaginator(c, &iam.ListRolePoliciesInput{RoleName: aws.String(id)})
	return deployed.All(ctx, pages, func(page *iam.ListRolePoliciesOutput) []string { return page.PolicyNames })
}

func inlineRolePolicies(ctx context.Context, c *iam.Client, id string) ([]resource.PropertyValue, error) {
	names, err := inlineRolePolicyNames(ctx, c, id)
	if err != nil {
		return nil, err
	}
	policies := make([]resource.PropertyValue, 0, len(names))
	for _, name := range names {
		out, err := c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(id), PolicyName: aws.String(name)})
		if err != nil {
			return nil, err
		}
		policies = append(policies, resource.NewProperty(resource.PropertyMap{
			nameKey:   resource.NewProperty(name),
			policyKey: resource.NewProperty(storedDocument(aws.ToString(out.PolicyDocument))),
		}))
	}
	return policies, nil
}

func boundaryARN(b *types.AttachedPermissionsBoundary) resource.PropertyValue {
	if b == nil {
		return resource.NewProperty("")
	}
	return resource.NewProperty(aws.ToString(b.PermissionsBoundaryArn))
}
