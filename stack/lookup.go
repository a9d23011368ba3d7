package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
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

// source is where a directory asks.
type source struct {
	group func(name string) ([]member, error)
	user  func(name string) (member, error)
	// managedPolicy gives a document; ok is false where there is none to be had.
	managedPolicy func(arn string) (document policy.Document, ok bool, err error)
}

// directory answers for users, groups and policies, each asked for once.
type directory struct {
	source   source
	groups   map[string]answer[[]member]
	users    map[string]answer[member]
	policies map[string]answer[*policy.Document]
}

type answer[T any] struct {
	value T
	err   error
}

func newDirectory(s source) *directory {
	return &directory{
		source: s, groups: map[string]answer[[]member]{}, users: map[string]answer[member]{},
		policies: map[string]answer[*policy.Document]{},
	}
}

// inAccount asks the account that Pulumi deploys to.
func inAccount(ctx *pulumi.Context) source {
	return source{
		group: func(name string) ([]member, error) {
			group, err := awsiam.LookupGroup(ctx, &awsiam.LookupGroupArgs{GroupName: name})
			if err != nil {
				return nil, err
			}
			members := make([]member, 0, len(group.Users))
			for _, user := range group.Users {
				members = append(members, member{name: user.UserName, arn: user.Arn})
			}
			return members, nil
		},
		user: func(name string) (member, error) {
			user, err := awsiam.LookupUser(ctx, &awsiam.LookupUserArgs{UserName: name})
			if err != nil {
				return member{}, err
			}
			return member{name: user.UserName, arn: user.Arn}, nil
		},
		managedPolicy: func(arn string) (policy.Document, bool, error) {
			found, err := awsiam.LookupPolicy(ctx, &awsiam.LookupPolicyArgs{Arn: &arn})
			if err != nil {
				return policy.Document{}, false, err
			}
			document, err := policy.Parse(found.Policy)
			return document, err == nil, err
		},
	}
}

func (d *directory) group(name string) ([]member, error) {
	return once(d.groups, name, func() ([]member, error) { return d.source.group(name) })
}

func (d *directory) user(name string) (member, error) {
	return once(d.users, name, func() (member, error) { return d.source.user(name) })
}

func (d *directory) managedPolicy(arn string) error {
	_, err := once(d.policies, arn, func() (*policy.Document, error) {
		document, ok, err := d.source.managedPolicy(arn)
		if err != nil || !ok {
			return nil, err
		}
		return &document, nil
	})
	return err
}

// memberARNs are the users of the groups asked for so far.
func (d *directory) memberARNs() map[string][]string {
	arns := map[string][]string{}
	for group, known := range d.groups {
		for _, user := range known.value {
			arns[group] = append(arns[group], user.arn)
		}
	}
	return arns
}

// documents are those of the managed policies asked for so far, by ARN.
func (d *directory) documents() map[string]policy.Document {
	documents := map[string]policy.Document{}
	for arn, known := range d.policies {
		if known.value != nil {
			documents[arn] = *known.value
		}
	}
	return documents
}

// managedPolicies asks for the customer managed policies of a role: one that
// denies without MFA would lock its session out. AWS's own do not.
func (d *directory) managedPolicies(key string, args *iam.CLIAccessArgs, role Role) []Problem {
	var problems []Problem
	for _, arn := range role.Policies {
		parsed, err := policy.ParseIAMARN(arn)
		if err != nil || parsed.Kind != "policy" || parsed.Account == "aws" ||
			parsed.Partition != args.Account.Partition || args.OwnPolicy(arn) {
			continue // the name of one of AWS's, or reported with the documents
		}
		if err := d.managedPolicy(arn); err != nil {
			problems = append(problems, missing(key+".policies", "managed policy", arn, err))
		}
	}
	return problems
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
		Rule:   fmt.Sprintf("no such %s could be read from the account (%s)", kind, oneLine(err)),
		Remedy: fmt.Sprintf("create the %s or correct the name", kind),
	}
}

// oneLine is the text of an error whose parts Pulumi puts on lines of their own.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
