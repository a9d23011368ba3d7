package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// groupGuarantees judges what the groups' policies promise: G1, G2, G6 and G7,
// and the members' side of G3 and G4, once for groups of one shape.
func (p *prover) groupGuarantees() {
	d := p.deployment
	switch {
	case d.WithoutDeny:
		p.results[G1].Note = "the deny is not in force yet"
	case len(d.ExemptActionsAtMyRisk) > 0:
		p.results[G1].Note = "but for what is exempt at the stack's own risk, and whatever that leads to: " +
			strings.Join(d.ExemptActionsAtMyRisk, ", ")
	}
	if d.Enrolment == AdminEnrolment && !d.SelfServiceAccessKeys {
		p.results[G2].Note = "enrolment is " + string(AdminEnrolment)
	}
	if d.Enrolment != AdminEnrolment {
		p.results[G7].Note = "enrolment is " + string(SelfService)
	}
	seen, toldApart := map[string]bool{}, tellRolesApart(append(listOf(p.boundary), p.scps...))
	for i := range p.groups {
		group := &p.groups[i]
		for _, text := range group.MemberARNs {
			if _, err := ParseIAMARN(text); err != nil {
				p.broken(Violation{Guarantee: G3, Fault: err.Error()})
			}
		}
		if shape := group.shape(toldApart); !seen[shape] {
			seen[shape] = true
			p.groupsLike(group)
		}
	}
}

func (p *prover) groupsLike(group *compiledGroup) {
	all := slices.Concat(group.policies, listOf(p.boundary), p.scps)
	users, err := p.memberClasses(all, group.MemberARNs)
	p.undecided(G1, err)
	for _, user := range users {
		m := p.member(group, user.text)
		p.assumable(m)
		p.grantsNothingElse(m)
		p.withoutMFA(m)
		p.enrolment(m)
		p.accessKeys(m)
		p.keepsRights(m)
	}
}

// memberClasses are members, present or to come, that stand for all: one for
// each way in which what the policies and the specification say of users and
// devices, and of the caller's name, can turn out for a user and the device named
// after them. All of that they say by the caller's name or by texts; so of two
// users with the same answers each can do to their own, and to others', what the
// other can. Members come before names that nobody has.
//
// That does not hold where one resource puts a variable together with other text
// of the same name, and another looks into names.
func (p *prover) memberClasses(policies []Attached, members []string) ([]class, error) {
	account := p.deployment.Account
	prefix := account.UserARN("/", "")
	t := testsOf(identityNames(prefix))
	for _, g := range append(p.ownResources(), p.furtherDevices()...) {
		t.add(aboutName(&g, account)...)
		t.addFurtherDevices(&g, account)
	}
	mixed, looked := false, false
	for one := range statementsOf(policies) {
		for j := range one.resources {
			g, text := &one.resources[j], one.resourceTexts[j]
			mixed = mixed || g.variables != nil && !wholeNamePattern().MatchString(text)
			looked = looked || g.variables == nil && partOfNamePattern().MatchString(text)
			t.add(aboutName(g, account)...)
			t.addFurtherDevices(g, account)
		}
		for j := range one.conditions {
			t.add(one.conditions[j].aboutCaller(prefix)...)
		}
	}
	namesErr := t.addComparedNames(policies, prefix)
	classes, err := t.classes(append(slices.Clone(members),
		account.UserARN("/", "example-user"), account.UserARN("/team/", "example-user")))
	if mixed && looked {
		namesErr = errMixedNames
	}
	return classes, cmp.Or(err, namesErr)
}

var (
	wholeNamePattern  = regularExpression(`(/\$\{[^}]*\}|:mfa/\$\{[^}]*\}/\*)$`)
	partOfNamePattern = regularExpression(`:(user|mfa)/.*[^/*?]`)
)

// aboutName are what a resource says of the ARN of the calling user, or of the
// device named after them as if it were said of the user, with any name in the
// place of a variable.
func aboutName(g *glob, account Account) []pattern {
	p := g.namePattern()
	list := []pattern{p}
	for _, name := range p.after(account.VirtualMFADeviceARN("")) {
		list = append(list, underAnyPath(account.UserARN("/", ""), name)...)
	}
	return list
}

// addFurtherDevices adds what a resource says of the devices whose path is the name of
// the calling user, each way in which it can be read up to the end of the name: then it
// says the same of the rest, whoever it is.
func (t *tests) addFurtherDevices(g *glob, account Account) {
	for _, device := range g.namePattern().after(account.VirtualMFADeviceARN("")) {
		for _, name := range device.until('/', slash) {
			t.add(underAnyPath(account.UserARN("/", ""), name)...)
		}
	}
}

// namePattern is the glob with any name in the place of a variable.
func (g *glob) namePattern() pattern {
	var p pattern
	for i := range g.parts {
		if part := (glob{parts: g.parts[i : i+1]}); g.parts[i].kind == variable {
			p = append(p, anyNumber(butSlash)...)
		} else {
			p = append(p, part.pattern(Context{})...)
		}
	}
	return p
}

// underAnyPath is a name as the end of an ARN.
func underAnyPath(prefix string, name pattern) []pattern {
	begin, name := literalPattern(prefix), name.within(butSlash)
	return []pattern{
		slices.Concat(begin, name), slices.Concat(begin, anyNumber(anyCharacters), literalPattern("/"), name),
	}
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
	changesOwn
	replacesKeys
)

const (
	isOwn = isForeign + 1 + iota
	isFurther
	isRole
	isMeant
)

func (p *prover) member(group *compiledGroup, text string) member {
	arn, _ := ParseIAMARN(text)
	caller := userCaller(arn, text)
	own := patternsOf(p.ownResources(), caller.Context())
	further := patternsOf(p.furtherDevices(), caller.Context())
	exempt := p.deployment.exempt()
	onOwn := append(enrolOnOwn(), ofScope(exempt, scopeOwnUser)...)
	elsewhere := append(ofScope(exempt, scopeElsewhere), ofScope(exempt, scopeAccount)...)
	account := p.deployment.Account
	meant := group.RoleARNs
	if p.deployment.GroupsGrantMore {
		meant = append(slices.Clip(meant), rolesNamedIn(group.Policies)...)
	}
	statements := slices.Collect(statementsOf(slices.Concat(group.policies, listOf(p.boundary), p.scps)))
	return member{
		arn: text, user: arn, caller: caller, group: group,
		spec: specification{
			name: fmt.Sprintln("members", statements), statements: statements,
			actions: []Values{
				{assumeRole},
				{assumeRole + "WithSAML", assumeRole + "WithWebIdentity"},
				{"sts:GetSessionToken"},
				onOwn, elsewhere, enrolmentSet(), changeOwn(), p.keysOfOwn(),
			},
			resources: [][]pattern{own, further}, roles: [][]pattern{p.anyRole(), literalPatterns(meant)},
			familiarActions: familiarActions(),
			familiarResources: []string{
				"*", strings.Join(group.RoleARNs[:min(1, len(group.RoleARNs))], ""), text,
				account.VirtualMFADeviceARN(arn.Name), account.UserARN("/", "somebody-else"),
				account.VirtualMFADeviceARN("somebody-else"), account.RoleARN("/", "another-role"),
				account.FurtherMFADeviceARN(arn.Name, "second"),
			},
		},
	}
}

// ownResources are the caller's user, under whatever path, and the devices that
// they may create.
func (p *prover) ownResources() []glob {
	return globsIn(append(p.deployment.Account.callersOwnUser(), p.devices().deviceARN()))
}

// furtherDevices are those that the caller may make with MFA.
func (p *prover) furtherDevices() []glob { return globsIn(p.devices().furtherDevices()) }

func (p *prover) devices() GroupPolicy {
	return GroupPolicy{Account: p.deployment.Account, DeviceName: p.deployment.DeviceName}
}

func globsIn(texts Values) []glob {
	var list []glob
	for _, text := range texts {
		if g, err := parseResource(text, true); err == nil {
			list = append(list, g)
		}
	}
	return list
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

// intendedWithMFA reports whether a group's policy may allow a request with MFA, but
// not without.
func (p *prover) intendedWithMFA(c *requestClass) bool {
	changes := c.action.is(changesOwn) && p.deployment.Enrolment != AdminEnrolment
	return (changes || c.action.is(replacesKeys)) && (c.resource.is(isOwn) || c.resource.is(isFurther))
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
	p.undecided(undecided, err)
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
		s := p.space(newSubject(m.caller, credential), p.ofMember(m), true)
		p.each(&s, &m.spec, G1, func(c *requestClass) {
			if !p.intended(c) && (!c.action.is(assumes) || c.resource.is(isRole)) {
				p.never(p.about(c), c)
			}
		})
	}
}

// grantsNothingElse: what the group's policies allow by themselves, as in a
// roll-out before the deny is in force, is what is intended (G1, G2); and with
// MFA, too, they reach only the member's own user and device, to enrol, to
// change devices, and to replace access keys (G2).
func (p *prover) grantsNothingElse(m member) {
	if p.deployment.GroupsGrantMore {
		return
	}
	credentials := credentialsWithoutMFA()
	if p.deployment.Enrolment != AdminEnrolment || p.deployment.SelfServiceAccessKeys {
		credentials = append(credentials, SessionTokenMFA)
	}
	for _, credential := range credentials {
		s := p.space(newSubject(m.caller, credential), Policies{Identity: m.group.allows, Boundary: p.boundary}, false)
		p.each(&s, &m.spec, G2, func(c *requestClass) {
			about := p.about(c)
			if about == G1 && p.deployment.WithoutDeny || credential == SessionTokenMFA {
				about = G2
			}
			if !c.action.is(assumes) && !p.intended(c) && (credential != SessionTokenMFA || !p.intendedWithMFA(c)) {
				p.never(about, c)
			}
		})
	}
}

// assumable: the group's policies let a member with MFA assume the group's roles
// (G3), and no others (G4), where the trust policy leaves it to them.
func (p *prover) assumable(m member) {
	s := p.space(newSubject(m.caller, AssumeRoleCode), p.ofMember(m), false)
	for _, role := range m.group.RoleARNs {
		p.must(G3, &s, assumeRole, role)
	}
	resources, err := s.resourceClasses(s.resourcesAsked(&m.spec), assumeRole, true)
	p.undecided(G4, err)
	for _, resource := range resources {
		if resource.is(isMeant) || !resource.is(isRole) {
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
func (p *prover) anyRole() []pattern {
	return []pattern{slices.Concat(literalPattern("arn:"+p.deployment.Account.Partition+":iam::"),
		anyNumber(butColon), literalPattern(":role/"), some(anyCharacters))}
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

// keysOfOwn are the actions by which members with MFA may replace their access keys.
func (p *prover) keysOfOwn() Values {
	if !p.deployment.SelfServiceAccessKeys {
		return nil
	}
	return replaceOwnKeys()
}

// accessKeys: with MFA a member can replace their access keys (G3).
func (p *prover) accessKeys(m member) {
	for _, credential := range []Credential{SessionTokenMFA, ConsoleMFA} {
		alone := p.space(newSubject(m.caller, credential), p.ofMember(m), false)
		for _, action := range p.keysOfOwn() {
			p.must(G3, &alone, action, m.arn)
		}
	}
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
		who := newSubject(m.caller, credential)
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
			p.furtherDevice(m, &alone)
		}
	}
}

// furtherDevice: with MFA a member can have another device (G3). Documents that were
// deployed before there was that right are as good without it.
func (p *prover) furtherDevice(m member, alone *space) {
	if p.deployment.Stored || p.deployment.GroupsGrantMore {
		return
	}
	device := p.deployment.Account.FurtherMFADeviceARN(m.user.Name, "second")
	p.must(G3, alone, "iam:CreateVirtualMFADevice", device)
	p.must(G3, alone, "iam:DeleteVirtualMFADevice", device)
}

// exemptions: exempt actions of IAM are granted, others not denied.
func (p *prover) exemptions(m member, alone, asAdministrator *space) {
	for _, action := range p.deployment.exempt() {
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
		s := p.space(newSubject(m.caller, credential), p.ofMember(m), true)
		alone := p.limited(s.subject, Policies{Identity: []Attached{p.administrator}, Boundary: p.boundary})
		withMFA := func(context Context) Context {
			return context.WithEach(map[string]string{KeyMFAPresent: "true", KeyViaAWSService: "false"})
		}
		limits := newSpace(subject{m.caller, credential, withMFA(s.context)}, alone, true)
		for _, one := range limits.statements { // those that may apply with MFA alone tell requests apart, too
			if !slices.Contains(s.statements, one) {
				s.statements = append(s.statements, one)
			}
		}
		p.each(&s, &m.spec, about, func(c *requestClass) {
			_, rightful, _, err := c.find(func(context Context) bool {
				return p.evaluate(c, withMFA(context), alone).Allowed
			})
			if rightful && !c.action.is(assumes) || err != nil {
				p.possible(about, c)
			}
		})
	}
}
