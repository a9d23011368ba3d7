package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// seeDocs is the remedy where the rule says it all.
const seeDocs = "see docs/configuration.md"

// componentName is part of every URN: changing it replaces what is deployed.
const componentName = "cli"

// Deploy is the Pulumi program of this project, as pulumi up runs it: one
// stack for each environment. A bad configuration is a [*ConfigError], and
// nothing is registered then.
func Deploy(ctx *pulumi.Context) error { return Program(EnvironmentKeys)(ctx) }

// Program is [Deploy] for the Automation API: an inline program has no
// language host to tell it which configuration keys there are, so its caller
// does. The keys have their namespace.
func Program(configKeys func() []string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		config, problems := Parse(ctx.Stack(), values(ctx, configKeys()))
		where, err := lookUpPlace(ctx)
		if err != nil {
			return errors.Join(configError(config.Stack, problems), err)
		}
		args, users, problems := resolve(ctx, config, where, problems)
		if err := configError(config.Stack, problems); err != nil {
			return err
		}
		access, err := iam.NewCLIAccess(ctx, componentName, args)
		if err != nil {
			return err
		}
		export(ctx, config, where, access, users)
		return nil
	}
}

func configError(stack string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ConfigError{Stack: stack, Problems: problems}
}

// resolve turns the configuration into the arguments of the components: it
// looks users and groups up and builds the documents. It also returns the
// names of the users that each role trusts, and adds the problems that only
// the account shows to those known already.
func resolve(
	ctx *pulumi.Context, config Config, where place, problems []Problem,
) (*iam.CLIAccessArgs, map[string][]string, []Problem) {
	args := &iam.CLIAccessArgs{
		Account:          where.account,
		NamePrefix:       config.NamePrefix,
		Roles:            map[string]iam.RoleArgs{},
		Enrolment:        config.Enrolment,
		DeviceName:       config.MFADeviceName,
		ExemptActions:    config.ExemptActions,
		WithoutDeny:      !config.Enforce,
		TrustPolicyQuota: config.TrustPolicyQuota,
	}
	directory := newDirectory(ctx)
	users := map[string][]string{}
	for _, name := range config.RoleNames() {
		role := config.Roles[name]
		members, missing := directory.trusted(roleKey(name), role)
		problems = append(problems, missing...)
		arns := make([]string, 0, len(members))
		for _, user := range members {
			arns = append(arns, user.arn)
			users[name] = append(users[name], user.name)
		}
		slices.Sort(users[name])
		args.Roles[name] = iam.RoleArgs{
			Groups:              role.Groups,
			TrustedUserARNs:     arns,
			ManagedPolicies:     role.Policies,
			MaxSessionDuration:  role.MaxSessionDuration,
			PermissionsBoundary: role.PermissionsBoundary,
			Description:         role.Description,
		}
	}
	_, err := args.Documents()
	return args, users, append(problems, documentProblems(err, problems)...)
}

func roleKey(role string) string { return Namespace + ":roles." + role }

func export(ctx *pulumi.Context, config Config, where place, access *iam.CLIAccess, users map[string][]string) {
	profiles := pulumi.Array{}
	for _, name := range config.RoleNames() {
		profiles = append(profiles, pulumi.Map{
			"name":            pulumi.String(config.Stack + "-" + name),
			"roleArn":         access.Role(name).ARN,
			"durationSeconds": pulumi.Int(int(config.Roles[name].MaxSessionDuration.Seconds())),
			"trustedUsers":    pulumi.ToStringArray(users[name]),
		})
	}
	ctx.Export("roleArns", access.RoleARNs)
	ctx.Export("mfaPolicyArns", access.MFAPolicyARNs)
	ctx.Export("grants", access.Grants)
	ctx.Export("exemptActions", pulumi.ToStringArray(config.ExemptActions))
	ctx.Export("clientConfig", pulumi.Map{
		"version":   pulumi.Int(ClientConfigVersion),
		"partition": pulumi.String(where.account.Partition),
		"accountId": pulumi.String(where.account.ID),
		"region":    pulumi.String(where.region),
		"profiles":  profiles,
	})
}

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
