package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Resolved is a configuration with what its names stand for.
type Resolved struct {
	Config Config
	// Deployment has every document that would be deployed.
	Deployment policy.Deployment

	args *iam.CLIAccessArgs
	// users are the names of the users that each role trusts, sorted.
	users map[string][]string
}

// resolve turns a configuration into the arguments of the components: it looks
// users, groups and policies up and builds the documents. The error is a
// [*ConfigError] with the problems known already and those that only the
// directory shows.
func resolve(config Config, account policy.Account, d *directory, problems []Problem) (Resolved, error) {
	resolved := Resolved{Config: config, users: map[string][]string{}, args: &iam.CLIAccessArgs{
		Account:          account,
		NamePrefix:       config.NamePrefix,
		Roles:            map[string]iam.RoleArgs{},
		Enrolment:        config.Enrolment,
		DeviceName:       config.MFADeviceName,
		ExemptActions:    config.ExemptActions,
		WithoutDeny:      !config.Enforce,
		TrustPolicyQuota: config.TrustPolicyQuota,
	}}
	for _, name := range config.RoleNames() {
		role := config.Roles[name]
		members, missing := d.trusted(roleKey(name), role)
		problems = append(problems, missing...)
		arns := make([]string, 0, len(members))
		for _, user := range members {
			arns = append(arns, user.arn)
			resolved.users[name] = append(resolved.users[name], user.name)
		}
		slices.Sort(resolved.users[name])
		resolved.args.Roles[name] = iam.RoleArgs{
			Groups:              role.Groups,
			TrustedUserARNs:     arns,
			ManagedPolicies:     role.Policies,
			MaxSessionDuration:  role.MaxSessionDuration,
			PermissionsBoundary: role.PermissionsBoundary,
			Description:         role.Description,
		}
	}
	for _, name := range config.RoleNames() {
		problems = append(problems, d.managedPolicies(roleKey(name), resolved.args, config.Roles[name])...)
	}
	deployment, err := resolved.args.Deployment(d.memberARNs(), d.documents())
	resolved.Deployment = deployment
	return resolved, configError(config.Stack, append(problems, documentProblems(err, problems)...))
}

// seeDocs is the remedy where the rule says it all.
const seeDocs = "see docs/configuration.md"

func roleKey(role string) string { return Namespace + ":roles." + role }

// documentProblems names the configuration key behind each error of
// [iam.CLIAccessArgs.Documents], but for those that follow from a problem that
// is known already.
func documentProblems(err error, known []Problem) []Problem {
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
		if problem := documentProblem(fault); !follows(fault, problem.Key, known) {
			problems = append(problems, problem)
		}
	}
	return problems
}

// follows tells whether fault says that something is not there which is: with
// a value that is a known problem, and so counts as not given.
func follows(fault error, key string, known []Problem) bool {
	var parts []string
	switch {
	case errors.Is(fault, iam.ErrNoRoles):
		parts = []string{""}
	case errors.Is(fault, iam.ErrNoPolicies):
		parts = []string{".policies"}
	case errors.Is(fault, iam.ErrNoGroups):
		parts = []string{".groups"}
	case errors.Is(fault, policy.ErrNobodyTrusted):
		parts = []string{".groups", ".users"}
	}
	return slices.ContainsFunc(parts, func(part string) bool {
		return slices.ContainsFunc(known, func(p Problem) bool { return strings.HasPrefix(p.Key, key+part) })
	})
}

func documentProblem(fault error) Problem {
	var role *iam.RoleError
	var group *iam.GroupError
	switch {
	case errors.As(fault, &role):
		return roleProblem(role)
	case errors.As(fault, &group):
		return groupProblem(group)
	default:
		return Problem{Key: Namespace + ":roles", Rule: fault.Error(), Remedy: seeDocs}
	}
}

// roleProblem finds the key by the kind of the error: the first that matches.
func roleProblem(e *iam.RoleError) Problem {
	key := roleKey(e.Role)
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
	case errors.Is(err, iam.ErrTooManyPolicies):
		return Problem{
			Key: key + ".policies", Rule: err.Error(),
			Remedy: fmt.Sprintf("keep at most %d, or join some in one managed policy", policy.MaxAttachedPolicies),
		}
	case errors.Is(err, policy.ErrName):
		return Problem{Key: key, Rule: err.Error(), Remedy: "shorten the role's name or namePrefix"}
	case errors.Is(err, policy.ErrARN), errors.Is(err, iam.ErrDuplicate), errors.Is(err, iam.ErrOwnPolicyOnRole),
		errors.Is(err, iam.ErrNoPolicies):
		return Problem{
			Key: key, Rule: err.Error(),
			Remedy: "name existing managed policies of this partition, each once",
		}
	default:
		return Problem{Key: key, Rule: err.Error(), Remedy: seeDocs}
	}
}

func groupProblem(e *iam.GroupError) Problem {
	problem := Problem{
		Key: Namespace + ":roles", Value: e.Group,
		Rule: fmt.Sprintf("the policy of this group: %v", e.Err), Remedy: seeDocs,
	}
	var size *policy.SizeError
	switch {
	case errors.As(e.Err, &size):
		problem.Remedy = "let the group use fewer roles, shorten namePrefix, or exempt fewer actions"
	case errors.Is(e.Err, policy.ErrName):
		problem.Remedy = "shorten namePrefix"
	case errors.Is(e.Err, iam.ErrDuplicate):
		problem.Remedy = "spell the group as IAM does, everywhere"
	}
	return problem
}
