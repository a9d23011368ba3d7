// Package identity tells whose AWS credentials are in use.
package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ErrNotAUser is wrapped by the error about credentials that are no IAM user's.
var ErrNotAUser = errors.New("these are not the credentials of an IAM user")

// AssumedRegionError is the error about an access key that AWS does not know,
// where no region was configured. Each partition knows its own keys only, and the
// region decides which partition is asked.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type AssumedRegionError struct {
	// Region is the one that was assumed.
	Region string
	// Err is what AWS answered.
	Err error
}

// Error says what to set.
func (e *AssumedRegionError) Error() string {
	return fmt.Sprintf("%v: AWS knows no such access key in the partition of %s: no region is set, %s was assumed; "+
		"for aws-cn and aws-us-gov set region", e.Err, e.Region, e.Region)
}

// Unwrap gives what AWS answered.
func (e *AssumedRegionError) Unwrap() error { return e.Err }

// NoCredentialsError says that no credentials are configured, and that this is no
// EC2 instance with a role either.
type NoCredentialsError struct {
	// Profile is the one that has none.
	Profile string
	// Err is what the SDK found.
	Err error
}

// Error says how to store an access key.
func (e *NoCredentialsError) Error() string {
	if e.Profile == "" || e.Profile == "default" {
		return "You have no access key: run 'aws configure' to store it, or name the profile that has it " +
			"with --profile or AWS_PROFILE"
	}
	return fmt.Sprintf("You have no access key in profile %s: run 'aws configure --profile %s' to store it, "+
		"or name the profile that has it", e.Profile, e.Profile)
}

// Unwrap gives what the SDK found.
func (e *NoCredentialsError) Unwrap() error { return e.Err }

// API is the operation of STS that tells whose credentials these are.
type API interface {
	GetCallerIdentity(
		context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
	) (*sts.GetCallerIdentityOutput, error)
}

// Caller is whose credentials these are.
type Caller struct {
	Account policy.Account
	ARN     string
	// UniqueID is the AIDA… of a user, and AROA…:session of a role session.
	UniqueID string
	// UserName is empty for anything but an IAM user.
	UserName string
	// RoleName is empty for anything but a session of a role.
	RoleName string
}

// WhoAmI asks STS, which answers everybody who has valid credentials. The error
// is a [NoCredentialsError] or wraps the API's.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func WhoAmI(ctx context.Context, api API) (Caller, error) {
	identity, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Caller{}, unanswered(err)
	}
	caller := Caller{ARN: aws.ToString(identity.Arn), UniqueID: aws.ToString(identity.UserId)}
	parts := strings.SplitN(caller.ARN, ":", 6)
	if len(parts) != 6 {
		return Caller{}, fmt.Errorf("sts:GetCallerIdentity answered with the ARN %q, which is none", caller.ARN)
	}
	caller.Account = policy.Account{Partition: parts[1], ID: parts[4]}
	if path, isUser := strings.CutPrefix(parts[5], "user/"); isUser {
		caller.UserName = path[strings.LastIndex(path, "/")+1:]
	}
	if session, isRole := strings.CutPrefix(parts[5], "assumed-role/"); isRole {
		caller.RoleName, _, _ = strings.Cut(session, "/")
	}
	return caller, nil
}

// unanswered is the error of the call. It mentions the access key only where that
// is the reason.
func unanswered(err error) error {
	if missing, ok := errors.AsType[*NoCredentialsError](err); ok {
		return missing
	}
	remedy := ""
	if code := awserror.Code(err); code == "InvalidClientTokenId" || code == "SignatureDoesNotMatch" {
		remedy = "; check the access key with 'aws configure', and --profile or AWS_PROFILE"
	}
	return fmt.Errorf("asking AWS whose credentials these are (sts:GetCallerIdentity): %w%s", err, remedy)
}

// CheckUser refuses a caller that is no IAM user; the error wraps [ErrNotAUser]
// and says what to do.
func (c Caller) CheckUser() error {
	switch {
	case c.UserName != "":
		return nil
	case strings.HasSuffix(c.ARN, ":root"):
		return fmt.Errorf("%w: %s is the root user, whose MFA device is set up in the console: "+
			"use the access key of an IAM user (--profile)", ErrNotAUser, c.ARN)
	default:
		return fmt.Errorf("%w: %s is a temporary session: use the profile that holds the user's own access key "+
			"(--profile), or name the user whom you enrol as an administrator (--user)", ErrNotAUser, c.ARN)
	}
}
