package tests

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// drift changes the account by hand. pulumi refresh finds it, and a plain up puts
// it right, because the project refreshes always. What is in force afterwards is
// asked of the account.
func (l life) drift(t *testing.T) {
	l.up(t)
	want := inForce(t, l.account)
	require.NoError(t, l.account.DetachGroupPolicy("developers", groupPolicy))
	require.NoError(t, l.account.UpdateAssumeRolePolicy(roleName, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/mallory"]},"Action":"sts:AssumeRole"}]}`))
	result, err := l.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"delete": 1, "update": 1, "same": 8}, *result.Summary.ResourceChanges)
	l.requireMended(t, want, map[string]int{"create": 1, "update": 1, "same": 8})
	_, err = l.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err, "what IAM returns is not taken for a change")

	require.NoError(t, l.account.RemoveUserFromGroup("developers", "alice"))
	require.NoError(t, l.account.DeleteUser("alice"))
	_, err = l.account.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	require.NoError(t, l.account.AddUserToGroup("developers", "alice"))
	require.False(t, look(l.account)["alice"], "IAM knows the new user by another id")
	l.requireMended(t, want, map[string]int{"update": 1, "same": 9})

	require.NoError(t, l.account.DetachRolePolicy(roleName, "arn:aws:iam::aws:policy/PowerUserAccess"))
	deny := want["arn:aws:iam::111122223333:group/developers "+groupPolicy]
	_, err = l.account.CreatePolicyVersion(groupPolicy, strings.ReplaceAll(deny, "BoolIfExists", "Bool"), true)
	require.NoError(t, err)
	l.requireMended(t, want, map[string]int{"create": 1, "update": 1, "same": 8})
}

func (l life) requireMended(t *testing.T, want map[string]string, changes map[string]int) {
	t.Helper()
	require.NotEqual(t, want, inForce(t, l.account))
	require.Equal(t, changes, l.up(t))
	require.Equal(t, want, inForce(t, l.account))
	require.Equal(t, map[string]bool{"alice": true, "bob": true}, look(l.account))
	require.Empty(t, l.outputs(t).Leaving)
}

// inForce is what the account has: each role with its trust policy and what is attached,
// and the documents of what is attached to each group.
func inForce(t *testing.T, acct *account.Account) map[string]string {
	t.Helper()
	facts := map[string]string{}
	roles, err := acct.ListRoles("")
	require.NoError(t, err)
	for _, role := range roles {
		facts[role.ARN] = role.AssumeRolePolicyDocument
		attached, err := acct.ListAttachedRolePolicies(role.RoleName, "")
		require.NoError(t, err)
		for _, one := range attached {
			facts[role.ARN+" "+one.PolicyARN] = "attached"
		}
	}
	groups, err := acct.ListGroups("")
	require.NoError(t, err)
	for _, group := range groups {
		attached, err := acct.ListAttachedGroupPolicies(group.GroupName, "")
		require.NoError(t, err)
		for _, one := range attached {
			current, err := acct.GetPolicy(one.PolicyARN)
			require.NoError(t, err)
			version, err := acct.GetPolicyVersion(one.PolicyARN, current.DefaultVersionID)
			require.NoError(t, err)
			facts[group.ARN+" "+one.PolicyARN] = version.Document
		}
	}
	return facts
}
