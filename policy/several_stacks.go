package policy

import (
	"cmp"
	"slices"
)

// VerifyTogether is [Verify] of several stacks of one account, each with the
// policies that the others attach to its groups: a member must keep to all of
// them, so that one stack may take what another one promises.
func VerifyTogether(stacks ...Deployment) Report {
	var all Report
	for i, d := range stacks {
		d.Groups = slices.Clone(d.Groups)
		for j, other := range stacks {
			if i != j {
				d.addPoliciesOf(other)
			}
		}
		all = all.and(Verify(d))
	}
	return all
}

func (d *Deployment) addPoliciesOf(other Deployment) {
	for i := range d.Groups {
		group := &d.Groups[i]
		for _, same := range other.Groups {
			if same.Name == group.Name {
				group.Policies = append(slices.Clip(group.Policies), same.Policies...)
				d.GroupsGrantMore = true
			}
		}
	}
}

// and is the report on both: each guarantee is proved if it is proved of both.
func (r Report) and(more Report) Report {
	if r.Results == nil {
		return more
	}
	order := []Verdict{NotJudged, Proved, Undecided, Broken}
	for i := range r.Results {
		a, b := &r.Results[i], more.Results[i]
		a.Verdict = slices.MaxFunc([]Verdict{a.Verdict, b.Verdict}, func(x, y Verdict) int {
			return cmp.Compare(slices.Index(order, x), slices.Index(order, y))
		})
		a.Classes, a.Broken = a.Classes+b.Classes, a.Broken+b.Broken
		a.Violations = append(a.Violations, b.Violations...)
		a.Violations = a.Violations[:min(maxViolations, len(a.Violations))]
		a.Why, a.Conditions = appendNew(a.Why, b.Why...), appendNew(a.Conditions, b.Conditions...)
		a.Note = cmp.Or(a.Note, b.Note)
	}
	r.NotJudged = append(r.NotJudged, more.NotJudged...)
	return r
}
