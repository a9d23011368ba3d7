package audit

import (
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	runPulumiUp  = "Run pulumi up"
	putIntoUsers = "Put them into users of a role, or leave out users of the role, so that all members are trusted; " +
		"or take them out of the group; or name them in withoutRole, if a role of another stack is theirs"
)

func (j *judge) role(role Role, facts roleFacts) {
	report := RoleReport{
		Name: role.Name, Deployed: facts.ARN != "", TrustedUsers: []string{},
		Gone: append([]string{}, facts.Gone...), Others: append([]string{}, facts.Others...),
	}
	for _, arn := range facts.Users {
		report.TrustedUsers = append(report.TrustedUsers, userName(arn))
	}
	slices.Sort(report.TrustedUsers)
	j.report.Roles = append(j.report.Roles, report)
	switch {
	case report.Deployed:
		j.withoutMFA(facts)
		j.rolePolicies(role, facts)
	case facts.Unread:
	case role.Deployed == nil:
		j.find(Finding{Kind: KindRoleNotDeployed, Role: role.Name, Remedy: runPulumiUp + " to create it."},
			"Role %s is not deployed yet.", role.Name)
	default:
		j.find(Finding{Kind: KindRoleGone, Role: role.Name, Remedy: runPulumiUp + " to create it again."},
			"Role %s, which was deployed, no longer exists.", role.Name)
	}
	j.strangers(role, report)
	if !j.membersKnown(role) {
		return
	}
	members := slices.DeleteFunc(slices.Clone(j.facts.Users), func(u userFacts) bool { return !u.isIn(role) })
	j.named(role, members)
	if report.Deployed {
		j.trusted(role, facts, members)
		j.untrusted(role, facts, members)
	}
}

// strangers are principals that are no user of the account.
func (j *judge) strangers(role Role, report RoleReport) {
	for _, id := range report.Gone {
		before := ""
		if missing := missingFrom(report.TrustedUsers, role.Deployed); len(missing) > 0 {
			before = " (formerly trusted: " + strings.Join(missing, ", ") + ")"
		}
		j.find(Finding{
			Kind: KindTrustedGone, Role: role.Name,
			Remedy: runPulumiUp + ": it trusts the members that the groups have now.",
		}, "Role %s trusts %s, the id of a user who no longer exists%s.", role.Name, id, before)
	}
	for _, other := range report.Others {
		j.find(Finding{
			Kind: KindTrustsOthers, Role: role.Name,
			Remedy: runPulumiUp + ", and prove the outcome with awsmfa verify --outputs.",
		}, "Role %s trusts %s, which is not a user of this account: others may assume it.", role.Name, other)
	}
}

// trusted are users who are trusted and should not be. A user whom a trust
// policy names needs no other permission to assume the role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (j *judge) trusted(role Role, facts roleFacts, members []userFacts) {
	for _, arn := range facts.Users {
		name := userName(arn)
		member := slices.ContainsFunc(members, func(u userFacts) bool { return u.ARN == arn })
		switch {
		case slices.Contains(role.Leaving, name):
			j.find(Finding{Kind: KindLeaving, Role: role.Name, User: name, Remedy: runPulumiUp + " once more to let them go."},
				"Role %s still trusts %s, who is leaving it, until the next pulumi up.", role.Name, name)
		case !member && role.Deployed != nil && !slices.Contains(role.Deployed, name):
			j.find(Finding{
				Kind: KindTrustedByHand, Role: role.Name, User: name,
				Remedy: runPulumiUp + " to take the trust away.",
			}, "Role %s trusts %s, who is not in %s, and whom no deploy made it trust.",
				role.Name, name, groupsNamed(role.Groups))
		case !member:
			j.find(Finding{
				Kind: KindTrustedNoMember, Role: role.Name, User: name,
				Remedy: runPulumiUp + " to take the trust away, or add them to the group.",
			}, "Role %s trusts %s, who is not, or no longer, in %s and can still assume it.",
				role.Name, name, groupsNamed(role.Groups))
		case !role.isFor(name):
			j.find(Finding{
				Kind: KindTrustedNotMeant, Role: role.Name, User: name,
				Remedy: runPulumiUp + " to take the trust away, or name them in users.",
			}, "Role %s trusts %s, whom the role's users do not name.", role.Name, name)
		}
	}
}

// untrusted are members who should be trusted and are not.
func (j *judge) untrusted(role Role, facts roleFacts, members []userFacts) {
	for _, user := range members {
		if !role.isFor(user.Name) || user.Deleted || facts.trusts(user) || j.cutOff(user) {
			continue
		}
		finding := Finding{Kind: KindNotTrusted, Role: role.Name, User: user.Name, Remedy: runPulumiUp + "."}
		if role.lost(user, facts) {
			finding.Kind = KindRecreated
			j.find(finding, "%s was probably deleted and created again: role %s trusts a user who is gone, "+
				"and not the new %[1]s.", user.Name, role.Name)
			continue
		}
		if role.Deployed != nil {
			finding.Remedy = runPulumiUp + ", unless the role's users leave them out."
		}
		j.find(finding, "%s is in %s, but role %s does not trust them yet.",
			user.Name, groupsNamed(role.Groups), role.Name)
	}
}

// named are users of the configuration whom pulumi up will refuse.
func (j *judge) named(role Role, members []userFacts) {
	for _, name := range role.Users {
		if !slices.ContainsFunc(members, func(u userFacts) bool { return u.Name == name }) {
			j.find(Finding{
				Kind: KindNamedNoMember, Role: role.Name, User: name,
				Remedy: "Add them to a group of the role, or take them out of its users.",
			}, "The stack has role %s trust %s, who is not in %s: pulumi up will refuse that.",
				role.Name, name, groupsNamed(role.Groups))
		}
	}
}

// noRole reports whether every role's users leave the member out. A group whose
// members could not be read may have them.
func (j *judge) noRole(user userFacts) bool {
	if len(j.subject.Roles) == 0 || user.Deleted || j.needsNone(user) {
		return false
	}
	return !slices.ContainsFunc(j.subject.Roles, func(role Role) bool {
		return role.isFor(user.Name) && (!j.membersKnown(role) || user.isIn(role))
	})
}

// factsOf are those of a role; the zero value if there are none.
func (j *judge) factsOf(role Role) roleFacts {
	i := slices.IndexFunc(j.facts.Roles, func(f roleFacts) bool { return f.Name == role.Name })
	if i < 0 {
		return roleFacts{Name: role.Name, Unread: true}
	}
	return j.facts.Roles[i]
}

// denied are the groups of the user that are denied without MFA now.
func (j *judge) denied(user userFacts) []string {
	var groups []string
	for _, group := range j.subject.Groups {
		i := slices.IndexFunc(j.facts.Groups, func(f groupFacts) bool { return f.Name == group.Name })
		if i >= 0 && slices.Contains(user.Groups, group.Name) && j.facts.Groups[i].denies() &&
			j.isAttached(group, j.facts.Groups[i]) {
			groups = append(groups, group.Name)
		}
	}
	return groups
}

// cutOff reports whether the user is denied without MFA and has no role to go to,
// against the will of the stack.
func (j *judge) cutOff(user userFacts) bool {
	return len(j.denied(user)) > 0 && len(j.subject.Roles) > 0 && !user.Deleted && !j.needsNone(user) &&
		!slices.ContainsFunc(j.subject.Roles, func(role Role) bool {
			facts := j.factsOf(role)
			return facts.Unread || facts.trusts(user)
		})
}

func (j *judge) needsNone(user userFacts) bool {
	return slices.ContainsFunc(j.subject.WithoutRole, func(name string) bool {
		return strings.EqualFold(name, user.Name)
	})
}

func (j *judge) noWayIn(user userFacts) {
	finding := Finding{Kind: KindCutOff, User: user.Name, Remedy: putIntoUsers + "; then run pulumi up."}
	if !j.noRole(user) {
		finding.Remedy = runPulumiUp + ", which trusts them or says what to configure."
	}
	why := ""
	for _, role := range j.subject.Roles {
		if user.isIn(role) && role.lost(user, j.factsOf(role)) {
			why = ": they were probably deleted and created again, and role " + role.Name + " trusts the user who is gone"
		}
	}
	j.find(finding, "%s is locked out: %s is denied without MFA, and no role trusts %[1]s%[3]s.",
		user.Name, groupsNamed(j.denied(user)), why)
}

// unserved are members who have no profile to use once enforce is true.
func (j *judge) unserved(user UserReport) {
	if user.NoRole && user.Verdict != VerdictCutOff {
		j.find(Finding{
			Kind: KindNoRole, User: user.Name, Remedy: putIntoUsers + ".",
		}, "No role of the stack is for %s, who is in %s: with enforce: true they are denied without MFA, "+
			"and have no profile that gives it.", user.Name, groupsNamed(user.Groups))
	}
}

func (j *judge) membersKnown(role Role) bool {
	return !slices.ContainsFunc(j.facts.Groups, func(g groupFacts) bool {
		return g.MembersUnread && slices.Contains(role.Groups, g.Name)
	})
}

func groupsNamed(names []string) string {
	if len(names) == 1 {
		return "group " + names[0]
	}
	return "the groups " + strings.Join(names, ", ")
}

func userName(arn string) string {
	parsed, err := policy.ParseIAMARN(arn)
	if err != nil {
		return arn
	}
	return parsed.Name
}

func missingFrom(have, want []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(have, name) })
}
