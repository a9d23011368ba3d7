package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// hotPath is a group's policy of 100 roles with AdministratorAccess, as the
// guard of a deploy evaluates it.
func hotPath(t require.TestingT) policy.Policies {
	settings := policy.GroupPolicy{Account: policy.Account{Partition: "aws", ID: account}}
	for i := range 100 {
		settings.RoleARNs = append(settings.RoleARNs, fmt.Sprintf("arn:aws:iam::123456789012:role/cli-dev-%02d", i))
	}
	document, err := settings.Document()
	require.NoError(t, err)
	trust, err := policy.TrustPolicy([]string{"arn:aws:iam::123456789012:user/alice", bobARN})
	require.NoError(t, err)
	trusted := compileAttached(t, "trust", trust)
	return policy.Policies{
		Identity: append(attached(t, "admin", allowAll), compileAttached(t, "group", document)),
		Trust:    &trusted,
	}
}

// The common path does not allocate; nor do policy variables in a Resource.
// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestEvaluateDoesNotAllocate(t *testing.T) { //nolint:paralleltest // see above
	policies := hotPath(t)
	withoutTrust := policies
	withoutTrust.Trust = nil
	various := policy.Policies{Identity: attached(t, "various", `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*/x",
		"Condition":{"StringNotLike":{"aws:username":"b?b"},"NumericLessThan":{"n:n":"12.5"},"IpAddress":{"i:p":"192.0.2.0/24"},
		"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"},"DateLessThan":{"d:t":"2020-01-01T00:00:00Z"}}},`+allowAll)}
	ctx := bob().Context().With(policy.KeyMFAPresent, "false").With("aws:ViaAWSService", "false").
		With("n:n", "12").With("i:p", "192.0.2.1").With("d:t", "2019-01-01T00:00:00Z")
	for name, test := range map[string]struct {
		action, resource string
		policies         policy.Policies
	}{
		"explicit deny":        {"s3:GetObject", bucketARN, withoutTrust},
		"policy variables":     {"iam:EnableMFADevice", bobARN, withoutTrust},
		"assume the last role": {assumeRole, "arn:aws:iam::123456789012:role/cli-dev-99", policies},
		"operators":            {"s3:GetObject", "arn:aws:s3:::b/x", various},
	} {
		r := policy.Request{Caller: bob(), Action: test.action, Resource: test.resource, Context: ctx}
		require.Zero(t, testing.AllocsPerRun(100, func() { policy.Evaluate(r, test.policies) }), name)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	policies := hotPath(b)
	ctx := bob().Context().With(policy.KeyMFAPresent, "true").With("aws:ViaAWSService", "false")
	r := policy.Request{
		Caller: bob(), Action: assumeRole, Resource: "arn:aws:iam::123456789012:role/cli-dev-99", Context: ctx,
	}
	b.ReportAllocs()
	for b.Loop() {
		if !policy.Evaluate(r, policies).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: account}, RoleARNs: []string{devARN},
	}.Document()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.Compile(document); err != nil {
			b.Fatal(err)
		}
	}
}
