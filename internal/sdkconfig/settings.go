package sdkconfig

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
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
	o.SharedConfigProfile = cmp.Or(s.env.Getenv("AWS_PROFILE"), s.env.Getenv("AWS_DEFAULT_PROFILE"))
	if keys := s.keys(); keys.HasKeys() {
		o.Credentials = credentials.StaticCredentialsProvider{Value: keys}
	}
	return nil
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
