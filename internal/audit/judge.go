package audit

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// reportOf makes the report of the facts; now is what ages are counted from. It
// asks nobody: the same arguments give the same report.
func reportOf(subject Subject, facts accountFacts, now time.Time) Report {
	j := &judge{subject: subject, facts: facts, now: now, report: Report{
		Version: ReportVersion, Time: now.UTC(), AccountID: facts.Account.ID, Stack: subject.Stack, Enforce: subject.Enforce,
		Enrolment: subject.Enrolment, Unread: append([]Unread{}, facts.Unread...), LockedOut: []string{},
		Groups: []GroupReport{}, Users: []UserReport{}, Roles: []RoleReport{}, Findings: []Finding{},
	}}
	for _, missing := range facts.Unread {
		j.unread(missing)
	}
	for _, user := range facts.Users {
		j.user(user)
	}
	for _, group := range facts.Groups {
		j.group(group)
	}
	for _, role := range subject.Roles {
		j.role(role, j.factsOf(role))
	}
	found := j.report.Findings
	sort.SliceStable(found, func(i, k int) bool { return compareFindings(found[i], found[k]) < 0 })
	return j.report
}

type judge struct {
	subject Subject
	facts   accountFacts
	now     time.Time
	report  Report
}

// find adds a finding. How bad it is depends on its kind.
func (j *judge) find(f Finding, message string, args ...any) {
	f.Severity, f.Message = f.Kind.severity(), fmt.Sprintf(message, args...)
	j.report.Findings = append(j.report.Findings, f)
}

// unread is a failure: what nobody could look at is not fine.
func (j *judge) unread(missing Unread) {
	denied := awserror.PermissionError{Permission: missing.Permission}
	j.find(Finding{
		Kind: KindUnread,
		Remedy: "Audit with credentials that have it (AWS's policy IAMReadOnlyAccess has all that are needed), " +
			"or with a profile that uses MFA.",
	}, "Cannot read %s (%s): %s.", missing.Purpose, fewOf(missing.Objects), denied.Missing())
}

func (j *judge) group(facts groupFacts) {
	own := Group{Name: facts.Name}
	if i := slices.IndexFunc(j.subject.Groups, func(g Group) bool { return g.Name == facts.Name }); i >= 0 {
		own = j.subject.Groups[i]
	}
	members := 0
	for _, user := range j.facts.Users {
		if slices.Contains(user.Groups, facts.Name) {
			members++
		}
	}
	attached := j.isAttached(own, facts)
	j.report.Groups = append(j.report.Groups, GroupReport{
		Name: facts.Name, Members: members, Policies: len(facts.Policies), MaxPolicies: policy.MaxAttachedPolicies,
		OwnPolicyAttached: attached,
	})
	j.deny(own, facts, attached)
	j.taken(facts)
	j.quota(facts.Name, own.Policy, attached, len(facts.Policies))
}

// taken is about a group whose policy cannot be made.
func (j *judge) taken(facts groupFacts) {
	if facts.OwnTaken == "" {
		return
	}
	j.find(Finding{
		Kind: KindNameTaken, Group: facts.Name,
		Remedy: "Choose another namePrefix, or delete that policy, before pulumi up.",
	}, "The stack cannot make its policy for group %s: %s has the name, and IAM takes a name once, whatever the path.",
		facts.Name, facts.OwnTaken)
}

// quota is about a group with as many policies as it can have, or with one less.
func (j *judge) quota(group, own string, attached bool, n int) {
	const has = "Group %s has %d of the %d managed policies that IAM allows"
	near := Finding{
		Kind: KindGroupNearQuota, Group: group, Remedy: "Merge policies before another one is needed.",
	}
	switch most := policy.MaxAttachedPolicies; {
	case n < most-1:
	case own == "" || attached:
		j.find(near, has+".", group, n, most)
	case n < most:
		j.find(near, has+": the stack's own, %s, takes the last place.", group, n, most, own)
	default:
		j.find(Finding{Kind: KindGroupFull, Group: group, Remedy: "Detach one, or merge two, before pulumi up."},
			has+": the stack's own, %s, does not fit.", group, n, most, own)
	}
}

// fewOf names a few and counts the others.
func fewOf(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
