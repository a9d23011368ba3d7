package policy_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// departments have 100 roles of 42 trusted users, and 60 groups of ten roles and
// one user each.
func departments(t testing.TB, n int) policy.Deployment {
	t.Helper()
	d := policy.Deployment{Account: policy.Account{Partition: "aws", ID: account}, TrustPolicyQuota: 8192}
	for department := range n {
		var users, roles []string
		for i := range 42 {
			users = append(users, d.Account.UserARN("/", fmt.Sprintf("person-%02d-%02d", department, i)))
		}
		for i := range 100 {
			roles = append(roles, d.Account.RoleARN("/", fmt.Sprintf("cli-dev-role-%02d-%02d", department, i)))
			d.Roles = append(d.Roles, trustedRole(t, roles[i], users))
		}
		for i := range 60 {
			name, own := fmt.Sprintf("%02d-%02d", department, i), roles[i*3/2:i*3/2+10]
			d.Groups = append(d.Groups, groupOf(t, d.Account, name, own, users[i%42:i%42+1]))
		}
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
	small := manyRoles(b, 1)
	users := small.Groups[0].MemberARNs[:2]
	small.Roles[0], small.Groups[0].MemberARNs = trustedRole(b, small.Roles[0].ARN, users), users
	before := 0.0
	for _, size := range []struct {
		name string
		of   policy.Deployment
	}{
		{"1 role of 2 users, 1 group", small},
		{"100 roles of 42 users, 60 groups", departments(b, 1)},
		{"1000 roles of 42 users, 600 groups", departments(b, 10)},
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
