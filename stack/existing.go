package stack

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// OwnerTag says of which stack a role or a policy is: project/stack.
const OwnerTag = "aws-cli-mfa:stack"

func (c Config) owner() string { return c.Project + "/" + c.Stack }

// policyARN is that of the policy of a group.
func (c Config) policyARN(group string) string { return c.Account.PolicyARN("/", c.NamePrefix+group) }

// Imports are the roles and policies, by their names in IAM, that exist and are this
// stack's: Pulumi imports them unless its state has them.
type Imports struct{ Roles, Policies []string }

// planned is a role or a policy that is to be made.
type planned struct {
	key, kind, name string
	document        policy.Document
	found           Existing
	err             error
	// inState are the names of that kind in the stack's state.
	inState func(State) []string
	take    func()
}

// existing finds out what there is of what is planned. What is this stack's is
// imported where its state may lack it, because the answer to an earlier deploy was
// lost; what is somebody else's is a problem.
func (d *directory) existing(config Config, plan *Plan) []Problem {
	if d.source.Role == nil {
		return nil
	}
	var problems []Problem
	for _, one := range d.planned(config, plan) {
		switch {
		case errors.Is(one.err, ErrNotThere):
		case one.err != nil:
			problems = append(problems, unread(one.key, one.name, "whether this "+one.kind+" is there",
				"iam:GetRole, iam:GetPolicy and iam:GetPolicyVersion", one.err))
		case one.found.Path != "/":
			problems = append(problems, Problem{
				Key: one.key, Value: one.name,
				Rule: fmt.Sprintf("a %s of this name exists under path %s, and cannot be taken over", one.kind, one.found.Path),
				Remedy: fmt.Sprintf("choose another %s, or delete it: IAM takes a name once, whatever the path, "+
					"and changes no path", config.key("namePrefix")),
			})
		case slices.Contains(config.Adopt, one.name):
			one.take()
		case one.found.Owner == config.owner() && one.asPlanned():
			one.take()
		default:
			problems = append(problems, d.othersUnlessKnown(config, one)...)
		}
	}
	return problems
}

func (d *directory) planned(config Config, plan *Plan) []planned {
	var all []planned
	for _, role := range plan.Roles {
		one := planned{
			key: config.roleKey(role.Key), kind: "role", name: role.Name, document: role.Trust,
			inState: func(s State) []string { return s.Roles },
			take:    func() { plan.Imports.Roles = append(plan.Imports.Roles, role.Name) },
		}
		one.found, one.err = d.roles.get(role.Name)
		all = append(all, one)
	}
	for _, group := range plan.Groups {
		own := group.Policies[0]
		one := planned{
			key: config.key("roles"), kind: "policy", name: own.Name, document: own.Document,
			inState: func(s State) []string { return s.Policies },
			take:    func() { plan.Imports.Policies = append(plan.Imports.Policies, own.Name) },
		}
		one.found, one.err = d.policies.get(config.policyARN(group.Name))
		all = append(all, one)
	}
	return all
}

// othersUnlessKnown is the problem of what exists and is not known to be this stack's.
func (d *directory) othersUnlessKnown(config Config, one planned) []Problem {
	state, err := d.state()
	if err != nil && !errors.Is(err, ErrNotThere) {
		return []Problem{config.unreadState(err)}
	}
	if slices.Contains(one.inState(state), one.name) {
		return nil
	}
	whose := fmt.Sprintf("its tag %s says %s, and this is %s", OwnerTag, one.found.Owner, config.owner())
	switch one.found.Owner {
	case "":
		whose = "it has no tag " + OwnerTag
	case config.owner():
		whose = "its tag says so, but it differs from what this stack makes, and the stack's state does not have it"
	}
	return []Problem{{
		Key: one.key, Value: one.name,
		Rule: fmt.Sprintf("a %s of this name exists, and is not known to be this stack's: %s", one.kind, whose),
		Remedy: fmt.Sprintf("take it over with %s: [%s] (see docs/adoption.md), or choose another %s",
			config.key("adopt"), one.name, config.key("namePrefix")),
	}}
}

// asPlanned reports whether the document is the planned one, but for the order of its
// lists, which IAM does not keep.
func (p planned) asPlanned() bool {
	return inOrder(p.found.Document).String() == inOrder(p.document).String()
}

func inOrder(d policy.Document) policy.Document {
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		s := &d.Statements[i]
		for _, list := range []*policy.Values{&s.Action, &s.NotAction, &s.Resource, &s.NotResource} {
			*list = slices.Sorted(slices.Values(*list))
		}
		if s.Principal != nil {
			principal := *s.Principal
			principal.AWS = slices.Sorted(slices.Values(principal.AWS))
			s.Principal = &principal
		}
	}
	return d
}

// adoptable finds names to take over that this stack would not make.
func (c Config) adoptable() []Problem {
	var names []string
	for _, name := range slices.Concat(c.RoleNames(), c.GroupNames()) {
		names = append(names, c.NamePrefix+name)
	}
	var problems []Problem
	for _, name := range c.Adopt {
		if !slices.Contains(names, name) {
			problems = append(problems, Problem{
				Key: c.key("adopt"), Value: name, Rule: "this stack makes no role and no policy of that name",
				Remedy: fmt.Sprintf("remove it, or choose %s and the names of roles so that one has it", c.key("namePrefix")),
			})
		}
	}
	return problems
}
