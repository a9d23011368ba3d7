package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Resolve plans a configuration for an account: it looks users, groups, policies and
// what is deployed up, and builds the documents. The error is a [*ConfigError] with
// the problems known already, those that only the account shows, and those of the
// documents.
func Resolve(config Config, account policy.Account, source Source, problems []Problem) (Plan, error) {
	config.Account = account
	d := newDirectory(source, account, config.ownPolicies())
	d.prefetch(config)
	problems = append(problems, config.adoptable()...)
	trusted := map[string][]string{}
	for _, key := range config.RoleNames() {
		users, missing := d.trusted(config.roleKey(key), config.Roles[key])
		problems = append(problems, missing...)
		trusted[key] = []string{}
		for _, user := range users {
			trusted[key] = append(trusted[key], user.ARN)
		}
	}
	problems = append(problems, config.withoutAnyRole(trusted, d.memberARNs(), problems)...)
	for _, key := range config.RoleNames() {
		problems = append(problems, d.managedPolicies(config.roleKey(key), account, config.Roles[key])...)
	}
	var order Order
	var unordered []Problem
	if len(problems) == 0 { // or trusted is not all who are meant to be
		order, unordered = d.order(config, trusted)
		problems = unordered
	}
	access := config.Access
	access.Roles = map[string]Role{}
	for key, role := range config.Roles {
		role.TrustedUserARNs = slices.Concat(trusted[key], order.Leaving[key])
		access.Roles[key] = role
	}
	plan, err := access.Plan(Known{Members: d.memberARNs(), Documents: d.documents()})
	plan.Order = order
	problems = append(problems, config.documentProblems(err, order, problems)...)
	if err == nil && len(unordered) == 0 { // or what is live is not known
		problems = append(problems, d.existing(config, &plan)...)
	}
	if len(problems) == 0 {
		plan.Others = d.others(config)
	}
	return plan, config.Error(problems)
}

// seeDocs is the remedy where the rule says it all.
const seeDocs = "see docs/configuration.md"

// documentProblems names the configuration key behind each error of
// [Access.Plan], but for those that follow from a problem that
// is known already.
func (c Config) documentProblems(err error, order Order, known []Problem) []Problem {
	var problems []Problem
	for _, fault := range leaves(err) {
		if problem := c.documentProblem(fault, order); !follows(fault, problem.Key, known) {
			problems = append(problems, problem)
		}
	}
	return problems
}

// follows reports whether fault says that something is not there which is: with
// a value that is a known problem, and so counts as not given.
func follows(fault error, key string, known []Problem) bool {
	for sentinel, parts := range map[error][]string{
		ErrNoRoles: {""}, ErrNoPolicies: {".policies"}, ErrNoGroups: {".groups"},
		policy.ErrNobodyTrusted: {".groups", ".users"},
	} {
		for _, part := range parts {
			about := func(p Problem) bool { return strings.HasPrefix(p.Key, key+part) }
			if errors.Is(fault, sentinel) && slices.ContainsFunc(known, about) {
				return true
			}
		}
	}
	return false
}

func (c Config) documentProblem(fault error, order Order) Problem {
	if role, ok := errors.AsType[*RoleError](fault); ok {
		if leaving := order.Leaving[role.Role]; len(leaving) > 0 && isSizeError(role) {
			return tooManyWithLeavers(c.roleKey(role.Role), role, userNames(leaving))
		}
		return roleProblem(c.roleKey(role.Role), role.Err)
	}
	if group, ok := errors.AsType[*GroupError](fault); ok {
		return groupProblem(c.key("roles"), group)
	}
	return Problem{Key: c.key("roles"), Rule: fault.Error(), Remedy: seeDocs}
}

// roleProblem finds the key and the remedy by the kind of the error: the first that
// matches.
func roleProblem(key string, err error) Problem {
	problem := Problem{Key: key, Rule: err.Error(), Remedy: seeDocs}
	switch {
	case isSizeError(err):
		problem.Remedy = "split the users over several roles, or have AWS raise the quota and set trustPolicyQuota"
	case errors.Is(err, ErrTooManyPolicies):
		problem.Key += ".policies"
		problem.Remedy = fmt.Sprintf("keep at most %d, or join some in one managed policy", policy.MaxAttachedPolicies)
	case errors.Is(err, policy.ErrName):
		problem.Remedy = "shorten the role's name or namePrefix"
	case errors.Is(err, policy.ErrARN), errors.Is(err, ErrDuplicate), errors.Is(err, ErrOwnPolicyOnRole),
		errors.Is(err, ErrNoPolicies):
		problem.Remedy = "name existing managed policies of this partition, each once"
	}
	return problem
}

func isSizeError(err error) bool {
	_, ok := errors.AsType[*policy.SizeError](err)
	return ok
}

// tooManyWithLeavers is the problem of a role that would have room for those whom it
// is meant to trust, but not for those who leave besides.
func tooManyWithLeavers(key string, e *RoleError, leaving []string) Problem {
	return Problem{
		Key: key,
		Rule: fmt.Sprintf("%v, because for one pulumi up it goes on trusting whom it drops (%s): they have no other role",
			e.Err, strings.Join(leaving, ", ")),
		Remedy: "do it in three steps, with pulumi up after each: put the role back as it was and add a further role " +
			"for the same groups; make this change; remove the further role",
	}
}

func groupProblem(key string, e *GroupError) Problem {
	problem := Problem{
		Key: key, Value: e.Group,
		Rule: fmt.Sprintf("the policy of this group: %v", e.Err), Remedy: seeDocs,
	}
	switch {
	case isSizeError(e.Err):
		problem.Remedy = "let the group use fewer roles, shorten namePrefix, or exempt fewer actions"
	case errors.Is(e.Err, policy.ErrName):
		problem.Remedy = "shorten namePrefix"
	case errors.Is(e.Err, ErrDuplicate):
		problem.Remedy = "spell the group as IAM does, everywhere"
	}
	return problem
}
