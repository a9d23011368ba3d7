package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	active   = account.AccessKeyActive
	inactive = account.AccessKeyInactive
)

func developers(p person) person {
	p.groups = append(p.groups, "developers")
	return p
}

func developersOnly() Subject {
	return Subject{Groups: []Group{{Name: "developers"}}}
}

func named(findings []Finding, kind Kind) []string {
	var names []string
	for _, f := range findings {
		if f.Kind == kind {
			names = append(names, f.User)
		}
	}
	return names
}

func user(i int) string { return fmt.Sprintf("user-%04d", i) }

func users(numbers ...int) []string {
	var names []string
	for _, i := range numbers {
		names = append(names, user(i))
	}
	slices.Sort(names)
	return names
}

// thousand are the members of a company, of whom a few are scattered who cannot
// use the CLI with MFA, each for another reason.
type thousand struct {
	noDevice, securityKey, halfMade, token, twoDevices, noActiveKey []int
}

func (k thousand) people() (people []person, halfMade []string) {
	for i := range 1000 {
		name := user(i)
		p := person{name: name, groups: []string{"developers"}, devices: []string{name}, keys: []string{inactive}}
		if i%5 == 0 {
			p.keys = []string{active}
		}
		if i%50 == 0 {
			p.groups = append(p.groups, "operators")
		}
		switch {
		case slices.Contains(k.noDevice, i):
			p.devices, p.keys = nil, []string{inactive, active}
		case slices.Contains(k.securityKey, i):
			p.devices, p.keys = []string{"key-" + name}, []string{active}
		case slices.Contains(k.halfMade, i):
			p.devices, p.keys = nil, []string{active}
			halfMade = append(halfMade, name)
		case slices.Contains(k.token, i):
			p.devices, p.keys = []string{"token-" + fmt.Sprint(i)}, []string{active}
		case slices.Contains(k.twoDevices, i):
			p.devices = []string{name, name + "-spare"}
		case slices.Contains(k.noActiveKey, i):
			p.devices = nil
			p.keys = p.keys[:i%2]
		}
		people = append(people, p)
	}
	return people, halfMade
}

func TestThousandUsersWithinTheRate(t *testing.T) {
	t.Parallel()
	known := thousand{
		noDevice: []int{0, 3, 250, 251, 502, 777, 999}, securityKey: []int{17, 400, 998}, halfMade: []int{40, 641},
		token: []int{5, 900}, twoDevices: []int{6, 101}, noActiveKey: []int{7, 8, 950},
	}
	people, halfMade := known.people()
	c := newCloud(t, people, halfMade...)
	const perSecond, others = 1000, 1
	bucket := rate.NewLimiter(perSecond, perSecond/10)
	c.front.allow = func(n int64) bool {
		somebodyElse := n >= 2000 && n < 2000+others // uses up the account's rate
		return bucket.Allow() && !somebodyElse
	}
	subject := Subject{Groups: []Group{{Name: "developers"}, {Name: "operators"}}}
	options := c.options(subject)
	options.IAM = c.iamAs(c.admin, Pace(perSecond))
	var total int
	var steps, done atomic.Int64
	options.Progress = func(users int) (func(), func()) {
		total = users
		return func() { steps.Add(1) }, func() { done.Add(1) }
	}
	start := time.Now()
	report, err := Run(t.Context(), options)
	require.NoError(t, err)
	took := time.Since(start)

	locked := users(slices.Concat(known.noDevice, known.securityKey, known.halfMade)...)
	require.Equal(t, locked, report.LockedOut)
	require.Equal(t, locked, named(report.Findings, KindLockedOut))
	require.Equal(t, users(known.twoDevices...), named(report.Findings, KindSeveralDevices))
	require.Len(t, report.Users, 1000)
	require.Equal(t, len(known.noActiveKey), report.count(VerdictNoAccessKey))
	require.Equal(t, 1000-len(known.noActiveKey)-len(locked), report.count(VerdictOK))
	var canEnrol []string
	for _, u := range report.Users {
		if u.CanEnrol {
			canEnrol = append(canEnrol, u.Name)
		}
	}
	require.Equal(t, users(known.noDevice...), canEnrol)
	require.Equal(t, 1000, report.Groups[0].Members)
	require.Equal(t, 20, report.Groups[1].Members)
	require.True(t, report.Failed())

	require.Equal(t, 1000, total)
	require.EqualValues(t, 1000, steps.Load())
	require.EqualValues(t, 1, done.Load())
	seen, throttled := c.front.seen.Load(), c.front.throttled.Load()
	t.Logf("%d requests, %d throttled, in %s", seen, throttled, took)
	require.LessOrEqual(t, throttled, int64(others+10))
	calls := 2*len(subject.Groups) + 1 + 2*len(people) // and one for each active key
	for _, p := range people {
		if slices.Contains(p.keys, active) {
			calls++
		}
	}
	require.EqualValues(t, calls, seen-throttled)
	require.LessOrEqual(t, float64(seen), 1+perSecond*took.Seconds(), "retries count, too")
}

func TestSameAccountSameReport(t *testing.T) {
	t.Parallel()
	var people []person
	for i := range 12 {
		p := person{name: user(i), groups: []string{"operators", "developers"}, keys: []string{active}}
		people = append(people, p)
	}
	c := newCloud(t, people)
	c.role(t, "cli-dev-a", user(3))
	c.role(t, "cli-dev-b", user(2), user(1))
	subject := Subject{
		Groups: []Group{{Name: "operators"}, {Name: "developers"}},
		Roles: []Role{
			{Name: "cli-dev-b", Groups: []string{"operators"}}, {Name: "cli-dev-a", Groups: []string{"developers"}},
		},
	}
	now := time.Now()
	options := c.options(subject)
	options.Now = func() time.Time { return now }
	var texts []string
	for range 3 {
		report, err := Run(t.Context(), options)
		require.NoError(t, err)
		require.Equal(t, []string{"developers", "operators"}, report.Users[0].Groups)
		text, err := json.Marshal(report)
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	require.Equal(t, texts[0], texts[1])
	require.Equal(t, texts[0], texts[2])
}

func TestCancelEndsTheAudit(t *testing.T) {
	t.Parallel()
	var people []person
	for i := range 60 {
		people = append(people, developers(person{name: user(i), keys: []string{active}}))
	}
	c := newCloud(t, people)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.front.allow = func(n int64) bool {
		if n == 30 {
			cancel()
		}
		return true
	}
	_, err := Run(ctx, c.options(developersOnly()))
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, c.front.seen.Load(), int64(60))
}

func TestCancelDoesNotWaitForTheRate(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{developers(person{name: "alice"})})
	ctx, cancel := context.WithCancel(t.Context())
	c.front.allow = func(int64) bool { cancel(); return true }
	options := c.options(developersOnly())
	options.IAM = c.iamAs(c.admin, Pace(1.0/3600)) // one call an hour
	_, err := Run(ctx, options)
	require.ErrorIs(t, err, context.Canceled)
}

// What may not be read is a failure, whatever else is known.
func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	for permission, want := range map[string]string{
		"iam:GetGroup":                  "who is in a group (developers)",
		"iam:ListAttachedGroupPolicies": "the policies of a group (developers)",
		"iam:GetPolicy":                 "the stack's policy of a group (developers)",
		"iam:GetPolicyVersion":          "the stack's policy of a group (developers)",
		"iam:ListAttachedRolePolicies":  "the policies of a role (cli-dev-power-user)",
		"iam:ListVirtualMFADevices":     "devices that were created and never enabled (all)",
		"iam:GetRole":                   "whom a role trusts (cli-dev-power-user)",
		"iam:ListMFADevices":            "the MFA devices of a member (alice, bob, carol)",
		"iam:ListAccessKeys":            "the access keys of a member (alice, bob, carol)",
		"iam:GetAccessKeyLastUsed":      "the last use of an access key (AKIA",
	} {
		t.Run(permission, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, []person{
				developers(person{name: "alice", devices: []string{"alice"}, keys: []string{active}}),
				developers(person{name: "bob", devices: []string{"bob"}}),
				developers(person{name: "carol"}),
			})
			c.role(t, "cli-dev-power-user", "alice", "bob", "carol")
			deny, err := c.CreatePolicy(account.CreatePolicyInput{
				PolicyName: "deny", PolicyDocument: `{"Version":"2012-10-17","Statement":[` +
					`{"Effect":"Deny","Action":"` + permission + `","Resource":"*"}]}`,
			})
			require.NoError(t, err)
			c.deploy(t)
			subject := Subject{
				Groups: []Group{{Name: "developers", Policy: ownName}},
				Roles:  []Role{{Name: "cli-dev-power-user", Groups: []string{"developers"}, Policies: []string{}}},
			}
			report, err := Run(t.Context(), c.options(subject))
			require.NoError(t, err)
			require.Empty(t, report.Findings)
			require.NoError(t, c.AttachUserPolicy("admin", deny.ARN))
			report, err = Run(t.Context(), c.options(subject))
			require.NoError(t, err)
			require.True(t, report.Failed())
			require.Empty(t, report.LockedOut, "nobody is accused unread")
			require.Len(t, report.Findings, 1, "and nothing is concluded from what is not known")
			require.Equal(t, KindUnread, report.Findings[0].Kind)
			require.Contains(t, report.Findings[0].Message, "Cannot read "+want)
			require.Contains(t, report.Findings[0].Message, "): these credentials lack the permission "+permission+", or are denied it without MFA.")
			require.Equal(t, permission, report.Unread[0].Permission)
			if permission == "iam:ListAccessKeys" {
				require.Equal(t, VerdictUnknown, report.Users[2].Verdict, "carol may have a key, or none")
			}
		})
	}
}

func TestNoSuchGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil)
	_, err := Run(t.Context(), c.options(developersOnly()))
	require.ErrorContains(t, err, "group developers: the account has no such group: correct the name")
}

func TestNobodyIsNotAudited(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Options{Subject: Subject{Roles: []Role{{Name: "cli-dev-power-user"}}}, Now: now})
	require.ErrorContains(t, err, "there are no groups to audit")
}

// A wrong account is not read at all.
func TestAccountOfTheCredentials(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{developers(person{name: "alice"})})
	const other = "444455556666"
	for _, test := range []struct {
		name, want string
		subject    Subject
	}{
		{name: "any"},
		{name: "the stack's", subject: Subject{AccountID: accountID}},
		{name: "allowed", subject: Subject{AllowedAccountIDs: []string{other, accountID}, ForbiddenAccountIDs: []string{other}}},
		{
			name: "not the stack's", subject: Subject{AccountID: other},
			want: "wrong account: the stack is in account " + other + ", the credentials belong to account " + accountID,
		},
		{
			name: "not allowed", subject: Subject{AllowedAccountIDs: []string{other}},
			want: "wrong account: aws:allowedAccountIds of the stack is " + other + ", the credentials belong to account " + accountID,
		},
		{
			name: "forbidden", subject: Subject{ForbiddenAccountIDs: []string{other, accountID}},
			want: "wrong account: aws:forbiddenAccountIds of the stack has account " + accountID,
		},
	} {
		test.subject.Groups = developersOnly().Groups
		before := c.front.seen.Load()
		report, err := Run(t.Context(), c.options(test.subject))
		if test.want == "" {
			require.NoError(t, err, test.name)
			require.Equal(t, accountID, report.AccountID, test.name)
			continue
		}
		require.ErrorContains(t, err, test.want, test.name)
		require.ErrorContains(t, err, "user/admin): name a profile of the stack's account with --profile", test.name)
		require.Equal(t, before, c.front.seen.Load(), test.name)
	}
}

func TestOtherErrorsEndTheAudit(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{developers(person{name: "alice"})})
	options := c.options(developersOnly())
	c.admin.SecretAccessKey = "wrong"
	wrong := c.options(developersOnly())
	options.IAM = wrong.IAM
	_, err := Run(t.Context(), options)
	require.ErrorContains(t, err, "iam:")
	require.ErrorContains(t, err, "SignatureDoesNotMatch")
	_, err = Run(t.Context(), wrong)
	require.ErrorContains(t, err, "sts:GetCallerIdentity")
	require.ErrorContains(t, err, "SignatureDoesNotMatch")
}

func TestUserDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{developers(person{name: "alice"}), developers(person{name: "bob", keys: []string{active}})})
	options := c.options(developersOnly())
	options.Progress = func(int) (func(), func()) {
		require.NoError(t, c.RemoveUserFromGroup("developers", "alice"))
		require.NoError(t, c.DeleteUser("alice"))
		return func() {}, func() {}
	}
	report, err := Run(t.Context(), options)
	require.NoError(t, err)
	require.Equal(t, []string{"bob"}, report.LockedOut)
	require.Equal(t, VerdictDeleted, report.Users[0].Verdict)
	require.Equal(t, []string{"alice"}, named(report.Findings, KindDeletedMeanwhile))
}

// Trust is read from the live trust policies.
func TestTrust(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{
		developers(person{name: "alice"}), developers(person{name: "bob"}), developers(person{name: "carol"}),
		{name: "dave"},
		{name: "eve"},
	})
	c.role(t, "cli-dev-power-user", "alice", "bob", "dave", "eve")
	for _, name := range []string{"bob", "eve"} { // bob comes back, eve does not
		if name == "bob" {
			require.NoError(t, c.RemoveUserFromGroup("developers", name))
		}
		require.NoError(t, c.DeleteUser(name))
	}
	_, err := c.CreateUser(account.CreateUserInput{UserName: "bob"})
	require.NoError(t, err)
	require.NoError(t, c.AddUserToGroup("developers", "bob"))
	subject := developersOnly()
	subject.Enrolment = policy.SelfService
	subject.Roles = []Role{
		{
			Name: "cli-dev-power-user", Groups: []string{"developers"}, Deployed: []string{"alice", "bob", "dave", "eve"},
		},
		{Name: "cli-dev-read-only", Groups: []string{"developers"}},
	}
	report, err := Run(t.Context(), c.options(subject))
	require.NoError(t, err)
	require.False(t, report.Failed())
	require.Equal(t, []string{"bob"}, named(report.Findings, KindRecreated))
	require.Equal(t, []string{"dave"}, named(report.Findings, KindTrustedNoMember))
	require.Equal(t, []string{"carol"}, named(report.Findings, KindNotTrusted))
	require.Len(t, named(report.Findings, KindTrustedGone), 2)
	require.Len(t, report.Roles[0].Gone, 2)
	require.Regexp(t, `^Role cli-dev-power-user trusts AIDA[A-Z2-7]{17}, the id of a user who no longer exists `+
		`\(formerly trusted: bob, eve\)\.$`, report.Findings[0].Message)
	require.Equal(t, []string{"alice", "dave"}, report.Roles[0].TrustedUsers)
	require.False(t, report.Roles[1].Deployed)
	require.Len(t, named(report.Findings, KindRoleNotDeployed), 1)
}

// Whom a trust policy denies it does not trust.
func TestDeniedIsNotTrusted(t *testing.T) {
	t.Parallel()
	c := newCloud(t, []person{developers(person{name: "alice"}), {name: "dave"}})
	statement := func(effect, user string) string {
		return `{"Effect":"` + effect + `","Action":"sts:AssumeRole","Principal":{"AWS":"` + userARN(user) + `"},` +
			`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
	}
	_, err := c.CreateRole(account.CreateRoleInput{
		RoleName: "cli-dev-power-user", AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[` +
			statement("Allow", "alice") + `,` + statement("Allow", "dave") + `,` + statement("Deny", "dave") + `]}`,
	})
	require.NoError(t, err)
	subject := developersOnly()
	subject.Roles = []Role{{Name: "cli-dev-power-user", Groups: []string{"developers"}}}
	report, err := Run(t.Context(), c.options(subject))
	require.NoError(t, err)
	require.Equal(t, []string{"alice"}, report.Roles[0].TrustedUsers)
	require.Len(t, report.Findings, 1)
	require.Equal(t, KindTrustChanged, report.Findings[0].Kind)
}

func TestGroupsNearTheQuota(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policies int
		own      string
		want     Kind
		attached bool
	}{
		{8, "", "", false},
		{9, "", KindGroupNearQuota, false},
		{8, "cli-dev-developers", "", false},
		{9, "cli-dev-developers", KindGroupNearQuota, false},
		{10, "cli-dev-developers", KindGroupFull, false},
		{10, "developers-7", KindGroupNearQuota, true},
		{10, iamARN + "policy/developers-7", KindGroupNearQuota, true},
	} {
		t.Run(fmt.Sprint(test.policies, test.own), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, []person{developers(person{name: "alice"})})
			c.attach(t, "developers", test.policies)
			subject := Subject{Groups: []Group{{Name: "developers", Policy: test.own}}}
			report, err := Run(t.Context(), c.options(subject))
			require.NoError(t, err)
			require.Equal(t, test.policies, report.Groups[0].Policies)
			require.Equal(t, test.attached, report.Groups[0].OwnPolicyAttached)
			require.False(t, report.Failed())
			if test.want == "" {
				require.Empty(t, report.Findings)
				return
			}
			require.Len(t, report.Findings, 1)
			require.Equal(t, test.want, report.Findings[0].Kind)
			require.Contains(t, report.Findings[0].Message, fmt.Sprintf("has %d of the 10 ", test.policies))
		})
	}
}
