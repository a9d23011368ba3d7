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
		err, atRisk := policy.CheckExemptAction(action), policy.CheckActionAtRisk(action)
		if reason == "accepted" {
			require.NoError(t, err)
			require.ErrorContains(t, atRisk, "is harmless, and no risk")
			return
		}
		require.ErrorIs(t, err, policy.ErrExemptAction)
		require.ErrorContains(t, err, reason)
		if reason == "is not known to be harmless" {
			require.NoError(t, atRisk)
			return
		}
		require.ErrorIs(t, atRisk, policy.ErrExemptAction)
		require.ErrorContains(t, atRisk, reason)
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

// What is at somebody's own risk is not denied, never granted, and named in the verdict.
func TestActionsAtRisk(t *testing.T) {
	t.Parallel()
	d, atRisk := manyRoles(t, 1), []string{"iam:CreateAccessKey", "sts:AssumeRole"}
	doc, err := policy.GroupPolicy{
		Account: d.Account, RoleARNs: d.Groups[0].RoleARNs, ExemptActionsAtMyRisk: atRisk,
	}.Document()
	require.NoError(t, err)
	require.Subset(t, statement(t, doc, policy.SidDenyWithoutMFA).NotAction, atRisk)
	for _, s := range doc.Statements {
		require.False(t, s.Effect == policy.Allow && slices.Contains(s.Action, "iam:CreateAccessKey"))
	}
	d.Groups[0].Policies[0].Document = doc
	require.False(t, policy.Verify(d).Holds(), "the document exempts what is not meant to be")
	d.ExemptActionsAtMyRisk = atRisk
	report := policy.Verify(d)
	require.NoError(t, report.Err())
	require.Equal(t, policy.Proved, report.Results[0].Verdict)
	require.Equal(t, "but for what is exempt at the stack's own risk, and whatever that leads to: "+
		"iam:CreateAccessKey, sts:AssumeRole", report.Results[0].Note)
}
