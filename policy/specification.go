package policy

import (
	"fmt"
	"slices"
	"strings"
)

// specification is what the guarantees tell apart besides the documents: sets of
// actions, and of resources.
type specification struct {
	// name tells it from others of the same prover.
	name      string
	actions   []Values
	resources [][]pattern
	// roles are sets of which alone sts:AssumeRole asks.
	roles [][]pattern
	// statements are those of all spaces of the specification, or nil. What all of them
	// tell apart is found once, and what some do from that.
	statements []*statement
	// familiar are texts to show rather than others.
	familiarActions, familiarResources []string
}

// each visits the classes of all requests of the space.
func (s *space) each(spec *specification, visit func(requestClass, error)) error {
	actions, err := s.actionsAsked(spec).classes(s.known, s.statements)
	if err != nil {
		return err
	}
	resources := s.resourcesAsked(spec)
	for _, action := range actions {
		classes, err := s.resourceClasses(resources, action.text, spec.roles != nil && action.is(assumes))
		if err != nil {
			visit(requestClass{space: s, action: action}, err)
		}
		for _, resource := range classes {
			visit(s.withKeys(action, resource))
		}
	}
	return nil
}

// asked are questions about the actions, or the resources, of requests.
type asked struct {
	name string
	// answers, and those for roles, come before those of the statements.
	answers, roles int
	all            []*statement
	// alike are statements of which the same answers are true. The same texts are not
	// enough: ${*} is a wildcard in documents of 2008, and an asterisk in later ones.
	alike func(a, b *statement) bool
	// find gives the answers for roles if it is asked to.
	find func(statements []*statement, roles bool, most int) ([]class, error)
}

// knownClasses are those found already, by what was asked and the statements, which
// they hold on to.
type knownClasses map[string]*foundClasses

type foundClasses struct {
	statements []*statement
	classes    []class
	err        error
}

// fewStates is how many sets of places are looked at for all statements at once.
const fewStates = 2000

// classes are those that the statements tell apart.
func (a asked) classes(known knownClasses, by []*statement) ([]class, error) {
	if a.all != nil {
		all := a.remembered(known, a.name, a.all, true, fewStates)
		if columns, ok := a.columns(all.statements, by); ok && all.err == nil {
			return answering(all.classes, columns), nil
		}
	}
	found := a.remembered(known, fmt.Sprintln(a.name, a.roles, by), by, a.roles == 0, maxStates)
	return found.classes, found.err
}

// columns are where those answers are that come from no other statements.
func (a asked) columns(all, by []*statement) (columns []int, ok bool) {
	for i := range a.answers {
		columns = append(columns, i)
	}
	for _, one := range by {
		column := slices.IndexFunc(all, func(other *statement) bool { return a.alike(one, other) })
		if column < 0 {
			return nil, false
		}
		columns = append(columns, a.answers+a.roles+column)
	}
	return columns, true
}

func (a asked) remembered(
	known knownClasses, name string, statements []*statement, roles bool, most int,
) *foundClasses {
	found, ok := known[name]
	if !ok {
		found = &foundClasses{statements: statements}
		found.classes, found.err = a.find(statements, roles, most)
		if known != nil {
			known[name] = found
		}
	}
	return found
}

// answering keeps those answers of the classes, and of classes with the same the first.
func answering(all []class, columns []int) []class {
	kept := make([]class, 0, len(all))
	answers := make([]byte, len(columns))
	for _, c := range all {
		for i, column := range columns {
			answers[i] = c.answers[column]
		}
		if !slices.ContainsFunc(kept, func(other class) bool { return other.answers == string(answers) }) {
			kept = append(kept, class{c.text, string(answers)})
		}
	}
	return kept
}

// actionsAsked are answered with what the specification asks first.
func (s *space) actionsAsked(spec *specification) asked {
	return asked{
		name: "actions: " + spec.name, answers: len(spec.actions), all: spec.statements,
		alike: func(a, b *statement) bool { return slices.Equal(a.actionTexts, b.actionTexts) },
		find: func(statements []*statement, _ bool, most int) ([]class, error) {
			t, example := testsOf(actionNames()), strings.NewReplacer("*", "", "?", "x")
			t.ignoreCase, t.most = true, most
			add := func(texts []string) {
				var patterns []pattern
				for _, text := range texts {
					patterns = append(patterns, wildcardPattern(strings.ToLower(text), anyCharacters))
				}
				t.add(patterns...)
			}
			familiar := slices.Clone(spec.familiarActions)
			for _, actions := range spec.actions {
				add(actions)
				familiar = append(familiar, actions...)
			}
			for _, one := range statements {
				add(one.actionTexts)
				for _, text := range one.actionTexts {
					familiar = append(familiar, example.Replace(text))
				}
			}
			return t.classes(familiar)
		},
	}
}

// What [space.resourceClasses] asks of a resource besides: its account, and whether
// it can be one of IAM's, which are of an account, or policies of AWS, and have no
// colon in their path.
const (
	hasAccount = iota
	isOfAccount
	isOfIAM
	mayBeOfIAM
	questions
)

// isForeign is the first answer of the class of a resource: it is of another
// account. Those that were asked for follow, and those of the statements.
const isForeign = 0

// resourcesAsked are those of the caller's partition.
func (s *space) resourcesAsked(spec *specification) asked {
	name, statements := fmt.Appendln(nil, "resources:", spec.name, s.caller.ARN), spec.statements
	if statements == nil {
		statements = s.statements
	}
	for _, one := range statements {
		for _, variable := range one.variables {
			name = fmt.Appendf(name, "%s%q", variable, s.context.values[variable])
		}
	}
	return asked{
		name: string(name), answers: 1 + len(spec.resources), roles: len(spec.roles), all: spec.statements,
		alike: func(a, b *statement) bool {
			return slices.EqualFunc(a.resources, b.resources, func(x, y glob) bool { return slices.Equal(x.parts, y.parts) })
		},
		find: func(statements []*statement, roles bool, most int) ([]class, error) {
			t, familiar := s.resourceTests(), slices.Clone(spec.familiarResources)
			t.most = most
			answers := slices.Clone(spec.resources)
			if roles {
				answers = append(answers, spec.roles...)
			}
			for _, one := range statements {
				answers = append(answers, patternsOf(one.resources, s.context))
			}
			for _, patterns := range answers {
				t.add(patterns...)
				for _, p := range patterns {
					familiar = append(familiar, p.example())
				}
			}
			all, err := t.classes(familiar)
			return realResources(all), err
		},
	}
}

// resourceClasses are those of an action.
func (s *space) resourceClasses(a asked, action string, withRoles bool) ([]class, error) {
	if withRoles {
		a.answers, a.roles = a.answers+a.roles, 0
	}
	var covering []*statement
	for _, one := range s.statements {
		if len(one.resources) > 0 && !one.isOfAnyResource() && one.coversAction(action) {
			if err := s.free(one.variables); err != nil {
				return nil, err
			}
			covering = append(covering, one)
		}
	}
	return a.classes(s.known, covering)
}

func realResources(all []class) []class {
	var kept []class
	seen := map[string]bool{}
	for _, c := range all {
		foreign, isReal := "0", !c.is(isOfIAM) || c.is(mayBeOfIAM)
		if c.is(hasAccount) && !c.is(isOfAccount) {
			foreign = "1"
		}
		if c.answers = foreign + c.answers[questions:]; isReal && !seen[c.answers] {
			seen[c.answers] = true
			kept = append(kept, c)
		}
	}
	return kept
}

func patternsOf(globs []glob, ctx Context) []pattern {
	var list []pattern
	for i := range globs {
		if globs[i].resolves(ctx) {
			list = append(list, globs[i].pattern(ctx))
		}
	}
	return list
}

func (s *space) resourceTests() *tests {
	callers, _ := SplitARN(s.caller.ARN)
	t := testsOf(resourceNames(callers.Partition))
	iam, toAccount := literalPattern("arn:"+callers.Partition+":iam:"), append(literalPattern("arn:"), segments(3)...)
	account, path := slices.Repeat(one(digit), accountDigits), append(literalPattern(":"), some(butColon)...)
	t.add(slices.Concat(toAccount, account, literalPattern(":"), anyNumber(anyCharacters)))
	t.add(slices.Concat(toAccount, literalPattern(s.caller.Account+":"), anyNumber(anyCharacters)))
	t.add(slices.Concat(iam, anyNumber(anyCharacters)))
	t.add(slices.Concat(iam, literalPattern(":"), account, path),
		slices.Concat(iam, literalPattern(":aws:policy/"), some(butColon)))
	return t
}
