package mfadevice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// TokenAPI is the operation of STS that takes a code.
type TokenAPI interface {
	GetSessionToken(
		context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options),
	) (*sts.GetSessionTokenOutput, error)
}

// AwaitSTS waits until STS takes codes of a device that was just enabled, which
// was seen to last 8 to 14 seconds. It asks six times in a minute: AWS verifies
// about nine codes of a device in three. A code of the enrolment serves: it does not
// count as used. It is the older one, since this uses it up, and the person's app may
// show the other one still.
func AwaitSTS(
	ctx context.Context, api TokenAPI, device Enrolled, pause func(context.Context, time.Duration) error,
) error {
	seconds := []time.Duration{6, 6, 8, 15, 25}
	for {
		_, err := api.GetSessionToken(ctx, &sts.GetSessionTokenInput{
			SerialNumber: &device.SerialNumber, TokenCode: &device.olderCode,
			DurationSeconds: aws.Int32(int32(policy.MinSTSDuration / time.Second)),
		})
		switch {
		case err == nil, awserror.IsWrongCode(err):
			return nil // a code that is too old by now was verified, too
		case !awserror.IsUnknownDevice(err):
			return fmt.Errorf("trying a code (sts:GetSessionToken): %w", err)
		case len(seconds) == 0:
			return errors.New("AWS STS does not know the device yet")
		}
		if err := pause(ctx, seconds[0]*time.Second); err != nil {
			return err
		}
		seconds = seconds[1:]
	}
}
