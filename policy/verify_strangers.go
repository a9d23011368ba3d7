package policy

import (
	"slices"
	"strings"
)

// callersNamedIn are those that a trust policy names: users, roles, sessions,
// services and providers, and of each account a user and the root; but not
// those who are meant to be trusted.
func callersNamedIn(trust Document, meant []string) []Caller {
	var callers []Caller
	for _, s := range trust.Statements {
		if s.Principal == nil {
			continue
		}
		for _, text := range s.Principal.AWS {
			if !slices.Contains(meant, text) {
				callers = append(callers, callersNamed(text)...)
			}
		}
		for _, text := range s.Principal.Service {
			callers = append(callers, Caller{Kind: ServiceCaller, ARN: text})
		}
		for _, text := range s.Principal.Federated {
			callers = append(callers, Caller{Kind: IdentityProviderCaller, ARN: text, Account: accountOf(text)})
		}
	}
	return callers
}

// callersNamed are those that one AWS principal names, but for everybody, whom
// any stranger stands for, and for unique ids, which name nobody that is known.
func callersNamed(text string) []Caller {
	if arn, err := ParseIAMARN(text); err == nil {
		if arn.Kind == "role" {
			return []Caller{roleCaller(arn, text)}
		}
		return []Caller{userCaller(arn, text)}
	}
	account := Account{Partition: "aws", ID: text}
	if segments := strings.Split(text, ":"); len(segments) == arnSegments {
		account = Account{Partition: segments[1], ID: segments[4]}
	}
	session := Caller{ARN: text, Account: account.ID}
	switch {
	case account.Check() != nil:
		return nil
	case strings.Contains(text, ":assumed-role/"):
		session.Kind = RoleSessionCaller
		return []Caller{session}
	case strings.Contains(text, ":federated-user/"):
		session.Kind = FederatedUserCaller
		return []Caller{session}
	}
	user := account.UserARN("/", "somebody-else")
	return []Caller{
		{Kind: UserCaller, ARN: user, Account: account.ID},
		{Kind: RootCaller, ARN: account.iam("root"), Account: account.ID},
	}
}

// strangersChoice is a trust policy without the conditions on what a stranger
// may choose or happen to have: an external id, a session name, an address, a
// tag. What follows from the caller and from the credential remains.
func strangersChoice(role *compiledRole) Attached {
	document := role.Trust
	document.Statements = slices.Clone(document.Statements)
	for i, s := range document.Statements {
		if s.Effect == Allow {
			document.Statements[i].Condition = knownConditions(s.Condition)
		}
	}
	open, err := compileNamed(NamedDocument{role.trust.Name, document})
	if err != nil {
		panic("policy: compiling a trust policy again: " + err.Error())
	}
	return open
}

func knownConditions(condition Condition) Condition {
	known := Condition{}
	for operator, block := range condition {
		kept := map[string]Values{}
		for key, values := range block {
			if contextHas(key) {
				kept[key] = values
			}
		}
		if len(kept) > 0 {
			known[operator] = kept
		}
	}
	if len(known) == 0 {
		return nil
	}
	return known
}

// contextHas tells the keys that [Credential.Context] may give.
func contextHas(key string) bool {
	return slices.ContainsFunc([]string{
		"aws:PrincipalType", "aws:username", "aws:userid", "aws:PrincipalArn", "aws:PrincipalAccount",
		KeyMFAPresent, keyMFAAge, KeyViaAWSService,
	}, func(known string) bool { return strings.EqualFold(known, key) })
}

// waysToAssume are the actions with which callers of that kind assume roles.
func waysToAssume(kind CallerKind) []string {
	if kind == IdentityProviderCaller {
		return []string{"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
	}
	return []string{assumeRole}
}
