// Package sdkconfig loads the configuration of the AWS SDK from the environment
// and the files that the AWS CLI reads, and says in plain words what is wrong
// with it.
package sdkconfig

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
)

// Load is the AWS configuration as the environment and the shared files have it,
// of a profile if one is given. A profile that demands MFA asks for the code. The
// region is the one to use where none is configured; where that is empty, too, it
// is assumed, and errors that may come from that say so. Where no credentials are
// configured, those of an EC2 instance are asked for; the error about there being
// none is an [awserror.NoCredentialsError]. No error has secrets in it.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func Load(ctx context.Context, env environment.Environment, profile, region string) (aws.Config, error) {
	assumed := region == ""
	if assumed {
		region = assumedRegion
	}
	all := new(aws.Config)
	loaded, err := config.LoadDefaultConfig(ctx,
		settings{env, profile}.apply,
		config.WithDefaultRegion(region),
		config.WithLogger(logging.Nop{}), // it would report that this is no EC2 instance
		config.WithAPIOptions([]func(*middleware.Stack) error{PlainBodies}),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.Client = assumeRoleAt{o.Client, all}
			ask := func(ctx context.Context, before string) (string, error) {
				return env.AskForCode(ctx, aws.ToString(o.SerialNumber), before)
			}
			o.TokenProvider = func() (string, error) { return mfadevice.AskForCode(ctx, "", ask) }
		}),
		config.WithProcessCredentialOptions(func(o *processcreds.Options) { o.Timeout = -1 }), // it may ask a person
	)
	_, ofRole := errors.AsType[config.SharedConfigAssumeRoleError](err) // the profile is there, its source is not
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok && !ofRole {
		return aws.Config{}, fmt.Errorf("there is no profile %s in your AWS configuration: "+
			"'aws configure list-profiles' lists those that there are, awsmfa onboard writes those of your roles",
			missing.Profile)
	}
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	if !isHostLabel(loaded.Region) {
		return aws.Config{}, fmt.Errorf("region %q is no AWS region: set AWS_REGION, or region of the profile, to the code "+
			"of one, such as eu-west-1", loaded.Region)
	}
	loaded.ConfigSources = append([]any{endpoints{env}}, loaded.ConfigSources...)
	loaded.Credentials = explainedCredentials{loaded.Credentials, Profile(loaded)}
	loaded.APIOptions = append(loaded.APIOptions, explained(assumed && Region(env, loaded) == ""))
	*all = loaded
	return loaded, nil
}

// isHostLabel reports whether the SDK takes a text for a region, which becomes part of a
// host's name.
func isHostLabel(text string) bool {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	return text != "" && len(text) <= 63 && strings.Trim(text, characters) == ""
}

// HasSignIn reports whether the credentials of a profile are those of aws login.
func HasSignIn(profile config.SharedConfig) bool {
	return profile.LoginSession != "" && profile.RoleARN == "" && !profile.Credentials.HasKeys()
}

// SignsIn is [HasSignIn] of a profile by its name.
func SignsIn(ctx context.Context, env environment.Environment, profile string) bool {
	loaded, err := Load(ctx, env, profile, "")
	return err == nil && HasSignIn(Profile(loaded))
}

// Profile is the profile that was read; it is empty if there is none.
func Profile(loaded aws.Config) config.SharedConfig {
	for _, source := range loaded.ConfigSources {
		if profile, ok := source.(config.SharedConfig); ok {
			return profile
		}
	}
	return config.SharedConfig{}
}
