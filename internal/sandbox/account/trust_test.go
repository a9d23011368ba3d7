package account_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func trustOf(t *testing.T, a *account.Account) string {
	t.Helper()
	r, err := a.GetRole("power-user")
	require.NoError(t, err)
	return r.AssumeRolePolicyDocument
}

// TestTrustFollowsTheUser: a trust policy holds on to the user, not to the
// name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func TestTrustFollowsTheUser(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	byARN := trust(`"AWS":"` + arn("user/team/alice") + `"`)
	require.Equal(t, byARN, trustOf(t, a))
	alice, err := a.GetUser("alice")
	require.NoError(t, err)

	require.NoError(t, a.RemoveUserFromGroup("developers", "alice"))
	require.NoError(t, a.DeleteUser("alice"))
	byID := trust(`"AWS":"` + alice.UserID + `"`)
	require.Equal(t, byID, trustOf(t, a))

	again, err := a.CreateUser(account.CreateUserInput{UserName: "alice", Path: "/team/"})
	require.NoError(t, err)
	require.NotEqual(t, alice.UserID, again.UserID)
	require.Equal(t, byID, trustOf(t, a), "a namesake is not trusted")
	requireError(t, a.UpdateAssumeRolePolicy("power-user", byID), 400, "MalformedPolicyDocument",
		`Invalid principal in policy: "AWS":"`+alice.UserID+`"`)

	require.NoError(t, a.UpdateAssumeRolePolicy("power-user", byARN))
	require.Equal(t, byARN, trustOf(t, a), "until the trust policy is written again")
	require.NoError(t, a.UpdateAssumeRolePolicy("power-user", trust(`"AWS":"`+again.UserID+`"`)))
	require.Equal(t, byARN, trustOf(t, a), "an id is shown as the ARN of the user it belongs to")
}

// TestTrustedPrincipals: what is no user or role of the account is kept as it
// is written.
func TestTrustedPrincipals(t *testing.T) {
	t.Parallel()
	for name, principal := range map[string]string{
		"everybody":       `"AWS":"*"`,
		"account root":    `"AWS":"` + arn("root") + `"`,
		"account id":      `"AWS":"` + accountID + `"`,
		"another account": `"AWS":["999999999999","arn:aws:iam::999999999999:user/team/x"]`,
		"another's role":  `"AWS":"arn:aws:iam::999999999999:role/r"`,
		"both users":      `"AWS":["` + arn("user/bob") + `","` + arn("user/team/alice") + `"]`,
		"a role":          `"AWS":"` + arn("role/power-user") + `"`,
		"a role session":  `"AWS":"arn:aws:sts::111122223333:assumed-role/power-user/x"`,
		"services":        `"Service":"ec2.amazonaws.com"`,
		"SAML":            `"Federated":"arn:aws:iam::111122223333:saml-provider/idp"`,
		"web identity":    `"Federated":"accounts.google.com"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			require.NoError(t, a.UpdateAssumeRolePolicy("power-user", trust(principal)))
			require.Equal(t, trust(principal), trustOf(t, a))
		})
	}
}

// TestTrustElsewhere: only principals are rewritten, not a condition that
// holds the same ARN.
func TestTrustElsewhere(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"` + arn("user/bob") +
		`"},"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"` + arn("user/bob") + `"}}}]}`
	require.NoError(t, a.UpdateAssumeRolePolicy("power-user", text))
	bob, err := a.GetUser("bob")
	require.NoError(t, err)
	require.NoError(t, a.DeleteUser("bob"))
	want := strings.Replace(text, `"NotPrincipal":{"AWS":"`+arn("user/bob"), `"NotPrincipal":{"AWS":"`+bob.UserID, 1)
	require.Equal(t, want, trustOf(t, a))
}
