package sdkconfig

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

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
	if aws.IsCredentialsProvider(e.CredentialsProvider, (*logincreds.Provider)(nil)) {
		return found, fmt.Errorf("profile %s is not signed in: run 'aws login --profile %s' (%w)",
			e.profile.Profile, output.ShellWord(e.profile.Profile), awserror.Discreet(err))
	}
	instance := aws.IsCredentialsProvider(e.CredentialsProvider, (*ec2rolecreds.Provider)(nil))
	if instance && strings.Contains(err.Error(), "no EC2 IMDS role found") {
		return found, &awserror.NoCredentialsError{Profile: e.profile.Profile, Err: err}
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

// explained has no error quote a request, and the one about an unknown access key say
// that its partition was assumed, if it was, be it the key that signs or one that
// assumes a role for that: the SDK does this within the operation.
func explained(assumed bool) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("explained", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			err = awserror.Discreet(err)
			if assumed && awserror.Code(err) == "InvalidClientTokenId" {
				err = &awserror.AssumedRegionError{Region: assumedRegion, Err: err}
			}
			return out, metadata, err
		}), middleware.Before)
	}
}
