package policy

import "slices"

// roleGuarantees tries what the trust policies promise: G3 for those who are
// trusted, G4 for everybody else, G5 without MFA.
func (v *verifier) roleGuarantees() {
	for i := range v.roles {
		role := &v.roles[i]
		v.trustedWithMFA(role)
		v.trustedWithoutMFA(role)
		v.strangers(role)
		v.session(role)
	}
}

// trustedWithMFA: each trusted user can assume the role (G3).
func (v *verifier) trustedWithMFA(role *compiledRole) {
	for i, text := range role.TrustedUserARNs {
		arn, err := ParseIAMARN(text)
		if err != nil {
			v.broken(Violation{Guarantee: G3, Fault: err.Error()})
			continue
		}
		credentials := []Credential{AssumeRoleCode}
		if i < enoughUsers {
			credentials = credentialsWithMFA()
		}
		extra := v.extras[0]
		if arn.Account != v.deployment.Account.ID {
			extra = v.administrator() // another account must allow it too
		}
		for _, credential := range credentials {
			s := v.subject(userCaller(arn, text), credential, v.memberOf[text], extra)
			v.try(G3, true, &s, probe{assumeRole, role.ARN}, Policies{Trust: &role.trust})
		}
	}
}

// trustedWithoutMFA: no trusted user can assume the role, whether or not they
// are in a group that denies it (G5).
func (v *verifier) trustedWithoutMFA(role *compiledRole) {
	for i, text := range role.TrustedUserARNs {
		arn, err := ParseIAMARN(text)
		if err != nil {
			continue // reported by trustedWithMFA
		}
		credentials := []Credential{LongTermKey}
		if i < enoughUsers {
			credentials = append(credentialsWithoutMFA(), ViaService)
		}
		for _, identity := range [][]Attached{nil, v.memberOf[text]} {
			for _, credential := range credentials {
				s := v.subject(userCaller(arn, text), credential, identity, v.administrator())
				v.try(G5, false, &s, probe{assumeRole, role.ARN}, Policies{Trust: &role.trust})
			}
		}
	}
}

// strangers: nobody who is not trusted can assume the role, be they
// administrators with MFA (G4), and without MFA least of all (G5).
func (v *verifier) strangers(role *compiledRole) {
	for i, caller := range v.strangersTo(role) {
		for _, credential := range strangerCredentials(caller.Kind, i) {
			s, p := v.subject(caller, credential, nil, v.administrator()), probe{assumeRole, role.ARN}
			decision := v.evaluate(&s, p, Policies{Trust: &role.trust})
			v.judge(G4, false, &s, p, decision)
			if credential == LongTermKey {
				v.judge(G5, false, &s, p, decision)
			}
		}
	}
}

func strangerCredentials(kind CallerKind, i int) []Credential {
	switch {
	case kind == RoleSessionCaller:
		return []Credential{RoleSession, RoleChain}
	case i < enoughUsers:
		return append(credentialsWithMFA(), LongTermKey)
	default:
		return []Credential{AssumeRoleCode}
	}
}

// strangersTo are callers of every kind whom the role does not trust.
func (v *verifier) strangersTo(role *compiledRole) []Caller {
	account := v.deployment.Account
	foreign := Account{Partition: account.Partition, ID: otherAccount}
	users := []string{account.UserARN("/", "somebody-else"), foreign.UserARN("/", "somebody-else")}
	for _, text := range role.TrustedUserARNs[:min(len(role.TrustedUserARNs), enoughUsers)] {
		if arn, err := ParseIAMARN(text); err == nil {
			users = append(users, lookAlikes(account, foreign, arn)...)
		}
	}
	users = append(users, v.usersOfOthers(role)...)
	named := namedIn(role.Trust)
	var callers []Caller
	for _, text := range append(users, named...) {
		arn, err := ParseIAMARN(text)
		if err == nil && arn.Kind == "user" && !slices.Contains(role.TrustedUserARNs, text) {
			callers = append(callers, userCaller(arn, text))
		}
	}
	roles := []string{role.ARN, account.RoleARN("/", "another-role"), foreign.RoleARN("/", "another-role")}
	for _, text := range append(roles, named...) {
		if arn, err := ParseIAMARN(text); err == nil && arn.Kind == "role" {
			callers = append(callers, roleCaller(arn, text))
		}
	}
	return append(callers,
		Caller{Kind: RootCaller, ARN: account.iam("root"), Account: account.ID},
		Caller{Kind: RootCaller, ARN: foreign.iam("root"), Account: foreign.ID},
		Caller{
			Kind: FederatedUserCaller, Account: account.ID, IssuerARN: users[0],
			ARN: "arn:" + account.Partition + ":sts::" + account.ID + ":federated-user/somebody-else",
		},
		Caller{Kind: ServiceCaller, ARN: "ec2.amazonaws.com"},
		Caller{Kind: AnonymousCaller},
	)
}

// namedIn are the users and roles that a trust policy names.
func namedIn(trust Document) []string {
	var named []string
	for _, s := range trust.Statements {
		if s.Principal != nil {
			named = append(named, s.Principal.AWS...)
		}
	}
	return named
}

// enoughUsers meet every kind of credential; the others, whom a document can
// tell apart by their ARNs only, meet one.
const enoughUsers = 3

// lookAlikes are users that differ from one in the account, the path, the case
// or a letter of the name.
func lookAlikes(account, foreign Account, user IAMARN) []string {
	return []string{
		foreign.UserARN(user.Path, user.Name),
		account.UserARN("/elsewhere"+user.Path, user.Name),
		account.UserARN(user.Path, swapCase(user.Name)),
		account.UserARN(user.Path, user.Name+"x"),
		account.UserARN(user.Path, "x"+user.Name),
	}
}

// usersOfOthers are some of the users whom other roles trust, and of the
// groups' members.
func (v *verifier) usersOfOthers(role *compiledRole) []string {
	var users []string
	add := func(candidates []string) {
		for _, text := range candidates {
			if len(users) < enoughUsers && !slices.Contains(role.TrustedUserARNs, text) && !slices.Contains(users, text) {
				users = append(users, text)
			}
		}
	}
	for i := range v.roles {
		add(v.roles[i].TrustedUserARNs)
	}
	for i := range v.groups {
		add(v.groups[i].MemberARNs)
	}
	return users
}

// session: what the role's policies allow, they allow to its session, which
// carries no MFA (G3).
func (v *verifier) session(role *compiledRole) {
	arn, err := ParseIAMARN(role.ARN)
	if err != nil {
		v.broken(Violation{Guarantee: G3, Fault: err.Error()})
		return
	}
	if len(role.policies) == 0 {
		return
	}
	caller := roleCaller(arn, role.ARN)
	with := v.subject(caller, RoleChain, role.policies, v.extras[0])
	without := v.subject(caller, RoleSession, role.policies, v.extras[0])
	for _, p := range v.service {
		v.try(G3, v.evaluate(&with, p, Policies{}).Allowed, &without, p, Policies{})
	}
}
