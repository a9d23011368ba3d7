package policy

import "slices"

// groupGuarantees tries what the groups' policies promise: G1, G2, G6 and G7,
// and the members' side of G3 and G4. Groups whose policies are alike but for
// the roles they name are tried once with all requests.
func (v *verifier) groupGuarantees() {
	d := v.deployment
	if d.WithoutDeny {
		v.results[G1].Note = "the deny is not in force yet"
	}
	if d.Enrolment == AdminEnrolment {
		v.results[G2].Note = "enrolment is " + string(AdminEnrolment)
	} else {
		v.results[G7].Note = "enrolment is " + string(SelfService)
	}
	delegating := v.delegating()
	seen := map[string]bool{}
	for i := range v.groups {
		group := &v.groups[i]
		users := v.representatives(group)
		v.assumable(group, users[0], delegating)
		if shape := group.shape(); !seen[shape] {
			seen[shape] = true
			for _, text := range users {
				v.member(group, text)
			}
			v.underAdmin(group, users)
		}
	}
}

// representatives are members that stand for all: one for each of two paths.
// A group without members gets two that nobody is.
func (v *verifier) representatives(group *compiledGroup) []string {
	var users []string
	paths := map[string]bool{}
	for _, text := range group.MemberARNs {
		if arn, err := v.parse(text); err == nil && len(users) < 2 && !paths[arn.Path] {
			paths[arn.Path] = true
			users = append(users, text)
		}
	}
	for _, path := range []string{"/", "/team/"} {
		if len(users) < 2 && !paths[path] {
			users = append(users, v.deployment.Account.UserARN(path, "example-user"))
		}
	}
	return users
}

const delegatingTrust = "a trust policy that delegates"

// delegating is a trust policy that leaves it to the policies of the callers
// of the account.
func (v *verifier) delegating() Attached {
	attached, err := compileNamed(NamedDocument{delegatingTrust, Document{
		Version: Version20121017,
		Statements: []Statement{{
			Effect: Allow, Action: Values{assumeRole}, Principal: &Principal{AWS: Values{v.deployment.Account.ID}},
		}},
	}})
	if err != nil {
		panic("policy: compiling a trust policy: " + err.Error())
	}
	return attached
}

// assumable: the group's policies let a member with MFA assume the group's
// roles (G3), and no others (G4), where the trust policy leaves it to them.
func (v *verifier) assumable(group *compiledGroup, text string, delegating Attached) {
	arn, err := v.parse(text)
	if err != nil {
		v.broken(Violation{Guarantee: G3, Fault: err.Error()})
		return
	}
	s := v.subject(userCaller(arn, text), AssumeRoleCode, group.policies, v.extras[0])
	for _, role := range group.RoleARNs {
		v.try(G3, true, &s, probe{assumeRole, role}, Policies{Trust: &delegating})
	}
	for _, role := range v.rolesOfOthers(group) {
		v.try(G4, false, &s, probe{assumeRole, role}, Policies{Trust: &delegating})
	}
	if v.deployment.WithoutDeny {
		return
	}
	anyRole := append(firstFew(group.RoleARNs), v.anotherRole())
	for _, credential := range credentialsWithoutMFA() {
		subjects := v.withEachExtra(s.caller, credential, group.policies)
		for _, role := range anyRole {
			v.denied(G1, subjects, probe{assumeRole, role}, Policies{Trust: &delegating})
		}
	}
}

func (v *verifier) anotherRole() string { return v.deployment.Account.RoleARN("/", "another-role") }

// rolesOfOthers are roles that the group is not meant to assume: some of the
// other roles, those that its policies name, and look-alikes of its own.
func (v *verifier) rolesOfOthers(group *compiledGroup) []string {
	roles := []string{v.anotherRole()}
	for i := range v.roles {
		if len(roles) <= enoughUsers && !slices.Contains(group.RoleARNs, v.roles[i].ARN) {
			roles = append(roles, v.roles[i].ARN)
		}
	}
	abroad := Account{Partition: v.deployment.Account.Partition, ID: otherAccount}
	for _, text := range group.RoleARNs {
		if r, err := v.parse(text); err == nil && r.Account != abroad.ID {
			roles = append(roles, abroad.RoleARN(r.Path, r.Name), text+"x")
		}
	}
	if !v.deployment.GroupsGrantMore {
		roles = append(roles, rolesNamedIn(group.Policies)...)
	}
	return slices.DeleteFunc(roles, func(text string) bool { return slices.Contains(group.RoleARNs, text) })
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

// member tries everything else for one member.
func (v *verifier) member(group *compiledGroup, text string) {
	arn, err := v.parse(text)
	if err != nil {
		v.broken(Violation{Guarantee: G1, Fault: err.Error()})
		return
	}
	m := member{user: arn, arn: text, caller: userCaller(arn, text), group: group}
	probes := v.probesFor(group, arn, text)
	unintended := v.unintended(arn, probes)
	if !v.deployment.GroupsGrantMore {
		v.reachesOnlyOwn(m, unintended)
	}
	unintended = append(unintended, v.unintended(arn, v.service)...)
	// The requests of the last two have the same context.
	for _, alike := range [][]Credential{{LongTermKey}, {SessionToken, Console}} {
		v.withoutMFA(m, alike, unintended)
	}
	v.enrolment(m)
	v.keepsRights(m)
}

type member struct {
	user   IAMARN
	arn    string
	caller Caller
	group  *compiledGroup
}

// withoutMFA: a member can do nothing but what is intended (G1, G2, G7), even
// as an administrator; and before the deny is in force the group's policies
// give nothing else.
func (v *verifier) withoutMFA(m member, alike []Credential, probes []judgedProbe) {
	if !v.deployment.GroupsGrantMore {
		v.grantsNothingElse(m, alike, probes)
	}
	if v.deployment.WithoutDeny {
		return
	}
	var subjects []subject
	for _, credential := range alike {
		subjects = append(subjects, v.withEachExtra(m.caller, credential, m.group.policies)...)
	}
	for _, p := range probes {
		v.denied(p.about, subjects, p.probe, Policies{})
	}
}

// withEachExtra is a caller with nothing else attached, then with each of the extras.
func (v *verifier) withEachExtra(caller Caller, credential Credential, group []Attached) []subject {
	subjects := make([]subject, 0, len(v.extras))
	for _, extra := range v.extras {
		subjects = append(subjects, v.subject(caller, credential, group, extra))
	}
	return subjects
}

func (v *verifier) grantsNothingElse(m member, alike []Credential, probes []judgedProbe) {
	var subjects []subject
	for _, credential := range alike {
		subjects = append(subjects, v.subject(m.caller, credential, m.group.allows, v.extras[0]))
	}
	for _, p := range probes {
		about := p.about
		if v.deployment.WithoutDeny && about == G1 {
			about = G2 // G1 is not in force
		}
		v.tryAlike(about, false, subjects, p.probe)
	}
}

// tryAlike tries one request of subjects that differ in nothing that a
// decision depends on.
func (v *verifier) tryAlike(g Guarantee, allowed bool, subjects []subject, p probe) {
	decision := v.evaluate(&subjects[0], p, Policies{})
	for i := range subjects {
		v.judge(g, allowed, &subjects[i], p, decision)
	}
}

// reachesOnlyOwn: with MFA, too, the group's policies themselves reach only the
// member's own user and device, to enrol and to remove it (G2).
func (v *verifier) reachesOnlyOwn(m member, probes []judgedProbe) {
	if v.deployment.Enrolment == AdminEnrolment {
		return
	}
	removal := removeOwn()
	allows := v.subject(m.caller, SessionTokenMFA, m.group.allows, v.extras[0])
	for _, p := range probes {
		if !slices.Contains(removal, p.action) || !v.own(m.user, p.resource) {
			v.try(G2, false, &allows, p.probe, Policies{})
		}
	}
}

// denied tries one request with each of the extras, which come after the
// group's policies, and of credentials alike. An explicit deny to the first is
// one to all: what else is attached does not change it.
func (v *verifier) denied(g Guarantee, subjects []subject, p probe, policies Policies) {
	decision := v.evaluate(&subjects[0], p, policies)
	for i := range subjects {
		if i > 0 && decision.Outcome != ExplicitDeny {
			decision = v.evaluate(&subjects[i], p, policies)
		}
		v.judge(g, false, &subjects[i], p, decision)
	}
}

// judgedProbe is a request that must not be allowed without MFA.
type judgedProbe struct {
	probe
	// about is the guarantee that says so.
	about Guarantee
}

// unintended are the probes that must not be allowed to the user without MFA.
func (v *verifier) unintended(user IAMARN, probes []probe) []judgedProbe {
	enrolling := G2
	if v.deployment.Enrolment == AdminEnrolment {
		enrolling = G7
	}
	set := enrolmentSet()
	judged := make([]judgedProbe, 0, len(probes))
	for _, p := range probes {
		switch {
		case v.intended(user, p):
		case slices.Contains(set, p.action):
			judged = append(judged, judgedProbe{p, enrolling})
		default:
			judged = append(judged, judgedProbe{p, G1})
		}
	}
	return judged
}

// intended tells whether a request may be allowed to a user without MFA. Names
// are unique in an account whatever the path, so a user of that name under any
// path is the user themself.
func (v *verifier) intended(user IAMARN, p probe) bool {
	d := v.deployment
	if d.Enrolment == AdminEnrolment {
		return false
	}
	exempt := slices.Contains(d.ExemptActions, p.action)
	switch scope := exemptScopeOf(p.action); {
	case p.action == "sts:GetSessionToken":
		return true
	case slices.Contains(v.onOwn, p.action), exempt && scope == scopeOwnUser:
		return v.own(user, p.resource)
	default:
		return exempt
	}
}

// own tells whether a resource is the user or a device that they may create.
func (v *verifier) own(user IAMARN, resource string) bool {
	d := v.deployment
	arn, err := v.parse(resource)
	if err != nil || arn.Account != user.Account || arn.Partition != user.Partition {
		return false
	}
	return arn.Kind == "user" && arn.Name == user.Name ||
		arn.Kind == "mfa" && (d.DeviceName == AnyDevice || arn.Path == "/" && arn.Name == user.Name)
}

// underAdmin tries G7 where it is not configured: on the policy that the group
// would get. Documents of others say nothing about that.
func (v *verifier) underAdmin(group *compiledGroup, users []string) {
	d := v.deployment
	if d.Enrolment == AdminEnrolment || d.Stored || d.GroupsGrantMore || len(group.RoleARNs) == 0 {
		return
	}
	document, err := GroupPolicy{Account: d.Account, RoleARNs: group.RoleARNs, Enrolment: AdminEnrolment}.Document()
	if err != nil {
		v.broken(Violation{Guarantee: G7, Fault: err.Error()})
		return
	}
	strict, err := compileNamed(NamedDocument{group.Name + " under enrolment " + string(AdminEnrolment), document})
	if err != nil {
		v.broken(Violation{Guarantee: G7, Fault: err.Error()})
		return
	}
	v.results[G7].Note = "tried on the policy that enrolment " + string(AdminEnrolment) + " would give"
	for _, text := range users {
		arn, err := v.parse(text)
		if err != nil {
			continue // reported by member
		}
		probes := slices.Concat(v.probesFor(group, arn, text), v.service)
		for _, credential := range credentialsWithoutMFA() {
			subjects := v.withEachExtra(userCaller(arn, text), credential, []Attached{strict})
			for _, p := range probes {
				v.denied(G7, subjects, p, Policies{})
			}
		}
	}
}

// enrolment: without MFA a member can enrol their own device (G2), and with
// MFA remove it (G3).
func (v *verifier) enrolment(m member) {
	if v.deployment.Enrolment == AdminEnrolment {
		return
	}
	granted, left := v.enrolmentProbes(m)
	for _, credential := range append(credentialsWithoutMFA(), SessionTokenMFA, ConsoleMFA) {
		s := v.subject(m.caller, credential, m.group.policies, v.extras[0])
		for _, p := range granted {
			v.try(G2, true, &s, p, Policies{})
		}
		administrator := v.subject(m.caller, credential, m.group.policies, v.administrator())
		for _, p := range left {
			v.try(G2, true, &administrator, p, Policies{})
		}
	}
	for _, credential := range []Credential{SessionTokenMFA, ConsoleMFA} {
		s := v.subject(m.caller, credential, m.group.policies, v.extras[0])
		v.try(G3, true, &s, probe{"iam:DeactivateMFADevice", m.arn}, Policies{})
		for _, device := range v.devices(m) {
			v.try(G3, true, &s, probe{"iam:DeleteVirtualMFADevice", device}, Policies{})
		}
	}
}

// enrolmentProbes are what the group's policies grant without MFA, and what
// they leave to others to grant: sts:GetSessionToken needs no permission.
func (v *verifier) enrolmentProbes(m member) (granted, left []probe) {
	for _, device := range v.devices(m) {
		granted = append(granted, probe{"iam:CreateVirtualMFADevice", device})
	}
	for _, action := range enrolOnUser() {
		granted = append(granted, probe{action, m.arn})
	}
	left = []probe{{"sts:GetSessionToken", "*"}}
	for _, action := range v.deployment.ExemptActions {
		switch exemptScopeOf(action) {
		case scopeOwnUser:
			granted = append(granted, probe{action, m.arn})
		case scopeAccount:
			granted = append(granted, probe{action, "*"})
		case scopeElsewhere:
			left = append(left, probe{action, "*"})
		}
	}
	return granted, left
}

// devices are serial numbers that a member may give a device.
func (v *verifier) devices(m member) []string {
	devices := []string{v.deployment.Account.VirtualMFADeviceARN(m.user.Name)}
	if v.deployment.DeviceName == AnyDevice {
		devices = append(devices, v.deployment.Account.VirtualMFADeviceARN("a-telephone"))
	}
	return devices
}

// keepsRights: with MFA (G3), and where an AWS service calls for them (G6), a
// member can do all that else is attached to them allows.
func (v *verifier) keepsRights(m member) {
	account := v.deployment.Account
	probes := append(identityProbes("*", m.arn, account.UserARN("/", "somebody-else"),
		account.VirtualMFADeviceARN(m.user.Name), account.VirtualMFADeviceARN("somebody-else")), v.service...)
	var kept []probe
	for _, extra := range v.extras[1:] {
		alone := v.subject(m.caller, SessionTokenMFA, nil, extra)
		for _, p := range probes {
			if v.evaluate(&alone, p, Policies{}).Allowed {
				kept = append(kept, p)
			}
		}
		withMFA := []subject{
			v.subject(m.caller, SessionTokenMFA, m.group.policies, extra),
			v.subject(m.caller, ConsoleMFA, m.group.policies, extra),
		}
		viaService := v.subject(m.caller, ViaService, m.group.policies, extra)
		for _, p := range kept {
			v.tryAlike(G3, true, withMFA, p)
			v.try(G6, true, &viaService, p, Policies{})
		}
		kept = kept[:0]
	}
}
