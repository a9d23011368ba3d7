package policy

import (
	"fmt"
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
	switch key {
	case "aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:multifactorauthage", "aws:tokenissuetime":
		return true
	}
	return false
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
	if policies.Boundary != nil {
		found.add([]Attached{*policies.Boundary}, SideBoundary, false)
	}
	if policies.Trust != nil {
		found.add([]Attached{*policies.Trust}, SideTrust, false)
	}
	return found
}

func (s *space) add(list []Attached, side Side, denials bool) {
	for _, attached := range list {
		if attached.Policy == nil {
			continue
		}
		for i := range attached.Policy.statements {
			one := &attached.Policy.statements[i]
			if (one.deny || !denials) && s.mayApply(one, side) {
				s.statements = append(s.statements, one)
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
		if s.fixes(c.key) && s.freeVariable(c) == "" && c.holds(s.context) == no {
			return false
		}
	}
	return true
}

// freeVariable is a policy variable in the condition whose key is not fixed.
func (s *space) freeVariable(c *condition) string {
	for _, m := range c.values {
		for _, g := range globsOf(m) {
			if key := s.freeIn(g); key != "" {
				return key
			}
		}
	}
	return ""
}

func globsOf(m matcher) []*glob {
	switch m := m.(type) {
	case *exact:
		return []*glob{&m.glob}
	case *ignoreCase:
		return []*glob{&m.glob}
	case *boolean:
		return []*glob{&m.glob}
	case *arnLike:
		var list []*glob
		for i := range m.segments {
			list = append(list, &m.segments[i])
		}
		return list
	}
	return nil
}

func (s *space) freeIn(g *glob) string {
	if g.hasVariables {
		for _, part := range g.parts {
			if part.kind == variable && !s.fixes(part.text) {
				return part.text
			}
		}
	}
	return ""
}

func (s *space) freeInResources(one *statement) string {
	for i := range one.resources {
		if key := s.freeIn(&one.resources[i]); key != "" {
			return key
		}
	}
	return ""
}

func freeVariableError(key string) error {
	return fmt.Errorf("the policy variable ${%s} may be anything", key)
}

// requestClass is requests that the evaluator cannot tell apart, but for the keys.
type requestClass struct {
	space            *space
	action, resource class
	keys             []keyValues
	names            []string
}

// request is the class of one action on one resource.
func (s *space) request(action, resource string) (requestClass, error) {
	return s.withKeys(class{text: action}, class{text: resource})
}

// withKeys adds the keys on which it depends whether a statement applies.
func (s *space) withKeys(action, resource class) (requestClass, error) {
	found := requestClass{space: s, action: action, resource: resource}
	var conditions map[string][]*condition
	for _, one := range s.statements {
		if !one.coversAction(action.text) {
			continue
		}
		if key := s.freeInResources(one); key != "" {
			return found, freeVariableError(key)
		}
		if !one.coversResource(resource.text, s.context) {
			continue
		}
		for i := range one.conditions {
			c := &one.conditions[i]
			if key := s.freeVariable(c); key != "" {
				return found, freeVariableError(key)
			}
			if s.fixes(c.key) {
				continue
			}
			if conditions == nil {
				conditions = map[string][]*condition{}
			}
			conditions[c.key] = append(conditions[c.key], c)
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
		found.keys, found.names = append(found.keys, values), append(found.names, key)
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
		for i, key := range c.keys {
			context.choose(c.names[i], key.choices[rest%len(key.choices)])
			rest /= len(key.choices)
		}
		if judge(context) {
			return context, true, n + 1, nil
		}
	}
	return found, false, combinations, nil
}

// choose changes the context itself.
func (c Context) choose(key string, values keyChoice) {
	if values == nil {
		delete(c.values, key)
		return
	}
	c.values[key] = values
}

// needed takes out of the context, in which the judge says yes, the keys without
// which it still does, and spells those that are left.
func (c *requestClass) needed(context Context, judge func(Context) bool) (Context, []string) {
	var left []string
	for i, key := range c.keys {
		without := context.Without(c.names[i])
		if judge(without) {
			context = without
			continue
		}
		values, _ := context.lookup(c.names[i])
		left = append(left, key.name+"="+strings.Join(values, ","))
	}
	return context, left
}

// specification is what the guarantees tell apart besides the documents: sets of
// actions, and of resources.
type specification struct {
	actions   []Values
	resources [][]*glob
	// roles, of which alone sts:AssumeRole asks.
	roles []*glob
	// familiar are texts to show rather than others.
	familiarActions, familiarResources []string
}

// each visits the classes of all requests of the space.
func (s *space) each(spec *specification, visit func(requestClass, error)) error {
	actions, err := s.actionClasses(spec)
	if err != nil {
		return err
	}
	known := map[string][]class{}
	for _, action := range actions {
		var covering []*statement
		key, answers := make([]byte, len(s.statements)+1), spec.resources
		if spec.roles != nil && action.is(assumes) {
			key[len(s.statements)], answers = 1, append(slices.Clip(answers), spec.roles)
		}
		for i, one := range s.statements {
			if one.coversAction(action.text) && len(one.resources) > 0 {
				covering, key[i] = append(covering, one), 1
			}
		}
		resources, ok := known[string(key)]
		if !ok {
			if resources, err = s.resourceClasses(covering, answers, spec.familiarResources); err != nil {
				visit(requestClass{space: s, action: action}, err)
				continue
			}
			known[string(key)] = resources
		}
		for _, resource := range resources {
			visit(s.withKeys(action, resource))
		}
	}
	return nil
}

// actionClasses have the answers of the specification, then those of the statements.
func (s *space) actionClasses(spec *specification) ([]class, error) {
	t := tests{ignoreCase: true}
	add := func(texts []string) {
		var patterns []pattern
		for _, text := range texts {
			patterns = append(patterns, wildcardPattern(strings.ToLower(text)))
		}
		t.add(patterns...)
	}
	familiar := slices.Clone(spec.familiarActions)
	for _, actions := range spec.actions {
		add(actions)
		familiar = append(familiar, actions...)
	}
	for _, one := range s.statements {
		var texts []string
		for _, a := range one.actions {
			texts = append(texts, string(a))
		}
		add(texts)
	}
	for _, one := range s.statements {
		for _, text := range one.spelt {
			familiar = append(familiar, strings.NewReplacer("*", "", "?", "x").Replace(text))
		}
	}
	return s.known.of(&t, actionNames{}, familiar)
}

// isForeign is the first answer of the class of a resource: it is of another
// account. Those of the specification follow.
const isForeign = 0

// resourceClasses also have the answers of the statements. Resources are of the
// caller's partition; those of IAM are of an account, or policies of AWS, and have
// no colon in their path.
func (s *space) resourceClasses(covering []*statement, answers [][]*glob, familiar []string) ([]class, error) {
	var t tests
	familiar = slices.Clone(familiar)
	add := func(globs []*glob) error {
		var patterns []pattern
		for _, g := range globs {
			if key := s.freeIn(g); key != "" {
				return freeVariableError(key)
			}
			if g.resolves(s.context) {
				p := g.pattern(s.context)
				patterns, familiar = append(patterns, p), append(familiar, p.example())
			}
		}
		t.add(patterns...)
		return nil
	}
	about := s.resourceTests(&t)
	for _, globs := range answers {
		if err := add(globs); err != nil {
			return nil, err
		}
	}
	for _, one := range covering {
		var globs []*glob
		for i := range one.resources {
			globs = append(globs, &one.resources[i])
		}
		if err := add(globs); err != nil {
			return nil, err
		}
	}
	all, err := s.known.of(&t, resourceNames{s.partition()}, familiar)
	if err != nil {
		return nil, err
	}
	return about.kept(all), nil
}

// resourceTests are the first tests of a resource.
type resourceTests struct{ ofAccount, ofIAM, isGlobal, ofAWS, hasColon, count int }

func (s *space) resourceTests(t *tests) resourceTests {
	begins := func(text string) int {
		return t.add(append(wildcardPattern(text).within(':'), patternPlace{kind: anyNumber}))
	}
	found := resourceTests{
		begins("arn:*:*:*:" + s.caller.Account + ":"), begins("arn:*:iam:"), begins("arn:*:iam::"),
		begins("arn:*:iam::aws:policy/"),
		t.add(append(wildcardPattern("arn:*:iam:*:*:").within(':'), wildcardPattern("*:*")...)), 0,
	}
	found.count = t.count
	return found
}

// kept are the classes of real resources, with whether they are foreign in place
// of the first answers.
func (r resourceTests) kept(all []class) []class {
	var kept []class
	seen := map[string]bool{}
	for _, c := range all {
		last := len(c.answers) - 1 // the mark of the language: an account
		if c.is(r.ofIAM) && (c.is(r.hasColon) || !c.is(r.isGlobal) || !c.is(r.ofAWS) && !c.is(last)) {
			continue
		}
		foreign := "0"
		if c.is(last) && !c.is(r.ofAccount) {
			foreign = "1"
		}
		if answers := foreign + c.answers[r.count:last]; !seen[answers] {
			seen[answers] = true
			kept = append(kept, class{c.text, answers})
		}
	}
	return kept
}

func (s *space) partition() string {
	_, rest, _ := strings.Cut(s.caller.ARN, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return partition
}
