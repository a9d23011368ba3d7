package credentialprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// RoleRequest is what a profile with a role asks STS for, and where the
// credentials for that come from. The error names the setting to change.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
func RoleRequest(profile config.SharedConfig) (Request, Source, error) {
	if profile.RoleARN == "" {
		return Request{}, Source{}, withoutRole(profile)
	}
	if profile.Source == nil {
		return Request{}, Source{}, fmt.Errorf(
			"profile %s has role_arn and no source_profile: name the profile that has your access key there", profile.Profile)
	}
	duration, err := roleDuration(profile)
	if err != nil {
		return Request{}, Source{}, err
	}
	if profile.MFASerial != "" {
		if err := mfadevice.CheckSerialNumber(profile.MFASerial); err != nil {
			return Request{}, Source{}, fmt.Errorf("mfa_serial of profile %s: %w", profile.Profile, err)
		}
	}
	source, err := sourceOf(*profile.Source)
	if err != nil {
		return Request{}, Source{}, fmt.Errorf("profile %s: source_profile: %w", profile.Profile, err)
	}
	return Request{
		Operation: AssumeRole, RoleARN: profile.RoleARN, RoleSessionName: profile.RoleSessionName,
		ExternalID: profile.ExternalID, SerialNumber: profile.MFASerial, DurationSeconds: duration,
	}, source, nil
}

// withoutRole is the error about a profile that a role is wanted of.
func withoutRole(profile config.SharedConfig) error {
	if profile.CredentialProcess != "" {
		// Its command line is not shown: it may hold a password.
		return fmt.Errorf("profile %s has no role_arn, but a credential_process of its own: "+
			"name the profile that has the role", profile.Profile)
	}
	return fmt.Errorf("profile %s has no role_arn: name a profile of a role (awsmfa onboard writes them), "+
		"or ask for a session of your own with --session", profile.Profile)
}

// roleDuration is zero if the profile has none. The SDK reads what is no number
// as zero.
func roleDuration(profile config.SharedConfig) (int32, error) {
	if profile.RoleDurationSeconds == nil {
		return 0, nil
	}
	duration := *profile.RoleDurationSeconds
	if duration < policy.MinSTSDuration || duration > policy.MaxSessionDuration {
		return 0, fmt.Errorf("duration_seconds of profile %s: it must be a whole number from %d to %d",
			profile.Profile, policy.MinSTSDuration/time.Second, policy.MaxSessionDuration/time.Second)
	}
	return int32(duration / time.Second), nil
}

// Source is where the credentials come from that call STS.
type Source struct {
	// Profile is the name of the profile.
	Profile string
	keys    aws.Credentials
	command string
}

// Format keeps the keys and the command line out of everything that fmt prints.
func (s Source) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "profile "+s.Profile) }

// SessionSource is a profile whose access key begins a session of its own.
func SessionSource(profile config.SharedConfig) (Source, error) {
	source, err := sourceOf(profile)
	if err == nil && source.command == "" {
		err = source.checkLongTerm(source.keys)
	}
	return source, err
}

// sourceOf takes a profile with access keys or with a credential_process.
func sourceOf(profile config.SharedConfig) (Source, error) {
	source := Source{Profile: profile.Profile}
	other := ""
	switch {
	case profile.RoleARN != "":
		other = "assumes role " + profile.RoleARN
	case profile.Credentials.HasKeys():
		source.keys = profile.Credentials
	case profile.SSOSessionName != "" || profile.SSOStartURL != "":
		other = "signs in with IAM Identity Center"
	case profile.LoginSession != "" && profile.CredentialProcess == "":
		other = "signs in with aws login"
	case profile.CredentialProcess != "":
		source.command = profile.CredentialProcess
	default:
		return Source{}, fmt.Errorf("profile %s has no access key: run 'aws configure --profile %s' to store it; %s",
			profile.Profile, output.ShellWord(profile.Profile), awserror.KeptElsewhere(profile.Profile))
	}
	if other != "" {
		return Source{}, fmt.Errorf("profile %s %s: name the profile that has your access key instead",
			profile.Profile, other)
	}
	return source, nil
}

// Chain is the variable of the environment that tells a credential_process
// which profiles wait for its answer.
const Chain = "AWSMFA_CREDENTIALS_CHAIN"

// Retrieve gives the credentials. A credential_process runs with the variables
// of environ and may ask the person, for as long as ctx allows; what it prints
// is in no error. Operation and profile are what the credentials are for: a
// profile that would need itself is an error.
func (s Source) Retrieve(
	ctx context.Context, operation Operation, profile string, environ []string,
) (aws.Credentials, error) {
	if s.command == "" {
		return s.keys, nil
	}
	environ, err := chained(environ, string(operation)+" "+profile)
	if err != nil {
		return aws.Credentials{}, err
	}
	build := func(ctx context.Context) (*exec.Cmd, error) {
		cmd, err := processcreds.DefaultNewCommandBuilder{Args: []string{s.command}}.NewCommand(ctx)
		if err == nil {
			cmd.Env = environ
		}
		return cmd, err
	}
	found, err := processcreds.NewProviderCommand(processcreds.NewCommandBuilderFunc(build),
		func(o *processcreds.Options) { o.Timeout = -1 }).Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, ProcessError(ctx, s.Profile, err)
	}
	if operation == GetSessionToken {
		err = s.checkLongTerm(found)
	}
	return found, err
}

// OfProcess is the session that the credential_process of a profile without a role
// gives.
func OfProcess(ctx context.Context, profile config.SharedConfig, environ []string) (Credentials, error) {
	source, err := sourceOf(profile)
	if err != nil {
		return Credentials{}, err
	}
	found, err := source.Retrieve(ctx, AssumeRole, source.Profile, environ)
	switch {
	case err != nil:
		return Credentials{}, err
	case found.SessionToken == "":
		return Credentials{}, fmt.Errorf("the credential_process of profile %s gives a long-term access key: "+
			"begin a session with it, with --session, or name a profile of a role", source.Profile)
	}
	return Credentials{
		Version: outputVersion, AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey,
		SessionToken: found.SessionToken, Expiration: found.Expires,
	}, nil
}

// chained adds a link to the chain.
func chained(environ []string, link string) ([]string, error) {
	var links []string
	for _, variable := range environ {
		if value, ok := strings.CutPrefix(variable, Chain+"="); ok {
			links = strings.Split(value, "\n")
		}
	}
	if slices.Contains(links, link) {
		_, profile, _ := strings.Cut(link, " ")
		return nil, fmt.Errorf("profile %s needs itself: a credential_process that it takes its credentials from "+
			"runs awsmfa credentials for %s again: remove that credential_process", profile, profile)
	}
	return append(slices.Clone(environ), Chain+"="+strings.Join(append(links, link), "\n")), nil
}

// ProcessError is what to say of an error that the SDK gives about the
// credential_process of a profile, or that of ctx. The SDK's own would show what
// the process printed. The command line is not shown either: it may hold a
// password.
func ProcessError(ctx context.Context, profile string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	what := "its output does not have the format of a credential_process (it is not shown: it may be secret)"
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		what = exit.Error()
	}
	return fmt.Errorf("credential_process of profile %s: %s", profile, what)
}

// checkLongTerm refuses what GetSessionToken refuses.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func (s Source) checkLongTerm(keys aws.Credentials) error {
	if keys.SessionToken == "" {
		return nil
	}
	return fmt.Errorf("profile %s has the credentials of a session, and a session begins with a long-term access key: "+
		"name the profile that has yours", s.Profile)
}
