package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	_, err := endpoint.Start(t.Context(), endpoint.Options{})
	require.ErrorContains(t, err, "no account")
}

func TestClose(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server, err := endpoint.Start(ctx, endpoint.Options{Account: account.New(accountID, "aws")})
	require.NoError(t, err)
	require.Regexp(t, `^http://127\.0\.0\.1:[0-9]+$`, server.URL())
	cancel() // ends the server as Close does, which waits for the end
	require.NoError(t, server.Close())
	require.NoError(t, server.Close())
	var dialer net.Dialer
	_, err = dialer.DialContext(t.Context(), "tcp", server.URL()[len("http://"):])
	require.Error(t, err)
}

// Clients dial connections that they never use: nobody waits for these.
func TestCloseWithUnusedConnections(t *testing.T) {
	t.Parallel()
	server, err := endpoint.Start(t.Context(), endpoint.Options{Account: account.New(accountID, "aws")})
	require.NoError(t, err)
	var dialer net.Dialer
	unused, err := dialer.DialContext(t.Context(), "tcp", server.URL()[len("http://"):])
	require.NoError(t, err)
	// A connection that is accepted after it shows that this one was.
	answer, err := http.Get(server.URL()) //nolint:noctx // it is this test's own server
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.NoError(t, server.Close())
	_, err = unused.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestOnChange(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	var broken atomic.Bool
	s := start(t, func(o *endpoint.Options) {
		o.OnChange = func() error {
			calls.Add(1)
			if broken.Load() {
				return errors.New("no space left on device")
			}
			return nil
		}
	})
	client, ctx := s.iam(), t.Context()
	create := func(name string) error {
		_, err := client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String(name)})
		return err
	}
	require.NoError(t, create("a"))
	require.EqualValues(t, 1, calls.Load())
	_, err := client.ListGroups(ctx, &iam.ListGroupsInput{})
	require.NoError(t, err)
	requireAWSError(t, create("a"), 409, "EntityAlreadyExists", "Group with name a already exists.")
	require.EqualValues(t, 1, calls.Load(), "neither a read nor a failed write is a change")

	broken.Store(true)
	requireAWSError(t, create("b"), 500, "ServiceFailure", "no space left on device")
	requireAWSError(t, create("c"), 500, "ServiceFailure", "no space left on device")
	_, err = s.account.ListGroups("")
	require.NoError(t, err)
	_, _, err = s.account.GetGroup("c")
	require.Error(t, err, "no write is begun while the last one is not saved")

	broken.Store(false)
	require.NoError(t, create("c"))
}

// TestConcurrentClients has many clients work at once, each on its own
// objects and all on one group, and saves after each change; in the end the
// account is as before.
func TestConcurrentClients(t *testing.T) {
	t.Parallel()
	const clients = 64
	s := start(t)
	_, err := s.account.CreateGroup("everybody", "")
	require.NoError(t, err)
	before, err := s.account.MarshalJSON()
	require.NoError(t, err)

	failures := make(chan error, clients)
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() { failures <- s.comeAndGo(t.Context(), fmt.Sprintf("user%d", i)) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	after, err := s.account.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// comeAndGo creates a user with all that belongs to one, and removes it all.
func (s sandbox) comeAndGo(ctx context.Context, name string) error {
	client, user, group := s.iam(), aws.String(name), aws.String("everybody")
	trust := aws.String(trustDocument(userARN(name)))
	var err error
	do := func(_ any, e error) {
		if err == nil {
			err = e
		}
	}
	do(client.CreateUser(ctx, &iam.CreateUserInput{UserName: user}))
	do(client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: group, UserName: user}))
	do(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: user, AssumeRolePolicyDocument: trust}))
	do(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: user, PolicyArn: aws.String(adminARN)}))
	do(client.GetGroup(ctx, &iam.GetGroupInput{GroupName: group}))
	do(client.ListRoles(ctx, &iam.ListRolesInput{}))
	do(client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: user, PolicyName: user, PolicyDocument: aws.String(identityDocument),
	}))
	do(client.ListUsers(ctx, &iam.ListUsersInput{}))
	do(client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: user, PolicyName: user}))
	do(s.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
	do(client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: user, PolicyArn: aws.String(adminARN)}))
	do(client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: user}))
	do(client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: group, UserName: user}))
	do(client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: user}))
	return err
}
