package stack_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func TestNewOrder(t *testing.T) {
	t.Parallel()
	type users = map[string][]string
	tests := map[string]struct {
		planned users
		live    stack.Live
		after   map[string][]string
		leaving users
	}{
		"nobody is dropped": {
			planned: users{"a": {"alice", "bob"}}, live: stack.Live{Trusted: users{"a": {"alice"}}},
		},
		"another role first": {
			planned: users{"a": {"alice"}, "b": {"bob"}},
			live:    stack.Live{Trusted: users{"a": {"alice", "bob"}}, Denied: map[string]bool{"bob": true}},
			after:   map[string][]string{"a": {"b"}},
		},
		"a swap": {
			planned: users{"a": {"bob"}, "b": {"alice"}},
			live: stack.Live{
				Trusted: users{"a": {"alice"}, "b": {"bob"}}, Denied: map[string]bool{"alice": true, "bob": true},
				Working: map[string]bool{"a": true, "b": true},
			},
			after: map[string][]string{"b": {"a"}}, leaving: users{"a": {"alice"}},
		},
		"a swap, the second time": {
			planned: users{"a": {"bob"}, "b": {"alice"}},
			live: stack.Live{
				Trusted: users{"a": {"alice", "bob"}, "b": {"alice", "bob"}}, Denied: map[string]bool{"alice": true, "bob": true},
				Working: map[string]bool{"a": true, "b": true},
			},
			after: map[string][]string{"b": {"a"}},
		},
		"a role without policies is no way in": {
			planned: users{"a": {"bob"}, "b": {"alice"}},
			live: stack.Live{
				Trusted: users{"a": {"alice", "bob"}, "b": {"alice", "bob"}}, Denied: map[string]bool{"alice": true, "bob": true},
				Working: map[string]bool{"a": true},
			},
			after: map[string][]string{"a": {"b"}},
		},
		"who is not denied goes": {
			planned: users{"a": {"alice"}},
			live:    stack.Live{Trusted: users{"a": {"alice", "bob"}}, Denied: map[string]bool{"alice": true}},
		},
		"nobody knows who is denied": {
			planned: users{"a": {"alice"}},
			live:    stack.Live{Trusted: users{"a": {"alice", "bob"}}, EverybodyDenied: true},
			leaving: users{"a": {"bob"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order := stack.NewOrder(test.planned, test.live)
			if test.after == nil {
				test.after = map[string][]string{}
			}
			if test.leaving == nil {
				test.leaving = users{}
			}
			require.Equal(t, stack.Order{After: test.after, Leaving: test.leaving}, order)
		})
	}
}

// TestOrderLocksNobodyOut walks at random through configurations, memberships and
// failures of a small account. No user whom a deploy finds with a way in is without
// one after any of its writes; no deploy trusts anybody new who is not meant to
// be; and two deploys that succeed are enough for every change.
func TestOrderLocksNobodyOut(t *testing.T) {
	t.Parallel()
	walks := 500
	if os.Getenv("AWSMFA_TORTURE") != "" { // as make torture sets it
		walks = 5000
	}
	ups := map[int]int{}
	for seed := range walks {
		w := newWalk(t, uint64(seed))
		for range 5 {
			w.change()
			if w.random.IntN(2) == 0 {
				w.up(1 + w.random.IntN(8))
				if w.random.IntN(2) == 0 {
					w.change()
				}
			}
			n := 1
			for w.up(0) {
				n++
				require.LessOrEqual(t, n, 2, "%s", w.log)
			}
			ups[n]++
			w.requireAsPlanned()
		}
	}
	require.NotZero(t, ups[2])
	t.Logf("deploys until nobody is leaving: %v", ups)
}

// walk is an account, and the stack in it.
type walk struct {
	t      *testing.T
	random *rand.Rand
	log    []string

	config  stack.Config
	members map[string][]string
	// trust are the roles that are there, working those with a policy, deny the
	// groups with a policy, and whether it denies.
	trust   map[string][]string
	working map[string]bool
	deny    map[string]bool
}

var (
	walkUsers  = []string{"alice", "bob", "olivia", "oscar"}
	walkGroups = []string{"developers", "operators", "others"}
	account    = policy.Account{Partition: "aws", ID: "111122223333"}
)

func newWalk(t *testing.T, seed uint64) *walk {
	t.Helper()
	w := &walk{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // It must be the same each time.
		members: map[string][]string{}, trust: map[string][]string{}, working: map[string]bool{}, deny: map[string]bool{},
	}
	for _, group := range walkGroups {
		w.members[group] = w.some(walkUsers, 0)
	}
	return w
}

func (w *walk) some(of []string, least int) []string {
	chosen := slices.Clone(of)
	w.random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	return chosen[:least+w.random.IntN(len(of)+1-least)]
}

// change makes another configuration, or another membership.
func (w *walk) change() {
	if w.random.IntN(3) == 0 {
		group := walkGroups[w.random.IntN(len(walkGroups))]
		w.members[group] = w.some(walkUsers, 0)
	}
	w.config = stack.Config{Project: "aws-cli-mfa", Stack: "dev", Access: stack.Access{
		NamePrefix: "cli-dev-", Roles: map[string]stack.Role{}, Enrolment: policy.SelfService,
		DeviceName: policy.UsernameDevice, WithoutDeny: w.random.IntN(4) == 0,
	}}
	for _, key := range w.some([]string{"a", "b", "c"}, 1) {
		role := stack.Role{ManagedPolicies: []string{"PowerUserAccess"}, Groups: w.some(walkGroups, 1)}
		if members := w.membersOf(role.Groups); len(members) > 0 && w.random.IntN(2) == 0 {
			role.Users = w.some(members, 1)
		}
		w.config.Roles[key] = role
	}
	for _, user := range walkUsers { // whoever has no role is named, or a role names nobody
		if w.random.IntN(8) == 0 {
			w.config.WithoutRole = append(w.config.WithoutRole, user)
		}
	}
	if _, err := w.plan(); err != nil {
		for key, role := range w.config.Roles {
			role.Users = nil
			w.config.Roles[key] = role
		}
	}
	w.log = append(w.log, fmt.Sprintf("configure %+v, members %v", w.config.Roles, w.members))
}

func (w *walk) membersOf(groups []string) []string {
	var all []string
	for _, group := range groups {
		all = append(all, w.members[group]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func arn(user string) string { return account.UserARN("/", user) }

func arns(users []string) []string {
	var all []string
	for _, user := range users {
		all = append(all, arn(user))
	}
	return all
}

func (w *walk) plan() (stack.Plan, error) {
	return stack.Resolve(w.config, account, stack.Source{
		Group: func(name string) ([]stack.User, error) {
			var users []stack.User
			for _, user := range w.members[name] {
				users = append(users, stack.User{Name: user, ARN: arn(user)})
			}
			return users, nil
		},
		User: func(name string) (stack.User, error) { return stack.User{Name: name, ARN: arn(name)}, nil },
		Role: func(name string) (stack.Existing, error) {
			trusted, ok := w.trust[strings.TrimPrefix(name, "cli-dev-")]
			switch {
			case !ok:
				return stack.Existing{}, fmt.Errorf("%w: role %s", stack.ErrNotThere, name)
			case len(trusted) == 0:
				return stack.Existing{Document: policy.TrustNobody(), Path: "/"}, nil
			}
			trust, err := policy.TrustPolicy(trusted)
			return stack.Existing{Document: trust, Path: "/"}, err
		},
		Policy: func(policyARN string) (stack.Existing, error) {
			group := strings.TrimPrefix(policyARN, account.PolicyARN("/", "cli-dev-"))
			if _, ok := w.deny[group]; !ok && !policy.IsAWSManaged(policyARN) {
				return stack.Existing{}, fmt.Errorf("%w: policy %s", stack.ErrNotThere, policyARN)
			}
			document, err := policy.GroupPolicy{
				Account: account, RoleARNs: []string{account.RoleARN("/", "x")}, WithoutDeny: !w.deny[group],
				Enrolment: policy.SelfService, DeviceName: policy.UsernameDevice,
			}.ManagedPolicy()
			return stack.Existing{Document: document, Path: "/"}, err
		},
		State: func() (stack.State, error) {
			var state stack.State
			for group := range w.deny {
				state.AttachedGroups = append(state.AttachedGroups, group)
				state.Policies = append(state.Policies, "cli-dev-"+group)
			}
			for key := range w.working {
				state.AttachedRoles = append(state.AttachedRoles, "cli-dev-"+key)
			}
			for key := range w.trust {
				state.Roles = append(state.Roles, "cli-dev-"+key)
			}
			return state, nil
		},
	}, nil)
}

// write is one call to IAM. It waits for the writes that it names.
type write struct {
	name   string
	after  []string
	effect func()
}

// writes are those of a deploy, the deletions apart, which Pulumi makes last.
func (w *walk) writes(plan stack.Plan) (changes, deletions []write) {
	var roles []string
	for _, role := range plan.Roles {
		var after []string
		for _, before := range plan.Order.After[role.Key] {
			after = append(after, "trust "+before, "attach "+before)
		}
		key := role.Key
		changes = append(changes,
			write{"trust " + key, after, func() { w.trust[key] = role.TrustedUserARNs }},
			write{"attach " + key, []string{"trust " + key}, func() { w.working[key] = true }})
		roles = append(roles, "trust "+key, "attach "+key)
	}
	for _, group := range plan.Groups {
		name := group.Name
		changes = append(changes, write{"deny " + name, roles, func() { w.deny[name] = !plan.WithoutDeny }})
	}
	var detached []string
	for name := range w.deny {
		if !slices.Contains(w.config.GroupNames(), name) {
			deletions = append(deletions, write{"detach group " + name, nil, func() { delete(w.deny, name) }})
			detached = append(detached, "detach group "+name)
		}
	}
	for key := range w.trust {
		if _, planned := w.config.Roles[key]; !planned {
			deletions = append(deletions,
				write{"detach " + key, detached, func() { delete(w.working, key) }},
				write{"delete " + key, []string{"detach " + key}, func() { delete(w.trust, key) }})
		}
	}
	return changes, deletions
}

// up deploys; the write of that number fails, before or after its effect. It tells
// whether somebody is leaving.
func (w *walk) up(failing int) bool {
	plan, err := w.plan()
	require.NoError(w.t, err, "%s", w.log)
	w.log = append(w.log, fmt.Sprintf("up, order %v, write %d fails", plan.Order, failing))
	for _, role := range plan.Roles {
		for _, user := range role.TrustedUserARNs {
			known := slices.Contains(w.trust[role.Key], user) || slices.Contains(w.wanted(role.Key), user)
			require.True(w.t, known, "%s newly trusts %s\n%s", role.Key, user, w.log)
		}
	}
	had := w.lockedOut()
	changes, deletions := w.writes(plan)
	n := 0
	for _, phase := range [][]write{changes, deletions} {
		if !w.run(phase, &n, failing, had) {
			break
		}
	}
	return len(plan.Leaving()) > 0
}

// run makes the writes in an order that their dependencies allow, and reports whether
// none failed.
func (w *walk) run(writes []write, n *int, failing int, had []string) bool {
	names := func(writes []write) (all []string) {
		for _, one := range writes {
			all = append(all, one.name)
		}
		return all
	}
	done, failed, all := []string{}, false, names(writes)
	for {
		ready := slices.DeleteFunc(slices.Clone(writes), func(one write) bool {
			return slices.Contains(done, one.name) || slices.ContainsFunc(one.after, func(before string) bool {
				return slices.Contains(all, before) && !slices.Contains(done, before)
			})
		})
		if len(ready) == 0 || failed && w.random.IntN(2) == 0 {
			return !failed
		}
		one := ready[w.random.IntN(len(ready))]
		*n++
		fails := *n == failing
		if !fails || w.random.IntN(2) == 0 {
			one.effect()
		}
		w.log = append(w.log, fmt.Sprintf("  %s, fails: %t", one.name, fails))
		for _, user := range w.lockedOut() {
			require.Contains(w.t, had, user, "%s is locked out\n%s", user, strings.Join(w.log, "\n"))
		}
		if fails {
			failed = true
			writes = slices.DeleteFunc(slices.Clone(writes), func(other write) bool { return other.name == one.name })
			continue
		}
		done = append(done, one.name)
	}
}

// lockedOut are the users who are denied and have no role.
func (w *walk) lockedOut() []string {
	var users []string
	for group, denies := range w.deny {
		for _, user := range w.members[group] {
			hasRole := slices.ContainsFunc(slices.Collect(maps.Keys(w.working)), func(key string) bool {
				return slices.Contains(w.trust[key], arn(user))
			})
			if denies && !hasRole && !slices.Contains(w.config.WithoutRole, user) {
				users = append(users, user)
			}
		}
	}
	return users
}

// wanted are those whom a role is meant to trust.
func (w *walk) wanted(key string) []string {
	role := w.config.Roles[key]
	if role.Users != nil {
		return arns(role.Users)
	}
	return arns(w.membersOf(role.Groups))
}

func (w *walk) requireAsPlanned() {
	require.Empty(w.t, w.lockedOut(), "%s", w.log)
	require.ElementsMatch(w.t, w.config.RoleNames(), slices.Collect(maps.Keys(w.trust)))
	require.ElementsMatch(w.t, w.config.GroupNames(), slices.Collect(maps.Keys(w.deny)))
	for key := range w.config.Roles {
		require.ElementsMatch(w.t, w.wanted(key), w.trust[key], "%s", w.log)
	}
}

// The remedy for a trust policy that is too small for those who leave works.
func TestThreeStepsMakeRoomForLeavers(t *testing.T) {
	t.Parallel()
	w := newWalk(t, 1)
	w.members = map[string][]string{}
	for i := range 60 {
		group := walkGroups[i/30]
		w.members[group] = append(w.members[group], fmt.Sprintf("person-%03d", i))
	}
	configure := func(groups map[string]string) {
		w.config = stack.Config{Project: "aws-cli-mfa", Stack: "dev", Access: stack.Access{
			NamePrefix: "cli-dev-", Roles: map[string]stack.Role{}, Enrolment: policy.SelfService, DeviceName: policy.UsernameDevice,
		}}
		for key, group := range groups {
			w.config.Roles[key] = stack.Role{ManagedPolicies: []string{"PowerUserAccess"}, Groups: []string{group}}
		}
	}
	configure(map[string]string{"x": "developers"})
	require.False(t, w.up(0))

	configure(map[string]string{"x": "operators"})
	_, err := w.plan()
	require.ErrorContains(t, err, "aws-cli-mfa:roles.x: ")
	require.ErrorContains(t, err, "it goes on trusting whom it drops (person-000, ")
	require.ErrorContains(t, err, "three steps")

	for _, step := range []map[string]string{
		{"x": "developers", "further": "developers"}, {"x": "operators", "further": "developers"}, {"x": "operators"},
	} {
		configure(step)
		require.False(t, w.up(0), "%v", step)
	}
	w.requireAsPlanned()
}
