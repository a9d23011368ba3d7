package stack

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// place is where a stack deploys to.
type place struct {
	account policy.Account
	region  string
}

func lookUpPlace(ctx *pulumi.Context) (place, error) {
	identity, identityErr := aws.GetCallerIdentity(ctx, nil)
	partition, partitionErr := aws.GetPartition(ctx, nil)
	region, regionErr := aws.GetRegion(ctx, nil)
	if err := errors.Join(identityErr, partitionErr, regionErr); err != nil {
		return place{}, fmt.Errorf(
			"asking AWS for the account and region (are aws:region and the credentials of an administrator set?): %w", err)
	}
	p := place{
		account: policy.Account{Partition: partition.Partition, ID: identity.AccountId},
		region:  region.Name,
	}
	return p, p.account.Check()
}

// member is a user as the account has it: ARNs hold the path, which no one
// can guess from the name.
type member struct{ name, arn string }

// directory answers for users and groups, each asked for once.
type directory struct {
	ctx    *pulumi.Context
	groups map[string]answer[[]member]
	users  map[string]answer[member]
}

type answer[T any] struct {
	value T
	err   error
}

func newDirectory(ctx *pulumi.Context) *directory {
	return &directory{ctx: ctx, groups: map[string]answer[[]member]{}, users: map[string]answer[member]{}}
}

func (d *directory) group(name string) ([]member, error) {
	return once(d.groups, name, func() ([]member, error) {
		group, err := awsiam.LookupGroup(d.ctx, &awsiam.LookupGroupArgs{GroupName: name})
		if err != nil {
			return nil, err
		}
		members := make([]member, 0, len(group.Users))
		for _, user := range group.Users {
			members = append(members, member{name: user.UserName, arn: user.Arn})
		}
		return members, nil
	})
}

func (d *directory) user(name string) (member, error) {
	return once(d.users, name, func() (member, error) {
		user, err := awsiam.LookupUser(d.ctx, &awsiam.LookupUserArgs{UserName: name})
		if err != nil {
			return member{}, err
		}
		return member{name: user.UserName, arn: user.Arn}, nil
	})
}

func once[T any](answers map[string]answer[T], name string, ask func() (T, error)) (T, error) {
	known, ok := answers[name]
	if !ok {
		known.value, known.err = ask()
		answers[name] = known
	}
	return known.value, known.err
}

// trusted are the users that a role trusts: those it names, or else the
// members of its groups. Problems name the group or user that is missing.
func (d *directory) trusted(key string, role Role) ([]member, []Problem) {
	members, problems := d.members(key, role.Groups)
	if role.Users == nil {
		return members, problems
	}
	groupsKnown := len(problems) == 0
	var trusted []member
	for _, name := range role.Users {
		userKey := key + ".users"
		user, err := d.user(name)
		switch {
		case err != nil:
			problems = append(problems, missing(userKey, "user", name, err))
		case groupsKnown && !slices.Contains(members, user):
			problems = append(problems, Problem{
				Key: userKey, Value: name,
				Rule:   "the user is in none of the role's groups, so the deny without MFA does not reach them",
				Remedy: "add them to a group of this role, or remove them here",
			})
		default:
			trusted = append(trusted, user)
		}
	}
	return trusted, problems
}

func (d *directory) members(key string, groups []string) ([]member, []Problem) {
	var members []member
	var problems []Problem
	for _, name := range groups {
		group, err := d.group(name)
		if err != nil {
			problems = append(problems, missing(key+".groups", "group", name, err))
		}
		for _, user := range group {
			if !slices.Contains(members, user) {
				members = append(members, user)
			}
		}
	}
	return members, problems
}

func missing(key, kind, name string, err error) Problem {
	return Problem{
		Key: key, Value: name,
		Rule:   fmt.Sprintf("no such %s could be read from the account (%v)", kind, err),
		Remedy: fmt.Sprintf("create the %s or correct the name", kind),
	}
}
