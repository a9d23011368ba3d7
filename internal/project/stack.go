package project

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsactions"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Stack is a stack as its files say that it is deployed.
type Stack struct {
	stack.Config

	// Region is aws:region, or empty.
	Region string
	// AllowedAccountIDs are the only accounts that the stack may be in; none means
	// any. ForbiddenAccountIDs are those that it may not be in.
	//
	// https://www.pulumi.com/registry/packages/aws/installation-configuration/
	AllowedAccountIDs, ForbiddenAccountIDs []string
}

// ReadStack reads a stack of the project that [Open] finds. The error is a
// [*stack.ConfigError], or wraps [io/fs.ErrNotExist] where there is no project or
// no such stack.
func ReadStack(env environment.Environment, given, name string) (Stack, error) {
	found, err := Open(env, given)
	if err != nil {
		return Stack{}, err
	}
	return StackOf(found, name)
}

// StackOf is [ReadStack] of a project that was opened.
func StackOf(opened *stackconfig.Project, name string) (Stack, error) {
	config, err := opened.Config(name)
	if err != nil {
		return Stack{}, err
	}
	return Interpret(config)
}

// Interpret is the stack of which this is the configuration. The error is a
// [*stack.ConfigError] with all that is wrong with it, or cannot be read offline.
func Interpret(config stackconfig.Config) (Stack, error) {
	own, problems := config.Own()
	read := Stack{Config: stack.Config{Project: config.Project, Stack: config.Stack}}
	if len(problems) == 0 { // else what is found wrong may follow from what cannot be read
		read.Config, problems = stack.Parse(config.Project, config.Stack, own)
	}
	problems = withNew(withActions(problems), config.Refused)
	var more []stack.Problem
	read.Region, _, more = config.Lookup("aws:region")
	more = append(more, stack.CheckRegion(read.Region)...)
	problems = withNew(problems, more)
	tags, _, _ := config.Lookup(stack.DefaultTagsKey) // what cannot be read here is another's to check
	problems = withNew(problems, read.CheckDefaultTags(tags))
	read.AllowedAccountIDs, more = accountIDs(config, "aws:allowedAccountIds")
	problems = withNew(problems, more)
	read.ForbiddenAccountIDs, more = accountIDs(config, "aws:forbiddenAccountIds")
	return read, read.Error(withNew(problems, more))
}

// withActions says of actions that are not known to be harmless which AWS does not have.
func withActions(problems []stack.Problem) []stack.Problem {
	for i, problem := range problems {
		if !strings.Contains(problem.Key, ":exemptActions[") || policy.CheckActionAtRisk(problem.Value) != nil {
			continue
		}
		unknown, ok := errors.AsType[*awsactions.UnknownError](awsactions.Check(problem.Value))
		if !ok {
			continue
		}
		problems[i].Rule = (&awsactions.UnknownError{Action: problem.Value}).Error()
		problems[i].Remedy = "remove it (if AWS has it since, take a newer awsmfa)"
		if unknown.Meant != "" {
			problems[i].Remedy = "did you mean " + unknown.Meant + "?"
		}
	}
	return problems
}

// withNew adds the problems of keys that have none yet.
func withNew(known, more []stack.Problem) []stack.Problem {
	all := slices.Clip(known)
	for _, problem := range more {
		if !slices.ContainsFunc(known, func(p stack.Problem) bool { return strings.HasPrefix(p.Key, problem.Key) }) {
			all = append(all, problem)
		}
	}
	return all
}

// accountIDs reads a list, or the text of one, as pulumi config set writes it.
func accountIDs(config stackconfig.Config, key string) ([]string, []stack.Problem) {
	text, _, problems := config.Lookup(key)
	if len(problems) > 0 || strings.TrimSpace(text) == "" {
		return nil, problems
	}
	var ids []string
	err := json.Unmarshal([]byte(text), &ids)
	for _, id := range ids {
		err = errors.Join(err, policy.Account{Partition: "aws", ID: id}.Check())
	}
	if err != nil {
		return nil, []stack.Problem{{
			Key: key, Value: text, Rule: "it must be a list of account ids, texts of 12 digits",
			Remedy: `write them in quotes, as in ["111122223333"]`,
		}}
	}
	return ids, nil
}
