package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
)

// awsConfig is the AWS configuration as the SDK finds it in the environment and
// in the shared files, of a profile if one is given. A profile that demands MFA
// asks for the code. The region is the one to use where none is configured; where
// that is empty, too, it is assumed, and errors that may come from that say so.
// Where no credentials are configured, those of an EC2 instance are asked for;
// the error about there being none is an [identity.NoCredentialsError]. No error
// has secrets in it.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func awsConfig(ctx context.Context, profile, region string, std streams) (aws.Config, error) {
	assumed := region == ""
	if assumed {
		region = assumedRegion
	}
	endpoint := new(*string)
	loaded, err := config.LoadDefaultConfig(ctx,
		sharedFiles,
		config.WithDefaultRegion(region),
		config.WithSharedConfigProfile(profile),
		config.WithLogger(logging.Nop{}), // it would report that this is no EC2 instance
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.Client = assumeRoleAt{o.Client, endpoint}
			ask := func(ctx context.Context, before string) (string, error) {
				return std.askForCode(ctx, aws.ToString(o.SerialNumber), before)
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
	loaded.Credentials = explainedCredentials{loaded.Credentials, sharedConfig(loaded)}
	loaded.APIOptions = append(loaded.APIOptions, withholdRequests)
	if assumed && configuredRegion(loaded) == "" {
		loaded.APIOptions = append(loaded.APIOptions, mentionAssumedRegion)
	}
	*endpoint = loaded.BaseEndpoint
	return loaded, nil
}

// sharedFiles has the SDK read the files that the AWS CLI reads: it would take the
// ~ and $HOME of AWS_CONFIG_FILE for names.
func sharedFiles(o *config.LoadOptions) error {
	if path, err := configPath(); err == nil { // else there is no home directory, nor a file
		o.SharedConfigFiles = []string{path}
	}
	if path, err := credentialsPath(); err == nil {
		o.SharedCredentialsFiles = []string{path}
	}
	return nil
}

// explainedCredentials are those that the SDK found, with errors for people.
type explainedCredentials struct {
	aws.CredentialsProvider
	profile config.SharedConfig
}

// Retrieve tells whoever is on no EC2 instance with a role, which is where the SDK
// looks last, that they have no access key: the SDK has no type for that error.
// What a credential_process printed is not shown.
func (e explainedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := e.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		return found, nil
	}
	if _, ok := errors.AsType[*processcreds.ProviderError](err); ok {
		return found, credentialprocess.ProcessError(ctx, profileWithProcess(e.profile), err)
	}
	instance := aws.IsCredentialsProvider(e.CredentialsProvider, (*ec2rolecreds.Provider)(nil))
	if instance && strings.Contains(err.Error(), "no EC2 IMDS role found") {
		return found, &identity.NoCredentialsError{Profile: e.profile.Profile, Err: err}
	}
	return found, awserror.Discreet(err)
}

// profileWithProcess is the one, of a profile and its sources, whose
// credential_process the SDK runs: the last.
func profileWithProcess(profile config.SharedConfig) string {
	for profile.Source != nil {
		profile = *profile.Source
	}
	return profile.Profile
}

// sharedConfig is the profile that was read; it is empty if there is none.
func sharedConfig(settings aws.Config) config.SharedConfig {
	for _, source := range settings.ConfigSources {
		if profile, ok := source.(config.SharedConfig); ok {
			return profile
		}
	}
	return config.SharedConfig{}
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

// configuredRegion is the region that the environment or the profile names; empty
// if neither does.
func configuredRegion(settings aws.Config) string {
	for _, source := range settings.ConfigSources {
		if env, ok := source.(config.EnvConfig); ok && env.Region != "" {
			return env.Region
		}
	}
	return sharedConfig(settings).Region
}

// withholdRequests has no error quote a request.
func withholdRequests(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("withholdRequests", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		return out, metadata, awserror.Discreet(err)
	}), middleware.Before)
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
