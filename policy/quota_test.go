package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		``:                              0,
		` `:                             0,
		`{}`:                            2,
		"\t{ \r\n } \n":                 2,
		`{ "a" : [ 1 , true ] }`:        14,
		`{"a b": "c  d"}`:               14,
		"{\"a\tb\":\"\n\"}":             11,
		`{"a\" b":1}`:                   11,
		`{"a\\" : "b c"}`:               13,
		`{"a\\\" b" : "\\"  }`:          16,
		`"\u0020 \u0020"`:               15,
		`"é"`:                           3,
		`"日本"`:                          4,
		`"😀 😀"`:                         5,
		"\"a\u00a0b\" \"c\u2003d\"":     10,
		`{"":"", "":" "}`:               14,
		`"unterminated   string counts`: 29,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, policy.Size(text))
		})
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	require.Equal(t, policy.Quota{Name: "PolicySize", Limit: 6144}, policy.ManagedPolicyQuota())
	require.Equal(t, policy.Quota{Name: "ACLSizePerRole", Limit: 2048}, policy.TrustPolicyQuota())
	require.Equal(t, 10, policy.MaxAttachedPolicies)
}

func TestQuotaCheckAtTheBoundary(t *testing.T) {
	t.Parallel()
	for _, quota := range []policy.Quota{policy.ManagedPolicyQuota(), policy.TrustPolicyQuota()} {
		for over, message := range map[int]string{
			-1: "", 0: "",
			1:   fmt.Sprintf("%d characters, 1 over the quota %s of %d", quota.Limit+1, quota.Name, quota.Limit),
			100: fmt.Sprintf("%d characters, 100 over the quota %s of %d", quota.Limit+100, quota.Name, quota.Limit),
		} {
			t.Run(fmt.Sprintf("%s %+d", quota.Name, over), func(t *testing.T) {
				t.Parallel()
				doc := documentOfSize(t, quota.Limit+over)
				err := quota.Check(doc)
				if message == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, message)
				var size *policy.SizeError
				require.ErrorAs(t, err, &size)
				require.Equal(t, policy.SizeError{Quota: quota, Size: quota.Limit + over}, *size)
				require.Equal(t, over, size.Over())
			})
		}
	}
}

// documentOfSize has exactly that size, white space and two-byte runes in it.
func documentOfSize(t *testing.T, size int) policy.Document {
	t.Helper()
	doc := oneStatement(policy.Statement{
		Effect: policy.Allow, Action: policy.Values{"é ü"}, Resource: policy.Values{"*"},
	})
	doc.Statements[0].Resource[0] += strings.Repeat("é", size-doc.Size())
	require.Equal(t, size, doc.Size())
	return doc
}

// The frame of the trust policy is 165 characters (see [policy.TrustPolicy]
// without a Sid) and 21 for its Sid; each user adds the ARN, two quotes and a
// comma.
func TestTrustPolicyHoldsSoManyUsers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ nameLength, limit, fits int }{
		{10, 2048, 42},
		{30, 2048, 29},
		{64, 2048, 19},
		{10, 4096, 88},
		{30, 4096, 61},
		{64, 4096, 39},
	} {
		t.Run(fmt.Sprintf("%d characters in %d", test.nameLength, test.limit), func(t *testing.T) {
			t.Parallel()
			quota := policy.Quota{Name: "ACLSizePerRole", Limit: test.limit}
			require.NoError(t, quota.Check(trustOfUsers(t, test.fits, test.nameLength)))
			for more := 1; more <= 3; more++ {
				users := test.fits + more
				size := 165 + len(`"Sid":"TrustWithMFA",`) - 1 + users*(34+test.nameLength)
				var tooLarge *policy.SizeError
				require.ErrorAs(t, quota.Check(trustOfUsers(t, users, test.nameLength)), &tooLarge)
				require.Equal(t, size-test.limit, tooLarge.Over())
			}
		})
	}
}

func trustOfUsers(t *testing.T, users, nameLength int) policy.Document {
	t.Helper()
	var arns []string
	for i := range users {
		arns = append(arns, fmt.Sprintf("arn:aws:iam::123456789012:user/%0*d", nameLength, i))
	}
	doc, err := policy.TrustPolicy(arns)
	require.NoError(t, err)
	return doc
}
