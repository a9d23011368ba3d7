package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
)

// awsConfig is the AWS configuration as the SDK finds it in the environment and
// in the shared files, of a profile if one is given. A profile that demands MFA
// asks for the code. The region is the one to use where none is configured; where
// that is empty, too, it is assumed, and errors that may come from that say so.
// Where no credentials are configured, those of an EC2 instance are asked for;
// the error about there being none is an [identity.NoCredentialsError].
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func awsConfig(ctx context.Context, profile, region string, std streams) (aws.Config, error) {
	assumed := region == ""
	if assumed {
		region = assumedRegion
	}
	endpoint := new(*string)
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithDefaultRegion(region),
		config.WithSharedConfigProfile(profile),
		config.WithLogger(logging.Nop{}), // it would report that this is no EC2 instance
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.Client = assumeRoleAt{o.Client, endpoint}
			o.TokenProvider = func() (string, error) { return std.askForCode(ctx, aws.ToString(o.SerialNumber)) }
		}),
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
	if aws.IsCredentialsProvider(loaded.Credentials, (*ec2rolecreds.Provider)(nil)) {
		loaded.Credentials = instanceCredentials{loaded.Credentials, profileIn(loaded)}
	}
	if assumed && !namesRegion(loaded) {
		loaded.APIOptions = append(loaded.APIOptions, mentionAssumedRegion)
	}
	*endpoint = loaded.BaseEndpoint
	return loaded, nil
}

// instanceCredentials are those of an EC2 instance, which is where the SDK looks
// last.
type instanceCredentials struct {
	aws.CredentialsProvider
	profile string
}

// Retrieve tells whoever is on no instance with a role that they have no access
// key. The SDK has no type for that error.
func (i instanceCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := i.CredentialsProvider.Retrieve(ctx)
	if err != nil && strings.Contains(err.Error(), "no EC2 IMDS role found") {
		err = &identity.NoCredentialsError{Profile: i.profile, Err: err}
	}
	return found, err
}

// profileIn is the profile that was read, or empty.
func profileIn(settings aws.Config) string {
	for _, source := range settings.ConfigSources {
		if profile, ok := source.(config.SharedConfig); ok {
			return profile.Profile
		}
	}
	return ""
}

// assumedRegion is where IAM and STS are asked if nobody says where. IAM is the
// same in every region of a partition.
const assumedRegion = "us-east-1"

// partitionRegion is a region of the partition of an ARN: the one in which IAM
// is. Of what is no ARN it is empty.
//
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
func partitionRegion(arn string) string {
	switch parts := strings.SplitN(arn, ":", 3); {
	case len(parts) < 3 || parts[0] != "arn":
		return ""
	case parts[1] == "aws-cn":
		return "cn-north-1"
	case parts[1] == "aws-us-gov":
		return "us-gov-west-1"
	default:
		return assumedRegion
	}
}

// namesRegion tells whether the environment or the profile has a region.
func namesRegion(settings aws.Config) bool {
	return slices.ContainsFunc(settings.ConfigSources, func(source any) bool {
		switch source := source.(type) {
		case config.EnvConfig:
			return source.Region != ""
		case config.SharedConfig:
			return source.Region != ""
		default:
			return false
		}
	})
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
			err = &identity.AssumedRegionError{Region: assumedRegion, Err: err}
		}
		return out, metadata, err
	}), middleware.Before)
}

// assumeRoleAt assumes roles at the endpoint that everything else uses. The SDK
// makes its own client for that before it reads AWS_ENDPOINT_URL (of its
// resolvers, resolveCredentials comes before resolveBaseEndpoint), and would send
// the code to AWS itself.
type assumeRoleAt struct {
	stscreds.AssumeRoleAPIClient
	endpoint **string
}

func (a assumeRoleAt) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	return a.AssumeRoleAPIClient.AssumeRole(ctx, in, append(options, func(o *sts.Options) {
		if o.BaseEndpoint == nil { // AWS_ENDPOINT_URL_STS is read in time
			o.BaseEndpoint = *a.endpoint
		}
	})...)
}
