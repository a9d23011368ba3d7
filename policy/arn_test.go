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
	for given, want := range map[string]string{
		"AdministratorAccess":                      "arn:aws:iam::aws:policy/AdministratorAccess",
		"PowerUserAccess":                          "arn:aws:iam::aws:policy/PowerUserAccess",
		"ReadOnlyAccess":                           "arn:aws:iam::aws:policy/ReadOnlyAccess",
		"SecurityAudit":                            "arn:aws:iam::aws:policy/SecurityAudit",
		"IAMUserChangePassword":                    "arn:aws:iam::aws:policy/IAMUserChangePassword",
		"service-role/AWSLambdaRole":               "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
		"aws-service-role/SupportPolicy":           "arn:aws:iam::aws:policy/aws-service-role/SupportPolicy",
		"Billing":                                  "arn:aws:iam::aws:policy/job-function/Billing",
		"DatabaseAdministrator":                    "arn:aws:iam::aws:policy/job-function/DatabaseAdministrator",
		"DataScientist":                            "arn:aws:iam::aws:policy/job-function/DataScientist",
		"NetworkAdministrator":                     "arn:aws:iam::aws:policy/job-function/NetworkAdministrator",
		"SupportUser":                              "arn:aws:iam::aws:policy/job-function/SupportUser",
		"SystemAdministrator":                      "arn:aws:iam::aws:policy/job-function/SystemAdministrator",
		"ViewOnlyAccess":                           "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
		"job-function/ViewOnlyAccess":              "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
		"arn:aws:iam::aws:policy/ReadOnlyAccess":   "arn:aws:iam::aws:policy/ReadOnlyAccess",
		"arn:aws:iam::123456789012:policy/own":     "arn:aws:iam::123456789012:policy/own",
		"arn:aws:iam::123456789012:policy/a/b/own": "arn:aws:iam::123456789012:policy/a/b/own",
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			got, err := policy.ManagedPolicyARN("aws", given)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
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
	for given, reason := range map[string]string{
		"":                                          "neither an ARN nor the name",
		"Power User":                                "neither an ARN nor the name",
		"/PowerUserAccess":                          "neither an ARN nor the name",
		"job-function/":                             "neither an ARN nor the name",
		"../PowerUserAccess":                        "neither an ARN nor the name",
		"PowerUserAccess\n":                         "neither an ARN nor the name",
		"PowerUser*":                                "neither an ARN nor the name",
		"${aws:username}":                           "neither an ARN nor the name",
		"ARN:aws:iam::aws:policy/X":                 "neither an ARN nor the name",
		strings.Repeat("a", 129):                    "neither an ARN nor the name",
		"arn:aws:iam::aws:policy/":                  "not the ARN of one IAM object",
		"arn:aws:iam::aws:policy/*":                 "not the ARN of one IAM object",
		"arn:aws:iam::12345:policy/x":               "not the ARN of one IAM object",
		"arn:aws:s3:::bucket":                       "not the ARN of one IAM object",
		"arn:aws:iam::aws:policy/${aws:x}/x":        "not the ARN of one IAM object",
		"arn:aws:iam::123456789012:role/x":          "is not the ARN of a managed policy",
		"arn:aws:iam::123456789012:user/x":          "is not the ARN of a managed policy",
		"arn:aws-cn:iam::aws:policy/x":              "is of partition aws-cn, the stack deploys to aws",
		"arn:aws-us-gov:iam::123456789012:policy/x": "is of partition aws-us-gov",
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			got, err := policy.ManagedPolicyARN("aws", given)
			require.ErrorIs(t, err, policy.ErrARN)
			require.ErrorContains(t, err, reason)
			require.Empty(t, got)
		})
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
	for _, text := range []string{
		"",
		"alice",
		"*",
		"123456789012",
		"AIDAJQABLZS4A3QDU576Q",
		"arn:aws:iam::123456789012:root",
		"arn:aws:iam::123456789012:user",
		"arn:aws:iam::123456789012:user/",
		"arn:aws:iam::123456789012:user/*",
		"arn:aws:iam::123456789012:user/ali?e",
		"arn:aws:iam::123456789012:user/*/alice",
		"arn:aws:iam::123456789012:user/te?m/alice",
		"arn:aws:iam::123456789012:user/${aws:username}",
		"arn:aws:iam::123456789012:user/${aws:username}/alice",
		"arn:aws:iam::123456789012:user//alice",
		"arn:aws:iam::123456789012:user/team/",
		"arn:aws:iam::123456789012:user/alice bob",
		"arn:aws:iam::123456789012:user/te am/alice",
		"arn:aws:iam::123456789012:user/älice",
		"arn:aws:iam::123456789012:user/alice\n",
		"\narn:aws:iam::123456789012:user/alice",
		"arn:aws:iam::123456789012:user/" + strings.Repeat("a", 129),
		"arn:aws:iam::*:user/alice",
		"arn:aws:iam:::user/alice",
		"arn:aws:iam::12345678901:user/alice",
		"arn:aws:iam::1234567890123:user/alice",
		"arn:aws:iam:us-east-1:123456789012:user/alice",
		"arn:aws:sts::123456789012:assumed-role/r/s",
		"arn:aws:sts::123456789012:federated-user/alice",
		"arn:*:iam::123456789012:user/alice",
		"arn:AWS:iam::123456789012:user/alice",
		"arn:gcp:iam::123456789012:user/alice",
		"aws:iam::123456789012:user/alice",
		"ARN:aws:iam::123456789012:user/alice",
		"arn:aws:iam::123456789012:USER/alice",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := policy.ParseIAMARN(text)
			require.ErrorIs(t, err, policy.ErrARN)
			require.Zero(t, got)
		})
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
