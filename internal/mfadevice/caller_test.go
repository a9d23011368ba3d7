package mfadevice_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// identity answers with an ARN.
type identity string

func (i identity) GetCallerIdentity(
	context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
) (*sts.GetCallerIdentityOutput, error) {
	if i == "" {
		return nil, errors.New("no credentials")
	}
	arn := string(i)
	return &sts.GetCallerIdentityOutput{Arn: &arn}, nil
}

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	for _, name := range []string{"alice", "bob"} {
		caller, err := mfadevice.WhoAmI(t.Context(), c.tokens(t, name))
		require.NoError(t, err)
		require.Equal(t, name, caller.UserName, "without the path")
		require.Equal(t, owner(), caller.Account)
		require.NoError(t, caller.CheckUser())
	}
	for _, test := range []struct{ arn, want string }{
		{"arn:aws:iam::111122223333:root", "is the root user, whose MFA device is set up in the console"},
		{"arn:aws:sts::111122223333:assumed-role/power-user/alice", "is a temporary session: use the profile that holds the user's own"},
		{"arn:aws:sts::111122223333:federated-user/alice", "(--user)"},
	} {
		caller, err := mfadevice.WhoAmI(t.Context(), identity(test.arn))
		require.NoError(t, err)
		require.Empty(t, caller.UserName)
		require.Equal(t, owner(), caller.Account)
		require.ErrorIs(t, caller.CheckUser(), mfadevice.ErrNotAUser)
		require.ErrorContains(t, caller.CheckUser(), test.want)
	}
	_, err := mfadevice.WhoAmI(t.Context(), identity(""))
	require.ErrorContains(t, err, "no credentials; check the access key with 'aws configure'")
	_, err = mfadevice.WhoAmI(t.Context(), identity("arn:aws"))
	require.ErrorContains(t, err, `"arn:aws"`)
}
