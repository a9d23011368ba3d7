package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCredentialOfACaller(t *testing.T) {
	t.Parallel()
	user := policy.Caller{Kind: policy.UserCaller}
	require.Equal(t, policy.LongTermKey, credentialOf(user, "AKIAEXAMPLE"))
	require.Equal(t, policy.SessionToken, credentialOf(user, "ASIAEXAMPLE"))
	require.Equal(t, policy.RoleSession, credentialOf(policy.Caller{Kind: policy.RoleSessionCaller}, "ASIAEXAMPLE"))
}

// What could not be read makes a decision an undecided one, unless a deny decides.
func TestUnreadPolicies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ statement, want string }{
		{`{"Effect":"Allow","Action":"*","Resource":"*"}`, "undecided: what is not known may deny it: the groups"},
		{`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`, "undecided: what is not known may allow it: the groups"},
		{`{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}`, "denied by No of p: an explicit deny, which no allow overrides"},
	} {
		document, err := policy.Parse(`{"Version":"2012-10-17","Statement":` + test.statement + `}`)
		require.NoError(t, err)
		s := situation{
			action: "s3:GetObject", resource: "*", credential: policy.LongTermKey, unread: []string{"the groups"},
			caller:   policy.Caller{Kind: policy.UserCaller, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"},
			identity: []policy.NamedDocument{{Name: "p", Document: document}},
		}
		e, err := s.explain()
		require.NoError(t, err)
		require.Equal(t, test.want, e.Text)
		require.False(t, e.Allowed)
	}
}

// A deny without MFA on a role locks its sessions out: that is said.
func TestTheDenyOnARole(t *testing.T) {
	t.Parallel()
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: "111122223333"}, RoleARNs: []string{"arn:aws:iam::111122223333:role/r"},
	}.Document()
	require.NoError(t, err)
	s := situation{
		action: "s3:GetObject", resource: "*", credential: policy.RoleSession,
		caller: policy.Caller{
			Kind: policy.RoleSessionCaller, Account: "111122223333", IssuerARN: "arn:aws:iam::111122223333:role/r",
			ARN: "arn:aws:sts::111122223333:assumed-role/r/alice",
		},
		identity: []policy.NamedDocument{{Name: "group-policy", Document: document}},
	}
	e, err := s.explain()
	require.NoError(t, err)
	require.Equal(t, "denied by DenyWithoutMFA of group-policy: a role session carries no MFA; "+
		"policies that demand MFA must not be attached to a role: detach it", e.Text)
}
