package endpoint_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"
)

const (
	identityDocument = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}`
	adminARN         = "arn:aws:iam::aws:policy/AdministratorAccess"
)

func trustDocument(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal +
		`"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
}

func userARN(path string) string { return "arn:aws:iam::" + accountID + ":user/" + path }

func TestUsers(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	client, ctx := start(t).iam(), t.Context()

	created, err := client.CreateUser(ctx, &iam.CreateUserInput{
		UserName: aws.String("alice"), Path: aws.String("/team/"), PermissionsBoundary: aws.String(adminARN),
		Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("")}},
	})
	require.NoError(t, err)
	require.Equal(t, userARN("team/alice"), *created.User.Arn)
	require.Regexp(t, `^AIDA[A-Z2-7]{17}$`, *created.User.UserId)

	got, err := client.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("alice")})
	require.NoError(t, err)
	require.Equal(t, created.User, got.User)
	require.Equal(t, adminARN, *got.User.PermissionsBoundary.PermissionsBoundaryArn)
	require.Len(t, got.User.Tags, 2)

	caller, err := client.GetUser(ctx, &iam.GetUserInput{})
	require.NoError(t, err)
	require.Equal(t, "admin", *caller.User.UserName)

	users, err := client.ListUsers(ctx, &iam.ListUsersInput{PathPrefix: aws.String("/team/")})
	require.NoError(t, err)
	require.Len(t, users.Users, 1)
	require.Equal(t, *created.User.UserId, *users.Users[0].UserId)
	require.Nil(t, users.Users[0].Tags)

	do(client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String("alice")}))
	_, err = client.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("alice")})
	requireAWSError(t, err, 404, "NoSuchEntity", "The user with name alice cannot be found.")
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	s := start(t)
	client, ctx := s.iam(), t.Context()
	alice := aws.String("alice")
	do(client.CreateUser(ctx, &iam.CreateUserInput{UserName: alice}))

	created, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: alice})
	require.NoError(t, err)
	require.Regexp(t, `^AKIA[A-Z2-7]{16}$`, *created.AccessKey.AccessKeyId)
	require.Len(t, *created.AccessKey.SecretAccessKey, 40)
	listed, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: alice})
	require.NoError(t, err)
	require.Equal(t, *created.AccessKey.AccessKeyId, *listed.AccessKeyMetadata[0].AccessKeyId)

	asAlice := s.stsAs(aws.Credentials{
		AccessKeyID: *created.AccessKey.AccessKeyId, SecretAccessKey: *created.AccessKey.SecretAccessKey,
	})
	identity, err := asAlice.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, userARN("alice"), *identity.Arn)

	do(client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{
		UserName: alice, AccessKeyId: created.AccessKey.AccessKeyId, Status: types.StatusTypeInactive,
	}))
	_, err = asAlice.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	requireAWSError(t, err, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")

	_, err = client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: alice})
	requireAWSError(t, err, 409, "DeleteConflict", "must delete access keys first")
	_, err = client.DeleteAccessKey(ctx,
		&iam.DeleteAccessKeyInput{UserName: alice, AccessKeyId: created.AccessKey.AccessKeyId})
	require.NoError(t, err)
	do(client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: alice}))
}

func TestGroups(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	client, ctx := start(t).iam(), t.Context()
	group := aws.String("developers")
	created, err := client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: group})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::"+accountID+":group/developers", *created.Group.Arn)
	require.Regexp(t, `^AGPA`, *created.Group.GroupId)

	const members = 7
	for i := range members {
		name := aws.String(fmt.Sprintf("user%d", i))
		do(client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}))
		do(client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: group, UserName: name}))
	}
	pages := iam.NewGetGroupPaginator(client, &iam.GetGroupInput{GroupName: group, MaxItems: aws.Int32(3)})
	var names []string
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		require.NoError(t, err)
		require.Equal(t, "developers", *out.Group.GroupName)
		require.LessOrEqual(t, len(out.Users), 3)
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
	}
	require.Equal(t, []string{"user0", "user1", "user2", "user3", "user4", "user5", "user6"}, names)

	groups, err := client.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("user3")})
	require.NoError(t, err)
	require.Equal(t, "developers", *groups.Groups[0].GroupName)
	all, err := client.ListGroups(ctx, &iam.ListGroupsInput{})
	require.NoError(t, err)
	require.Len(t, all.Groups, 1)

	do(client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: group, UserName: aws.String("user3")}))
	groups, err = client.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("user3")})
	require.NoError(t, err)
	require.Empty(t, groups.Groups)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	client, ctx := start(t).iam(), t.Context()
	name := aws.String("cli-dev-power-user")
	trust := trustDocument(userARN("admin"))
	created, err := client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: &trust, Description: aws.String("CLI é"),
		MaxSessionDuration: aws.Int32(7200), Tags: []types.Tag{{Key: aws.String("stack"), Value: aws.String("dev")}},
	})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::"+accountID+":role/cli-dev-power-user", *created.Role.Arn)

	got, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	require.NoError(t, err)
	require.Equal(t, created.Role, got.Role)
	require.Equal(t, int32(7200), *got.Role.MaxSessionDuration)
	require.Equal(t, "CLI é", *got.Role.Description)
	decoded, err := url.PathUnescape(*got.Role.AssumeRolePolicyDocument)
	require.NoError(t, err)
	require.Equal(t, trust, decoded)

	do(client.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, Description: aws.String("")}))
	got, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	require.NoError(t, err)
	require.Nil(t, got.Role.Description, "an empty description clears the old one")
	_, err = client.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(3599)})
	requireAWSError(t, err, 400, "ValidationError", "maxSessionDuration")
	_, err = client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
		RoleName: name, PolicyDocument: aws.String(trustDocument(userARN("nobody"))),
	})
	requireAWSError(t, err, 400, "MalformedPolicyDocument",
		`Invalid principal in policy: "AWS":"`+userARN("nobody")+`"`)
	do(client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
		RoleName: name, PolicyDocument: aws.String(trustDocument("arn:aws:iam::999999999999:user/other")),
	}))
	described, err := client.UpdateRoleDescription(ctx,
		&iam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("again")})
	require.NoError(t, err)
	require.Equal(t, "again", *described.Role.Description)
	require.Equal(t, int32(7200), *described.Role.MaxSessionDuration)

	do(client.TagRole(ctx, &iam.TagRoleInput{
		RoleName: name, Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("me")}},
	}))
	do(client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"stack"}}))
	got, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	require.NoError(t, err)
	require.Equal(t, "owner", *got.Role.Tags[0].Key)

	_, err = client.PutRolePermissionsBoundary(ctx,
		&iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String(adminARN)})
	require.NoError(t, err)
	do(client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name}))

	roles, err := client.ListRoles(ctx, &iam.ListRolesInput{})
	require.NoError(t, err)
	require.Len(t, roles.Roles, 1)
	profiles, err := client.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name})
	require.NoError(t, err)
	require.Empty(t, profiles.InstanceProfiles)

	do(client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))
	_, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	requireAWSError(t, err, 404, "NoSuchEntity", "The role with name cli-dev-power-user cannot be found.")
}

func TestListPolicies(t *testing.T) {
	t.Parallel()
	s := start(t)
	client, ctx := s.iam(), t.Context()
	for name, path := range map[string]string{"a": "/", "b": "/team/", "c": "/team/"} {
		_, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{
			PolicyName: &name, Path: &path, PolicyDocument: aws.String(identityDocument), Description: aws.String("not in lists"),
			Tags: []types.Tag{{Key: aws.String("not"), Value: aws.String("either")}},
		})
		require.NoError(t, err)
	}
	list := func(in iam.ListPoliciesInput) (names []string) {
		pages := iam.NewListPoliciesPaginator(client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			for _, p := range page.Policies {
				require.Empty(t, p.Tags)
				require.Nil(t, p.Description)
				names = append(names, aws.ToString(p.PolicyName))
			}
		}
		return names
	}
	require.Equal(t, []string{"a", "b", "c"}, list(iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, MaxItems: aws.Int32(2)}))
	require.Equal(t, []string{"b", "c"}, list(iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, PathPrefix: aws.String("/team/")}))
	byAWS := list(iam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws})
	require.Contains(t, byAWS, "PowerUserAccess")
	require.NotContains(t, byAWS, "a")
	require.Len(t, list(iam.ListPoliciesInput{}), len(byAWS)+3)
	_, err := client.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: "Everything"})
	requireAWSError(t, err, 400, "ValidationError", "")
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	client, ctx := start(t).iam(), t.Context()
	created, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("cli-dev-mfa"), PolicyDocument: aws.String(identityDocument),
		Description: aws.String("MFA"), Tags: []types.Tag{{Key: aws.String("stack"), Value: aws.String("dev")}},
	})
	require.NoError(t, err)
	arn := created.Policy.Arn
	require.Equal(t, "arn:aws:iam::"+accountID+":policy/cli-dev-mfa", *arn)

	version, err := client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: arn, PolicyDocument: aws.String(identityDocument), SetAsDefault: true,
	})
	require.NoError(t, err)
	require.Equal(t, "v2", *version.PolicyVersion.VersionId)
	require.True(t, version.PolicyVersion.IsDefaultVersion)
	versions, err := client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn})
	require.NoError(t, err)
	require.Equal(t, "v2", *versions.Versions[0].VersionId)
	require.Equal(t, "v1", *versions.Versions[1].VersionId)
	v1, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	require.NoError(t, err)
	decoded, err := url.PathUnescape(*v1.PolicyVersion.Document)
	require.NoError(t, err)
	require.Equal(t, identityDocument, decoded)

	_, err = client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")})
	requireAWSError(t, err, 409, "DeleteConflict", "Cannot delete the default version of a policy.")
	do(client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}))

	do(client.TagPolicy(ctx, &iam.TagPolicyInput{
		PolicyArn: arn, Tags: []types.Tag{{Key: aws.String("Stack"), Value: aws.String("x")}},
	}))
	do(client.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"stack"}}))
	got, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	require.NoError(t, err)
	require.Equal(t, "Stack", *got.Policy.Tags[0].Key)
	require.Equal(t, "MFA", *got.Policy.Description)
	require.Equal(t, "v2", *got.Policy.DefaultVersionId)

	do(client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))
	_, err = client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	requireAWSError(t, err, 404, "NoSuchEntity", "was not found")
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	do := succeeds(t)
	client, ctx := start(t).iam(), t.Context()
	admin, name, power := aws.String("admin"), aws.String("x"), aws.String("arn:aws:iam::aws:policy/PowerUserAccess")
	do(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: name}))
	do(client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: aws.String(trustDocument(userARN("admin"))),
		PermissionsBoundary: power,
	}))

	for range 2 { // attaching again is no error
		do(client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: admin, PolicyArn: power}))
		do(client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: name, PolicyArn: power}))
		do(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: power}))
	}
	want := []types.AttachedPolicy{{PolicyName: aws.String("PowerUserAccess"), PolicyArn: power}}
	ofUser, err := client.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: admin})
	require.NoError(t, err)
	require.Contains(t, ofUser.AttachedPolicies, want[0])
	ofGroup, err := client.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: name})
	require.NoError(t, err)
	require.Equal(t, want, ofGroup.AttachedPolicies)
	ofRole, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
	require.NoError(t, err)
	require.Equal(t, want, ofRole.AttachedPolicies)

	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	requireAWSError(t, err, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	do(client.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: admin, PolicyArn: power}))
	do(client.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: name, PolicyArn: power}))
	do(client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: power}))
	_, err = client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: power})
	requireAWSError(t, err, 404, "NoSuchEntity", "was not found")
}
