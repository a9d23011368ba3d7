package deployed

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Group is an IAM group as the account has it.
type Group struct {
	// Name is spelled as IAM has it.
	Name string
	// Members are sorted by name.
	Members []Member
	// Policies are the managed policies attached to it: AWS's own first, then
	// by ARN.
	Policies []ManagedPolicy
	// InlinePolicies are the names of its inline policies, sorted.
	InlinePolicies []string
}

// Member is a user in a group.
type Member struct{ Name, ARN string }

// ManagedPolicy is a managed policy and, if it is a customer's, its document.
type ManagedPolicy struct {
	ARN string
	// Document is nil for a policy of AWS's own, and where there is a Fault.
	Document *policy.Document
	// Fault says why the document is not understood.
	Fault error
}

// ReadGroup reads who is in a group and which policies it has. The error wraps
// [ErrNotFound], or is a [*awserror.PermissionError], or what the API said.
func ReadGroup(ctx context.Context, api IAM, name string) (Group, error) {
	group := Group{Name: name}
	pages := iam.NewGetGroupPaginator(api, &iam.GetGroupInput{GroupName: &name})
	users, err := All(ctx, pages, func(page *iam.GetGroupOutput) []types.User {
		group.Name = aws.ToString(page.Group.GroupName)
		return page.Users
	})
	if err != nil {
		return Group{}, failed("iam:GetGroup", "group "+name, err)
	}
	for _, user := range users {
		group.Members = append(group.Members, Member{aws.ToString(user.UserName), aws.ToString(user.Arn)})
	}
	sort.Slice(group.Members, func(i, j int) bool { return group.Members[i].Name < group.Members[j].Name })
	of := groupOwner(api, group.Name)
	if group.Policies, err = attachedTo(ctx, api, of); err != nil {
		return Group{}, err
	}
	if group.InlinePolicies, err = of.inlinePolicies(ctx); err != nil {
		return Group{}, err
	}
	slices.Sort(group.InlinePolicies)
	return group, nil
}

func attachedTo(ctx context.Context, api IAM, of owner) ([]ManagedPolicy, error) {
	attached, err := of.managed(ctx)
	if err != nil {
		return nil, err
	}
	policies := make([]ManagedPolicy, 0, len(attached))
	for _, one := range attached {
		found := ManagedPolicy{ARN: aws.ToString(one.PolicyArn)}
		if !policy.IsAWSManaged(found.ARN) {
			document, err := ManagedDocument(ctx, api, found.ARN)
			switch {
			case err == nil:
				found.Document = &document
			case errors.Is(err, policy.ErrSyntax):
				found.Fault = err
			default:
				return nil, err
			}
		}
		policies = append(policies, found)
	}
	sort.Slice(policies, func(i, j int) bool {
		a, b := policies[i].ARN, policies[j].ARN
		if managed := policy.IsAWSManaged(a); managed != policy.IsAWSManaged(b) {
			return managed
		}
		return a < b
	})
	return policies, nil
}

// GroupNames are the groups of the account, sorted. The error is as that of
// [ReadGroup].
func GroupNames(ctx context.Context, api iam.ListGroupsAPIClient) ([]string, error) {
	groups, err := All(ctx, iam.NewListGroupsPaginator(api, &iam.ListGroupsInput{}),
		func(page *iam.ListGroupsOutput) []types.Group { return page.Groups })
	if err != nil {
		return nil, failed("iam:ListGroups", "the groups", err)
	}
	names := make([]string, 0, len(groups))
	for _, group := range groups {
		names = append(names, aws.ToString(group.GroupName))
	}
	slices.Sort(names)
	return names, nil
}

// UserPolicies are what decides about a user besides their groups.
type UserPolicies struct {
	// Attached and Inline are the numbers of the user's own policies.
	Attached, Inline int
	// Boundary is the ARN of the permissions boundary; empty if there is none.
	Boundary string
}

// ReadUserPolicies reads what a user has of their own. The error is as that of
// [ReadGroup].
func ReadUserPolicies(ctx context.Context, api IAM, name string) (UserPolicies, error) {
	of := userOwner(api, name)
	found, err := api.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err != nil {
		return UserPolicies{}, failed("iam:GetUser", of.String(), err)
	}
	attached, err := of.managed(ctx)
	if err != nil {
		return UserPolicies{}, err
	}
	inline, err := of.inlinePolicies(ctx)
	if err != nil {
		return UserPolicies{}, err
	}
	own := UserPolicies{Attached: len(attached), Inline: len(inline)}
	if boundary := found.User.PermissionsBoundary; boundary != nil {
		own.Boundary = aws.ToString(boundary.PermissionsBoundaryArn)
	}
	return own, nil
}
