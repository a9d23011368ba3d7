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

			backwards := slices.Clone(users)
			slices.Reverse(backwards)
			again, err := policy.TrustPolicy(backwards)
			require.NoError(t, err)
			require.Equal(t, doc.String(), again.String(), "the order of the users does not matter")
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
	const alice = "arn:aws:iam::123456789012:user/alice"
	for name, test := range map[string]struct {
		users   []string
		is      error
		reasons []string
	}{
		"nil":        {nil, policy.ErrNobodyTrusted, []string{"nobody to trust"}},
		"empty":      {[]string{}, policy.ErrNobodyTrusted, []string{"nobody to trust"}},
		"everybody":  {[]string{"*"}, policy.ErrARN, []string{`"*" is not the ARN of one IAM object`}},
		"root":       {[]string{"arn:aws:iam::123456789012:root"}, policy.ErrARN, []string{":root"}},
		"account id": {[]string{"123456789012"}, policy.ErrARN, []string{"123456789012"}},
		"unique id":  {[]string{"AIDAJQABLZS4A3QDU576Q"}, policy.ErrARN, []string{"AIDAJQABLZS4A3QDU576Q"}},
		"name":       {[]string{"alice"}, policy.ErrARN, []string{`"alice" is not the ARN`}},
		"role": {
			[]string{"arn:aws:iam::123456789012:role/r"},
			policy.ErrARN,
			[]string{"role/r is not an IAM user"},
		},
		"group": {
			[]string{"arn:aws:iam::123456789012:group/g"},
			policy.ErrARN,
			[]string{"group/g is not an IAM user"},
		},
		"users of AWS":    {[]string{"arn:aws:iam::aws:user/alice"}, policy.ErrARN, []string{"is not an IAM user"}},
		"wildcard name":   {[]string{"arn:aws:iam::123456789012:user/*"}, policy.ErrARN, []string{"user/*"}},
		"wildcard path":   {[]string{"arn:aws:iam::123456789012:user/*/alice"}, policy.ErrARN, []string{"user/*/alice"}},
		"policy variable": {[]string{"arn:aws:iam::123456789012:user/${aws:username}"}, policy.ErrARN, []string{"${aws"}},
		"session":         {[]string{"arn:aws:sts::123456789012:assumed-role/r/s"}, policy.ErrARN, []string{"assumed-role"}},
		"twice":           {[]string{alice, alice}, policy.ErrARN, []string{alice + " is listed twice"}},
		"empty entry":     {[]string{alice, ""}, policy.ErrARN, []string{`""`}},
		"all at once": {
			[]string{alice, "bob", alice, "arn:aws:iam::123456789012:role/r"},
			policy.ErrARN,
			[]string{`"bob"`, "is listed twice", "role/r is not an IAM user"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := policy.TrustPolicy(test.users)
			require.ErrorIs(t, err, test.is)
			for _, reason := range test.reasons {
				require.ErrorContains(t, err, reason)
			}
			require.Len(t, strings.Split(err.Error(), "\n"), len(test.reasons), "one line for each bad entry")
			require.Zero(t, doc)
		})
	}
}
