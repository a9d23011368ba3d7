package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// roleGuarantees judges what the trust policies promise: G3 for those who are
// trusted, G4 for everybody else, G5 without MFA. A trust policy speaks of its own
// role, whichever it is, and an administrator may ask for any: so G4 and G5 are
// judged once for roles of the same document that are meant for the same users, if
// no service control policy tells them apart.
func (p *prover) roleGuarantees() {
	alike, toldApart := map[string]int{}, tellRolesApart(p.scps)
	for i := range p.roles {
		role := &p.roles[i]
		like := role.Trust.String() + strings.Join(role.TrustedUserARNs, " ") + accountOf(role.ARN)
		if toldApart {
			like += role.ARN
		}
		if _, ok := alike[like]; !ok {
			alike[like] = i
			p.trustedWithoutMFA(role)
			p.strangers(role)
		}
		p.trusted(role, alike[like])
		p.session(role)
	}
}

// trusted: each trusted user can assume the role with MFA (G3). Evaluate sees of
// a role its trust policy, and which statements of the user's policies cover its ARN:
// of roles that are alike in both, like the one of that number, one is decided.
func (p *prover) trusted(role *compiledRole, like int) {
	for _, text := range role.TrustedUserARNs {
		arn, err := ParseIAMARN(text)
		if err != nil {
			p.broken(Violation{Guarantee: G3, Fault: err.Error()})
			continue
		}
		for _, credential := range credentialsWithMFA() {
			s := p.assuming(userCaller(arn, text), credential)
			key := fmt.Append(nil, like, text, credential)
			for _, one := range s.statements {
				key = strconv.AppendBool(key, one.coversResource(role.ARN, s.context))
			}
			if !p.judged[string(key)] {
				p.judged[string(key)] = true
				s.policies.Trust, s.less.Trust = &role.trust, &role.trust
				s.add([]Attached{role.trust}, SideTrust, false)
				p.must(G3, &s, assumeRole, role.ARN)
			}
		}
	}
}

// assuming is the space of a user, as a member of their groups, but for the trust
// policy, and of statements about sts:AssumeRole alone. Another account must allow
// its user, too.
func (p *prover) assuming(caller Caller, credential Credential) space {
	key := who{caller, credential}
	found, ok := p.members[key]
	if !ok {
		foreign := caller.Account != p.deployment.Account.ID
		policies := Policies{Identity: p.memberOf[caller.ARN], Boundary: p.boundary}
		found = p.space(newSubject(caller, credential), policies, foreign)
		found.statements = slices.Clip(slices.DeleteFunc(found.statements, func(one *statement) bool {
			return !one.coversAction(assumeRole)
		}))
		p.members[key] = found
	}
	return found
}

// trustedWithoutMFA: no trusted user can assume the role (G5). The policies of
// their groups could only deny them more than an administrator is denied.
func (p *prover) trustedWithoutMFA(role *compiledRole) {
	for _, text := range role.TrustedUserARNs {
		arn, err := ParseIAMARN(text)
		if err != nil {
			continue // reported by trusted
		}
		for _, credential := range append(credentialsWithoutMFA(), ViaService) {
			p.assumesNot(role, userCaller(arn, text), credential, G5)
		}
	}
}

// assumesNot decides that an administrator does not assume the role.
func (p *prover) assumesNot(role *compiledRole, caller Caller, credential Credential, about ...Guarantee) {
	s := p.space(p.subject(caller, credential), Policies{Trust: &role.trust}, caller.hasIdentity())
	for _, action := range waysToAssume(caller.Kind) {
		c, err := s.request(action, role.ARN)
		for _, g := range about {
			if err != nil {
				p.undecided(g, err)
			} else {
				p.never(g, &c)
			}
		}
	}
}

// subject is remembered: the same strangers come to each role.
func (p *prover) subject(caller Caller, credential Credential) subject {
	key := who{caller, credential}
	found, ok := p.subjects[key]
	if !ok {
		found = newSubject(caller, credential)
		p.subjects[key] = found
	}
	return found
}

// waysToAssume are the actions with which callers of that kind assume roles.
func waysToAssume(kind CallerKind) []string {
	if kind == IdentityProviderCaller {
		return []string{assumeRole + "WithSAML", assumeRole + "WithWebIdentity"}
	}
	return []string{assumeRole}
}

// strangers: nobody who is not trusted can assume the role, be they
// administrators with MFA (G4), and without MFA least of all (G5).
func (p *prover) strangers(role *compiledRole) {
	callers, err := p.strangersTo(role)
	p.undecided(G4, err)
	p.undecided(G5, err)
	for _, caller := range callers {
		if caller.Kind == RoleSessionCaller {
			p.assumesNot(role, caller, RoleSession, G4)
			p.assumesNot(role, caller, RoleChain, G4)
			continue
		}
		p.assumesNot(role, caller, LongTermKey, G4, G5)
		for _, credential := range credentialsWithMFA() {
			p.assumesNot(role, caller, credential, G4)
		}
	}
}

// strangersTo are one caller of each class whom the role does not trust: those
// whom its trust policy names, and of each account that it names, of the role's
// and of one other the root, a federated user, and users and roles of all names.
func (p *prover) strangersTo(role *compiledRole) ([]Caller, error) {
	all := *role
	all.trust = together(append([]Attached{role.trust}, p.scps...)...) // which tell callers apart, too
	own := p.deployment.Account
	accounts, err := p.accountsToldApart(all.trust)
	if err != nil {
		return nil, err
	}
	callers := []Caller{{Kind: ServiceCaller, ARN: "ec2.amazonaws.com"}, {Kind: AnonymousCaller}}
	add := func(caller Caller) {
		trusted := caller.Kind == UserCaller && slices.Contains(role.TrustedUserARNs, caller.ARN)
		if !trusted && !slices.Contains(callers, caller) {
			callers = append(callers, caller)
		}
	}
	for one := range statementsOf([]Attached{all.trust}) {
		named := cmp.Or(one.principals, &principals{})
		for _, text := range named.named {
			add(callerNamed(text))
		}
		for _, text := range named.services {
			add(Caller{Kind: ServiceCaller, ARN: text})
		}
		for _, text := range named.providers {
			add(Caller{Kind: IdentityProviderCaller, ARN: text, Account: accountOf(text)})
		}
	}
	for _, id := range accounts {
		found, err := p.identitiesOf(&all, Account{Partition: own.Partition, ID: id})
		if err != nil {
			return nil, err
		}
		for _, caller := range found {
			add(caller)
		}
	}
	return callers, nil
}

// otherThan is an account that has nothing to do with any stack.
func otherThan(id string) string {
	if other := strings.Repeat("9", accountDigits); other != id {
		return other
	}
	return strings.Repeat("8", accountDigits)
}

// callerNamed is who one principal names, and nobody in particular if that is by a
// unique id.
func callerNamed(text string) Caller {
	arn, err := ParseIAMARN(text)
	session := Caller{ARN: text, Account: accountOf(text)}
	switch {
	case err == nil && arn.Kind == "role":
		return roleCaller(arn, text)
	case err == nil:
		return userCaller(arn, text)
	case strings.Contains(text, ":assumed-role/"):
		session.Kind = RoleSessionCaller
	case strings.Contains(text, ":federated-user/"):
		session.Kind = FederatedUserCaller
	default:
		return Caller{}
	}
	return session
}

// identitiesOf are the root of the account, a federated user, and users and roles:
// one of each, if the trust policy reaches none that it does not name, and else one
// for each way in which what it says of their ARNs and names can turn out.
func (p *prover) identitiesOf(role *compiledRole, account Account) ([]Caller, error) {
	federated := callerNamed("arn:" + account.Partition + ":sts::" + account.ID + ":federated-user/somebody-else")
	federated.IssuerARN = account.UserARN("/", "somebody-else")
	found := []Caller{{Kind: RootCaller, ARN: account.iam("root"), Account: account.ID}, federated}
	statements := slices.Collect(statementsOf([]Attached{role.trust}))
	for _, prefix := range []string{account.iam("user/"), account.iam("role/")} {
		example := prefix + "somebody-else"
		stranger := callerNamed(example)
		if !slices.ContainsFunc(statements, func(one *statement) bool {
			return one.reaches(&stranger, SideTrust) != unnamed
		}) {
			found = append(found, stranger)
			continue
		}
		t := testsOf(identityNames(prefix))
		t.add(literalPatterns(role.TrustedUserARNs)...)
		for _, one := range statements {
			t.add(literalPatterns(cmp.Or(one.principals, &principals{}).named)...)
			for i := range one.conditions {
				t.add(one.conditions[i].aboutCaller(prefix)...)
			}
		}
		if err := t.addComparedNames([]Attached{role.trust}, prefix); err != nil {
			return nil, err
		}
		classes, err := t.classes([]string{example})
		if err != nil {
			return nil, err
		}
		for _, c := range classes {
			found = append(found, callerNamed(c.text))
		}
	}
	return found, nil
}

func literalPatterns(texts []string) []pattern {
	var list []pattern
	for _, text := range texts {
		list = append(list, literalPattern(text))
	}
	return list
}

// session: what the role's policies allow with MFA, they allow to its session,
// which carries none (G3); and what they do not allow themselves they leave to
// the policies that are not known. Policies that do not look at MFA cannot tell
// the two apart.
func (p *prover) session(role *compiledRole) {
	arn, err := ParseIAMARN(role.ARN)
	if err != nil {
		p.broken(Violation{Guarantee: G3, Fault: err.Error()})
		return
	}
	all := slices.Concat(role.policies, listOf(role.boundary), p.scps)
	if !looksAtMFA(all) {
		return
	}
	if namesByMFA(all) {
		p.undecided(G3, errNamesByMFA)
	}
	caller := roleCaller(arn, role.ARN)
	without := newSubject(caller, RoleSession)
	spec := specification{name: "session", familiarActions: familiarActions(), familiarResources: []string{"*"}}
	for _, asAdministrator := range []bool{false, true} {
		policies := Policies{Identity: role.policies, Boundary: role.boundary}
		s := p.space(newSubject(caller, RoleChain), policies, asAdministrator)
		s.statements = append(s.statements, p.space(without, policies, asAdministrator).statements...)
		p.each(&s, &spec, G3, func(c *requestClass) { p.sessionKeeps(c, without) })
	}
}

// sessionKeeps decides that what a session with MFA is allowed, one without is.
func (p *prover) sessionKeeps(c *requestClass, without subject) {
	asWithout := func(context Context) Context {
		return context.With(KeyMFAPresent, "false").Without(keyMFAAge)
	}
	lost := func(context Context) bool {
		return p.evaluate(c, context, c.space.policies).Allowed &&
			!p.evaluate(c, asWithout(context), c.space.policies).Allowed
	}
	if context, found, _ := p.find(G3, c, lost); found {
		context, keys := c.needed(context, lost)
		violation := c.violation(G3, c.space.attached(), keys, p.evaluate(c, asWithout(context), c.space.policies))
		violation.Credential = without.credential
		p.broken(violation)
	}
}

func isMFA(key string) bool {
	return strings.EqualFold(key, KeyMFAPresent) || strings.EqualFold(key, keyMFAAge)
}

func looksAtMFA(policies []Attached) bool {
	for c := range conditionsOf(policies) {
		if isMFA(c.key) {
			return true
		}
	}
	return namesByMFA(policies)
}

// errNamesByMFA is about classes of requests that are those of one session alone.
var errNamesByMFA = errors.New("a policy variable about MFA has one value with MFA, and another without")

// namesByMFA tells policies with a policy variable about MFA.
func namesByMFA(policies []Attached) bool {
	for one := range statementsOf(policies) {
		if slices.ContainsFunc(one.variables, isMFA) || slices.ContainsFunc(one.conditions, func(c condition) bool {
			return slices.ContainsFunc(c.variables, isMFA)
		}) {
			return true
		}
	}
	return false
}
