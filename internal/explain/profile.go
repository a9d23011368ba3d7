package explain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ofProfile takes the caller, the credential and the policies from an account.
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
