package sdkconfig

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// endpoints are the source of a configuration that clients ask for theirs.
type endpoints struct{ env environment.Environment }

// GetServiceBaseEndpoint is the service's endpoint, or the one for all services.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := cmp.Or(e.env.Getenv("AWS_ENDPOINT_URL_"+strings.ToUpper(service)), e.env.Getenv("AWS_ENDPOINT_URL"))
	return url, url != "", nil
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
		if *a.endpoint != nil {
			o.BaseEndpoint = *a.endpoint
		}
	})...)
}
