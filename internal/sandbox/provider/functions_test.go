package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

func (e engine) invoke(t *testing.T, token string, args map[string]any) (map[string]any, error) {
	t.Helper()
	resp, err := e.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: token, Args: properties(t, args)})
	if err != nil {
		return nil, err
	}
	require.Empty(t, resp.GetFailures())
	return resp.GetReturn().AsMap(), nil
}

func (e engine) mustInvoke(t *testing.T, token string, args map[string]any) map[string]any {
	t.Helper()
	result, err := e.invoke(t, token, args)
	require.NoError(t, err)
	return result
}

func TestGetCallerIdentity(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	got := e.mustInvoke(t, "aws:index/getCallerIdentity:getCallerIdentity", nil)
	require.Equal(t, e.accountID, got["accountId"])
	require.Equal(t, e.accountID, got["id"])
	require.Regexp(t, `^arn:aws:sts::`+e.accountID+`:`, got["arn"])
	require.NotEmpty(t, got["userId"])
}

func (e engine) configure(t *testing.T, settings map[string]any) {
	t.Helper()
	resp, err := e.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: properties(t, settings)})
	require.NoError(t, err)
	require.True(t, resp.GetSupportsPreview())
}

func TestGetPartitionAndRegion(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for region, partition := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov",
	} {
		e.configure(t, map[string]any{"region": region})
		require.Equal(t, map[string]any{"id": partition, "partition": partition},
			e.mustInvoke(t, "aws:index/getPartition:getPartition", nil))
		require.Equal(t, map[string]any{"id": region, "name": region},
			e.mustInvoke(t, "aws:index/getRegion:getRegion", nil))
	}
}

func TestGetGroup(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	const token = "aws:iam/getGroup:getGroup"
	do(e.account.CreateGroup(t.Context(), &iam.CreateGroupInput{
		GroupName: aws.String("get-group"), Path: aws.String("/teams/"),
	}))
	require.Equal(t, []any{}, e.mustInvoke(t, token, map[string]any{"groupName": "get-group"})["users"])
	user, err := e.account.CreateUser(t.Context(), &iam.CreateUserInput{
		UserName: aws.String("get-group-alice"), Path: aws.String("/people/"),
	})
	require.NoError(t, err)
	do(e.account.AddUserToGroup(t.Context(), &iam.AddUserToGroupInput{
		GroupName: aws.String("get-group"), UserName: user.User.UserName,
	}))
	got := e.mustInvoke(t, token, map[string]any{"groupName": "get-group"})
	require.NotEmpty(t, got["groupId"])
	require.Equal(t, got["groupId"], got["id"])
	delete(got, "groupId")
	delete(got, "id")
	require.Equal(t, map[string]any{
		"arn": e.arn("group/teams/get-group"), "groupName": "get-group", "path": "/teams/",
		"users": []any{map[string]any{
			"arn": e.arn("user/people/get-group-alice"), "path": "/people/",
			"userId": aws.ToString(user.User.UserId), "userName": "get-group-alice",
		}},
	}, got)

	_, err = e.invoke(t, token, map[string]any{"groupName": "nobody"})
	require.ErrorContains(t, err, "invoking "+token+": reading IAM Group (nobody): operation error IAM: GetGroup, "+
		"https response error StatusCode: 404")
	require.ErrorContains(t, err, "NoSuchEntity")
}

func TestGetGroupPaged(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	page := func(user, more string) *reply {
		return &reply{http.StatusOK, `<GetGroupResponse><GetGroupResult><Group><GroupName>big</GroupName>` +
			`<GroupId>AGPA1</GroupId><Arn>arn:aws:iam::123456789012:group/big</Arn><Path>/</Path></Group><Users><member>` +
			`<UserName>` + user + `</UserName></member></Users>` + more + `</GetGroupResult></GetGroupResponse>`}
	}
	e.endpoint.onCall(func(_ string, form url.Values) *reply {
		if form.Get("Marker") == "next" {
			return page("bob", "<IsTruncated>false</IsTruncated>")
		}
		return page("alice", "<IsTruncated>true</IsTruncated><Marker>next</Marker>")
	})
	group := e.mustInvoke(t, "aws:iam/getGroup:getGroup", map[string]any{"groupName": "big"})
	users := as[[]any](t, group["users"])
	require.Len(t, users, 2)
	require.Equal(t, "alice", as[map[string]any](t, users[0])["userName"])
	require.Equal(t, "bob", as[map[string]any](t, users[1])["userName"])
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const token = "aws:iam/getUser:getUser"
	user, err := e.account.CreateUser(t.Context(), &iam.CreateUserInput{
		UserName: aws.String("get-user"), Path: aws.String("/people/"),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"arn": e.arn("user/people/get-user"), "path": "/people/", "userName": "get-user",
		"userId": aws.ToString(user.User.UserId), "id": aws.ToString(user.User.UserId),
		"permissionsBoundary": "", "tags": map[string]any{"a": "b"},
	}, e.mustInvoke(t, token, map[string]any{"userName": "get-user"}))

	_, err = e.invoke(t, token, map[string]any{"userName": "nobody"})
	require.ErrorContains(t, err, "reading IAM User (nobody): operation error IAM: GetUser")
	require.ErrorContains(t, err, "NoSuchEntity")

	e.endpoint.onCall(func(string, url.Values) *reply { // moto has no boundaries for users
		return &reply{http.StatusOK, `<GetUserResponse><GetUserResult><User><PermissionsBoundary>` +
			`<PermissionsBoundaryArn>` + powerUserAccess + `</PermissionsBoundaryArn></PermissionsBoundary></User>` +
			`</GetUserResult></GetUserResponse>`}
	})
	require.Equal(t, powerUserAccess, e.mustInvoke(t, token, map[string]any{"userName": "x"})["permissionsBoundary"])
}

func TestGetPolicy(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const token = "aws:iam/getPolicy:getPolicy"
	managed := e.mustInvoke(t, token, map[string]any{"arn": powerUserAccess})
	require.Equal(t, "PowerUserAccess", managed["name"])
	require.True(t, json.Valid([]byte(as[string](t, managed["policy"]))))

	id, _, _ := e.create(t, policyToken, "x", map[string]any{
		"name": "get-policy", "path": "/cli/", "description": "d", "policy": allow(t, "s3:*"),
	})
	byARN := e.mustInvoke(t, token, map[string]any{"arn": id})
	require.NotEmpty(t, byARN["policyId"])
	delete(byARN, "policyId")
	require.JSONEq(t, allow(t, "s3:*"), as[string](t, byARN["policy"]))
	delete(byARN, "policy")
	require.Equal(t, map[string]any{
		"id": id, "arn": id, "name": "get-policy", "path": "/cli/", "description": "d", "attachmentCount": 0.0,
		"tags": map[string]any{},
	}, byARN)

	_, err := e.invoke(t, token, map[string]any{"arn": e.arn("policy/nowhere")})
	require.ErrorContains(t, err, "NoSuchEntity")
}

func TestGetRole(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const token = "aws:iam/getRole:getRole"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`
	made, err := e.account.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("get-role"), Path: aws.String("/cli/"), AssumeRolePolicyDocument: &trust,
		Description: aws.String("d"), MaxSessionDuration: aws.Int32(7200),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	require.NoError(t, err)
	got := e.mustInvoke(t, token, map[string]any{"name": "get-role"})
	require.JSONEq(t, trust, as[string](t, got["assumeRolePolicy"]))
	require.NotEmpty(t, got["createDate"])
	delete(got, "assumeRolePolicy")
	delete(got, "createDate")
	require.Equal(t, map[string]any{
		"id": "get-role", "name": "get-role", "arn": e.arn("role/cli/get-role"), "path": "/cli/", "description": "d",
		"maxSessionDuration": 7200.0, "permissionsBoundary": "", "roleLastUseds": []any{},
		"tags": map[string]any{"a": "b"}, "uniqueId": aws.ToString(made.Role.RoleId),
	}, got)

	// The real provider leaves IAM's code out.
	_, err = e.invoke(t, token, map[string]any{"name": "nobody"})
	require.ErrorContains(t, err, "reading IAM Role (nobody): couldn't find resource")
	require.NotContains(t, err.Error(), "NoSuchEntity")
	e.endpoint.onCall(func(action string, _ url.Values) *reply { return denied(action) })
	_, err = e.invoke(t, token, map[string]any{"name": "get-role"})
	require.ErrorContains(t, err, "reading IAM Role (get-role): operation error IAM: GetRole")
	require.NotContains(t, err.Error(), "couldn't find")
}

func TestGetRoles(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	const token = "aws:iam/getRoles:getRoles"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`
	for name, path := range map[string]string{"get-roles-a-x": "/", "get-roles-b-y": "/team/", "other": "/"} {
		_, err := e.account.CreateRole(t.Context(), &iam.CreateRoleInput{
			RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust,
		})
		require.NoError(t, err)
	}
	got := e.mustInvoke(t, token, map[string]any{"nameRegex": "^get-roles-"})
	require.Equal(t, "^get-roles-", got["nameRegex"])
	require.ElementsMatch(t, []any{"get-roles-a-x", "get-roles-b-y"}, got["names"])
	require.ElementsMatch(t, []any{e.arn("role/get-roles-a-x"), e.arn("role/team/get-roles-b-y")}, got["arns"])
	require.Subset(t, e.mustInvoke(t, token, nil)["names"], []any{"get-roles-a-x", "get-roles-b-y", "other"})
	_, err := e.invoke(t, token, map[string]any{"nameRegex": "("})
	require.ErrorContains(t, err, "nameRegex: error parsing regexp")
	e.endpoint.onCall(func(action string, _ url.Values) *reply { return denied(action) })
	_, err = e.invoke(t, token, nil)
	require.ErrorContains(t, err, "reading IAM roles: operation error IAM: ListRoles")
}

func TestBadInvokes(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, test := range []struct {
		token string
		args  map[string]any
		want  string
	}{
		{"aws:iam/getUsers:getUsers", nil, "unrecognized data function (Invoke): aws:iam/getUsers:getUsers"},
		{"aws:iam/getGroup:getGroup", nil, "missing required argument groupName"},
		{"aws:iam/getUser:getUser", nil, "missing required argument userName"},
		{"aws:iam/getPolicy:getPolicy", nil, "missing required argument arn"},
		{"aws:iam/getRole:getRole", nil, "missing required argument name"},
	} {
		_, err := e.invoke(t, test.token, test.args)
		require.ErrorContains(t, err, test.want)
	}
	require.Empty(t, e.endpoint.made())
	e.endpoint.onCall(func(action string, _ url.Values) *reply { return denied(action) })
	_, err := e.invoke(t, "aws:index/getCallerIdentity:getCallerIdentity", nil)
	require.ErrorContains(t, err, "reading STS Caller Identity")
}
