package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// A plain up puts right what somebody changed in the account: the project refreshes
// always. What is in force afterwards is asked of the account.
func TestUpPutsDriftRight(t *testing.T) {
	t.Parallel()
	const role, deny = "cli-dev-power-user", "arn:aws:iam::111122223333:policy/cli-dev-developers"
	trust := func(principal string) func(t *testing.T, acct *account.Account) {
		return func(t *testing.T, acct *account.Account) {
			t.Helper()
			require.NoError(t, acct.UpdateAssumeRolePolicy(role, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
				`"Principal":{"AWS":"arn:aws:iam::111122223333:`+principal+`"},"Action":"sts:AssumeRole"}]}`))
		}
	}
	drifts := []struct {
		name    string
		change  func(t *testing.T, acct *account.Account)
		changes map[string]int
	}{
		{"a user deleted and made again", func(t *testing.T, acct *account.Account) {
			t.Helper()
			require.NoError(t, acct.RemoveUserFromGroup("developers", "alice"))
			require.NoError(t, acct.DeleteUser("alice"))
			_, err := acct.CreateUser(account.CreateUserInput{UserName: "alice"})
			require.NoError(t, err)
			require.NoError(t, acct.AddUserToGroup("developers", "alice"))
			require.False(t, look(acct)["alice"], "IAM knows the new user by another id")
		}, map[string]int{"update": 1, "same": 9}},
		{"the deny detached", func(t *testing.T, acct *account.Account) {
			t.Helper()
			require.NoError(t, acct.DetachGroupPolicy("developers", deny))
		}, map[string]int{"create": 1, "same": 9}},
		{"the deny rewritten", func(t *testing.T, acct *account.Account) {
			t.Helper()
			version, err := acct.GetPolicyVersion(deny, defaultVersion(t, acct, deny))
			require.NoError(t, err)
			_, err = acct.CreatePolicyVersion(deny, strings.ReplaceAll(version.Document, "BoolIfExists", "Bool"), true)
			require.NoError(t, err)
		}, map[string]int{"update": 1, "same": 9}},
		{"another user trusted, without MFA", trust("user/mallory"), map[string]int{"update": 1, "same": 9}},
		{"the account trusted, without MFA", trust("root"), map[string]int{"update": 1, "same": 9}},
		{"the role's policy detached", func(t *testing.T, acct *account.Account) {
			t.Helper()
			require.NoError(t, acct.DetachRolePolicy(role, "arn:aws:iam::aws:policy/PowerUserAccess"))
		}, map[string]int{"create": 1, "same": 9}},
	}
	c := newCloud(t, nil, nil)
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	want := inForce(t, c.account, role, deny)
	for _, drift := range drifts {
		drift.change(t, c.account)
		require.NotEqual(t, want, inForce(t, c.account, role, deny), drift.name)
		require.Equal(t, drift.changes, d.up(t), drift.name)
		require.Equal(t, want, inForce(t, c.account, role, deny), drift.name)
		require.Equal(t, map[string]bool{"alice": true, "bob": true}, look(c.account), drift.name)
		require.Empty(t, d.outputs(t).Leaving, drift.name)
	}
}

func defaultVersion(t *testing.T, acct *account.Account, policyARN string) string {
	t.Helper()
	p, err := acct.GetPolicy(policyARN)
	require.NoError(t, err)
	return p.DefaultVersionID
}

// inForce is what the account has: the trust policy, what is attached to the role
// and to the group, and the group's policy.
func inForce(t *testing.T, acct *account.Account, roleName, policyARN string) []string {
	t.Helper()
	found, err := acct.GetRole(roleName)
	require.NoError(t, err)
	facts := []string{found.AssumeRolePolicyDocument}
	toRole, err := acct.ListAttachedRolePolicies(roleName, "")
	require.NoError(t, err)
	toGroup, err := acct.ListAttachedGroupPolicies("developers", "")
	require.NoError(t, err)
	for _, attached := range append(toRole, toGroup...) {
		facts = append(facts, attached.PolicyARN)
	}
	version, err := acct.GetPolicyVersion(policyARN, defaultVersion(t, acct, policyARN))
	require.NoError(t, err)
	return append(facts, version.Document)
}
