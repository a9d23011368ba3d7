package sdkconfig

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// assumedRegion is where IAM and STS are asked if nobody says where. IAM is the
// same in every region of a partition.
const assumedRegion = "us-east-1"

// Region is the region that the environment or the profile names; empty if neither
// does.
func Region(env environment.Environment, loaded aws.Config) string {
	return cmp.Or(configuredRegion(env), Profile(loaded).Region)
}

func configuredRegion(env environment.Environment) string {
	return cmp.Or(env.Getenv("AWS_REGION"), env.Getenv("AWS_DEFAULT_REGION"))
}

// mentionAssumedRegion has the error about an unknown access key say that its
// partition was assumed, be it the key that signs or one that assumes a role for
// that: the SDK does this within the operation.
func mentionAssumedRegion(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("mentionAssumedRegion", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		if awserror.Code(err) == "InvalidClientTokenId" {
			err = &awserror.AssumedRegionError{Region: assumedRegion, Err: err}
		}
		return out, metadata, err
	}), middleware.Before)
}
