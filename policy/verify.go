package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Verify decides the guarantees G1 to G8 of a deployment, or of several stacks of one
// account, each with the policies that the others attach to its groups: a member must
// keep to all of them, so that one stack may take what another promises. The evaluator looks at
// a request only through finitely many questions: does this wildcard match the
// action, that one the resource, this operator the value of that key, is the
// caller named. Requests with the same answers are decided alike. So Verify finds
// all combinations of answers that some request has, and asks [Evaluate] about
// one request of each. A document that [Compile] refuses breaks G8, and nothing
// else is judged then.
//
// Of what must not be possible, whoever holds a key chooses every condition key
// that does not follow from the caller and the credential. Of what must be
// possible, the caller chooses what callers can set; what else it takes is a
// condition of the verdict.
func Verify(stacks ...Deployment) Report {
	results := map[Guarantee]*Result{}
	for _, g := range Guarantees() {
		results[g] = &Result{Guarantee: g}
	}
	for i := range stacks {
		p := newProver(amongOthers(stacks, i))
		p.results = results
		if p.documents() {
			p.prepare()
			p.roleGuarantees()
			p.groupGuarantees()
		}
	}
	return reportOf(stacks, results)
}

// amongOthers is that stack, the members of whose groups have what the others attach
// to those.
func amongOthers(stacks []Deployment, i int) Deployment {
	d := stacks[i]
	d.Groups = slices.Clone(d.Groups)
	for _, other := range slices.Concat(stacks[:i], stacks[i+1:]) {
		for _, same := range other.Groups {
			if j := slices.IndexFunc(d.Groups, func(g Group) bool { return g.Name == same.Name }); j >= 0 {
				d.Groups[j].Policies = slices.Concat(d.Groups[j].Policies, same.Policies)
				d.GroupsGrantMore = true
			}
		}
	}
	return d
}

func newProver(d Deployment) *prover {
	return &prover{
		deployment: d, memberOf: map[string][]Attached{},
		known: knownClasses{}, subjects: map[who]subject{}, members: map[who]space{}, judged: map[string]bool{},
	}
}

// who asks, and with what.
type who struct {
	caller     Caller
	credential Credential
}

type prover struct {
	deployment Deployment
	scps       []Attached
	boundary   *Attached
	roles      []compiledRole
	groups     []compiledGroup
	results    map[Guarantee]*Result
	known      knownClasses
	subjects   map[who]subject
	// members are the spaces of [prover.assuming], and judged is what
	// [prover.trusted] has decided.
	members map[who]space
	judged  map[string]bool
	// memberOf are the policies of the groups that a user is in, by ARN.
	memberOf      map[string][]Attached
	administrator Attached
	// delegating is a trust policy that leaves it to the policies of the callers
	// of the account.
	delegating Attached
}

const (
	assumeRole      = "sts:AssumeRole"
	delegatingTrust = "a trust policy that delegates"
	nothingElse     = "nothing"
	administrator   = "AdministratorAccess"
)

func (p *prover) prepare() {
	document, _ := AWSManagedDocument(p.deployment.Account.Partition, administrator)
	p.administrator = mustCompile(administrator, document)
	p.delegating = mustCompile(delegatingTrust, Document{
		Version: Version20121017,
		Statements: []Statement{{
			Effect: Allow, Action: Values{assumeRole}, Principal: &Principal{AWS: Values{p.deployment.Account.ID}},
		}},
	})
	for i := range p.groups {
		for _, user := range p.groups[i].MemberARNs {
			p.memberOf[user] = append(p.memberOf[user], p.groups[i].policies...)
		}
	}
}

func mustCompile(name string, document Document) Attached {
	attached, err := compileNamed(NamedDocument{name, document})
	if err != nil {
		panic("policy: compiling " + name + ": " + err.Error())
	}
	return attached
}

func reportOf(stacks []Deployment, results map[Guarantee]*Result) Report {
	report := Report{}
	for _, d := range stacks {
		for _, role := range d.Roles {
			for _, name := range role.NotJudged {
				report.NotJudged = append(report.NotJudged, name+" of role "+role.Name)
			}
		}
	}
	for _, g := range Guarantees() {
		result := results[g]
		switch {
		case result.Broken > 0:
			result.Verdict = Broken
		case len(result.Why) > 0:
			result.Verdict = Undecided
		case result.Classes > 0:
			result.Verdict = Proved
		default:
			result.Verdict = NotJudged
		}
		report.Results = append(report.Results, *result)
	}
	return report
}

// maxViolations is how many counterexamples a [Result] keeps, each of another
// caller, action or statement.
const maxViolations = 10

func (p *prover) broken(violation Violation) {
	result := p.results[violation.Guarantee]
	result.Broken++
	alike := func(other Violation) bool {
		return other.Caller == violation.Caller && other.Action == violation.Action &&
			other.Decision == violation.Decision && other.Attached == violation.Attached && other.Fault == violation.Fault
	}
	if len(result.Violations) < maxViolations && !slices.ContainsFunc(result.Violations, alike) {
		result.Violations = append(result.Violations, violation)
	}
}

func (p *prover) undecided(g Guarantee, err error) {
	if err != nil {
		p.results[g].Why = appendNew(p.results[g].Why, err.Error())
	}
}

// space is all requests of the subject under the policies, as an administrator
// or with nothing else attached.
func (p *prover) space(s subject, policies Policies, asAdministrator bool) space {
	policies = p.limited(s, policies)
	found := newSpace(s, policies, asAdministrator)
	found.less, found.known = policies, p.known
	if asAdministrator {
		found.policies.Identity = append(slices.Clip(policies.Identity), p.administrator)
	}
	return found
}

func (p *prover) evaluate(c *requestClass, context Context, policies Policies) Decision {
	if policies.Trust == nil && strings.EqualFold(c.action.text, assumeRole) {
		policies.Trust = &p.delegating
	}
	request := Request{
		Caller: c.space.caller, Action: c.action.text, Resource: c.resource.text, Context: context,
	}
	decision := Evaluate(request, policies)
	if decision.Allowed && decision.Policy == delegatingTrust {
		return findIn(&request, policies.Identity, SideIdentity, false) // the statement that a person can change
	}
	return decision
}

// find looks for keys with which the judge says yes, and counts what it tried.
func (p *prover) find(g Guarantee, c *requestClass, judge func(Context) bool) (Context, bool, error) {
	context, found, tried, err := c.find(judge)
	p.results[g].Classes += tried
	p.undecided(g, err)
	return context, found, err
}

// never decides that no request of the class is allowed, whatever the keys.
func (p *prover) never(g Guarantee, c *requestClass) {
	policies, attached := c.space.policies, c.space.attached()
	allowed := func(context Context) bool { return p.evaluate(c, context, policies).Allowed }
	context, found, _ := p.find(g, c, allowed)
	if !found {
		return
	}
	if p.evaluate(c, context, c.space.less).Allowed {
		policies, attached = c.space.less, nothingElse
	}
	context, keys := c.needed(context, allowed)
	p.broken(c.violation(g, attached, keys, p.evaluate(c, context, policies)))
}

// possible decides that some request of the class is allowed.
func (p *prover) possible(g Guarantee, c *requestClass) {
	allowed := func(context Context) bool { return p.evaluate(c, context, c.space.policies).Allowed }
	context, found, err := p.find(g, c, allowed)
	if !found {
		if err == nil {
			p.broken(c.violation(g, c.space.attached(), nil, p.evaluate(c, c.space.context, c.space.policies)))
		}
		return
	}
	_, keys := c.needed(context, allowed)
	for _, key := range keys {
		if !setByCaller(key) {
			p.results[g].Conditions = appendNew(p.results[g].Conditions, key)
		}
	}
}

// setByCaller tells keys that the caller of AssumeRole gives.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-sts
func setByCaller(key string) bool {
	name, _, _ := strings.Cut(strings.ToLower(key), "=")
	switch name {
	case "sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys", "aws:tagkeys":
		return true
	}
	return strings.HasPrefix(name, "aws:requesttag/")
}

func (c *requestClass) violation(g Guarantee, attached string, keys []string, decision Decision) Violation {
	return Violation{
		Guarantee: g, Caller: c.space.caller.inWords(), Credential: c.space.credential, Attached: attached,
		Action: c.action.text, Resource: c.resource.text, Keys: keys, Decision: decision,
	}
}

// documents judges G8, and compiles. It reports whether everything compiled.
func (p *prover) documents() bool {
	compiled := true
	add := func(err error) bool {
		p.results[G8].Classes++
		if err != nil {
			for text := range strings.SplitSeq(err.Error(), "\n") {
				p.broken(Violation{Guarantee: G8, Fault: text})
			}
		}
		return err == nil
	}
	for _, role := range p.deployment.Roles {
		one, err := role.compile()
		compiled = add(err) && compiled
		p.roles = append(p.roles, one)
		quota := TrustPolicyQuota()
		if p.deployment.TrustPolicyQuota != 0 {
			quota.Limit = p.deployment.TrustPolicyQuota
		}
		add(p.valid("the trust policy of "+role.Name, role.Trust, role.Trust.CheckTrust(), quota))
		p.attached("role "+role.Name, role.Policies, add)
	}
	for _, group := range p.deployment.Groups {
		one, err := group.compile()
		compiled = add(err) && compiled
		p.groups = append(p.groups, one)
		p.attached("group "+group.Name, group.Policies, add)
	}
	var boundaryErr, scpErr error
	p.boundary, boundaryErr = compileBoundary(p.deployment.MemberBoundary)
	p.scps, scpErr = compileSCPs(p.deployment.SCPs)
	if err := errors.Join(boundaryErr, scpErr); err != nil {
		compiled = add(err)
	}
	return compiled
}

func (p *prover) attached(to string, documents []NamedDocument, add func(error) bool) {
	for _, named := range documents {
		add(p.valid(named.Name, named.Document, named.Document.CheckIdentity(), ManagedPolicyQuota()))
	}
	if n := len(documents); n > MaxAttachedPolicies && !p.deployment.Stored {
		add(fmt.Errorf("%s: %d managed policies, IAM's quota is %d", to, n, MaxAttachedPolicies))
	}
}

// valid gives the fault of a document, or that it is over its quota.
func (p *prover) valid(name string, document Document, fault error, quota Quota) error {
	if fault == nil && !p.deployment.Stored {
		fault = quota.Check(document)
	}
	if fault != nil {
		return fmt.Errorf("%s: %w", name, fault)
	}
	return nil
}
