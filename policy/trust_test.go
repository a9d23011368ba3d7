package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestTrustPolicyGolden(t *testing.T) {
	t.Parallel()
	for name, users := range map[string][]string{
		"trust-one-user": {"arn:aws:iam::123456789012:user/alice"},
		"trust-several-users": {
			"arn:aws:iam::123456789012:user/team/alice",
			"arn:aws:iam::123456789012:user/jimbob",
			"arn:aws:iam::123456789012:user/bob",
			"arn:aws:iam::210987654321:user/bob",
			"arn:aws:iam::123456789012:user/ops+alice@example.com",
			"arn:aws:iam::123456789012:user/r&d/<carol>/carol",
		},
		"trust-aws-us-gov": {"arn:aws-us-gov:iam::123456789012:user/alice", "arn:aws-us-gov:iam::123456789012:user/bob"},
		"trust-aws-cn":     {"arn:aws-cn:iam::123456789012:user/alice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := slices.Clone(users)
			doc, err := policy.TrustPolicy(users)
			require.NoError(t, err)
			require.Equal(t, given, users, "the caller's list is left alone")
			requireGolden(t, name, doc)
			requireReadsBack(t, doc)
			requireTrustsOnlyWithMFA(t, doc, users)
		})
	}
}

// requireTrustsOnlyWithMFA holds G4 and G5: one statement, these users and
// nobody else, by plain Bool, which an absent key does not match.
func requireTrustsOnlyWithMFA(t require.TestingT, doc policy.Document, users []string) {
	require.NoError(t, doc.CheckTrust())
	require.Equal(t, policy.Version20121017, doc.Version)
	require.Len(t, doc.Statements, 1)
	s := doc.Statements[0]
	require.Equal(t, policy.Allow, s.Effect)
	require.Equal(t, policy.Values{"sts:AssumeRole"}, s.Action)
	require.Nil(t, s.NotPrincipal)
	require.Equal(t, policy.Principal{AWS: s.Principal.AWS}, *s.Principal)
	require.ElementsMatch(t, users, s.Principal.AWS)
	require.Equal(t, policy.Condition{"Bool": {"aws:MultiFactorAuthPresent": {"true"}}}, s.Condition)
}

func TestTrustPolicyRefuses(t *testing.T) {
	t.Parallel()
	const begin = "arn:aws:iam::123456789012:"
	for _, test := range []struct{ users, reasons []string }{
		{nil, []string{"nobody to trust"}},
		{[]string{}, []string{"nobody to trust"}},
		{[]string{"*"}, []string{`"*" is not the ARN of one IAM object`}},
		{[]string{begin + "root"}, []string{":root"}},
		{[]string{"123456789012"}, []string{"123456789012"}},
		{[]string{"AIDAJQABLZS4A3QDU576Q"}, []string{"AIDAJQABLZS4A3QDU576Q"}},
		{[]string{"alice"}, []string{`"alice" is not the ARN`}},
		{[]string{begin + "role/r"}, []string{"role/r is not an IAM user"}},
		{[]string{begin + "group/g"}, []string{"group/g is not an IAM user"}},
		{[]string{"arn:aws:iam::aws:user/alice"}, []string{"is not an IAM user"}},
		{[]string{begin + "user/*"}, []string{"user/*"}},
		{[]string{begin + "user/*/alice"}, []string{"user/*/alice"}},
		{[]string{begin + "user/${aws:username}"}, []string{"${aws"}},
		{[]string{"arn:aws:sts::123456789012:assumed-role/r/s"}, []string{"assumed-role"}},
		{[]string{begin + "user/alice", begin + "user/alice"}, []string{"user/alice is listed twice"}},
		{[]string{begin + "user/alice", ""}, []string{`""`}},
		{
			[]string{begin + "user/alice", "bob", begin + "user/alice", begin + "role/r"},
			[]string{`"bob"`, "is listed twice", "role/r is not an IAM user"},
		},
	} {
		doc, err := policy.TrustPolicy(test.users)
		is := policy.ErrARN
		if len(test.users) == 0 {
			is = policy.ErrNobodyTrusted
		}
		requireFaults(t, err, is, test.reasons)
		require.Zero(t, doc)
	}
}

// requireFaults holds an error to one line for each of the reasons.
func requireFaults(t *testing.T, err, is error, reasons []string) {
	t.Helper()
	require.ErrorIs(t, err, is)
	for _, reason := range reasons {
		require.ErrorContains(t, err, reason)
	}
	require.Len(t, strings.Split(err.Error(), "\n"), len(reasons), "one line for each fault: %s", err)
}
