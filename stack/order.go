package stack

import (
	"maps"
	"slices"
)

// Live is what there is now of what a deploy is about to change. Users are ARNs,
// roles the keys of a configuration.
type Live struct {
	// Trusted are the users whom each role trusts; a role that is not there has
	// no entry.
	Trusted map[string][]string
	// Working are the roles that have a managed policy attached: the others are
	// nobody's way in.
	Working map[string]bool
	// Denied are the users whom this stack may deny without MFA at a moment of
	// the deploy. With EverybodyDenied, because nobody knows, it does not count.
	Denied          map[string]bool
	EverybodyDenied bool
}

// Order is how a deploy gets from what is live to what is planned without locking
// anybody out (G9): a user whom a role stops to trust gets another role first, or
// stays until the next deploy. The zero value is for a deploy that takes trust
// from nobody.
type Order struct {
	// After are the roles that must be there, with their policies, before the
	// trust of a role changes. There is no cycle.
	After map[string][]string
	// Leaving are the users who are not meant to be trusted by a role, were until
	// now, and stay so for this one deploy.
	Leaving map[string][]string
}

// NewOrder orders the roles, given whom each is meant to trust.
func NewOrder(planned map[string][]string, live Live) Order {
	o := ordering{
		planned: planned, live: live, leavers: live.leavers(planned),
		order: Order{After: map[string][]string{}, Leaving: map[string][]string{}},
	}
	left := slices.Sorted(maps.Keys(planned))
	for len(left) > 0 {
		next := slices.MinFunc(left, func(a, b string) int { return len(o.uncovered(a)) - len(o.uncovered(b)) })
		o.take(next)
		left = slices.DeleteFunc(left, func(role string) bool { return role == next })
	}
	return o.order
}

// leavers are the users, by role, who would lose a role while they are denied.
func (l Live) leavers(planned map[string][]string) map[string][]string {
	leavers := dropped(planned, l.Trusted)
	for role := range leavers {
		leavers[role] = slices.DeleteFunc(leavers[role], func(user string) bool {
			return !l.EverybodyDenied && !l.Denied[user]
		})
	}
	return leavers
}

// dropped are the users, by role, whom it trusts and is not meant to.
func dropped(planned, trusted map[string][]string) map[string][]string {
	users := map[string][]string{}
	for role, wanted := range planned {
		for _, user := range trusted[role] {
			if !slices.Contains(wanted, user) {
				users[role] = append(users[role], user)
			}
		}
	}
	return users
}

// ordering is an [Order] in the making. A role goes first that cuts off the fewest.
type ordering struct {
	planned map[string][]string
	live    Live
	leavers map[string][]string
	taken   []string
	order   Order
}

func (o *ordering) take(role string) {
	for _, user := range o.leavers[role] {
		other, covered := o.cover(user, role)
		switch {
		case !covered:
			o.order.Leaving[role] = append(o.order.Leaving[role], user)
		case other != "" && !slices.Contains(o.order.After[role], other):
			o.order.After[role] = append(o.order.After[role], other)
		}
	}
	o.taken = append(o.taken, role)
}

func (o *ordering) uncovered(role string) []string {
	return slices.DeleteFunc(slices.Clone(o.leavers[role]), func(user string) bool {
		_, covered := o.cover(user, role)
		return covered
	})
}

// cover reports whether a user whom a role stops to trust has another: one to wait
// for, or, where a wait would be a cycle, one that is theirs and works already.
func (o *ordering) cover(user, role string) (waitFor string, covered bool) {
	plans := func(other string) bool { return other != role && slices.Contains(o.planned[other], user) }
	if i := slices.IndexFunc(o.taken, plans); i >= 0 {
		return o.taken[i], true
	}
	for other := range o.planned {
		if plans(other) && o.live.Working[other] && slices.Contains(o.live.Trusted[other], user) {
			return "", true
		}
	}
	return "", false
}
