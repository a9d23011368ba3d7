package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestAccountARNs(t *testing.T) {
	t.Parallel()
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-iso-b"} {
		a := policy.Account{Partition: partition, ID: "123456789012"}
		begin := "arn:" + partition + ":iam::123456789012:"
		require.NoError(t, a.Check())
		require.Equal(t, begin+"role/power-user", a.RoleARN("/", "power-user"))
		require.Equal(t, begin+"role/a/b/power-user", a.RoleARN("/a/b/", "power-user"))
		require.Equal(t, begin+"user/team/alice", a.UserARN("/team/", "alice"))
		require.Equal(t, begin+"policy/mfa", a.PolicyARN("/", "mfa"))
		require.Equal(t, begin+"mfa/alice", a.VirtualMFADeviceARN("alice"))
	}
}

func TestAccountCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		account policy.Account
		reason  string
	}{
		"no partition":         {policy.Account{ID: "123456789012"}, `partition ""`},
		"other vendor":         {policy.Account{Partition: "gcp", ID: "123456789012"}, `partition "gcp"`},
		"upper case":           {policy.Account{Partition: "AWS", ID: "123456789012"}, `partition "AWS"`},
		"hanging hyphen":       {policy.Account{Partition: "aws-", ID: "123456789012"}, `partition "aws-"`},
		"wildcard partition":   {policy.Account{Partition: "aws*", ID: "123456789012"}, `partition "aws*"`},
		"colon in partition":   {policy.Account{Partition: "aws:iam", ID: "123456789012"}, `partition "aws:iam"`},
		"newline in partition": {policy.Account{Partition: "aws\n", ID: "123456789012"}, `partition "aws\n"`},
		"no id":                {policy.Account{Partition: "aws"}, `account id ""`},
		"alias":                {policy.Account{Partition: "aws", ID: "my-company"}, `account id "my-company"`},
		"11 digits":            {policy.Account{Partition: "aws", ID: "12345678901"}, `must be 12 digits`},
		"13 digits":            {policy.Account{Partition: "aws", ID: "1234567890123"}, `must be 12 digits`},
		"hyphens":              {policy.Account{Partition: "aws", ID: "1234-5678-9012"}, `must be 12 digits`},
		"aws":                  {policy.Account{Partition: "aws", ID: "aws"}, `must be 12 digits`},
		"wildcard":             {policy.Account{Partition: "aws", ID: "*"}, `must be 12 digits`},
		"other digits":         {policy.Account{Partition: "aws", ID: "١٢٣٤٥٦٧٨٩٠١٢"}, `must be 12 digits`},
		"newline":              {policy.Account{Partition: "aws", ID: "123456789012\n"}, `must be 12 digits`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.account.Check()
			require.ErrorIs(t, err, policy.ErrARN)
			require.ErrorContains(t, err, test.reason)
		})
	}
}

func TestManagedPolicyARN(t *testing.T) {
	t.Parallel()
	eachLine(t, "managed-policies.txt", func(t *testing.T, want, given string) {
		t.Helper()
		got, err := policy.ManagedPolicyARN("aws", given)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestManagedPolicyARNInOtherPartitions(t *testing.T) {
	t.Parallel()
	for _, partition := range []string{"aws-cn", "aws-us-gov"} {
		got, err := policy.ManagedPolicyARN(partition, "ViewOnlyAccess")
		require.NoError(t, err)
		require.Equal(t, "arn:"+partition+":iam::aws:policy/job-function/ViewOnlyAccess", got)

		got, err = policy.ManagedPolicyARN(partition, "arn:"+partition+":iam::123456789012:policy/own")
		require.NoError(t, err)
		require.Equal(t, "arn:"+partition+":iam::123456789012:policy/own", got)

		_, err = policy.ManagedPolicyARN(partition, "arn:aws:iam::aws:policy/ReadOnlyAccess")
		require.ErrorIs(t, err, policy.ErrARN)
		require.ErrorContains(t, err, "is of partition aws, the stack deploys to "+partition)
	}
}

func TestManagedPolicyARNRefuses(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T, reason, given string) {
		t.Helper()
		got, err := policy.ManagedPolicyARN("aws", given)
		require.ErrorIs(t, err, policy.ErrARN)
		require.ErrorContains(t, err, reason)
		require.Empty(t, got)
	}
	eachLine(t, "no-managed-policies.txt", refused)
	for _, given := range []string{"", "PowerUserAccess\n", strings.Repeat("a", 129)} {
		refused(t, "neither an ARN nor the name", given)
	}
}

func TestParseIAMARN(t *testing.T) {
	t.Parallel()
	const account = "123456789012"
	for text, want := range map[string]policy.IAMARN{
		"arn:aws:iam::123456789012:user/alice":               {"aws", account, "user", "/", "alice"},
		"arn:aws:iam::123456789012:user/team/blue/alice":     {"aws", account, "user", "/team/blue/", "alice"},
		"arn:aws:iam::123456789012:user/a+b=c,d.e@f_g-h":     {"aws", account, "user", "/", "a+b=c,d.e@f_g-h"},
		"arn:aws:iam::123456789012:user/user/user":           {"aws", account, "user", "/user/", "user"},
		"arn:aws-cn:iam::123456789012:role/r":                {"aws-cn", account, "role", "/", "r"},
		"arn:aws-us-gov:iam::123456789012:group/g":           {"aws-us-gov", account, "group", "/", "g"},
		"arn:aws:iam::aws:policy/job-function/Billing":       {"aws", "aws", "policy", "/job-function/", "Billing"},
		"arn:aws:iam::123456789012:mfa/alice":                {"aws", account, "mfa", "/", "alice"},
		"arn:aws:iam::123456789012:instance-profile/p":       {"aws", account, "instance-profile", "/", "p"},
		`arn:aws:iam::123456789012:user/!"#%&'()<>:;~/alice`: {"aws", account, "user", `/!"#%&'()<>:;~/`, "alice"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := policy.ParseIAMARN(text)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestParseIAMARNRefuses(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T, reason, text string) {
		t.Helper()
		got, err := policy.ParseIAMARN(text)
		require.ErrorIs(t, err, policy.ErrARN)
		require.ErrorContains(t, err, reason)
		require.Zero(t, got)
	}
	eachLine(t, "no-arns.txt", refused)
	const alice = "arn:aws:iam::123456789012:user/alice"
	for _, text := range []string{"", alice + "\n", "\n" + alice, alice + strings.Repeat("a", 124)} {
		refused(t, "not the ARN of one IAM object", text)
	}
}

func TestPartitionOfRegion(t *testing.T) {
	t.Parallel()
	for region, partition := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "": "aws",
	} {
		require.Equal(t, partition, policy.PartitionOfRegion(region), region)
	}
}
