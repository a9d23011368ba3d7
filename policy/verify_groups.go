package policy

import (
	"slices"
	"strings"
)

// groupGuarantees judges what the groups' policies promise: G1, G2, G6 and G7,
// and the members' side of G3 and G4. Policies that are alike but for the exact
// roles that they allow are judged once with all actions but sts:AssumeRole, of
// which alone those statements speak; and G1 of sts:AssumeRole does not depend on
// what they allow.
func (p *prover) groupGuarantees() {
	d := p.deployment
	if d.WithoutDeny {
		p.results[G1].Note = "the deny is not in force yet"
	}
	if d.Enrolment == AdminEnrolment {
		p.results[G2].Note = "enrolment is " + string(AdminEnrolment)
	} else {
		p.results[G7].Note = "enrolment is " + string(SelfService)
	}
	seen := map[string]bool{}
	for i := range p.groups {
		group := &p.groups[i]
		all := compiledGroup{
			Group: group.Group, policies: slices.Concat(group.policies, listOf(p.boundary), p.scps),
		}
		users, err := p.memberClasses(&all)
		if err == nil && all.mixesNames() {
			err = errMixedNames
		}
		if err != nil {
			p.undecided(G1, err)
		}
		shape := group.shape()
		for _, text := range users {
			m, err := p.member(group, text)
			if err != nil {
				p.broken(Violation{Guarantee: G3, Fault: err.Error()})
				continue
			}
			p.assumable(m)
			if !seen[shape] {
				p.grantsNothingElse(m)
				p.withoutMFA(m)
				p.enrolment(m)
				p.keepsRights(m)
			}
		}
		seen[shape] = true
	}
}

// memberClasses are members, present or to come, that stand for all: one for
// each way in which what the policies and the specification say of users and
// devices, and of the caller's name, can turn out for a user and the device named
// after them. All of that they say by the caller's name or by texts; so of two
// users with the same answers each can do to their own, and to others', what the
// other can. Members come before names that nobody has.
func (p *prover) memberClasses(group *compiledGroup) ([]string, error) {
	account := p.deployment.Account
	prefix := account.UserARN("/", "")
	var t tests
	for _, g := range p.ownResources() {
		t.add(aboutName(g, account)...)
	}
	for _, attached := range group.policies {
		for i := range attached.Policy.statements {
			one := &attached.Policy.statements[i]
			for j := range one.resources {
				t.add(aboutName(&one.resources[j], account)...)
			}
			for j := range one.conditions {
				t.add(one.conditions[j].aboutCaller(prefix)...)
			}
		}
	}
	if err := t.addComparedNames(group.policies, prefix); err != nil {
		return nil, err
	}
	familiar := append(slices.Clone(group.MemberARNs),
		account.UserARN("/", "example-user"), account.UserARN("/team/", "example-user"))
	classes, err := p.known.of(&t, identityNames{prefix}, familiar)
	var users []string
	for _, c := range classes {
		users = append(users, c.text)
	}
	for _, text := range group.MemberARNs {
		if _, parseErr := ParseIAMARN(text); parseErr != nil {
			users = append(users, text) // reported by who reads it
		}
	}
	return users, err
}

// mixesNames tells policies of which [prover.memberClasses] does not hold: one
// resource puts a variable together with other text of the same name, and another
// looks into names.
func (g *compiledGroup) mixesNames() bool {
	mixed, looked := false, false
	for _, attached := range g.policies {
		for i := range attached.Policy.statements {
			for _, resource := range attached.Policy.statements[i].resources {
				isMixed, looks := resource.aboutNames()
				mixed, looked = mixed || isMixed, looked || looks
			}
		}
	}
	return mixed && looked
}

// aboutNames tells a glob with a variable that is not a whole name, and one
// without a variable that looks into names.
func (g *glob) aboutNames() (mixed, looks bool) {
	last := len(g.parts) - 1
	if g.hasVariables {
		return last == 0 || g.parts[last].kind != variable || !strings.HasSuffix(g.parts[last-1].text, "/"), false
	}
	var text strings.Builder
	for _, part := range g.parts {
		text.WriteString(part.text)
	}
	_, name, isName := strings.Cut(strings.ReplaceAll(text.String(), ":mfa/", ":user/"), ":user/")
	return false, isName && strings.Trim(name, "/") != ""
}

// aboutName are what a resource says of the ARN of the calling user, or of the
// device named after them as if it were said of the user.
func aboutName(g *glob, account Account) []pattern {
	user, device := account.UserARN("/", ""), account.VirtualMFADeviceARN("")
	if begin := g.parts[0]; begin.kind == literal && !alikeSoFar(begin.text, user) && !alikeSoFar(begin.text, device) {
		return nil
	}
	p := g.namePattern()
	list := []pattern{p}
	for _, rest := range p.after(device) {
		if len(rest) > 0 {
			list = append(list, underAnyPath(user, rest)...)
		}
	}
	return list
}

func alikeSoFar(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// namePattern is the glob with any name in the place of a variable.
func (g *glob) namePattern() pattern {
	var list pattern
	for i := range g.parts {
		if g.parts[i].kind == variable {
			list = append(list, patternPlace{kind: anyNumberButSlash})
			continue
		}
		one := glob{parts: g.parts[i : i+1]}
		list = append(list, one.pattern(Context{})...)
	}
	return list
}

// underAnyPath is a name as the end of an ARN.
func underAnyPath(prefix string, name pattern) []pattern {
	name = name.within('/')
	path := append(literalPattern(prefix), patternPlace{kind: anyNumber}, patternPlace{kind: oneCharacter, character: '/'})
	return []pattern{append(literalPattern(prefix), name...), append(path, name...)}
}

// aboutCaller is what the condition says of a caller's ARN or name, as patterns
// of the ARN.
func (c *condition) aboutCaller(prefix string) []pattern {
	var list []pattern
	for _, m := range c.values {
		p, ok := patternOf(m, Context{})
		switch {
		case !ok:
		case c.key == "aws:username":
			list = append(list, underAnyPath(prefix, p)...)
		case c.key == "aws:principalarn":
			list = append(list, p)
		}
	}
	return list
}

type member struct {
	arn    string
	user   IAMARN
	caller Caller
	group  *compiledGroup
	spec   specification
}

// What the specification of a group tells apart, in the order of its sets.
const (
	assumes = iota
	assumesFederated
	getsToken
	enrolsOwn
	exempt
	enrols
	removesOwn
)

const (
	isOwn = isForeign + 1 + iota
	isRole
)

func (p *prover) member(group *compiledGroup, text string) (member, error) {
	arn, err := ParseIAMARN(text)
	if err != nil {
		return member{}, err
	}
	onOwn, elsewhere := enrolOnOwn(), Values{}
	for _, action := range p.deployment.ExemptActions {
		if exemptScopeOf(action) == scopeOwnUser {
			onOwn = append(onOwn, action)
		} else {
			elsewhere = append(elsewhere, action)
		}
	}
	account := p.deployment.Account
	return member{
		arn: text, user: arn, caller: userCaller(arn, text), group: group,
		spec: specification{
			actions: []Values{
				{assumeRole},
				{assumeRole + "WithSAML", assumeRole + "WithWebIdentity"},
				{"sts:GetSessionToken"},
				onOwn, elsewhere, enrolmentSet(), removeOwn(),
			},
			resources: [][]*glob{p.ownResources()}, roles: []*glob{p.anyRole()},
			familiarActions: familiarActions(),
			familiarResources: []string{
				"*", group.anyOfItsRoles(), text, account.VirtualMFADeviceARN(arn.Name), account.UserARN("/", "somebody-else"),
				account.VirtualMFADeviceARN("somebody-else"), account.RoleARN("/", "another-role"),
			},
		},
	}, nil
}

// anyOfItsRoles is one of the group's roles, or nothing.
func (g *compiledGroup) anyOfItsRoles() string {
	return strings.Join(g.RoleARNs[:min(1, len(g.RoleARNs))], "")
}

// ownResources are the caller's user, under whatever path, and the devices that
// they may create.
func (p *prover) ownResources() []*glob {
	device := GroupPolicy{Account: p.deployment.Account, DeviceName: p.deployment.DeviceName}.deviceARN()
	var own []*glob
	for _, text := range append(p.deployment.Account.callersOwnUser(), device) {
		if g, err := parseResource(text, true); err == nil {
			own = append(own, &g)
		}
	}
	return own
}

// familiarActions are shown rather than others that are decided alike.
func familiarActions() []string {
	return strings.Fields(`s3:GetObject iam:CreateAccessKey iam:DeactivateMFADevice iam:GetRole iam:PutRolePolicy
		iam:PutUserPolicy iam:AttachUserPolicy iam:CreateSAMLProvider iam:GenerateCredentialReport iam:PassRole
		sts:GetFederationToken sts:DecodeAuthorizationMessage ec2:RunInstances ec2:DescribeInstances ec2:CreateSnapshot
		dynamodb:BatchGetItem dynamodb:GetItem ssm:SendCommand ssm:StartSession lambda:InvokeFunction
		lambda:UpdateFunctionCode organizations:ListAccounts mediaconvert:CreateJob kms:Decrypt
		secretsmanager:GetSecretValue s3:PutObject s3:PutBucketPolicy s3:ListAllMyBuckets`)
}

// intended reports whether a request may be allowed without MFA. Names are unique
// in an account whatever the path, so a user of that name under any path is the
// user themself.
func (p *prover) intended(c *requestClass) bool {
	switch {
	case p.deployment.Enrolment == AdminEnrolment:
		return false
	case c.action.is(getsToken):
		return true
	case c.action.is(enrolsOwn):
		return c.resource.is(isOwn)
	default:
		return c.action.is(exempt)
	}
}

// about is the guarantee that an unintended request breaks.
func (p *prover) about(c *requestClass) Guarantee {
	switch {
	case !c.action.is(enrols):
		return G1
	case p.deployment.Enrolment == AdminEnrolment:
		return G7
	default:
		return G2
	}
}

// each visits the classes of a space; what is not decided counts for the guarantee.
func (p *prover) each(s *space, spec *specification, undecided Guarantee, visit func(*requestClass)) {
	err := s.each(spec, func(c requestClass, err error) {
		if err != nil {
			p.undecided(undecided, err)
			return
		}
		visit(&c)
	})
	if err != nil {
		p.undecided(undecided, err)
	}
}

// ofMember are the policies that decide about a member.
func (p *prover) ofMember(m member) Policies {
	return Policies{Identity: m.group.policies, Boundary: p.boundary}
}

// withoutMFA: a member can do nothing but what is intended (G1, G2, G7), even as
// an administrator.
func (p *prover) withoutMFA(m member) {
	if p.deployment.WithoutDeny {
		return
	}
	for _, credential := range credentialsWithoutMFA() {
		s := p.space(p.subject(m.caller, credential), p.ofMember(m), true)
		p.each(&s, &m.spec, G1, func(c *requestClass) {
			if !p.intended(c) && (!c.action.is(assumes) || c.resource.is(isRole)) {
				p.never(p.about(c), c)
			}
		})
	}
}

// grantsNothingElse: what the group's policies allow by themselves, as in a
// roll-out before the deny is in force, is what is intended (G1, G2); and with
// MFA, too, they reach only the member's own user and device, to enrol and to
// remove it (G2).
func (p *prover) grantsNothingElse(m member) {
	if p.deployment.GroupsGrantMore {
		return
	}
	credentials := credentialsWithoutMFA()
	if p.deployment.Enrolment != AdminEnrolment {
		credentials = append(credentials, SessionTokenMFA)
	}
	for _, credential := range credentials {
		s := p.space(p.subject(m.caller, credential), Policies{Identity: m.group.allows, Boundary: p.boundary}, false)
		p.each(&s, &m.spec, G2, func(c *requestClass) {
			about := p.about(c)
			if about == G1 && p.deployment.WithoutDeny || credential == SessionTokenMFA {
				about = G2
			}
			removes := credential == SessionTokenMFA && c.action.is(removesOwn) && c.resource.is(isOwn)
			if !c.action.is(assumes) && !removes && !p.intended(c) {
				p.never(about, c)
			}
		})
	}
}

// assumable: the group's policies let a member with MFA assume the group's roles
// (G3), and no others (G4), where the trust policy leaves it to them.
func (p *prover) assumable(m member) {
	s := p.space(p.subject(m.caller, AssumeRoleCode), p.ofMember(m), false)
	for _, role := range m.group.RoleARNs {
		p.must(G3, &s, assumeRole, role)
	}
	meant := m.group.RoleARNs
	if p.deployment.GroupsGrantMore {
		meant = append(slices.Clip(meant), rolesNamedIn(m.group.Policies)...)
	}
	var covering []*statement
	for _, one := range s.statements {
		if one.coversAction(assumeRole) && len(one.resources) > 0 {
			covering = append(covering, one)
		}
	}
	resources, err := s.resourceClasses(covering, [][]*glob{literalGlobs(meant), {p.anyRole()}},
		[]string{p.deployment.Account.RoleARN("/", "another-role")})
	if err != nil {
		p.undecided(G4, err)
	}
	for _, resource := range resources {
		if resource.is(isOwn) || !resource.is(isRole) {
			continue
		}
		c, err := s.withKeys(class{text: assumeRole}, resource)
		if err != nil {
			p.undecided(G4, err)
			continue
		}
		p.never(G4, &c)
	}
}

// anyRole matches the roles of all accounts.
func (p *prover) anyRole() *glob {
	return &glob{parts: []part{
		{text: "arn:" + p.deployment.Account.Partition + ":iam::"},
		{kind: anythingButColon},
		{text: ":role/"},
		{kind: anyCharacter},
		{kind: anything},
	}}
}

func literalGlobs(texts []string) []*glob {
	var list []*glob
	for _, text := range texts {
		list = append(list, &glob{parts: []part{{text: text}}})
	}
	return list
}

func rolesNamedIn(documents []NamedDocument) []string {
	var roles []string
	for _, named := range documents {
		for _, s := range named.Document.Statements {
			for _, text := range s.Resource {
				if arn, err := ParseIAMARN(text); err == nil && arn.Kind == "role" {
					roles = append(roles, text)
				}
			}
		}
	}
	return roles
}

// must decides that one request is possible.
func (p *prover) must(g Guarantee, s *space, action, resource string) {
	c, err := s.request(action, resource)
	if err != nil {
		p.undecided(g, err)
		return
	}
	p.possible(g, &c)
}

// enrolment: without MFA a member can enrol their own device (G2), and with MFA
// remove it (G3). What the policies leave to others to grant they do not deny.
func (p *prover) enrolment(m member) {
	if p.deployment.Enrolment == AdminEnrolment {
		return
	}
	devices := []string{p.deployment.Account.VirtualMFADeviceARN(m.user.Name)}
	if p.deployment.DeviceName == AnyDevice {
		devices = append(devices, p.deployment.Account.VirtualMFADeviceARN("a-telephone"))
	}
	withMFA := []Credential{SessionTokenMFA, ConsoleMFA}
	for _, credential := range append(credentialsWithoutMFA(), withMFA...) {
		who := p.subject(m.caller, credential)
		alone := p.space(who, p.ofMember(m), false)
		asAdministrator := p.space(who, p.ofMember(m), true)
		for _, device := range devices {
			p.must(G2, &alone, "iam:CreateVirtualMFADevice", device)
		}
		for _, action := range enrolOnUser() {
			p.must(G2, &alone, action, m.arn)
		}
		p.must(G2, &asAdministrator, "sts:GetSessionToken", "*")
		p.exemptions(m, &alone, &asAdministrator)
		if slices.Contains(withMFA, credential) {
			p.must(G3, &alone, "iam:DeactivateMFADevice", m.arn)
			for _, device := range devices {
				p.must(G3, &alone, "iam:DeleteVirtualMFADevice", device)
			}
		}
	}
}

// exemptions: exempt actions of IAM are granted, others not denied.
func (p *prover) exemptions(m member, alone, asAdministrator *space) {
	for _, action := range p.deployment.ExemptActions {
		switch exemptScopeOf(action) {
		case scopeOwnUser:
			p.must(G2, alone, action, m.arn)
		case scopeAccount:
			p.must(G2, alone, action, "*")
		case scopeElsewhere:
			p.must(G2, asAdministrator, action, "*")
		}
	}
}

// keepsRights: with MFA (G3), and where an AWS service calls for them (G6), a
// member can do all that else is attached to them allows.
func (p *prover) keepsRights(m member) {
	for _, credential := range []Credential{SessionTokenMFA, ConsoleMFA, ViaService} {
		about := G3
		if credential == ViaService {
			about = G6
		}
		s := p.space(p.subject(m.caller, credential), p.ofMember(m), true)
		alone := p.limited(s.subject, Policies{Identity: []Attached{p.administrator}, Boundary: p.boundary})
		p.each(&s, &m.spec, about, func(c *requestClass) {
			_, rightful, _, err := c.find(func(context Context) bool {
				return p.evaluate(c, context.With(KeyMFAPresent, "true").With(KeyViaAWSService, "false"), alone).Allowed
			})
			if rightful && !c.action.is(assumes) || err != nil {
				p.possible(about, c)
			}
		})
	}
}
