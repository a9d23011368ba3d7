package audit

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"
)

func TestPaceRetriesWhatIsThrottled(t *testing.T) {
	t.Parallel()
	var options iam.Options
	Pace(DefaultRate)(&options)
	retryer, ok := options.Retryer.(*retry.AdaptiveMode)
	require.True(t, ok)
	require.Equal(t, 10, retryer.MaxAttempts())
	require.True(t, retryer.IsErrorRetryable(&smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}))
	for range 1000 { // the SDK's own quota lasts for a hundred retries
		_, err := retryer.GetRetryToken(t.Context(), &smithy.GenericAPIError{Code: "Throttling"})
		require.NoError(t, err)
	}
}

// Each attempt waits, not each call, and what has waited is signed with the time
// at which it is sent.
func TestPaceStandsBetweenRetryAndSigning(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{{name: "alice"}})
	var order []string
	api := c.iamAs(c.admin, Pace(DefaultRate), func(o *iam.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			order = stack.Finalize.List()
			return nil
		})
	})
	_, err := api.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: aws.String("alice")})
	require.NoError(t, err)
	retries, waits, signs := slices.Index(order, "Retry"), slices.Index(order, "Pace"), slices.Index(order, "Signing")
	require.True(t, 0 <= retries && retries < waits && waits < signs, order)
}
