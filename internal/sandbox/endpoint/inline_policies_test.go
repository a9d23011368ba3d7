package endpoint_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const (
	allowsListUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`
	deniesListUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`
)

// TestInlinePolicies puts, reads and deletes the inline policies of a role, a
// group and a user, as the real provider does.
func TestInlinePolicies(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	client, ctx, own := p.iam(), t.Context(), aws.String("own")
	role, group, user := aws.String("power-user"), aws.String("developers"), aws.String("alice")

	_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: role, PolicyName: own, PolicyDocument: aws.String(allowsListUsers),
	})
	require.NoError(t, err)
	ofRole, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: own})
	require.NoError(t, err)
	require.Equal(t, "power-user own", *ofRole.RoleName+" "+*ofRole.PolicyName)
	decoded, err := url.PathUnescape(*ofRole.PolicyDocument)
	require.NoError(t, err)
	require.Equal(t, allowsListUsers, decoded)
	rolePolicies, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	require.NoError(t, err)
	require.Equal(t, []string{"own"}, rolePolicies.PolicyNames)

	_, err = client.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{
		GroupName: group, PolicyName: own, PolicyDocument: aws.String(allowsListUsers),
	})
	require.NoError(t, err)
	ofGroup, err := client.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: group, PolicyName: own})
	require.NoError(t, err)
	require.Equal(t, "developers", *ofGroup.GroupName)
	groupPolicies, err := client.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: group})
	require.NoError(t, err)
	require.Equal(t, []string{"own"}, groupPolicies.PolicyNames)

	_, err = client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: user, PolicyName: own, PolicyDocument: aws.String(allowsListUsers),
	})
	require.NoError(t, err)
	ofUser, err := client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: user, PolicyName: own})
	require.NoError(t, err)
	require.Equal(t, "alice", *ofUser.UserName)
	userPolicies, err := client.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: user})
	require.NoError(t, err)
	require.Equal(t, []string{"own"}, userPolicies.PolicyNames)

	_, err = client.DetachRolePolicy(ctx,
		&iam.DetachRolePolicyInput{RoleName: role, PolicyArn: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")})
	require.NoError(t, err)
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
	requireAWSError(t, err, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	_, err = client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: group, UserName: user})
	require.NoError(t, err)
	_, err = client.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: group})
	requireAWSError(t, err, 409, "DeleteConflict", "must delete policies first")
	_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: own})
	require.NoError(t, err)
	_, err = client.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: group, PolicyName: own})
	require.NoError(t, err)
	_, err = client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: user, PolicyName: own})
	require.NoError(t, err)
	_, err = client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: user, PolicyName: own})
	requireAWSError(t, err, 404, "NoSuchEntity", "The user policy with name own cannot be found.")
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
	require.NoError(t, err)
}

// TestInlinePoliciesDecide: of the user, of the user's group, and of the role.
func TestInlinePoliciesDecide(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	session, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	require.NoError(t, p.account.AddUserToGroup("developers", "mallory"))
	require.NoError(t, p.account.DetachGroupPolicy("developers", "arn:aws:iam::"+accountID+":policy/mfa"))
	for _, test := range []struct {
		of          account.Identity
		credentials aws.Credentials
	}{
		{account.Identity{Kind: "user", Name: "alice"}, p.alice},
		{account.Identity{Kind: "group", Name: "developers"}, p.mallory},
		{account.Identity{Kind: "role", Name: "power-user"}, session},
	} {
		listUsers := func() error {
			_, err := p.iamAs(test.credentials).ListUsers(t.Context(), &iam.ListUsersInput{})
			return err
		}
		requireAWSError(t, listUsers(), 403, "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")
		require.NoError(t, p.account.PutInlinePolicy(test.of, "allows", allowsListUsers))
		require.NoError(t, listUsers(), test.of)
		require.NoError(t, p.account.PutInlinePolicy(test.of, "denies", deniesListUsers))
		requireAWSError(t, listUsers(), 403, "AccessDenied", "with an explicit deny in an identity-based policy")
		require.NoError(t, p.account.DeleteInlinePolicy(test.of, "denies"))
		require.NoError(t, p.account.DeleteInlinePolicy(test.of, "allows"))
	}
}
