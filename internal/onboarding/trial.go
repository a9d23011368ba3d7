package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// codeTries is how often a person may mistype the code.
const codeTries = 3

// Try has the AWS CLI on PATH, if there is one, read a profile that was written, and
// calls AWS with it, as the AWS CLI would, or with the one for SDKs, which keeps the
// session.
func Try(
	ctx context.Context, env environment.Environment, profile stack.Profile, person Person, mode Mode, region string,
) error {
	name := profile.Name
	if err := readByAWSCLI(ctx, env, name, profile.RoleARN); err != nil {
		return err
	}
	if mode == SDK {
		name = SDKProfile(name)
	}
	for tried := 1; ; tried++ {
		caller, err := callerOf(ctx, env, name, region)
		switch {
		case err == nil:
			env.Sayf("Profile %s works: you are %s.", name, caller.ARN)
			if mode == Prompt {
				env.Sayf("That code is spent: the next command asks for a new one.")
			}
			return nil
		case mode == Login && awserror.IsDenied(err):
			return fmt.Errorf("trying profile %s: the role does not trust you, or you did not sign in with MFA: "+
				"'aws login --profile %s' signs in again (AWS says: %s)", name, output.ShellWord(person.SourceProfile),
				awserror.Message(err))
		case !awserror.IsWrongCode(err) || tried == codeTries:
			return fmt.Errorf("trying profile %s: %w", name, shortly(err))
		}
		env.Sayf("%s", mfadevice.WrongCode)
	}
}

func readByAWSCLI(ctx context.Context, env environment.Environment, name, roleARN string) error {
	path, err := env.LookPath("aws")
	if err != nil {
		return nil //nolint:nilerr // there is none to ask
	}
	cmd := exec.CommandContext(ctx, path, "configure", "get", "role_arn", "--profile", name) //nolint:gosec // that it is
	cmd.Env = env.Variables
	read, err := cmd.Output()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said := fmt.Sprintf("it has the role %q", strings.TrimSpace(string(read)))
	if exit, failed := errors.AsType[*exec.ExitError](err); failed {
		said = strings.TrimSpace(string(exit.Stderr))
	} else if err != nil {
		said = err.Error()
	}
	if err != nil || strings.TrimSpace(string(read)) != roleARN {
		return fmt.Errorf("%s does not read profile %s as it was written (%s): correct the file that it names, or remove "+
			"the profile with awsmfa onboard --remove", path, name, cmp.Or(said, "it finds no role_arn"))
	}
	return nil
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
