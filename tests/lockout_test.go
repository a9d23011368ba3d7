package tests

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// lockouts collects the moments at which alice, a member of developers from
// first to last, is denied without MFA and has no role to go to (G9).
type lockouts struct {
	mu    sync.Mutex
	found []string
	// denied counts the writes after which the deny reached her: zero would
	// mean that the test saw nothing.
	denied int
}

func (l *lockouts) check(acct *account.Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	attached, err := acct.ListAttachedGroupPolicies("developers", "")
	if err != nil {
		return // the fixture has not made the group yet
	}
	denied, roles := false, []string{}
	for _, a := range attached {
		p, err := acct.GetPolicy(a.PolicyARN)
		if err != nil {
			l.found = append(l.found, err.Error())
			continue
		}
		version, err := acct.GetPolicyVersion(a.PolicyARN, p.DefaultVersionID)
		if err != nil {
			l.found = append(l.found, err.Error())
			continue
		}
		document, err := policy.Parse(version.Document)
		if err != nil {
			l.found = append(l.found, err.Error())
			continue
		}
		for _, s := range document.Statements {
			denied = denied || s.Sid == policy.SidDenyWithoutMFA
			if s.Sid == policy.SidAssumeRoles {
				roles = append(roles, s.Resource...)
			}
		}
	}
	if !denied {
		return
	}
	l.denied++
	if !slices.ContainsFunc(roles, func(arn string) bool { return works(acct, arn) }) {
		l.found = append(l.found, fmt.Sprintf("write %d: denied, and none of %v works", l.denied, roles))
	}
}

// works reports whether alice can assume the role and do something with it.
func works(acct *account.Account, arn string) bool {
	name := arn[strings.LastIndex(arn, "/")+1:]
	role, err := acct.GetRole(name)
	if err != nil || !strings.Contains(role.AssumeRolePolicyDocument, `"arn:aws:iam::111122223333:user/alice"`) {
		return false
	}
	policies, err := acct.ListAttachedRolePolicies(name, "")
	return err == nil && len(policies) > 0
}

// TestDeployLocksNobodyOut fails each single write of a deploy, a rename, a
// change of roles and a destroy in turn. After no write, whichever failed, is
// alice without a way in; and the next run finishes the job.
func TestDeployLocksNobodyOut(t *testing.T) {
	t.Parallel()
	const otherRole = `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    engineer: {policies: [ReadOnlyAccess], groups: [developers]}
`
	renamed := devStack(t) + "  aws-cli-mfa:namePrefix: mfa-\n"
	tests := map[string]struct {
		from, to string
		// failing are the writes to fail, one for each run from one file to
		// the other and back: there is one run for each entry.
		failing []int
	}{
		"create and destroy": {"", devStack(t), []int{1, 1, 2, 2, 3, 3, 4, 4}},
		"rename":             {devStack(t), renamed, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		"another role":       {devStack(t), otherRole, []int{1, 2, 3, 4, 5}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found lockouts
			var fail failure
			d := newDeployment(t, newCloud(t, fail.through, found.check), devStack(t))
			apply := func(file string) error {
				if file == "" {
					_, err := d.Destroy(t.Context())
					return err
				}
				d.configure(t, file)
				_, err := d.Up(t.Context())
				return err
			}
			require.NoError(t, apply(test.from))
			files := []string{test.from, test.to}
			var failed []string
			for i, n := range test.failing {
				target := files[(i+1)%2]
				fail.arm(n)
				err := apply(target)
				action := fail.fired()
				require.NotEmpty(t, action, "run %d had fewer than %d writes: %v", i, n, err)
				require.ErrorContains(t, err, "injected", "%s failed unseen", action)
				failed = append(failed, action)
				require.NoError(t, apply(target), "the next run finishes the job")
			}
			require.Empty(t, found.found)
			require.NotZero(t, found.denied)
			t.Logf("%d writes failed: %v; the deny was in force after %d writes", len(failed), failed, found.denied)
		})
	}
}
