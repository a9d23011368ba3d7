package policy

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// subject is who asks and with what, and the keys that follow from that.
type subject struct {
	caller     Caller
	credential Credential
	context    Context
}

func newSubject(caller Caller, credential Credential) subject {
	context := credential.Context(caller)
	context.values["aws:principalisawsservice"] = []string{"false"}
	if caller.Kind == ServiceCaller {
		context.values["aws:principalisawsservice"] = []string{"true"}
	}
	return subject{caller, credential, context}
}

// fixes tells the keys that follow from the caller and the credential, those
// included that must be absent then. Every other key may be anything.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (s *subject) fixes(key string) bool {
	switch key {
	case "aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:username", "aws:principalisawsservice",
		"aws:multifactorauthpresent", "aws:viaawsservice":
		return true
	case "aws:userid":
		return s.caller.UniqueID != ""
	case "aws:multifactorauthage":
		values, _ := s.context.lookup("aws:multifactorauthpresent")
		return !slices.Contains(values, "true") || s.credential == AssumeRoleCode
	case "aws:tokenissuetime":
		return s.credential == LongTermKey || s.credential == AssumeRoleCode
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
		return s.credential != ViaService
	}
	return false
}

// alwaysPresent tells keys that no request is without, where they are not fixed.
func alwaysPresent(key string) bool {
	return slices.Contains([]string{
		"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:multifactorauthage", "aws:tokenissuetime",
	}, key)
}

// space is all requests of one subject under some policies.
type space struct {
	subject
	policies Policies
	// less are the policies without AdministratorAccess.
	less  Policies
	known knownClasses
	// statements are those that apply to some request of the subject.
	statements []*statement
}

// newSpace leaves out the statements that are sure not to apply: they name
// somebody else, or a key that is fixed says so.
//
// With AdministratorAccess among the identity-based policies it leaves out what
// those allow besides. Allow statements only ever add to what is allowed, and
// AdministratorAccess allows all that an identity-based policy can: so it stands
// for whatever else is attached, and no other allow changes a decision.
func newSpace(s subject, policies Policies, administrator bool) space {
	found := space{subject: s, policies: policies}
	found.add(policies.Identity, SideIdentity, administrator)
	found.add(policies.Organization, SideOrganization, false)
	found.add(listOf(policies.Boundary), SideBoundary, false)
	found.add(listOf(policies.Trust), SideTrust, false)
	return found
}

func (s *space) add(list []Attached, side Side, denials bool) {
	for one := range statementsOf(list) {
		if (one.deny || !denials) && s.mayApply(one, side) {
			s.statements = append(s.statements, one)
		}
	}
}

func statementsOf(list []Attached) iter.Seq[*statement] {
	return func(yield func(*statement) bool) {
		for _, attached := range list {
			for i := range attached.statements() {
				if !yield(&attached.statements()[i]) {
					return
				}
			}
		}
	}
}

func conditionsOf(list []Attached) iter.Seq[*condition] {
	return func(yield func(*condition) bool) {
		for one := range statementsOf(list) {
			for i := range one.conditions {
				if !yield(&one.conditions[i]) {
					return
				}
			}
		}
	}
}

func (s *space) mayApply(one *statement, side Side) bool {
	if one.reaches(&s.caller, side) == unnamed {
		return false
	}
	for i := range one.conditions {
		c := &one.conditions[i]
		if s.fixes(c.key) && s.free(c.variables) == nil && c.holds(s.context) == no {
			return false
		}
	}
	return true
}

// free says which of the policy variables may be anything, if one may.
func (s *space) free(variables []string) error {
	for _, key := range variables {
		if !s.fixes(key) {
			return fmt.Errorf("the policy variable ${%s} may be anything", key)
		}
	}
	return nil
}

// requestClass is requests that the evaluator cannot tell apart, but for the keys.
type requestClass struct {
	space            *space
	action, resource class
	keys             []keyValues
}

// request is the class of one action on one resource.
func (s *space) request(action, resource string) (requestClass, error) {
	return s.withKeys(class{text: action}, class{text: resource})
}

// withKeys adds the keys on which it depends whether a statement applies.
func (s *space) withKeys(action, resource class) (requestClass, error) {
	found := requestClass{space: s, action: action, resource: resource}
	conditions := map[string][]*condition{}
	for _, one := range s.statements {
		if !one.coversAction(action.text) {
			continue
		}
		if err := s.free(one.variables); err != nil {
			return found, err
		}
		if !one.coversResource(resource.text, s.context) {
			continue
		}
		for i := range one.conditions {
			c := &one.conditions[i]
			if err := s.free(c.variables); err != nil {
				return found, err
			}
			if !s.fixes(c.key) {
				conditions[c.key] = append(conditions[c.key], c)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(conditions)) {
		values, err := valuesOf(conditions[key], s.context)
		if err != nil {
			return found, err
		}
		if alwaysPresent(key) {
			values.choices = values.choices[1:]
		}
		found.keys = append(found.keys, values)
	}
	return found, nil
}

// maxContexts is how many combinations of keys one class may have.
const maxContexts = 20_000

// find looks for values of the keys with which the judge says yes, and tells how
// many combinations it tried.
func (c *requestClass) find(judge func(Context) bool) (found Context, ok bool, tried int, err error) {
	if len(c.keys) == 0 {
		return c.space.context, judge(c.space.context), 1, nil
	}
	combinations := 1
	for _, key := range c.keys {
		if combinations *= len(key.choices); combinations > maxContexts {
			return found, false, 0, errTooMany
		}
	}
	context := Context{values: maps.Clone(c.space.context.values)}
	for n := range combinations {
		rest := n
		for _, key := range c.keys {
			if choice := key.choices[rest%len(key.choices)]; choice == nil {
				delete(context.values, key.key)
			} else {
				context.values[key.key] = choice
			}
			rest /= len(key.choices)
		}
		if judge(context) {
			return context, true, n + 1, nil
		}
	}
	return found, false, combinations, nil
}

// needed takes out of the context, in which the judge says yes, the keys without
// which it still does, and spells those that are left.
func (c *requestClass) needed(context Context, judge func(Context) bool) (Context, []string) {
	var left []string
	for _, key := range c.keys {
		without := context.Without(key.key)
		if judge(without) {
			context = without
			continue
		}
		values, _ := context.lookup(key.key)
		left = append(left, key.name+"="+strings.Join(values, ","))
	}
	return context, left
}

// specification is what the guarantees tell apart besides the documents: sets of
// actions, and of resources.
type specification struct {
	// name tells it from others that are asked of the same caller.
	name      string
	actions   []Values
	resources [][]pattern
	// roles, of which alone sts:AssumeRole asks.
	roles []pattern
	// familiar are texts to show rather than others.
	familiarActions, familiarResources []string
}

// each visits the classes of all requests of the space.
func (s *space) each(spec *specification, visit func(requestClass, error)) error {
	actions, err := s.actionClasses(spec)
	if err != nil {
		return err
	}
	for _, action := range actions {
		asked, answers := spec.name, spec.resources
		if spec.roles != nil && action.is(assumes) {
			asked, answers = asked+" and roles", append(slices.Clip(answers), spec.roles)
		}
		resources, err := s.resourceClasses(asked, action.text, answers, spec.familiarResources)
		if err != nil {
			visit(requestClass{space: s, action: action}, err)
		}
		for _, resource := range resources {
			visit(s.withKeys(action, resource))
		}
	}
	return nil
}

// knownClasses are those found already, by what was asked and the statements, which
// they hold on to.
type knownClasses map[string]struct {
	classes    []class
	statements []*statement
}

// remembered are the classes that the statements, and what else is asked, tell apart.
func (s *space) remembered(asked string, by []*statement, find func() ([]class, error)) (list []class, err error) {
	key := fmt.Sprintln(asked, by)
	found, ok := s.known[key]
	if !ok {
		found.statements = by
		if found.classes, err = find(); err == nil && s.known != nil {
			s.known[key] = found
		}
	}
	return found.classes, err
}

// actionClasses have the answers of the specification, then those of the statements.
func (s *space) actionClasses(spec *specification) ([]class, error) {
	return s.remembered("actions: "+spec.name, s.statements, func() ([]class, error) {
		t, example := testsOf(actionNames()), strings.NewReplacer("*", "", "?", "x")
		t.ignoreCase = true
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
		for _, one := range s.statements {
			add(one.actionTexts)
			for _, text := range one.actionTexts {
				familiar = append(familiar, example.Replace(text))
			}
		}
		return t.classes(familiar)
	})
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

// resourceClasses are those of the resources of an action, of the caller's partition.
func (s *space) resourceClasses(asked, action string, answers [][]pattern, familiar []string) ([]class, error) {
	var covering []*statement
	asked += " of " + s.caller.ARN
	for _, one := range s.statements {
		if len(one.resources) > 0 && !one.isOfAnyResource() && one.coversAction(action) {
			if err := s.free(one.variables); err != nil {
				return nil, err
			}
			covering = append(covering, one)
			for _, variable := range one.variables {
				asked += fmt.Sprintf("%q", s.context.values[variable])
			}
		}
	}
	return s.remembered("resources: "+asked, covering, func() ([]class, error) {
		t, familiar := s.resourceTests(), slices.Clone(familiar)
		for _, one := range covering {
			answers = append(slices.Clip(answers), patternsOf(one.resources, s.context))
		}
		for _, patterns := range answers {
			t.add(patterns...)
			for _, p := range patterns {
				familiar = append(familiar, p.example())
			}
		}
		all, err := t.classes(familiar)
		return realResources(all), err
	})
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

// attached is what is attached to the caller besides.
func (s *space) attached() string {
	if len(s.policies.Identity) > len(s.less.Identity) {
		return administrator
	}
	return nothingElse
}
