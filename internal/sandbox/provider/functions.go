package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	iampolicy "github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	groupNameKey resource.PropertyKey = "groupName"
	nameRegexKey resource.PropertyKey = "nameRegex"
	userIDKey    resource.PropertyKey = "userId"
	userNameKey  resource.PropertyKey = "userName"
)

// function is one data source: what it must be told, and how it answers.
type function struct {
	argument resource.PropertyKey
	// optional says that the argument may be left out.
	optional bool
	call     func(ctx context.Context, c cloud, argument string) (resource.PropertyMap, error)
}

// functions is the table of what a program can look up, by function token.
func functions() map[string]function {
	return map[string]function{
		"aws:index/getCallerIdentity:getCallerIdentity": {call: getCallerIdentity},
		"aws:index/getPartition:getPartition":           {call: getPartition},
		"aws:index/getRegion:getRegion":                 {call: getRegion},
		"aws:iam/getGroup:getGroup":                     {argument: groupNameKey, call: getGroup},
		"aws:iam/getPolicy:getPolicy":                   {argument: arnKey, call: getPolicy},
		"aws:iam/getRole:getRole":                       {argument: nameKey, call: getRole},
		"aws:iam/getRoles:getRoles":                     {argument: nameRegexKey, optional: true, call: getRoles},
		"aws:iam/getUser:getUser":                       {argument: userNameKey, call: getUser},
	}
}

// Invoke looks something up. What does not exist is an error that carries IAM's own.
func (p *provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	f, ok := functions()[req.GetTok()]
	if !ok {
		return nil, status.Errorf(codes.InvalidArgument,
			"unrecognized data function (Invoke): %s; the sandbox provider has %s",
			req.GetTok(), strings.Join(slices.Sorted(maps.Keys(functions())), ", "))
	}
	args, err := decode("Invoke.args", req.GetArgs())
	if err != nil {
		return nil, err
	}
	argument := text(args, f.argument)
	if f.argument != "" && !f.optional && argument == "" {
		return nil, fmt.Errorf("invoking %s: missing required argument %s", req.GetTok(), f.argument)
	}
	result, err := f.call(ctx, p.cloud(ctx), argument)
	if err != nil {
		return nil, fmt.Errorf("invoking %s: %w", req.GetTok(), err)
	}
	encoded, err := encode("Invoke.result", result)
	return &pulumirpc.InvokeResponse{Return: encoded}, err
}

func getCallerIdentity(ctx context.Context, c cloud, _ string) (resource.PropertyMap, error) {
	out, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("reading STS Caller Identity: %w", err)
	}
	return textProperties(map[resource.PropertyKey]*string{
		"accountId": out.Account, arnKey: out.Arn, idKey: out.Account, userIDKey: out.UserId,
	}), nil
}

func getPartition(_ context.Context, c cloud, _ string) (resource.PropertyMap, error) {
	partition := iampolicy.PartitionOfRegion(c.region)
	return textProperties(map[resource.PropertyKey]*string{idKey: &partition, "partition": &partition}), nil
}

func getRegion(_ context.Context, c cloud, _ string) (resource.PropertyMap, error) {
	return textProperties(map[resource.PropertyKey]*string{idKey: &c.region, nameKey: &c.region}), nil
}

func getGroup(ctx context.Context, c cloud, name string) (resource.PropertyMap, error) {
	var group *types.Group
	users := []resource.PropertyValue{}
	pages := iam.NewGetGroupPaginator(c.iam, &iam.GetGroupInput{GroupName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading IAM Group (%s): %w", name, err)
		}
		group = page.Group
		for _, u := range page.Users {
			users = append(users, resource.NewProperty(textProperties(map[resource.PropertyKey]*string{
				arnKey: u.Arn, pathKey: u.Path, userIDKey: u.UserId, userNameKey: u.UserName,
			})))
		}
	}
	result := textProperties(map[resource.PropertyKey]*string{
		arnKey: group.Arn, "groupId": group.GroupId, groupNameKey: &name, idKey: group.GroupId, pathKey: group.Path,
	})
	result["users"] = resource.NewProperty(users)
	return result, nil
}

func getUser(ctx context.Context, c cloud, name string) (resource.PropertyMap, error) {
	out, err := c.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(name)})
	if err != nil {
		return nil, fmt.Errorf("reading IAM User (%s): %w", name, err)
	}
	u := out.User
	result := textProperties(map[resource.PropertyKey]*string{
		arnKey: u.Arn, idKey: u.UserId, pathKey: u.Path, userIDKey: u.UserId, userNameKey: &name,
	})
	result[permissionsBoundaryKey] = boundaryARN(u.PermissionsBoundary)
	result[tagsKey] = tagMap(u.Tags)
	return result, nil
}

// getRole describes a role, but for its roleLastUseds. What is not there it says in
// the real provider's words, which leave IAM's code out.
func getRole(ctx context.Context, c cloud, name string) (resource.PropertyMap, error) {
	reading := fmt.Sprintf("reading IAM Role (%s)", name)
	out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
	switch {
	case isNoSuchEntity(err):
		return nil, fmt.Errorf("%s: couldn't find resource", reading)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", reading, err)
	}
	result := roleProperties(out.Role)
	result[idKey] = result[nameKey]
	result["roleLastUseds"] = resource.NewProperty([]resource.PropertyValue{})
	return result, nil
}

// getRoles lists the roles whose names the regular expression matches.
func getRoles(ctx context.Context, c cloud, nameRegex string) (resource.PropertyMap, error) {
	pattern, err := regexp.Compile(nameRegex)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameRegexKey, err)
	}
	roles, err := deployed.All(ctx, iam.NewListRolesPaginator(c.iam, &iam.ListRolesInput{}),
		func(page *iam.ListRolesOutput) []types.Role { return page.Roles })
	if err != nil {
		return nil, fmt.Errorf("reading IAM roles: %w", err)
	}
	arns, names := []resource.PropertyValue{}, []resource.PropertyValue{}
	for _, role := range roles {
		if name := aws.ToString(role.RoleName); pattern.MatchString(name) {
			arns = append(arns, resource.NewProperty(aws.ToString(role.Arn)))
			names = append(names, resource.NewProperty(name))
		}
	}
	result := textProperties(map[resource.PropertyKey]*string{idKey: &c.region, nameRegexKey: &nameRegex})
	result["arns"], result["names"] = resource.NewProperty(arns), resource.NewProperty(names)
	return result, nil
}

// getPolicy finds a managed policy by its ARN.
func getPolicy(ctx context.Context, c cloud, arn string) (resource.PropertyMap, error) {
	p, document, err := findPolicy(ctx, c.iam, arn)
	if err != nil {
		return nil, fmt.Errorf("reading IAM Policy (%s): %w", arn, err)
	}
	result := policyProperties(p, document)
	result[idKey] = result[arnKey]
	return result, nil
}

func textProperties(fields map[resource.PropertyKey]*string) resource.PropertyMap {
	m := resource.PropertyMap{}
	for key, value := range fields {
		m[key] = resource.NewProperty(aws.ToString(value))
	}
	return m
}
