package deploy

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// place is where a stack deploys to.
type place struct {
	account policy.Account
	region  string
}

func lookUpPlace(ctx *pulumi.Context) (place, error) {
	var (
		identity               *aws.GetCallerIdentityResult
		region                 string
		identityErr, regionErr error
		asked                  sync.WaitGroup
	)
	asked.Go(func() { identity, identityErr = aws.GetCallerIdentity(ctx, nil) })
	asked.Go(func() { region, regionErr = lookUpRegion(ctx) })
	asked.Wait()
	if err := errors.Join(identityErr, regionErr); err != nil {
		return place{}, fmt.Errorf(
			"asking AWS for the account and region (are aws:region and the credentials of an administrator set?): %w", err)
	}
	_, arn, _ := strings.Cut(identity.Arn, ":")
	partition, _, _ := strings.Cut(arn, ":")
	p := place{account: policy.Account{Partition: partition, ID: identity.AccountId}, region: region}
	return p, p.account.Check()
}

// lookUpRegion asks the provider where the configuration does not say it.
func lookUpRegion(ctx *pulumi.Context) (string, error) {
	if region, _ := ctx.GetConfig(regionKey); region != "" {
		return region, nil
	}
	found, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return "", err
	}
	return found.Name, nil
}

// account is asked what there is: the one that Pulumi deploys to.
type account struct{ ctx *pulumi.Context }

func (a account) source() stack.Source {
	return stack.Source{
		Group: a.group, User: a.user, Policy: a.policy, Role: a.role, RoleNames: a.roleNames, State: a.state,
	}
}

func (a account) group(name string) ([]stack.User, error) {
	group, err := awsiam.LookupGroup(a.ctx, &awsiam.LookupGroupArgs{GroupName: name})
	if err != nil {
		return nil, lookupError(err)
	}
	members := make([]stack.User, 0, len(group.Users))
	for _, user := range group.Users {
		members = append(members, stack.User{Name: user.UserName, ARN: user.Arn})
	}
	return members, nil
}

func (a account) user(name string) (stack.User, error) {
	user, err := awsiam.LookupUser(a.ctx, &awsiam.LookupUserArgs{UserName: name})
	if err != nil {
		return stack.User{}, lookupError(err)
	}
	return stack.User{Name: user.UserName, ARN: user.Arn}, nil
}
