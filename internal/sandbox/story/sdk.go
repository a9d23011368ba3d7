package story

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

// SDK stands in for the AWS CLI where there is none. It reads the same files,
// and knows the commands of the story.
type SDK struct {
	endpoint string
	// mu guards sessions: people act at the same time.
	mu sync.Mutex
	// sessions are kept as the AWS CLI keeps them, by person and profile.
	sessions map[[2]string]aws.Credentials
}

// NewSDK is a client of the endpoint.
func NewSDK(endpoint string) *SDK {
	return &SDK{endpoint: endpoint, sessions: map[[2]string]aws.Credentials{}}
}

// Name is the program and its version, for example aws-sdk-go-v2/1.48.0.
func (*SDK) Name() string { return aws.SDKName + "/" + aws.SDKVersion }

// Forget drops the person's temporary credentials.
func (s *SDK) Forget(person Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.sessions {
		if key[0] == person.Name {
			delete(s.sessions, key)
		}
	}
	return nil
}

// Run does what the AWS CLI does for the same command, and words it alike.
func (s *SDK) Run(ctx context.Context, person Person, command Command) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	args, err := parse(command.Args)
	if err != nil {
		return Result{}, err
	}
	var result Result
	profile, err := config.LoadSharedConfigProfile(ctx, args.profile, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{person.Config()}, []string{person.Credentials()}
	})
	if err != nil {
		return Result{}, fmt.Errorf("read the profile of %s: %w", person.Name, err)
	}
	client := aws.Config{
		Region: profile.Region, BaseEndpoint: aws.String(s.endpoint),
		APIOptions: []func(*middleware.Stack) error{sdkconfig.PlainBodies},
	}
	client.Credentials = s.credentials(person, profile, func() (string, error) {
		result.Prompts++
		result.Screen += "Enter MFA code for " + profile.MFASerial + ": \n"
		if command.Code == nil {
			return "", errNoCode
		}
		return command.Code()
	})
	output, err := args.call(ctx, client, args)
	return result.with(output, err)
}

// errNoCode ends a command that asks for a code which nobody gives.
var errNoCode = errors.New("no MFA code was given")

// with adds what the command printed, an API's error in the AWS CLI's words.
func (r Result) with(output string, err error) (Result, error) {
	var api smithy.APIError
	switch {
	case err == nil:
		r.Screen += output
	case errors.As(err, &api):
		r.Failed = true
		r.Screen += fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s\n",
			api.ErrorCode(), operationOf(err), api.ErrorMessage())
	case errors.Is(err, errNoCode):
		r.Failed = true
	default:
		return r, fmt.Errorf("call the sandbox's AWS: %w", err)
	}
	return r, nil
}

// operationOf is the call that failed, the innermost: what was asked for may
// have needed a session first.
func operationOf(err error) string {
	name := ""
	var operation *smithy.OperationError
	for errors.As(err, &operation) {
		name, err = operation.OperationName, operation.Err
	}
	return name
}

func (s *SDK) credentials(
	person Person, profile config.SharedConfig, code func() (string, error),
) aws.CredentialsProvider {
	key := [2]string{person.Name, profile.Profile}
	s.mu.Lock()
	kept, ok := s.sessions[key]
	s.mu.Unlock()
	if ok && !kept.Expired() {
		return credentials.StaticCredentialsProvider{Value: kept}
	}
	if profile.RoleARN == "" {
		return credentials.StaticCredentialsProvider{Value: profile.Credentials}
	}
	source := sts.New(sts.Options{
		Region: profile.Region, BaseEndpoint: aws.String(s.endpoint),
		Credentials: credentials.StaticCredentialsProvider{Value: profile.Source.Credentials},
		APIOptions:  []func(*middleware.Stack) error{sdkconfig.PlainBodies},
	})
	role := stscreds.NewAssumeRoleProvider(source, profile.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.SerialNumber, o.TokenProvider = aws.String(profile.MFASerial), code
		o.RoleSessionName = profile.RoleSessionName
		if profile.RoleDurationSeconds != nil {
			o.Duration = *profile.RoleDurationSeconds
		}
	})
	// One code is for one call, which may sign several requests.
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		session, err := role.Retrieve(ctx)
		if err == nil {
			s.mu.Lock()
			s.sessions[key] = session
			s.mu.Unlock()
		}
		return session, err
	}))
}

// arguments are those of a command that SDK knows.
type arguments struct {
	call                   func(ctx context.Context, client aws.Config, args arguments) (string, error)
	profile, role, session string
}

func parse(args []string) (arguments, error) {
	const words = 2
	name := strings.Join(args[:min(words, len(args))], " ")
	call, ok := map[string]func(context.Context, aws.Config, arguments) (string, error){
		"s3 ls":                   listBuckets,
		"sts get-caller-identity": getCallerIdentity,
		"sts assume-role":         assumeRole,
	}[name]
	if !ok {
		return arguments{}, fmt.Errorf("aws %s: only the AWS CLI can do this", name)
	}
	parsed := arguments{call: call}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&parsed.profile, "profile", "default", "")
	flags.StringVar(&parsed.role, "role-arn", "", "")
	flags.StringVar(&parsed.session, "role-session-name", "", "")
	flags.String("query", "", "")  // what assumeRole prints
	flags.String("output", "", "") // likewise
	if err := flags.Parse(args[words:]); err != nil {
		return arguments{}, fmt.Errorf("aws %s: %w", name, err)
	}
	return parsed, nil
}

// emptyPayload is the SHA-256 of no body.
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// listBuckets asks without the SDK's package for S3, which nothing else here
// needs. An account of the sandbox has no buckets that it could print.
func listBuckets(ctx context.Context, client aws.Config, _ arguments) (string, error) {
	keys, err := client.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *client.BaseEndpoint+"/", nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("X-Amz-Content-Sha256", emptyPayload)
	if err := v4.NewSigner().SignHTTP(ctx, keys, request, emptyPayload, "s3", client.Region, time.Now()); err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Code, Message string }
	if err := xml.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Code == "" {
		return "", nil
	}
	return "", &smithy.OperationError{
		ServiceID: "S3", OperationName: "ListBuckets",
		Err: &smithy.GenericAPIError{Code: answer.Code, Message: answer.Message},
	}
}

func getCallerIdentity(ctx context.Context, client aws.Config, _ arguments) (string, error) {
	answer, err := sts.NewFromConfig(client).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("{\n    \"UserId\": %q,\n    \"Account\": %q,\n    \"Arn\": %q\n}\n",
		aws.ToString(answer.UserId), aws.ToString(answer.Account), aws.ToString(answer.Arn)), nil
}

// assumeRole prints who was let in, and not the credentials.
func assumeRole(ctx context.Context, client aws.Config, args arguments) (string, error) {
	answer, err := sts.NewFromConfig(client).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(args.role), RoleSessionName: aws.String(args.session),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(answer.AssumedRoleUser.Arn) + "\n", nil
}
