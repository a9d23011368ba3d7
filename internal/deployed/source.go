package deployed

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Source is the account as a plan asks it, but for what a deploy needs besides:
// the roles that there are, and whose.
func Source(ctx context.Context, api IAM) stack.Source {
	return stack.Source{
		Group: func(name string) ([]stack.User, error) {
			group, err := ReadGroup(ctx, api, name)
			members := make([]stack.User, 0, len(group.Members))
			for _, member := range group.Members {
				members = append(members, stack.User(member))
			}
			return members, notThere(err)
		},
		User: func(name string) (stack.User, error) {
			found, err := api.GetUser(ctx, &iam.GetUserInput{UserName: &name})
			if err != nil {
				return stack.User{}, notThere(failed("iam:GetUser", "user "+name, err))
			}
			return stack.User{Name: name, ARN: aws.ToString(found.User.Arn)}, nil
		},
		Policy: func(arn string) (stack.Existing, error) {
			document, err := ManagedDocument(ctx, api, arn)
			return stack.Existing{Document: document}, notThere(err)
		},
	}
}

func notThere(err error) error {
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w: %w", stack.ErrNotThere, err)
	}
	return err
}
