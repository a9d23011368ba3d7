package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// reportOf makes the report of the facts; now is what ages are counted from. It
// asks nobody: the same arguments give the same report.
func reportOf(subject Subject, facts accountFacts, now time.Time) Report {
	j := &judge{subject: subject, facts: facts, now: now, report: Report{
		Version: ReportVersion, Time: now.UTC(), AccountID: facts.AccountID, Stack: subject.Stack, Enforce: subject.Enforce,
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
		if i := slices.IndexFunc(facts.Roles, func(f roleFacts) bool { return f.Name == role.Name }); i >= 0 {
			j.role(role, facts.Roles[i])
		}
	}
	slices.SortStableFunc(j.report.Findings, compareFindings)
	return j.report
}

type judge struct {
	subject Subject
	facts   accountFacts
	now     time.Time
	report  Report
}

func (j *judge) find(f Finding) { j.report.Findings = append(j.report.Findings, f) }

// unread is a failure: what nobody could look at is not fine.
func (j *judge) unread(missing Unread) {
	j.find(Finding{
		Kind: KindUnread, Severity: severityFailure,
		Message: fmt.Sprintf("Cannot read %s (%s): the permission %s is missing.",
			missing.Purpose, fewOf(missing.Objects), missing.Permission),
		Remedy: "Audit with credentials that have it (AWS's policy IAMReadOnlyAccess has all that are needed), " +
			"or with a profile that uses MFA, if they are denied it without.",
	})
}

func (j *judge) group(facts groupFacts) {
	own := ""
	if i := slices.IndexFunc(j.subject.Groups, func(g Group) bool { return g.Name == facts.Name }); i >= 0 {
		own = j.subject.Groups[i].Policy
	}
	n, most := len(facts.Policies), policy.MaxAttachedPolicies
	attached := own != "" && slices.ContainsFunc(facts.Policies, func(arn string) bool { return isPolicy(arn, own) })
	members := 0
	for _, user := range j.facts.Users {
		if slices.Contains(user.Groups, facts.Name) {
			members++
		}
	}
	j.report.Groups = append(j.report.Groups, GroupReport{
		Name: facts.Name, Members: members, Policies: n, MaxPolicies: most, OwnPolicyAttached: attached,
	})
	finding := Finding{Kind: KindGroupNearQuota, Severity: severityWarning, Group: facts.Name}
	switch {
	case n < most-1:
		return
	case own != "" && !attached && n >= most:
		finding.Kind = KindGroupFull
		finding.Message = fmt.Sprintf("Group %s has %d of the %d managed policies that IAM allows: the stack's own, %s, "+
			"does not fit.", facts.Name, n, most, own)
		finding.Remedy = "Detach one, or merge two, before pulumi up."
	case own != "" && !attached:
		finding.Message = fmt.Sprintf("Group %s has %d of the %d managed policies that IAM allows: the stack's own, %s, "+
			"takes the last place.", facts.Name, n, most, own)
		finding.Remedy = "Merge policies before another one is needed."
	default:
		finding.Message = fmt.Sprintf("Group %s has %d of the %d managed policies that IAM allows.", facts.Name, n, most)
		finding.Remedy = "Merge policies before another one is needed."
	}
	j.find(finding)
}

// isPolicy reports whether a policy is the one of that name or ARN.
func isPolicy(arn, nameOrARN string) bool {
	parsed, err := policy.ParseIAMARN(arn)
	return arn == nameOrARN || err == nil && parsed.Account != "aws" && parsed.Name == nameOrARN
}

// kinds are in the order in which they are reported.
func kinds() []Kind {
	return []Kind{
		KindLockedOut, KindUnread, KindTrustedGone, KindRecreated, KindTrustedNoMember, KindTrustedNotMeant,
		KindTrustsOthers, KindNotTrusted, KindNoRole, KindNamedNoMember, KindGroupFull, KindGroupNearQuota, KindIdleKey,
		KindRoleNotDeployed, KindSeveralDevices, KindDeletedMeanwhile,
	}
}

func compareFindings(a, b Finding) int {
	order := kinds()
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User),
	)
}

// fewOf names a few and counts the others.
func fewOf(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
