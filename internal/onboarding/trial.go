package onboarding

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

// codeTries is how often a person may mistype the code.
const codeTries = 3

// Try calls AWS with a profile, as the AWS CLI would.
func Try(ctx context.Context, env environment.Environment, name, region string) error {
	for tried := 1; ; tried++ {
		caller, err := callerOf(ctx, env, name, region)
		switch {
		case err == nil:
			env.Sayf("Profile %s works: you are %s.", name, caller.ARN)
			return nil
		case !awserror.IsWrongCode(err) || tried == codeTries:
			return fmt.Errorf("trying profile %s: %w", name, shortly(err))
		}
		env.Sayf("%s", mfadevice.WrongCode)
	}
}

// callerOf asks AWS whose credentials a profile gives. It loads the configuration
// anew, so that each call asks for a code.
func callerOf(ctx context.Context, env environment.Environment, profile, region string) (identity.Caller, error) {
	config, err := sdkconfig.Load(ctx, env, profile, region)
	if err != nil {
		return identity.Caller{}, err
	}
	return identity.WhoAmI(ctx, sts.NewFromConfig(config))
}

// shortly is the error of assuming a role without the chain of what the SDK did
// until then, and with what to do.
func shortly(err error) error {
	message := awserror.Message(err)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, environment.ErrBackground):
		return environment.ErrBackground
	case errors.Is(err, environment.ErrNobodyToAsk):
		return fmt.Errorf("%w for the code: run this where there is one", environment.ErrNobodyToAsk)
	case awserror.IsWrongCode(err):
		return errors.New("AWS took none of the codes: is the clock of the device right, and is it this one? " +
			"Name another with --serial-number")
	case awserror.IsUnknownDevice(err):
		return fmt.Errorf("AWS says: %s: wait ten seconds if the device is new, or name yours with --serial-number", message)
	case awserror.IsDenied(err):
		return fmt.Errorf("AWS says: %s: have an administrator run pulumi up, and run this again with the new stack outputs",
			message)
	case message != "":
		return fmt.Errorf("AWS says: %s (%s): mend that, and run this again", message, awserror.Code(err))
	default:
		return err
	}
}
