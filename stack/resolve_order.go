package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// withoutAnyRole finds the members of groups who would be denied without MFA and
// whom no role trusts, but for groups of which a role has a problem already.
func (c Config) withoutAnyRole(trusted, members map[string][]string, known []Problem) []Problem {
	if c.WithoutDeny {
		return nil
	}
	var problems []Problem
	done := slices.Concat(slices.Collect(maps.Values(trusted))...)
	for group, roles := range c.byGroup() {
		if slices.ContainsFunc(known, func(p Problem) bool { return c.isAboutOneOf(roles, p) }) {
			continue
		}
		for _, user := range members[group] {
			if slices.Contains(done, user) || c.needsNoRole(user) {
				continue
			}
			done = append(done, user)
			name := userNames([]string{user})[0]
			problems = append(problems, Problem{
				Key: c.roleKey(roles[0]) + ".users", Value: name,
				Rule: fmt.Sprintf("this member of group %s is denied without MFA, and no role trusts them", group),
				Remedy: fmt.Sprintf("name them in users of a role of that group, or remove them from the group; if a role of "+
					"another stack is theirs, set %s: [%s]", c.key("withoutRole"), name),
			})
		}
	}
	return problems
}

func (c Config) isAboutOneOf(roles []string, p Problem) bool {
	return slices.ContainsFunc(roles, func(role string) bool {
		return p.Key == c.roleKey(role) || strings.HasPrefix(p.Key, c.roleKey(role)+".")
	})
}

func (c Config) needsNoRole(userARN string) bool {
	arn, err := policy.ParseIAMARN(userARN)
	return err == nil && slices.ContainsFunc(c.WithoutRole, func(name string) bool {
		return strings.EqualFold(name, arn.Name)
	})
}

// order reads what is live, as much as it takes, and orders the roles by it.
func (d *directory) order(config Config, planned map[string][]string) (Order, []Problem) {
	if d.source.Role == nil {
		return Order{}, nil
	}
	live := Live{Trusted: map[string][]string{}}
	var problems []Problem
	for _, key := range config.RoleNames() {
		role, err := d.roles.get(config.NamePrefix + key)
		switch {
		case err == nil:
			live.Trusted[key] = trustedNow(role.Document, config.Account)
		case !errors.Is(err, ErrNotThere):
			problems = append(problems, unread(config.roleKey(key), config.NamePrefix+key,
				"whom this role trusts now", "iam:GetRole", err))
		}
	}
	if len(problems) > 0 || len(dropped(planned, live.Trusted)) == 0 {
		return Order{}, problems
	}
	problems = d.attached(config, &live)
	return NewOrder(planned, live), problems
}

// trustedNow are the users of the account who may assume a role with that trust
// policy.
func trustedNow(trust policy.Document, account policy.Account) []string {
	var users []string
	for _, s := range trust.Statements {
		if s.Effect != policy.Allow || s.Principal == nil {
			continue
		}
		for _, text := range s.Principal.AWS {
			arn, err := policy.ParseIAMARN(text)
			if err == nil && arn.Kind == "user" && arn.Account == account.ID && !slices.Contains(users, text) {
				users = append(users, text)
			}
		}
	}
	return users
}

// attached finds out which roles work, and who is denied: the members of groups
// that have the deny now, or will.
func (d *directory) attached(config Config, live *Live) []Problem {
	state, err := d.state()
	if errors.Is(err, ErrNotThere) {
		live.EverybodyDenied = true
		return nil
	}
	if err != nil {
		return []Problem{config.unreadState(err)}
	}
	live.Working, live.Denied = map[string]bool{}, map[string]bool{}
	for _, key := range config.RoleNames() {
		live.Working[key] = slices.Contains(state.AttachedRoles, config.NamePrefix+key)
	}
	var problems []Problem
	for _, group := range distinct(slices.Concat(config.GroupNames(), state.AttachedGroups)) { // before or after
		denies, err := d.denies(config, group)
		if err != nil {
			problems = append(problems, unread(config.key("roles"), group,
				"whether this group is denied without MFA now", "iam:GetPolicy, iam:GetPolicyVersion and iam:GetGroup", err))
		}
		if !denies {
			continue
		}
		members, err := d.groups.get(group)
		if err != nil && !errors.Is(err, ErrNotThere) {
			problems = append(problems, unread(config.key("roles"), group, "who is in this group", "iam:GetGroup", err))
		}
		for _, user := range members {
			live.Denied[user.ARN] = !config.needsNoRole(user.ARN)
		}
	}
	return problems
}

// denies reports whether a group has the deny before the deploy or after: one that is
// not planned any more has what nobody knows.
func (d *directory) denies(config Config, group string) (bool, error) {
	if !config.WithoutDeny || !slices.Contains(config.GroupNames(), group) {
		return true, nil
	}
	found, err := d.policies.get(config.policyARN(group))
	if errors.Is(err, ErrNotThere) {
		return false, nil
	}
	return found.Document.Denies(), err
}

func (c Config) unreadState(err error) Problem {
	return Problem{
		Key:    c.key("roles"),
		Rule:   fmt.Sprintf("what this stack has now could not be read from its state (%s)", oneLine(err)),
		Remedy: "try again, with a newer Pulumi if need be",
	}
}

func unread(key, value, what, permissions string, err error) Problem {
	return Problem{
		Key: key, Value: value, Rule: fmt.Sprintf("%s could not be read from the account (%s)", what, oneLine(err)),
		Remedy: "allow the credentials of the deploy " + permissions + ", or try again",
	}
}

// Warnings are what a plan does that is not the configuration's last word, each with
// what ends it.
func (c Config) Warnings(plan Plan) []string {
	var warnings []string
	if atRisk := plan.ExemptActionsAtMyRisk; len(atRisk) > 0 {
		warnings = append(warnings, fmt.Sprintf("%s: without MFA, and so with a leaked access key alone, these actions are "+
			"not denied: %s. What they lead to is at your own risk; nothing of it is proved.",
			c.key("exemptActionsAtMyRisk"), strings.Join(atRisk, ", ")))
	}
	warnings = append(warnings, c.warnOfOthers(plan.Others)...)
	for _, l := range plan.Leaving() {
		warnings = append(warnings, fmt.Sprintf("%s: no longer trusted, but without another role until this up is done: %s. "+
			"They stay trusted for now; run pulumi up once more to let them go.",
			c.roleKey(l.Role), strings.Join(l.Users, ", ")))
	}
	for _, role := range plan.Roles {
		if len(role.TrustedUserARNs) == 0 {
			warnings = append(warnings, fmt.Sprintf("%s: nobody may assume this role, because its groups have no members. "+
				"Add users to a group and run pulumi up, or remove the role.", c.roleKey(role.Key)))
		}
	}
	return warnings
}
