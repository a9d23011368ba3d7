package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// defaultRoleName matches the names that roles have in IAM unless their stack has a
// namePrefix of its own.
const defaultRoleName = "^cli-.+-.+$"

// mostOthers is how many roles of other stacks are looked at.
const mostOthers = 100

// Elsewhere are members of this stack's groups whom a role of another stack trusts.
type Elsewhere struct {
	// Owner is the other stack: project/stack.
	Owner string
	// Users are names, sorted.
	Users []string
}

// Others are what could be seen of other stacks in the account.
type Others struct {
	Elsewhere []Elsewhere
	// Skipped is how many roles were too many to be looked at.
	Skipped int
	// Unread is why not all could be looked at, empty if it could.
	Unread string
}

// exemptions is what this stack leaves open without MFA that another stack's deny may
// close, as the configuration says it.
func (c Config) exemptions() []string {
	var open []string
	for _, one := range []struct {
		key     string
		actions []string
	}{{"exemptActions", c.ExemptActions}, {"exemptActionsAtMyRisk", c.ExemptActionsAtMyRisk}} {
		if len(one.actions) > 0 {
			open = append(open, c.key(one.key))
		}
	}
	if c.DeviceName == policy.AnyDevice {
		open = append(open, c.key("mfaDeviceName")+": any")
	}
	return open
}

// others finds members whom another stack has, too, by the trust policies of roles
// with default names: the aws provider lists neither a user's groups nor a group's
// policies. Only a stack that exempts something has something to lose.
func (d *directory) others(config Config) Others {
	if d.source.RoleNames == nil || config.WithoutDeny || len(config.exemptions()) == 0 {
		return Others{}
	}
	names, err := d.source.RoleNames(defaultRoleName)
	if err != nil {
		return Others{Unread: oneLine(err)}
	}
	names = slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(name string) bool {
		_, asked := d.roles.answers[name]
		return asked
	})
	found := Others{Skipped: max(0, len(names)-mostOthers)}
	names = names[:len(names)-found.Skipped]
	d.roles.prefetch(names, make(chan struct{}, atOnce))
	members := slices.Concat(slices.Collect(maps.Values(d.memberARNs()))...)
	users := map[string][]string{}
	for _, name := range names {
		role, err := d.roles.get(name)
		switch {
		case errors.Is(err, ErrNotThere): // deleted meanwhile
		case err != nil:
			found.Unread = oneLine(err)
		case role.Owner != "" && role.Owner != config.owner():
			trusted := slices.DeleteFunc(trustedNow(role.Document, config.Account), func(arn string) bool {
				return !slices.Contains(members, arn)
			})
			users[role.Owner] = append(users[role.Owner], trusted...)
		}
	}
	found.Elsewhere = elsewhere(users)
	return found
}

func elsewhere(byOwner map[string][]string) []Elsewhere {
	var found []Elsewhere
	for owner, arns := range byOwner {
		if len(arns) > 0 {
			slices.Sort(arns)
			found = append(found, Elsewhere{owner, userNames(slices.Compact(arns))})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Owner < found[j].Owner })
	return found
}

// warnOfOthers says whose exemptions are void, and what was not looked at.
func (c Config) warnOfOthers(others Others) []string {
	open := strings.Join(c.exemptions(), ", ")
	var warnings []string
	for _, other := range others.Elsewhere {
		warnings = append(warnings, fmt.Sprintf("%s: stack %s has roles for these members, too: %s. What either stack "+
			"denies without MFA is denied: this is void for them unless that stack exempts the same, or has enforce: false.",
			open, other.Owner, strings.Join(other.Users, ", ")))
	}
	if others.Unread != "" {
		warnings = append(warnings, fmt.Sprintf("%s: it was not seen whether another stack denies the members, too, which "+
			"would make this void (%s). Allow the credentials of the deploy iam:ListRoles and iam:GetRole, or run awsmfa audit.",
			open, others.Unread))
	}
	if others.Skipped > 0 {
		warnings = append(warnings, fmt.Sprintf("%s: %d more roles may be another stack's and were not looked at. "+
			"Run awsmfa audit to see whether another stack denies the members, too.", open, others.Skipped))
	}
	return warnings
}
