package policy_test

import (
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// FuzzParse: Parse never panics, its errors have its sentinel, and what it
// reads it keeps.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{"valid", "invalid", "golden"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.json"))
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, file := range files {
			f.Add(read(f, file))
		}
	}
	f.Add("{\"Id\":\"\u2028\x7f\",\"Statement\":[]}")
	f.Add(`{"Id":"\ud800","Statement":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := policy.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, policy.ErrSyntax)
			require.Zero(t, doc)
			return
		}
		compact := doc.String()
		back, err := policy.Parse(compact)
		require.NoError(t, err)
		require.Equal(t, doc, back)
		require.Equal(t, compact, back.String())
		require.Equal(t, utf8.RuneCountInString(compact), doc.Size())
		require.Equal(t, doc.Size(), policy.Size(doc.Indent()))
	})
}

// FuzzParseIAMARN: an ARN is accepted if and only if its parts give it back,
// so that no part hides text that IAM would read otherwise.
func FuzzParseIAMARN(f *testing.F) {
	for _, text := range []string{
		"arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:user/team/alice",
		"arn:aws-cn:iam::aws:policy/job-function/Billing", "arn:aws:iam::123456789012:root",
		"arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/a\nb", "arn:aws:iam::1:user/${aws:username}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		arn, err := policy.ParseIAMARN(text)
		if err != nil {
			require.ErrorIs(t, err, policy.ErrARN)
			require.Zero(t, arn)
			return
		}
		require.Equal(t, text, "arn:"+arn.Partition+":iam::"+arn.Account+":"+arn.Kind+arn.Path+arn.Name)
		require.NotContains(t, text, "*")
		require.NotContains(t, text, "?")
		require.NotContains(t, text, "$")
		require.NotContains(t, arn.Name, "/")
		require.NoError(t, policy.CheckPolicyName(arn.Name))
		if len(arn.Path) <= 512 {
			require.NoError(t, policy.CheckPath(arn.Path))
		}
	})
}

// FuzzManagedPolicyARN: what is accepted is the ARN of one managed policy of
// the partition, and stays the same when given again.
func FuzzManagedPolicyARN(f *testing.F) {
	for _, text := range []string{
		"PowerUserAccess", "ViewOnlyAccess", "service-role/X", "a/",
		"arn:aws:iam::123456789012:policy/x", "arn:aws:iam::123456789012:role/x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		arn, err := policy.ManagedPolicyARN("aws", text)
		if err != nil {
			require.ErrorIs(t, err, policy.ErrARN)
			require.Empty(t, arn)
			return
		}
		parts, err := policy.ParseIAMARN(arn)
		require.NoError(t, err)
		require.Equal(t, "policy", parts.Kind)
		require.Equal(t, "aws", parts.Partition)
		again, err := policy.ManagedPolicyARN("aws", arn)
		require.NoError(t, err)
		require.Equal(t, arn, again)
	})
}
