package deploy

import (
	"errors"
	"fmt"
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
		identity                             *aws.GetCallerIdentityResult
		partition                            *aws.GetPartitionResult
		region                               *aws.GetRegionResult
		identityErr, partitionErr, regionErr error
		asked                                sync.WaitGroup
	)
	asked.Go(func() { identity, identityErr = aws.GetCallerIdentity(ctx, nil) })
	asked.Go(func() { partition, partitionErr = aws.GetPartition(ctx, nil) })
	asked.Go(func() { region, regionErr = aws.GetRegion(ctx, nil) })
	asked.Wait()
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

// inAccount asks the account that Pulumi deploys to.
func inAccount(ctx *pulumi.Context) stack.Source {
	return stack.Source{
		Group: func(name string) ([]stack.User, error) {
			group, err := awsiam.LookupGroup(ctx, &awsiam.LookupGroupArgs{GroupName: name})
			if err != nil {
				return nil, lookupError(err)
			}
			members := make([]stack.User, 0, len(group.Users))
			for _, user := range group.Users {
				members = append(members, stack.User{Name: user.UserName, ARN: user.Arn})
			}
			return members, nil
		},
		User: func(name string) (stack.User, error) {
			user, err := awsiam.LookupUser(ctx, &awsiam.LookupUserArgs{UserName: name})
			if err != nil {
				return stack.User{}, lookupError(err)
			}
			return stack.User{Name: user.UserName, ARN: user.Arn}, nil
		},
		Policy: policyNow(ctx), Role: roleNow(ctx), RoleNames: roleNames(ctx), State: state(ctx),
	}
}
