package endpoint_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func TestLastUseOfAnAccessKey(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, err := s.account.CreateUser(account.CreateUserInput{UserName: "alice", Path: "/team/"})
	require.NoError(t, err)
	key, err := s.account.CreateAccessKey("alice")
	require.NoError(t, err)
	lastUse := func() *iam.GetAccessKeyLastUsedOutput {
		found, err := s.iam().GetAccessKeyLastUsed(t.Context(),
			&iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.AccessKeyID})
		require.NoError(t, err)
		return found
	}
	found := lastUse()
	require.Equal(t, "alice", *found.UserName)
	require.Nil(t, found.AccessKeyLastUsed.LastUsedDate)
	require.Equal(t, "N/A", *found.AccessKeyLastUsed.ServiceName)
	require.Equal(t, "N/A", *found.AccessKeyLastUsed.Region)

	s.clock.Advance(time.Minute)
	used := s.clock.Now()
	_, err = s.stsAs(keys(key)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	wrong := keys(key)
	wrong.SecretAccessKey = "wrong"
	s.clock.Advance(time.Minute)
	_, err = s.stsAs(wrong).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.Error(t, err, "a signature that is not the key's is no use of it")
	found = lastUse()
	require.Equal(t, used, *found.AccessKeyLastUsed.LastUsedDate)
	require.Equal(t, "sts", *found.AccessKeyLastUsed.ServiceName)
	require.Equal(t, "eu-west-1", *found.AccessKeyLastUsed.Region)

	session := s.sessionToken(t, keys(key), "")
	s.clock.Advance(time.Minute)
	_, err = s.stsAs(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, used.Add(time.Minute), *lastUse().AccessKeyLastUsed.LastUsedDate,
		"the key made the session, and the session is another credential")
}

func TestLastUseIsAuthorisedOnTheOwner(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, err := s.account.CreateUser(account.CreateUserInput{UserName: "alice", Path: "/team/"})
	require.NoError(t, err)
	key, err := s.account.CreateAccessKey("alice")
	require.NoError(t, err)
	client := s.iamAs(keys(key))
	_, err = client.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &s.admin.AccessKeyID})
	requireAWSError(t, err, 403, "AccessDenied", "iam:GetAccessKeyLastUsed on resource: "+userARN("admin"))
	_, err = client.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.AccessKeyID})
	requireAWSError(t, err, 403, "AccessDenied", "iam:GetAccessKeyLastUsed on resource: "+userARN("team/alice"))

	_, err = s.iam().GetAccessKeyLastUsed(t.Context(),
		&iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIAIOSFODNN7EXAMPLE")})
	requireAWSError(t, err, 403, "AccessDenied", "on resource: access key AKIAIOSFODNN7EXAMPLE")
	_, err = s.iam().GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("x")})
	requireAWSError(t, err, 400, "ValidationError", "accessKeyId")
}
