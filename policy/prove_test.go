package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// stackOf is n roles of 42 trusted users, and groups of ten roles each.
func stackOf(t testing.TB, n, groups int) policy.Deployment {
	t.Helper()
	d := policy.Deployment{Account: policy.Account{Partition: "aws", ID: account}, TrustPolicyQuota: 8192}
	var users []string
	for i := range 42 {
		users = append(users, d.Account.UserARN("/", fmt.Sprintf("person-%02d", i)))
	}
	trust, err := policy.TrustPolicy(users)
	require.NoError(t, err)
	for i := range n {
		role := d.Account.RoleARN("/", fmt.Sprintf("cli-dev-role-%04d", i))
		d.Roles = append(d.Roles, policy.Role{Name: role, ARN: role, Trust: trust, TrustedUserARNs: users})
	}
	for i := range groups {
		g := policy.GroupPolicy{Account: d.Account}
		for j := range 10 {
			g.RoleARNs = append(g.RoleARNs, d.Roles[(i*n/groups+j)%n].ARN)
		}
		document, err := g.Document()
		require.NoError(t, err)
		d.Groups = append(d.Groups, policy.Group{
			Name: fmt.Sprint(i), RoleARNs: g.RoleARNs, MemberARNs: users[i%42 : i%42+1],
			Policies: []policy.NamedDocument{{Name: fmt.Sprint("policy-", i), Document: document}},
		})
	}
	return d
}

func BenchmarkProve(b *testing.B) {
	for _, size := range []struct{ roles, groups int }{{1, 1}, {10, 6}, {100, 60}, {1000, 600}} {
		n := size.roles
		if n == 1 {
			n = 11 // a group names ten roles
		}
		d := stackOf(b, n, size.groups)
		if size.roles == 1 {
			d = manyRoles(b, 1)
		}
		b.Run(fmt.Sprintf("%d roles", size.roles), func(b *testing.B) {
			classes := 0
			for b.Loop() {
				report := policy.Verify(d)
				require.NoError(b, report.Err())
				classes = report.Classes()
			}
			b.ReportMetric(float64(classes), "classes")
		})
	}
}
