package sdkconfig

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// settings tell the SDK what an environment says. What they leave out (proxies,
// certificates, containers, web identities) it reads from that of the process.
type settings struct {
	env environment.Environment
	// profile is the one that was asked for; it goes before access keys of the
	// environment, and AWS_PROFILE after them.
	//
	// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
	profile string
}

func (s settings) apply(o *config.LoadOptions) error {
	s.files(o)
	o.Region = configuredRegion(s.env)
	o.EC2IMDSEndpoint = s.env.Getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT")
	o.SharedConfigProfile = s.profile
	if s.profile != "" || s.env.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && !s.keys().HasKeys() {
		return nil
	}
	o.SharedConfigProfile = s.env.AWSProfile()
	if keys := s.keys(); keys.HasKeys() {
		o.Credentials = credentials.StaticCredentialsProvider{Value: keys}
	}
	return nil
}

// Source is where the credentials come from that [Load] takes, in words. The
// environment goes before AWS_PROFILE, which is said where both are set.
func Source(env environment.Environment, profile string) string {
	s := settings{env, profile}
	named := env.AWSProfile()
	switch {
	case profile == "" && s.keys().HasKeys() && named != "":
		return "AWS_ACCESS_KEY_ID, which goes before AWS_PROFILE=" + named
	case profile == "" && s.keys().HasKeys():
		return "AWS_ACCESS_KEY_ID"
	default:
		return "profile " + cmp.Or(profile, named, "default")
	}
}

// files are those that the AWS CLI reads: the SDK would take the ~ and $HOME of
// AWS_CONFIG_FILE for names.
func (s settings) files(o *config.LoadOptions) {
	if path, err := awsconfig.Path(s.env.Getenv, s.env.Home); err == nil { // else there is no home directory, nor a file
		o.SharedConfigFiles = []string{path}
	}
	if path, err := awsconfig.CredentialsPath(s.env.Getenv, s.env.Home); err == nil {
		o.SharedCredentialsFiles = []string{path}
	}
}

func (s settings) keys() aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     cmp.Or(s.env.Getenv("AWS_ACCESS_KEY_ID"), s.env.Getenv("AWS_ACCESS_KEY")),
		SecretAccessKey: cmp.Or(s.env.Getenv("AWS_SECRET_ACCESS_KEY"), s.env.Getenv("AWS_SECRET_KEY")),
		SessionToken:    s.env.Getenv("AWS_SESSION_TOKEN"),
		AccountID:       s.env.Getenv("AWS_ACCOUNT_ID"),
		Source:          config.CredentialsSourceName,
	}
}

// assumedRegion is where IAM and STS are asked if nobody says where. IAM is the
// same in every region of a partition.
const assumedRegion = "us-east-1"

// Region is the region that the environment or the profile names; empty if neither
// does.
func Region(env environment.Environment, loaded aws.Config) string {
	return cmp.Or(configuredRegion(env), Profile(loaded).Region)
}

func configuredRegion(env environment.Environment) string {
	return cmp.Or(env.Getenv("AWS_REGION"), env.Getenv("AWS_DEFAULT_REGION"))
}

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
	settings *aws.Config // all of them, once they are there
}

func (a assumeRoleAt) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	out, err := a.AssumeRoleAPIClient.AssumeRole(ctx, in, append(options, func(o *sts.Options) {
		if endpoint := sts.NewFromConfig(*a.settings).Options().BaseEndpoint; endpoint != nil {
			o.BaseEndpoint = endpoint
		}
	})...)
	if err == nil && out.Credentials == nil {
		return nil, awserror.ErrNotAWS
	}
	return out, err
}
