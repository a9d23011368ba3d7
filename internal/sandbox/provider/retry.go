package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// retryAttempts is into how many intervals the propagation timeout is divided.
const retryAttempts = 20

// retry repeats a call that fails only because IAM is eventually consistent
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventually-consistent),
// until the propagation timeout has passed. The error is that of the last call.
func (c cloud) retry(ctx context.Context, call func() error) error {
	deadline := time.Now().Add(c.propagation)
	for {
		err := call()
		if err == nil || !isTransient(err) || !time.Now().Before(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(c.propagation / retryAttempts):
		}
	}
}

// isTransient has the cases that the real provider retries: a trust policy that names a principal which IAM does not
// know yet, and a policy that somebody else is attaching at the same moment.
func isTransient(err error) bool {
	if malformed, ok := errors.AsType[*types.MalformedPolicyDocumentException](err); ok {
		return strings.Contains(malformed.ErrorMessage(), "Invalid principal in policy")
	}
	_, concurrent := errors.AsType[*types.ConcurrentModificationException](err)
	return concurrent
}
