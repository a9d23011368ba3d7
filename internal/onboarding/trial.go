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

// shortly is an error without what the SDK wraps around it, and with what to do.
func shortly(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, environment.ErrBackground):
		return environment.ErrBackground
	case errors.Is(err, environment.ErrNobodyToAsk):
		return fmt.Errorf("%w for the code: run this where there is one", environment.ErrNobodyToAsk)
	default:
		return awserror.OfTrial(err)
	}
}
