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

// attached is what is attached to the caller besides.
func (s *space) attached() string {
	if len(s.policies.Identity) > len(s.less.Identity) {
		return administrator
	}
	return nothingElse
}
