package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Resolve plans a configuration for an account: it looks users, groups and
// policies up, and builds the documents. The error is a [*ConfigError] with the
// problems known already, those that only the account shows, and those of the
// documents.
func Resolve(config Config, account policy.Account, source Source, problems []Problem) (Plan, error) {
	config.Account = account
	d, own := newDirectory(source), config.ownPolicies()
	access := config.Access
	access.Roles = map[string]Role{}
	for _, key := range config.RoleNames() {
		role := config.Roles[key]
		users, missing := d.trusted(config.roleKey(key), role)
		problems = append(problems, missing...)
		for _, user := range users {
			role.TrustedUserARNs = append(role.TrustedUserARNs, user.ARN)
		}
		access.Roles[key] = role
	}
	for _, key := range config.RoleNames() {
		problems = append(problems, d.managedPolicies(config.roleKey(key), account, own, config.Roles[key])...)
	}
	plan, err := access.Plan(Known{Members: d.memberARNs(), Documents: d.documents()})
	return plan, config.Error(append(problems, config.documentProblems(err, problems)...))
}

// seeDocs is the remedy where the rule says it all.
const seeDocs = "see docs/configuration.md"

// documentProblems names the configuration key behind each error of
// [Access.Plan], but for those that follow from a problem that
// is known already.
func (c Config) documentProblems(err error, known []Problem) []Problem {
	if err == nil {
		return nil
	}
	faults := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		faults = joined.Unwrap()
	}
	var problems []Problem
	for _, fault := range faults {
		if problem := c.documentProblem(fault); !follows(fault, problem.Key, known) {
			problems = append(problems, problem)
		}
	}
	return problems
}

// follows reports whether fault says that something is not there which is: with
// a value that is a known problem, and so counts as not given.
func follows(fault error, key string, known []Problem) bool {
	var parts []string
	switch {
	case errors.Is(fault, ErrNoRoles):
		parts = []string{""}
	case errors.Is(fault, ErrNoPolicies):
		parts = []string{".policies"}
	case errors.Is(fault, ErrNoGroups):
		parts = []string{".groups"}
	case errors.Is(fault, policy.ErrNobodyTrusted):
		parts = []string{".groups", ".users"}
	}
	return slices.ContainsFunc(parts, func(part string) bool {
		return slices.ContainsFunc(known, func(p Problem) bool { return strings.HasPrefix(p.Key, key+part) })
	})
}

func (c Config) documentProblem(fault error) Problem {
	var role *RoleError
	var group *GroupError
	switch {
	case errors.As(fault, &role):
		return roleProblem(c.roleKey(role.Role), role)
	case errors.As(fault, &group):
		return groupProblem(c.key("roles"), group)
	default:
		return Problem{Key: c.key("roles"), Rule: fault.Error(), Remedy: seeDocs}
	}
}

// roleProblem finds the key by the kind of the error: the first that matches.
func roleProblem(key string, e *RoleError) Problem {
	var size *policy.SizeError
	switch err := e.Err; {
	case errors.As(err, &size):
		return Problem{
			Key: key, Rule: err.Error(),
			Remedy: "split the users over several roles, or have AWS raise the quota and set trustPolicyQuota",
		}
	case errors.Is(err, policy.ErrNobodyTrusted):
		return Problem{
			Key: key, Rule: "there is nobody to trust: its groups have no members",
			Remedy: "add users to the groups, or remove the role",
		}
	case errors.Is(err, ErrTooManyPolicies):
		return Problem{
			Key: key + ".policies", Rule: err.Error(),
			Remedy: fmt.Sprintf("keep at most %d, or join some in one managed policy", policy.MaxAttachedPolicies),
		}
	case errors.Is(err, policy.ErrName):
		return Problem{Key: key, Rule: err.Error(), Remedy: "shorten the role's name or namePrefix"}
	case errors.Is(err, policy.ErrARN), errors.Is(err, ErrDuplicate), errors.Is(err, ErrOwnPolicyOnRole),
		errors.Is(err, ErrNoPolicies):
		return Problem{
			Key: key, Rule: err.Error(),
			Remedy: "name existing managed policies of this partition, each once",
		}
	default:
		return Problem{Key: key, Rule: err.Error(), Remedy: seeDocs}
	}
}

func groupProblem(key string, e *GroupError) Problem {
	problem := Problem{
		Key: key, Value: e.Group,
		Rule: fmt.Sprintf("the policy of this group: %v", e.Err), Remedy: seeDocs,
	}
	var size *policy.SizeError
	switch {
	case errors.As(e.Err, &size):
		problem.Remedy = "let the group use fewer roles, shorten namePrefix, or exempt fewer actions"
	case errors.Is(e.Err, policy.ErrName):
		problem.Remedy = "shorten namePrefix"
	case errors.Is(e.Err, ErrDuplicate):
		problem.Remedy = "spell the group as IAM does, everywhere"
	}
	return problem
}
