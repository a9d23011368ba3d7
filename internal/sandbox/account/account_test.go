package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const (
	accountID = "111122223333"
	adminARN  = "arn:aws:iam::aws:policy/AdministratorAccess"
	document  = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}`
)

var clock = time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))

// newAccount has the users alice (in /team/) and bob, the group developers
// with alice in it, the role power-user which trusts alice, and the policy
// mine.
func newAccount(t *testing.T) *account.Account {
	t.Helper()
	a := account.New(accountID, "aws", account.WithClock(func() time.Time { return clock }))
	mustDo := func(_ any, err error) {
		t.Helper()
		require.NoError(t, err)
	}
	mustDo(a.CreateUser(account.CreateUserInput{UserName: "alice", Path: "/team/"}))
	mustDo(a.CreateUser(account.CreateUserInput{UserName: "bob"}))
	mustDo(a.CreateGroup("developers", ""))
	require.NoError(t, a.AddUserToGroup("developers", "alice"))
	mustDo(a.CreateRole(account.CreateRoleInput{
		RoleName: "power-user", AssumeRolePolicyDocument: trust(`"AWS":"` + arn("user/team/alice") + `"`),
	}))
	mustDo(a.CreatePolicy(account.CreatePolicyInput{PolicyName: "mine", PolicyDocument: document}))
	return a
}

func arn(resource string) string { return "arn:aws:iam::" + accountID + ":" + resource }

// trust is a trust policy for the members of a principal object.
func trust(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{` + principal +
		`},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
}

// requireError holds err to an AWS error whose text contains message.
func requireError(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var e *account.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code, e.Message)
	require.Equal(t, status, e.Status)
	require.Contains(t, e.Message, message)
	require.Equal(t, code+": "+e.Message, err.Error())
}

func snapshot(t *testing.T, a *account.Account) string {
	t.Helper()
	data, err := a.MarshalJSON()
	require.NoError(t, err)
	return string(data)
}
