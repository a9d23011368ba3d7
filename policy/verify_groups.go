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
		}
	}
}

// representatives are members that stand for all: one for each of two paths.
// A group without members gets two that nobody is.
func (v *verifier) representatives(group *compiledGroup) []string {
	var users []string
	paths := map[string]bool{}
	for _, text := range group.MemberARNs {
		if arn, err := ParseIAMARN(text); err == nil && len(users) < 2 && !paths[arn.Path] {
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

// delegating is a trust policy that leaves it to the policies of the callers
// of the account.
func (v *verifier) delegating() Attached {
	attached, err := compileNamed(NamedDocument{"a trust policy that delegates", Document{
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
	arn, err := ParseIAMARN(text)
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
	abroad := Account{Partition: v.deployment.Account.Partition, ID: otherAccount}
	for _, role := range group.RoleARNs {
		if r, err := ParseIAMARN(role); err == nil && r.Account == v.deployment.Account.ID {
			v.try(G4, false, &s, probe{assumeRole, abroad.RoleARN(r.Path, r.Name)}, Policies{Trust: &delegating})
		}
	}
}

// rolesOfOthers are some roles that the group is not meant to assume.
func (v *verifier) rolesOfOthers(group *compiledGroup) []string {
	roles := []string{v.deployment.Account.RoleARN("/", "another-role")}
	for i := range v.roles {
		if len(roles) <= enoughUsers && !slices.Contains(group.RoleARNs, v.roles[i].ARN) {
			roles = append(roles, v.roles[i].ARN)
		}
	}
	return roles
}

// member tries everything else for one member.
func (v *verifier) member(group *compiledGroup, text string) {
	arn, err := ParseIAMARN(text)
	if err != nil {
		v.broken(Violation{Guarantee: G1, Fault: err.Error()})
		return
	}
	m := member{user: arn, arn: text, caller: userCaller(arn, text), group: group}
	probes := v.probesFor(*group, arn, text)
	for _, credential := range credentialsWithoutMFA() {
		v.withoutMFA(m, credential, probes)
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
func (v *verifier) withoutMFA(m member, credential Credential, probes []probe) {
	if !v.deployment.GroupsGrantMore {
		v.grantsNothingElse(m, credential, probes)
	}
	if v.deployment.WithoutDeny {
		return
	}
	subjects := make([]subject, 0, len(v.extras))
	for _, extra := range v.extras {
		subjects = append(subjects, v.subject(m.caller, credential, m.group.policies, extra))
	}
	for _, p := range probes {
		if !v.intended(m.user, p) {
			v.denied(v.about(p), subjects, p)
		}
	}
}

func (v *verifier) grantsNothingElse(m member, credential Credential, probes []probe) {
	allows := v.subject(m.caller, credential, m.group.allows, v.extras[0])
	for _, p := range probes {
		if !v.intended(m.user, p) {
			v.try(v.about(p), false, &allows, p, Policies{})
		}
	}
}

// denied tries one request with each of the extras, which come after the
// group's policies. An explicit deny to the first is one to all: what else is
// attached does not change it.
func (v *verifier) denied(g Guarantee, subjects []subject, p probe) {
	decision := v.evaluate(&subjects[0], p, Policies{})
	for i := range subjects {
		if i > 0 && decision.Outcome != ExplicitDeny {
			decision = v.evaluate(&subjects[i], p, Policies{})
		}
		v.judge(g, false, &subjects[i], p, decision)
	}
}

// about gives the guarantee that speaks of a request without MFA.
func (v *verifier) about(p probe) Guarantee {
	switch {
	case !slices.Contains(enrolmentSet(), p.action):
		return G1
	case v.deployment.Enrolment == AdminEnrolment:
		return G7
	default:
		return G2
	}
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
	case slices.Contains(enrolOnOwn(), p.action), exempt && scope == scopeOwnUser:
		return own(d, user, p.resource)
	default:
		return exempt
	}
}

// own tells whether a resource is the user or a device that they may create.
func own(d Deployment, user IAMARN, resource string) bool {
	arn, err := ParseIAMARN(resource)
	if err != nil || arn.Account != user.Account || arn.Partition != user.Partition {
		return false
	}
	return arn.Kind == "user" && arn.Name == user.Name ||
		arn.Kind == "mfa" && (d.DeviceName == AnyDevice || arn.Path == "/" && arn.Name == user.Name)
}

// enrolment: without MFA a member can enrol their own device (G2), and with
// MFA remove it (G3).
func (v *verifier) enrolment(m member) {
	if v.deployment.Enrolment == AdminEnrolment {
		return
	}
	device := v.deployment.Account.VirtualMFADeviceARN(m.user.Name)
	enrol := []probe{{"iam:CreateVirtualMFADevice", device}}
	for _, action := range enrolOnUser() {
		enrol = append(enrol, probe{action, m.arn})
	}
	for _, credential := range append(credentialsWithoutMFA(), SessionTokenMFA, ConsoleMFA) {
		s := v.subject(m.caller, credential, m.group.policies, v.extras[0])
		for _, p := range enrol {
			v.try(G2, true, &s, p, Policies{})
		}
	}
	for _, credential := range []Credential{SessionTokenMFA, ConsoleMFA} {
		s := v.subject(m.caller, credential, m.group.policies, v.extras[0])
		v.try(G3, true, &s, probe{"iam:DeactivateMFADevice", m.arn}, Policies{})
		v.try(G3, true, &s, probe{"iam:DeleteVirtualMFADevice", device}, Policies{})
	}
}

// keepsRights: with MFA (G3), and where an AWS service calls for them (G6), a
// member can do all that else is attached to them allows.
func (v *verifier) keepsRights(m member) {
	for _, about := range []struct {
		guarantee  Guarantee
		credential Credential
	}{{G3, SessionTokenMFA}, {G3, ConsoleMFA}, {G6, ViaService}} {
		for _, extra := range v.extras[1:] {
			alone := v.subject(m.caller, about.credential, nil, extra)
			s := v.subject(m.caller, about.credential, m.group.policies, extra)
			for _, p := range v.service {
				if v.evaluate(&alone, p, Policies{}).Allowed {
					v.try(about.guarantee, true, &s, p, Policies{})
				}
			}
		}
	}
}
