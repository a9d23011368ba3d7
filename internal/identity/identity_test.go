package identity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// answering answers with an ARN.
type answering string

func (i answering) GetCallerIdentity(
	context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
) (*sts.GetCallerIdentityOutput, error) {
	if i == "" {
		return nil, errors.New("no network")
	}
	arn := string(i)
	return &sts.GetCallerIdentityOutput{Arn: &arn, UserId: aws.String("AIDAEXAMPLE")}, nil
}

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	account := policy.Account{Partition: "aws-cn", ID: "111122223333"}
	for arn, name := range map[string]string{
		"arn:aws-cn:iam::111122223333:user/alice": "alice", "arn:aws-cn:iam::111122223333:user/team/a/bob": "bob",
	} {
		caller, err := identity.WhoAmI(t.Context(), answering(arn))
		require.NoError(t, err)
		require.Equal(t, identity.Caller{Account: account, ARN: arn, UniqueID: "AIDAEXAMPLE", UserName: name}, caller)
		require.NoError(t, caller.CheckUser())
	}
	for _, test := range []struct{ arn, want string }{
		{"arn:aws-cn:iam::111122223333:root", "is the root user, whose MFA device is set up in the console"},
		{"arn:aws-cn:sts::111122223333:assumed-role/power-user/alice", "is a temporary session: use the profile that holds the user's own"},
		{"arn:aws-cn:sts::111122223333:federated-user/alice", "(--user)"},
	} {
		caller, err := identity.WhoAmI(t.Context(), answering(test.arn))
		require.NoError(t, err)
		require.Empty(t, caller.UserName)
		require.Equal(t, account, caller.Account)
		require.ErrorContains(t, caller.CheckUser(), test.want)
	}
	_, err := identity.WhoAmI(t.Context(), answering(""))
	require.EqualError(t, err, "asking AWS whose credentials these are (sts:GetCallerIdentity): no network")
	broken := &awserror.AssumedRegionError{Region: "us-east-1", Err: errors.New("InvalidClientTokenId")}
	require.ErrorContains(t, broken, "no region is set, us-east-1 was assumed; for aws-cn and aws-us-gov set region")
	require.ErrorIs(t, broken, broken.Err)
	_, err = identity.WhoAmI(t.Context(), answering("arn:aws"))
	require.ErrorContains(t, err, `"arn:aws"`)
}

// refusing answers with an error.
type refusing struct{ err error }

func (r refusing) GetCallerIdentity(
	context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
) (*sts.GetCallerIdentityOutput, error) {
	return nil, fmt.Errorf("operation error STS: %w", r.err)
}

func TestTheAccessKeyIsBlamedForItsOwnFaults(t *testing.T) {
	t.Parallel()
	const remedy = "; check the access key with 'aws configure', and --profile or AWS_PROFILE"
	for code, blamed := range map[string]bool{
		"InvalidClientTokenId": true, "SignatureDoesNotMatch": true, "ExpiredToken": false, "Throttling": false,
	} {
		refusal := &smithy.GenericAPIError{Code: code}
		_, err := identity.WhoAmI(t.Context(), refusing{refusal})
		require.ErrorIs(t, err, refusal)
		if blamed {
			require.ErrorContains(t, err, remedy)
		} else {
			require.NotContains(t, err.Error(), "access key")
		}
	}
	for profile, want := range map[string]string{
		"": "run 'aws configure' to store it", "default": "run 'aws configure' to store it",
		"acme": "in profile acme: run 'aws configure --profile acme' to store it",
	} {
		missing := &awserror.NoCredentialsError{Profile: profile, Err: errors.New("no EC2 IMDS role found")}
		_, err := identity.WhoAmI(t.Context(), refusing{missing})
		require.Equal(t, missing, err)
		require.ErrorIs(t, err, missing.Err)
		require.ErrorContains(t, err, "You have no access key")
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "IMDS")
	}
}
