package policy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCheckExemptAction(t *testing.T) {
	t.Parallel()
	eachLine(t, "exempt-actions.txt", func(t *testing.T, reason, action string) {
		t.Helper()
		err := policy.CheckExemptAction(action)
		if reason == "accepted" {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, policy.ErrExemptAction)
		require.ErrorContains(t, err, reason)
	})
	for _, action := range []string{"", " iam:ChangePassword", "iam:ChangePassword ", "iam:ChangePassword\n"} {
		require.ErrorContains(t, policy.CheckExemptAction(action), "does not look like an action", action)
	}
}

func TestCheckExemptActionQuotesWhatItRefuses(t *testing.T) {
	t.Parallel()
	require.EqualError(t, policy.CheckExemptAction("iam:ChangePassword\n"),
		`action cannot be exempt from MFA: "iam:ChangePassword\n" does not look like an action: `+
			`write service:Action, as in iam:ChangePassword`)
}

// The scope decides the grant: on the caller's own user, on the account, or none.
func TestExemptActionScopes(t *testing.T) {
	t.Parallel()
	eachLine(t, "exempt-scopes.txt", func(t *testing.T, want, action string) {
		t.Helper()
		doc, err := group(func(g *policy.GroupPolicy) { g.ExemptActions = []string{action} }).Document()
		require.NoError(t, err)
		for _, sid := range []string{policy.SidExemptOwnUser, policy.SidExemptAccount} {
			if sid == want {
				require.Equal(t, policy.Values{action}, statement(t, doc, sid).Action)
			} else {
				require.NotContains(t, sids(doc), sid)
			}
		}
		require.Contains(t, statement(t, doc, policy.SidDenyWithoutMFA).NotAction, action)
		require.Equal(t, want == policy.SidExemptOwnUser,
			slices.Contains(statement(t, doc, policy.SidDenyOthersWithoutMFA).Action, action))
	})
}
