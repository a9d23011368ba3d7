package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Compiled is a document made ready for [Evaluate]. It does not change and may
// be used by several goroutines.
type Compiled struct {
	statements []statement
}

type statement struct {
	sid          string
	deny         bool
	notPrincipal bool
	notAction    bool
	notResource  bool
	// principals is nil in an identity-based policy.
	principals *principals
	actions    []glob
	// resources is empty in a trust policy, which speaks of its own role.
	resources []glob
	// variables are the keys of the policy variables in the resources.
	variables  []string
	conditions []condition
	// actionTexts and resourceTexts are as the document spells them.
	actionTexts, resourceTexts Values
}

// language is what a version of the policy language knows.
type language struct {
	variables bool
	operators map[string]operator
}

// Compile checks d and makes it ready for [Evaluate]. What IAM would refuse,
// or what AWS does not say the meaning of, is an error: an unknown condition
// operator, a value its operator cannot read, a wildcard inside a principal or
// in a service, an empty list, a malformed policy variable. It reports every
// faulty statement; each error wraps [ErrSyntax].
//
// Where the document is attached decides which elements it must have; that is
// for [Document.CheckIdentity] and [Document.CheckTrust].
func Compile(d Document) (*Compiled, error) {
	if len(d.Statements) == 0 {
		return nil, syntax("the document has no statements")
	}
	// Without Version a document is of 2008-10-17, which has no policy variables:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
	language := language{variables: d.Version == Version20121017, operators: operators()}
	c := &Compiled{statements: make([]statement, len(d.Statements))}
	var faults []error
	for i, s := range d.Statements {
		compiled, err := compileStatement(s, language)
		if err != nil {
			faults = append(faults, fmt.Errorf("statement %d: %w", i+1, err))
		}
		c.statements[i] = compiled
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c, nil
}

func compileStatement(s Statement, in language) (statement, error) {
	if err := errors.Join(s.check(), checkActions(s)); err != nil {
		return statement{}, err
	}
	if len(s.Resource)+len(s.NotResource) == 0 && (s.Resource != nil || s.NotResource != nil) {
		return statement{}, syntax("Policy statement must contain resources")
	}
	c := statement{
		sid:          s.Sid,
		deny:         s.Effect == Deny,
		notPrincipal: s.NotPrincipal != nil,
		notAction:    s.NotAction != nil,
		notResource:  s.NotResource != nil,
		actionTexts:  slices.Concat(s.Action, s.NotAction), resourceTexts: slices.Concat(s.Resource, s.NotResource),
	}
	var errs [4]error
	if p := cmp.Or(s.Principal, s.NotPrincipal); p != nil {
		c.principals, errs[0] = compilePrincipals(*p)
	}
	c.actions, errs[1] = compileEach(c.actionTexts, parseAction)
	c.resources, errs[2] = compileEach(c.resourceTexts,
		func(text string) (glob, error) { return parseResource(text, in.variables) })
	for i := range c.resources {
		c.variables = append(c.variables, c.resources[i].variables...)
	}
	c.conditions, errs[3] = compileConditions(s.Condition, in)
	return c, errors.Join(errs[:]...)
}

// compileEach gives a list that is never nil without an error.
func compileEach[S, T any](texts []S, compile func(S) (T, error)) ([]T, error) {
	list := make([]T, 0, len(texts))
	for _, text := range texts {
		item, err := compile(text)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// applies reports whether the statement, in a policy at that side, applies to
// the request, and how its Principal names the caller. What cannot be judged
// applies if it denies.
func (s *statement) applies(r *Request, side Side) (reach, bool) {
	if !s.coversAction(r.Action) {
		return unnamed, false
	}
	named := s.reaches(&r.Caller, side)
	if named == unnamed || !s.coversResource(r.Resource, r.Context) {
		return unnamed, false
	}
	for i := range s.conditions {
		if t := s.conditions[i].holds(r.Context); t == no || t == unjudged && !s.deny {
			return unnamed, false
		}
	}
	return named, true
}

// coversAction holds the rules of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
func (s *statement) coversAction(name string) bool {
	for i := range s.actions {
		if s.actions[i].matches(name, Context{}) {
			return !s.notAction
		}
	}
	return s.notAction
}

// coversResource holds the rules of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
// An entry whose policy variable has no value matches nothing, and so every
// resource is another one to NotResource, for an Allow as for a Deny.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (s *statement) coversResource(arn string, ctx Context) bool {
	if len(s.resources) == 0 {
		return true
	}
	for i := range s.resources {
		g := &s.resources[i]
		if g.resolves(ctx) && g.matches(arn, ctx) {
			return !s.notResource
		}
	}
	return s.notResource
}

// isOfAnyResource reports whether the element is the bare "*".
func (s *statement) isOfAnyResource() bool { return slices.Equal(s.resourceTexts, Values{"*"}) }

// reaches says how the statement names the caller. An identity-based policy
// names nobody: it is about whom it is attached to. A statement with a
// Principal there, or without one in a resource-based policy, is malformed: it
// allows nothing, and denies everybody.
func (s *statement) reaches(c *Caller, side Side) reach {
	ofResource := side == SideResource || side == SideTrust
	switch {
	case s.principals == nil && !ofResource:
		return directly
	case (s.principals != nil) != ofResource:
		return directlyIf(s.deny)
	case !s.notPrincipal && s.deny && s.principals.unjudged:
		return directly
	case !s.notPrincipal:
		return s.principals.reaches(c)
	case s.deny:
		return directlyIf(!s.principals.exempts(c))
	}
	return directlyIf(!s.principals.unjudged && s.principals.reaches(c) == unnamed)
}

// assumesRole tells the actions that a role's trust policy must allow.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
func assumesRole(name string) bool {
	const prefix = "sts:AssumeRole"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return false
	}
	suffix := name[len(prefix):]
	return suffix == "" || strings.EqualFold(suffix, "WithSAML") || strings.EqualFold(suffix, "WithWebIdentity")
}
