package policy

import (
	"slices"
	"strings"
)

// roleGuarantees judges what the trust policies promise: G3 for those who are
// trusted, G4 for everybody else, G5 without MFA. A trust policy speaks of its own
// role, whichever it is, and an administrator may ask for any: so G4 and G5 are
// judged once for roles of the same document that are meant for the same users.
func (p *prover) roleGuarantees() {
	for i := range p.roles {
		role := &p.roles[i]
		p.trusted(role)
		if alike := role.Trust.String() + strings.Join(role.TrustedUserARNs, " ") + accountOf(role.ARN); !p.judged[alike] {
			p.judged[alike] = true
			p.trustedWithoutMFA(role)
			p.strangers(role)
		}
		p.session(role)
	}
}

// trusted: each trusted user can assume the role with MFA (G3).
func (p *prover) trusted(role *compiledRole) {
	for _, text := range role.TrustedUserARNs {
		arn, err := ParseIAMARN(text)
		if err != nil {
			p.broken(Violation{Guarantee: G3, Fault: err.Error()})
			continue
		}
		caller := userCaller(arn, text)
		for _, credential := range credentialsWithMFA() {
			s := p.assuming(caller, credential)
			s.policies.Trust, s.less.Trust = &role.trust, &role.trust
			s.add([]Attached{role.trust}, SideTrust, false)
			p.must(G3, &s, assumeRole, role.ARN)
		}
	}
}

// assuming is the space of a user, as a member of their groups, but for the trust
// policy, and of statements about sts:AssumeRole alone. Another account must allow
// its user, too.
func (p *prover) assuming(caller Caller, credential Credential) space {
	key := subjectKey{caller.Kind, caller.ARN, credential}
	found, ok := p.members[key]
	if !ok {
		foreign := caller.Account != p.deployment.Account.ID
		policies := Policies{Identity: p.memberOf[caller.ARN], Boundary: p.boundary}
		found = p.space(p.subject(caller, credential), policies, foreign)
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
	if err != nil {
		p.undecided(G4, err)
		p.undecided(G5, err)
	}
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
	if len(p.scps) > 0 { // which tell callers apart, too
		all := *role
		all.trust = together(append([]Attached{role.trust}, p.scps...)...)
		role = &all
	}
	own := p.deployment.Account
	accounts, err := p.accountsToldApart(role.trust.Policy)
	if err != nil {
		return nil, err
	}
	var callers []Caller
	for i := range role.trust.Policy.statements {
		named := role.trust.Policy.statements[i].principals
		if named == nil {
			continue
		}
		for _, text := range named.named {
			callers = append(callers, callerNamed(text)...)
		}
		for _, text := range named.services {
			callers = append(callers, Caller{Kind: ServiceCaller, ARN: text})
		}
		for _, text := range named.providers {
			callers = append(callers, Caller{Kind: IdentityProviderCaller, ARN: text, Account: accountOf(text)})
		}
	}
	for _, id := range accounts {
		account := Account{Partition: own.Partition, ID: id}
		all, err := p.identitiesOf(role, account)
		if err != nil {
			return nil, err
		}
		callers = append(callers, all...)
		callers = append(callers, Caller{Kind: RootCaller, ARN: account.iam("root"), Account: id}, Caller{
			Kind: FederatedUserCaller, Account: id, IssuerARN: account.UserARN("/", "somebody-else"),
			ARN: "arn:" + own.Partition + ":sts::" + id + ":federated-user/somebody-else",
		})
	}
	callers = append(callers, Caller{Kind: ServiceCaller, ARN: "ec2.amazonaws.com"}, Caller{Kind: AnonymousCaller})
	return slices.DeleteFunc(callers, func(caller Caller) bool {
		return caller.Kind == UserCaller && slices.Contains(role.TrustedUserARNs, caller.ARN)
	}), nil
}

// otherThan is an account that has nothing to do with any stack.
func otherThan(id string) string {
	if other := strings.Repeat("9", len(id)); other != id {
		return other
	}
	return strings.Repeat("8", len(id))
}

// callerNamed is who one principal names, but for unique ids, which name nobody
// that is known.
func callerNamed(text string) []Caller {
	if arn, err := ParseIAMARN(text); err == nil {
		if arn.Kind == "role" {
			return []Caller{roleCaller(arn, text)}
		}
		return []Caller{userCaller(arn, text)}
	}
	session := Caller{ARN: text, Account: accountOf(text)}
	switch {
	case strings.Contains(text, ":assumed-role/"):
		session.Kind = RoleSessionCaller
	case strings.Contains(text, ":federated-user/"):
		session.Kind = FederatedUserCaller
	default:
		return nil
	}
	return []Caller{session}
}

// identitiesOf are users and roles of the account: one of each, if the trust
// policy reaches none that it does not name, and else one for each way in which
// what it says of their ARNs and names can turn out.
func (p *prover) identitiesOf(role *compiledRole, account Account) ([]Caller, error) {
	var callers []Caller
	for _, kind := range []string{"user", "role"} {
		prefix, example := account.iam(kind+"/"), account.iam(kind+"/somebody-else")
		caller := func(text string) Caller {
			arn, err := ParseIAMARN(text)
			if err == nil && kind == "role" {
				return roleCaller(arn, text)
			}
			return userCaller(IAMARN{Account: account.ID}, text)
		}
		var t tests
		t.add(literalPatterns(role.TrustedUserARNs)...)
		reached := false
		stranger := caller(example)
		for i := range role.trust.Policy.statements {
			one := &role.trust.Policy.statements[i]
			reached = reached || one.reaches(&stranger, SideTrust) != unnamed
			if one.principals != nil {
				t.add(literalPatterns(one.principals.named)...)
			}
			for j := range one.conditions {
				t.add(one.conditions[j].aboutCaller(prefix)...)
			}
		}
		if err := t.addComparedNames([]Attached{role.trust}, prefix); err != nil {
			return nil, err
		}
		if !reached {
			callers = append(callers, stranger)
			continue
		}
		classes, err := p.known.of(&t, identityNames{prefix}, []string{example})
		if err != nil {
			return nil, err
		}
		for _, c := range classes {
			callers = append(callers, caller(c.text))
		}
	}
	return callers, nil
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
	if !looksAtMFA(slices.Concat(role.policies, listOf(role.boundary), p.scps)) {
		return
	}
	caller := roleCaller(arn, role.ARN)
	without := p.subject(caller, RoleSession)
	spec := specification{familiarActions: familiarActions(), familiarResources: []string{"*"}}
	for _, asAdministrator := range []bool{false, true} {
		policies := Policies{Identity: role.policies, Boundary: role.boundary}
		s := p.space(p.subject(caller, RoleChain), policies, asAdministrator)
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
	context, found, tried, err := c.find(lost)
	p.results[G3].Classes += tried
	if err != nil {
		p.undecided(G3, err)
	}
	if found {
		context, keys := c.needed(context, lost)
		attached := nothingElse
		if len(c.space.policies.Identity) > len(c.space.less.Identity) {
			attached = administrator
		}
		violation := c.violation(G3, attached, keys, p.evaluate(c, asWithout(context), c.space.policies))
		violation.Credential = without.credential
		p.broken(violation)
	}
}

func looksAtMFA(policies []Attached) bool {
	isMFA := func(key string) bool {
		return strings.EqualFold(key, KeyMFAPresent) || strings.EqualFold(key, keyMFAAge)
	}
	inGlob := func(g *glob) bool {
		return slices.ContainsFunc(g.parts, func(p part) bool { return p.kind == variable && isMFA(p.text) })
	}
	for _, attached := range policies {
		for i := range attached.Policy.statements {
			one := &attached.Policy.statements[i]
			for j := range one.resources {
				if inGlob(&one.resources[j]) {
					return true
				}
			}
			for _, c := range one.conditions {
				if isMFA(c.key) || slices.ContainsFunc(c.values, func(m matcher) bool {
					return slices.ContainsFunc(globsOf(m), inGlob)
				}) {
					return true
				}
			}
		}
	}
	return false
}
