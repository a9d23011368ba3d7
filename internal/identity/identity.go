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
// is a [awserror.NoCredentialsError] or wraps the API's.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func WhoAmI(ctx context.Context, api API) (Caller, error) {
	identity, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Caller{}, unanswered(err)
	}
	caller := Caller{ARN: aws.ToString(identity.Arn), UniqueID: aws.ToString(identity.UserId)}
	arn, ok := policy.SplitARN(caller.ARN)
	if !ok {
		return Caller{}, fmt.Errorf("asking AWS whose credentials these are (sts:GetCallerIdentity): the answer is %q, "+
			"which is no ARN: %w", caller.ARN, awserror.ErrNotAWS)
	}
	caller.Account = policy.Account{Partition: arn.Partition, ID: arn.Account}
	if path, isUser := strings.CutPrefix(arn.Resource, "user/"); isUser {
		caller.UserName = path[strings.LastIndex(path, "/")+1:]
	}
	if session, isRole := strings.CutPrefix(arn.Resource, "assumed-role/"); isRole {
		caller.RoleName, _, _ = strings.Cut(session, "/")
	}
	return caller, nil
}

// unanswered is the error of the call. It mentions the access key only where that
// is the reason.
func unanswered(err error) error {
	if missing, ok := errors.AsType[*awserror.NoCredentialsError](err); ok {
		return missing
	}
	remedy := ""
	switch {
	case awserror.Code(err) == "InvalidClientTokenId":
		remedy = "; check the access key with 'aws configure', and --profile or AWS_PROFILE, or choose a region that the " +
			"account has enabled"
	case awserror.IsWrongSecret(err) && awserror.ClockSkew(err) == 0:
		remedy = "; check the access key with 'aws configure', and --profile or AWS_PROFILE"
	}
	return fmt.Errorf("asking AWS whose credentials these are (sts:GetCallerIdentity): %w%s", err, remedy)
}

// CheckUser refuses a caller that is no IAM user, and says what to do.
func (c Caller) CheckUser() error {
	if c.UserName != "" {
		return nil
	}
	what := "a temporary session: use the profile that holds the user's own access key (--profile), " +
		"or name the user whom you enrol as an administrator (--user)"
	if strings.HasSuffix(c.ARN, ":root") {
		what = "the root user, whose MFA device is set up in the console: use the access key of an IAM user (--profile)"
	}
	return fmt.Errorf("these are not the credentials of an IAM user: %s is %s", c.ARN, what)
}
