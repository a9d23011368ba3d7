package explain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func (s *situation) ofProfile(ctx context.Context, q Question, env environment.Environment) error {
	config, err := sdkconfig.Load(ctx, env, q.Profile, "")
	if err != nil {
		return err
	}
	api := iam.NewFromConfig(config)
	identity, err := deployed.ReadCaller(ctx, api, sts.NewFromConfig(config))
	if err != nil {
		return err
	}
	s.caller, s.identity, s.boundary, s.unread = identity.Caller, identity.Policies, identity.Boundary, identity.Unread
	if s.deniedBy = identity.DeniedBy; s.deniedBy != "" {
		s.lookForProfiles(ctx, env, api)
	}
	s.credential = q.As
	if s.credential == "" {
		keys, err := config.Credentials.Retrieve(ctx)
		if err != nil {
			return fmt.Errorf("reading the credentials of profile %s: %w", q.Profile, err)
		}
		s.credential = credentialOf(identity.Caller, keys.AccessKeyID)
		if s.credential == policy.SessionToken {
			s.notes = append(s.notes, "Whether this session carries MFA cannot be seen; if it does, add --as session-token-mfa.")
		}
	}
	if s.resource == "" {
		s.resource = "*"
	}
	if AssumesRole(s.action) {
		if err := s.readTrust(ctx, api); err != nil {
			return err
		}
	}
	s.attach(q.Attached)
	return nil
}

// lookForProfiles finds the profiles that awsmfa onboard wrote for the user, or what
// to do to have some.
func (s *situation) lookForProfiles(ctx context.Context, env environment.Environment, api iam.ListMFADevicesAPIClient) {
	arn, err := policy.ParseIAMARN(s.caller.ARN)
	if err != nil || arn.Kind != "user" {
		return
	}
	if path, err := awsconfig.Path(env.Getenv, env.Home); err == nil {
		if file, err := awsconfig.Read(path); err == nil {
			s.profiles = onboarded(file, arn)
		}
	}
	if len(s.profiles) > 0 {
		return
	}
	s.getProfile = "run awsmfa onboard, which writes profiles with MFA"
	if devices, err := mfadevice.List(ctx, api, arn.Name); err == nil {
		if _, err := mfadevice.UsableSerialNumbers(devices); err != nil {
			s.getProfile = "run awsmfa enrol for an MFA device, then awsmfa onboard for profiles that use it"
		}
	}
}

// onboarded are the profiles of roles that were written for the user.
func onboarded(file *awsconfig.File, user policy.IAMARN) []string {
	var names []string
	for _, owner := range file.Owners() {
		for _, profile := range file.Profiles(owner) {
			settings := map[string]string{}
			for _, setting := range profile.Settings {
				settings[setting.Key] = setting.Value
			}
			role, err := policy.ParseIAMARN(settings["role_arn"])
			if err == nil && role.Account == user.Account && settings["role_session_name"] == user.Name {
				names = append(names, profile.Name)
			}
		}
	}
	return names
}

// credentialOf tells the kind of a caller's credential as far as it shows:
// temporary credentials have key ids that begin with ASIA.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func credentialOf(caller policy.Caller, accessKeyID string) policy.Credential {
	switch {
	case caller.Kind == policy.RoleSessionCaller:
		return policy.RoleSession
	case strings.HasPrefix(accessKeyID, "ASIA"):
		return policy.SessionToken
	default:
		return policy.LongTermKey
	}
}

func (s *situation) readTrust(ctx context.Context, api deployed.IAM) error {
	arn, err := policy.ParseIAMARN(s.resource)
	if err != nil || arn.Kind != "role" {
		return usage.Errorf("resource %q: it must be the ARN of a role", s.resource)
	}
	if arn.Account == s.caller.Account {
		trust, err := deployed.ReadTrust(ctx, api, arn.Name)
		if err == nil {
			s.trust = &trust
			return nil
		}
		if _, denied := errors.AsType[*awserror.PermissionError](err); !denied {
			return err
		}
	}
	s.unread = append(s.unread, "the trust policy of "+s.resource)
	return nil
}
