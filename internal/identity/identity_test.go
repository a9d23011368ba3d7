package identity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// answering answers with an ARN.
type answering string

func (i answering) GetCallerIdentity(
	context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
) (*sts.GetCallerIdentityOutput, error) {
	if i == "" {
		return nil, errors.New("no credentials")
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
		require.ErrorIs(t, caller.CheckUser(), identity.ErrNotAUser)
		require.ErrorContains(t, caller.CheckUser(), test.want)
	}
	_, err := identity.WhoAmI(t.Context(), answering(""))
	require.ErrorContains(t, err, "no credentials; check the access key with 'aws configure'")
	_, err = identity.WhoAmI(t.Context(), answering("arn:aws"))
	require.ErrorContains(t, err, `"arn:aws"`)
}
