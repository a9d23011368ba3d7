package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// awsConfig is the AWS configuration as the SDK finds it in the environment and
// in the shared files, of a profile if one is given. A profile that demands MFA
// asks for the code.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func awsConfig(ctx context.Context, profile, region string, std streams) (aws.Config, error) {
	if region == "" {
		region = "us-east-1" // IAM is the same in every region of a partition
	}
	endpoint := new(*string)
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithDefaultRegion(region),
		config.WithSharedConfigProfile(profile),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.Client = assumeRoleAt{o.Client, endpoint}
			o.TokenProvider = func() (string, error) { return std.askForCode(ctx, aws.ToString(o.SerialNumber)) }
		}),
	)
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	*endpoint = loaded.BaseEndpoint
	return loaded, nil
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

// askForCode asks as the AWS CLI does.
func (s streams) askForCode(ctx context.Context, serialNumber string) (string, error) {
	return s.ask(ctx, fmt.Sprintf("Enter MFA code for %s: ", serialNumber))
}
