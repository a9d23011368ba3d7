package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	iampolicy "github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	attachmentCountKey resource.PropertyKey = "attachmentCount"
	policyKey          resource.PropertyKey = "policy"
	policyIDKey        resource.PropertyKey = "policyId"
)

// maxPolicyVersions is IAM's quota (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const maxPolicyVersions = 5

// policy is aws:iam/policy:Policy (https://www.pulumi.com/registry/packages/aws/api-docs/iam/policy/), a customer
// managed policy. Its id is its ARN.
type policy struct{}

func (policy) schema() schema {
	return schema{
		{key: arnKey, use: computed},
		{key: attachmentCountKey, kind: numberKind, use: computed},
		{key: descriptionKey, use: optional, replace: true},
		{key: nameKey, use: required, replace: true, refuse: refusing(iampolicy.CheckPolicyName)},
		{key: pathKey, use: optional, replace: true, fallback: resource.NewProperty("/")},
		{key: policyKey, kind: documentKind, use: required, refuse: refuseDocument},
		{key: policyIDKey, use: computed},
		{key: tagsKey, kind: textMapKind, use: optional, refuse: refuseTags},
		{key: tagsAllKey, kind: textMapKind, use: merged},
	}
}

// create is one call, tags included: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
func (policy) create(ctx context.Context, c cloud, in resource.PropertyMap) (string, error) {
	name := text(in, nameKey)
	out, err := c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		Description:    given(in, descriptionKey),
		Path:           given(in, pathKey),
		PolicyDocument: aws.String(text(in, policyKey)),
		PolicyName:     aws.String(name),
		Tags:           tagList(in[tagsAllKey]),
	})
	if err != nil {
		return "", fmt.Errorf("creating IAM Policy (%s): %w", name, err)
	}
	return aws.ToString(out.Policy.Arn), nil
}

func (policy) read(
	ctx context.Context, c cloud, id string, state resource.PropertyMap,
) (resource.PropertyMap, error) {
	p, document, err := findPolicy(ctx, c.iam, id)
	if err != nil {
		return nil, goneOr(err, fmt.Sprintf("reading IAM Policy (%s)", id))
	}
	found := policyProperties(p, keptDocument(text(state, policyKey), document))
	found[tagsKey] = tagMap(c.ownTags(p.Tags, state[tagsKey]))
	found[tagsAllKey] = tagMap(p.Tags)
	return found, nil
}

// policyProperties are those that the resource and the function have in common.
func policyProperties(p *types.Policy, document string) resource.PropertyMap {
	properties := textProperties(map[resource.PropertyKey]*string{
		arnKey: p.Arn, descriptionKey: p.Description, nameKey: p.PolicyName, pathKey: p.Path,
		policyKey: &document, policyIDKey: p.PolicyId,
	})
	properties[attachmentCountKey] = resource.NewProperty(float64(aws.ToInt32(p.AttachmentCount)))
	properties[tagsKey] = tagMap(p.Tags)
	return properties
}

// findPolicy is a managed policy and the document of its default version.
func findPolicy(ctx context.Context, c *iam.Client, arn string) (*types.Policy, string, error) {
	out, err := c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	if err != nil {
		return nil, "", err
	}
	version, err := c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(arn), VersionId: out.Policy.DefaultVersionId,
	})
	if err != nil {
		return nil, "", err
	}
	return out.Policy, storedDocument(aws.ToString(version.PolicyVersion.Document)), nil
}

// update sends the tags first, as the real provider does.
func (p policy) update(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error {
	if err := updatePolicyTags(ctx, c, id, state, news); err != nil {
		return fmt.Errorf("updating IAM Policy (%s) tags: %w", id, err)
	}
	if !p.schema().changed(policyKey, state, news) {
		return nil
	}
	if err := newVersion(ctx, c.iam, id, text(news, policyKey)); err != nil {
		return fmt.Errorf("updating IAM Policy (%s): %w", id, err)
	}
	return nil
}

func updatePolicyTags(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error {
	return updateTags(state, news, func(keys []string) error {
		return errorOf(c.iam.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: aws.String(id), TagKeys: keys}))
	}, func(tags []types.Tag) error {
		return errorOf(c.iam.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: aws.String(id), Tags: tags}))
	})
}

// newVersion makes a document the policy's default version, in place of the oldest other version when IAM takes no
// more.
func newVersion(ctx context.Context, c *iam.Client, arn, document string) error {
	others, err := otherVersions(ctx, c, arn)
	if err != nil {
		return err
	}
	if len(others) >= maxPolicyVersions-1 {
		oldest := slices.MinFunc(others, byAge)
		if err := deleteVersion(ctx, c, arn, oldest); err != nil {
			return err
		}
	}
	return errorOf(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: aws.String(arn), PolicyDocument: aws.String(document), SetAsDefault: true,
	}))
}

// byAge orders versions by date, and those of the same second by number.
func byAge(a, b types.PolicyVersion) int {
	number := func(v types.PolicyVersion) int {
		n, _ := strconv.Atoi(strings.TrimPrefix(aws.ToString(v.VersionId), "v"))
		return n
	}
	return cmp.Or(aws.ToTime(a.CreateDate).Compare(aws.ToTime(b.CreateDate)), cmp.Compare(number(a), number(b)))
}

// otherVersions are the versions of a policy that are not its default.
func otherVersions(ctx context.Context, c *iam.Client, arn string) ([]types.PolicyVersion, error) {
	pages := iam.NewListPolicyVersionsPaginator(c, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(arn)})
	versions, err := deployed.All(ctx, pages, func(page *iam.ListPolicyVersionsOutput) []types.PolicyVersion {
		return page.Versions
	})
	return slices.DeleteFunc(versions, func(v types.PolicyVersion) bool { return v.IsDefaultVersion }), err
}

func deleteVersion(ctx context.Context, c *iam.Client, arn string, v types.PolicyVersion) error {
	_, err := c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{
		PolicyArn: aws.String(arn), VersionId: v.VersionId,
	})
	return unlessGone(err, "deleting version %s", aws.ToString(v.VersionId))
}

// delete removes the other versions first, which DeletePolicy wants
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html).
func (policy) delete(ctx context.Context, c cloud, id string, _ resource.PropertyMap) error {
	deleting := fmt.Sprintf("deleting IAM Policy (%s)", id)
	others, err := otherVersions(ctx, c.iam, id)
	if err != nil {
		return unlessGone(err, "%s", deleting)
	}
	for _, v := range others {
		if err := deleteVersion(ctx, c.iam, id, v); err != nil {
			return fmt.Errorf("%s: %w", deleting, err)
		}
	}
	_, err = c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(id)})
	return unlessGone(err, "%s", deleting)
}
