package policy

import (
	"slices"
	"strings"
)

// maxViolations is how many counterexamples a [Result] keeps.
const maxViolations = 10

// Verify tries the guarantees G1 to G8 on a deployment: it evaluates the
// documents for every kind of credential against requests that cover what the
// documents mention, every AWS service by sample, and the actions on
// credentials and MFA devices of the user, of others and of look-alikes; with
// nothing else attached, with PowerUserAccess and with AdministratorAccess. A
// document that [Compile] refuses breaks G8, and nothing else is tried then.
func Verify(d Deployment) Report {
	v := &verifier{
		deployment: d, results: map[Guarantee]*Result{},
		contexts: map[contextKey]Context{}, memberOf: map[string][]Attached{},
		arns: map[string]IAMARN{}, onOwn: enrolOnOwn(),
	}
	for _, g := range Guarantees() {
		v.results[g] = &Result{Guarantee: g}
	}
	if v.documents() {
		v.prepare()
		v.roleGuarantees()
		v.groupGuarantees()
	}
	report := Report{}
	for _, role := range d.Roles {
		for _, name := range role.NotJudged {
			report.NotJudged = append(report.NotJudged, name+" of role "+role.Name)
		}
	}
	for _, g := range Guarantees() {
		report.Results = append(report.Results, *v.results[g])
	}
	return report
}

type verifier struct {
	deployment Deployment
	roles      []compiledRole
	groups     []compiledGroup
	// extras are what else is attached to a user: nothing first.
	extras  []extra
	service []probe
	results map[Guarantee]*Result
	// contexts are those made already: most callers meet many roles.
	contexts map[contextKey]Context
	// memberOf are the policies of the groups that a user is in, by ARN.
	memberOf map[string][]Attached
	// arns are those taken apart already.
	arns map[string]IAMARN
	// onOwn is [enrolOnOwn].
	onOwn Values
}

// parse is [ParseIAMARN], which costs more than evaluating a request.
func (v *verifier) parse(text string) (IAMARN, error) {
	if arn, ok := v.arns[text]; ok {
		return arn, nil
	}
	arn, err := ParseIAMARN(text)
	if err == nil {
		v.arns[text] = arn
	}
	return arn, err
}

type contextKey struct {
	caller     string
	credential Credential
}

// extra is what is attached to a user besides the group's policies.
type extra struct {
	name     string
	policies []Attached
}

func (v *verifier) prepare() {
	v.extras = []extra{{name: "nothing"}}
	for _, name := range []string{"PowerUserAccess", "AdministratorAccess"} {
		document, _ := AWSManagedDocument(v.deployment.Account.Partition, name)
		attached, err := compileNamed(NamedDocument{name, document})
		if err != nil {
			panic("policy: compiling " + name + ": " + err.Error())
		}
		v.extras = append(v.extras, extra{name: name, policies: []Attached{attached}})
	}
	v.service = serviceProbes(v.deployment.Account)
	for i := range v.groups {
		for _, user := range v.groups[i].MemberARNs {
			v.memberOf[user] = append(v.memberOf[user], v.groups[i].policies...)
		}
	}
}

// administrator is the strongest of the extras.
func (v *verifier) administrator() extra { return v.extras[len(v.extras)-1] }

// subject is a caller with a credential and what is attached to them.
type subject struct {
	caller     Caller
	credential Credential
	context    Context
	extra      extra
	identity   []Attached
}

func (v *verifier) subject(caller Caller, credential Credential, group []Attached, extra extra) subject {
	key := contextKey{caller.ARN, credential}
	context, ok := v.contexts[key]
	if !ok {
		context = credential.Context(caller)
		v.contexts[key] = context
	}
	return subject{
		caller: caller, credential: credential, context: context,
		extra: extra, identity: slices.Concat(group, extra.policies),
	}
}

// try evaluates one request. The guarantee says whether it must be allowed.
func (v *verifier) try(g Guarantee, allowed bool, s *subject, p probe, policies Policies) {
	v.judge(g, allowed, s, p, v.evaluate(s, p, policies))
}

func (v *verifier) evaluate(s *subject, p probe, policies Policies) Decision {
	policies.Identity = s.identity
	request := Request{Caller: s.caller, Action: p.action, Resource: p.resource, Context: s.context}
	decision := Evaluate(request, policies)
	if decision.Allowed && decision.Policy == delegatingTrust {
		return allowIn(&request, s.identity, SideIdentity) // the statement that a person can change
	}
	return decision
}

// judge counts a decision for a guarantee.
func (v *verifier) judge(g Guarantee, allowed bool, s *subject, p probe, decision Decision) {
	v.results[g].Tried++
	if decision.Allowed == allowed {
		return
	}
	who := s.caller.ARN
	if who == "" {
		who = "an anonymous caller"
	}
	v.broken(Violation{
		Guarantee: g, Caller: who, Credential: s.credential, Attached: s.extra.name,
		Action: p.action, Resource: p.resource, Decision: decision,
	})
}

func (v *verifier) broken(violation Violation) {
	result := v.results[violation.Guarantee]
	result.Broken++
	if len(result.Violations) < maxViolations {
		result.Violations = append(result.Violations, violation)
	}
}

// documents tries G8, and compiles. It tells whether everything compiled.
func (v *verifier) documents() bool {
	compiled := true
	add := func(err error) bool {
		v.results[G8].Tried++
		for _, text := range faultsOf(err) {
			v.broken(Violation{Guarantee: G8, Fault: text})
		}
		return err == nil
	}
	for _, role := range v.deployment.Roles {
		one, err := role.compile()
		compiled = add(err) && compiled
		v.roles = append(v.roles, one)
		add(v.checkTrust(role))
		for _, named := range role.Policies {
			add(v.checkManaged(named))
		}
		add(v.checkAttached("role "+role.Name, len(role.Policies)))
	}
	for _, group := range v.deployment.Groups {
		one, err := group.compile()
		compiled = add(err) && compiled
		v.groups = append(v.groups, one)
		for _, named := range group.Policies {
			add(v.checkManaged(named))
		}
		add(v.checkAttached("group "+group.Name, len(group.Policies)))
	}
	return compiled
}

func faultsOf(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// probesFor are the requests to try for one member, but for sts:AssumeRole and
// those of serviceProbes.
func (v *verifier) probesFor(group *compiledGroup, user IAMARN, text string) []probe {
	resources := append(identityResources(v.deployment.Account, user, text), firstFew(group.RoleARNs)...)
	return append(mentionedProbes(group.Policies, resources...), identityProbes(resources...)...)
}
