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
		arn, err := v.parse(text)
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
		arn, err := v.parse(text)
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
	trust := strangersChoice(role)
	for i, caller := range v.strangersTo(role) {
		for _, credential := range strangerCredentials(caller.Kind, i) {
			s := v.subject(caller, credential, nil, v.administrator())
			for _, action := range waysToAssume(caller.Kind) {
				p := probe{action, role.ARN}
				decision := v.evaluate(&s, p, Policies{Trust: &trust})
				v.judge(G4, false, &s, p, decision)
				if credential == LongTermKey {
					v.judge(G5, false, &s, p, decision)
				}
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
	for _, text := range firstFew(role.TrustedUserARNs) {
		if arn, err := v.parse(text); err == nil {
			users = append(users, lookAlikes(account, foreign, arn)...)
		}
	}
	users = append(users, v.usersOfOthers(role)...)
	var callers []Caller
	for _, text := range users {
		callers = append(callers, Caller{Kind: UserCaller, ARN: text, Account: accountOf(text)})
	}
	for _, text := range []string{role.ARN, account.RoleARN("/", "another-role"), foreign.RoleARN("/", "another-role")} {
		if arn, err := v.parse(text); err == nil {
			callers = append(callers, roleCaller(arn, text))
		}
	}
	callers = append(callers, callersNamedIn(role.Trust, role.TrustedUserARNs)...)
	callers = append(callers,
		Caller{Kind: RootCaller, ARN: account.iam("root"), Account: account.ID},
		Caller{Kind: RootCaller, ARN: foreign.iam("root"), Account: foreign.ID},
		Caller{
			Kind: FederatedUserCaller, Account: account.ID, IssuerARN: users[0],
			ARN: "arn:" + account.Partition + ":sts::" + account.ID + ":federated-user/somebody-else",
		},
		Caller{Kind: ServiceCaller, ARN: "ec2.amazonaws.com"},
		Caller{Kind: AnonymousCaller},
	)
	return slices.DeleteFunc(callers, func(caller Caller) bool {
		return caller.Kind == UserCaller && slices.Contains(role.TrustedUserARNs, caller.ARN)
	})
}

// enoughUsers meet every kind of credential; the others, whom a document can
// tell apart by their ARNs only, meet one.
const enoughUsers = 3

func firstFew(arns []string) []string {
	n := min(len(arns), enoughUsers)
	return arns[:n:n]
}

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

// session: what the role's policies allow with MFA, they allow to its session,
// which carries none (G3); and what they do not allow themselves they leave to
// the policies that are not known.
func (v *verifier) session(role *compiledRole) {
	arn, err := v.parse(role.ARN)
	if err != nil {
		v.broken(Violation{Guarantee: G3, Fault: err.Error()})
		return
	}
	if len(role.policies) == 0 {
		return
	}
	caller := roleCaller(arn, role.ARN)
	probes := slices.Concat(mentionedProbes(role.Policies), identityProbes("*"), v.service)
	for _, extra := range []extra{v.extras[0], v.administrator()} {
		with := v.subject(caller, RoleChain, role.policies, extra)
		without := v.subject(caller, RoleSession, role.policies, extra)
		for _, p := range probes {
			if v.evaluate(&with, p, Policies{}).Allowed {
				v.try(G3, true, &without, p, Policies{})
			}
		}
	}
}
