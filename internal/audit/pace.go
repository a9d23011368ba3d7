package audit

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// DefaultRate is how many IAM calls are made in a second unless told otherwise.
// IAM throttles the calls of an account together, with token buckets whose size
// AWS does not publish. 20 a second is slow enough to leave room for others
// and fast enough for a thousand users in three minutes.
const DefaultRate = 20

// maxAttempts is how often a call is tried. The SDK's three are too few where
// somebody else uses up the account's rate.
const maxAttempts = 10

// Pace has an IAM client make at most so many calls a second, retries included,
// and retry what AWS throttles, each time more slowly: the SDK's adaptive mode,
// without its limit on retries, which the rate replaces.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
func Pace(callsPerSecond float64) func(*iam.Options) {
	limiter := rate.NewLimiter(rate.Limit(callsPerSecond), 1)
	retryer := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(standard *retry.StandardOptions) {
			standard.MaxAttempts = maxAttempts
			standard.RateLimiter = ratelimit.None
		})
	})
	wait := middleware.FinalizeMiddlewareFunc("Pace", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if err := limiter.Wait(ctx); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	})
	return func(o *iam.Options) {
		o.Retryer = retryer
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			// After Retry, so that each attempt waits, and before it is signed.
			return stack.Finalize.Insert(wait, (*retry.Attempt)(nil).ID(), middleware.After)
		})
	}
}
