package policy_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// stackOf is roles of 42 trusted users, and groups of ten roles and one of them each.
func stackOf(t testing.TB, roles, groups int) policy.Deployment {
	t.Helper()
	d := policy.Deployment{Account: policy.Account{Partition: "aws", ID: account}, TrustPolicyQuota: 8192}
	var users, arns []string
	for i := range 42 {
		users = append(users, d.Account.UserARN("/", fmt.Sprintf("person-%02d", i)))
	}
	for i := range roles {
		arns = append(arns, d.Account.RoleARN("/", fmt.Sprintf("cli-dev-role-%04d", i)))
		d.Roles = append(d.Roles, trustedRole(t, arns[i], users))
	}
	for i := range groups {
		begin := i * (roles - 10) / groups
		d.Groups = append(d.Groups, groupOf(t, d.Account, fmt.Sprint(i), arns[begin:begin+10], users[i%42:i%42+1]))
	}
	return d
}

// cpu is what this process has used of the processors.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkProve prints the classes, the CPU time, and how many times that of the
// size before it is.
func BenchmarkProve(b *testing.B) {
	small := stackOf(b, 11, 1)
	small.Roles = small.Roles[:1]
	small.Groups = []policy.Group{groupOf(b, small.Account, "developers", []string{small.Roles[0].ARN}, small.Roles[0].TrustedUserARNs[:2])}
	small.Roles[0] = trustedRole(b, small.Roles[0].ARN, small.Roles[0].TrustedUserARNs[:2])
	before := 0.0
	for _, size := range []struct {
		name string
		of   policy.Deployment
	}{
		{"1 role of 2 users, 1 group", small},
		{"100 roles of 42 users, 60 groups", stackOf(b, 100, 60)},
		{"1000 roles of 42 users, 600 groups", stackOf(b, 1000, 600)},
		{"100 roles, each of its own 10 users and group", manyRoles(b, 100)},
	} {
		b.Run(size.name, func(b *testing.B) {
			classes, start := 0, cpu(b)
			for b.Loop() {
				report := policy.Verify(size.of)
				require.NoError(b, report.Err())
				classes = report.Classes()
			}
			each := float64(cpu(b)-start) / float64(b.N) / float64(time.Millisecond)
			b.ReportMetric(float64(classes), "classes")
			b.ReportMetric(each, "cpu-ms/op")
			if before > 0 {
				b.ReportMetric(each/before, "times-the-one-before")
			}
			before = each
		})
	}
}
