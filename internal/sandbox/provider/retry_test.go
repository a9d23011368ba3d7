package provider

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/require"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	unknownPrincipal := &types.MalformedPolicyDocumentException{Message: aws.String("Invalid principal in policy: x")}
	concurrent := &types.ConcurrentModificationException{}
	for name, test := range map[string]struct {
		timeout time.Duration
		errs    []error // of the calls; the last one is that of all further calls
		calls   int
		took    time.Duration
	}{
		"success":          {time.Minute, []error{nil}, 1, 0},
		"principal later":  {time.Minute, []error{unknownPrincipal, unknownPrincipal, nil}, 3, 6 * time.Second},
		"attached at once": {time.Minute, []error{concurrent, nil}, 2, 3 * time.Second},
		"never":            {time.Minute, []error{unknownPrincipal}, 21, time.Minute},
		"not transient":    {time.Minute, []error{&types.NoSuchEntityException{}}, 1, 0},
		"malformed":        {time.Minute, []error{&types.MalformedPolicyDocumentException{}}, 1, 0},
		"no retries":       {0, []error{unknownPrincipal, nil}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls, start := 0, time.Now()
				err := cloud{propagation: test.timeout}.retry(t.Context(), func() error {
					calls++
					return test.errs[min(calls, len(test.errs))-1]
				})
				require.Equal(t, test.errs[min(calls, len(test.errs))-1], err)
				require.Equal(t, test.calls, calls)
				require.Equal(t, test.took, time.Since(start))
			})
		})
	}
}

func TestRetryStopsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	concurrent := &types.ConcurrentModificationException{}
	err := cloud{propagation: time.Hour}.retry(ctx, func() error {
		cancel(errors.New("interrupted"))
		return concurrent
	})
	require.ErrorIs(t, err, concurrent)
	require.ErrorIs(t, err, context.Canceled)
}
