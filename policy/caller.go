package policy

import (
	"slices"
	"strings"
)

// CallerKind is the type of principal that makes a request.
type CallerKind uint8

// The kinds of callers. The zero kind is nobody in particular.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
const (
	// AnonymousCaller has not authenticated.
	AnonymousCaller CallerKind = iota
	// UserCaller is an IAM user, with a long-term key, in the console or with
	// the credentials of GetSessionToken.
	UserCaller
	// RoleSessionCaller has assumed a role.
	RoleSessionCaller
	// FederatedUserCaller has the credentials of GetFederationToken.
	FederatedUserCaller
	// RootCaller is the root user of an account.
	RootCaller
	// ServiceCaller is an AWS service that acts for itself.
	ServiceCaller
	// IdentityProviderCaller is somebody whom a SAML or OIDC provider vouches
	// for, in AssumeRoleWithSAML or AssumeRoleWithWebIdentity.
	IdentityProviderCaller
)

// Caller is who makes a request.
type Caller struct {
	Kind CallerKind
	// ARN is that of the user, of the session (arn:aws:sts::…:assumed-role/…
	// or …:federated-user/…) or of the account root. A service has its service
	// principal here (ec2.amazonaws.com), an identity provider its ARN or
	// domain, and who is anonymous nothing.
	ARN string
	// Account is the 12-digit account of the caller's credentials.
	Account string
	// IssuerARN is the IAM identity behind a session: the role that was
	// assumed, or the user who called GetFederationToken.
	IssuerARN string
	// UniqueID is the id of the user or of the assumed role (AIDA…, AROA…),
	// if known: a saved trust policy may name it instead of the ARN.
	UniqueID string
}

// inWords is the ARN, or says what the caller is.
func (c *Caller) inWords() string {
	if c.ARN == "" {
		return "an anonymous caller"
	}
	return c.ARN
}

// hasIdentity tells those who have identity-based policies at all.
func (c *Caller) hasIdentity() bool {
	switch c.Kind {
	case UserCaller, RoleSessionCaller, FederatedUserCaller, RootCaller:
		return true
	default:
		return false
	}
}

// Context gives the keys of the request context that follow from who calls:
// aws:PrincipalType, and as far as the kind has them aws:username, aws:userid,
// aws:PrincipalArn and aws:PrincipalAccount. A key without a value is absent.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (c Caller) Context() Context {
	name := c.ARN[strings.LastIndexByte(c.ARN, '/')+1:]
	var kind, username, id string
	arn := c.ARN
	switch c.Kind {
	case UserCaller:
		kind, username, id = "User", name, c.UniqueID
	case RoleSessionCaller:
		kind, arn = "AssumedRole", c.IssuerARN
		if c.UniqueID != "" {
			id = c.UniqueID + ":" + name
		}
	case FederatedUserCaller:
		kind, id = "FederatedUser", c.Account+":"+name
	case RootCaller:
		kind, id = "Account", c.Account
	case ServiceCaller, IdentityProviderCaller:
		arn = ""
	case AnonymousCaller:
		kind = "Anonymous"
	}
	context := Context{values: make(map[string][]string, 8)}
	for _, key := range [...]struct{ name, value string }{
		{"aws:principalaccount", c.Account},
		{"aws:principalarn", arn},
		{"aws:principaltype", kind},
		{"aws:username", username},
		{"aws:userid", id},
	} {
		if key.value != "" {
			context.values[key.name] = []string{key.value}
		}
	}
	return context
}

// reach says how a Principal element names a caller. A Deny counts any way
// that names them; an Allow in the caller's own account grants the more, the
// more directly it names them.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type reach uint8

const (
	unnamed reach = iota
	// byAccount names the account: it delegates to identity policies.
	byAccount
	// byIssuer names the role or the federating user behind a session: limited
	// by the boundary and the session policies.
	byIssuer
	// directly names the caller, or everybody: no implicit deny limits it.
	directly
)

// principals is a compiled Principal or NotPrincipal element.
type principals struct {
	everybody bool
	// unjudged says that the element names canonical users, whom a [Caller]
	// does not tell: such an Allow does not reach anybody, such a Deny reaches
	// everybody.
	unjudged  bool
	accounts  []accountPrincipal
	named     []string
	services  []string
	providers []string
}

type accountPrincipal struct {
	id string
	// arnPrefix is "arn:PARTITION:"; empty if the element gives the bare number.
	arnPrefix string
}

// compilePrincipals reads the element as IAM does: the AWS type takes
// everybody, an account (root ARN or number), and one user, role, role session
// or federated user, by ARN or unique id. Groups and partial wildcards are
// refused.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func compilePrincipals(p Principal) (*principals, error) {
	if (&p).isEmpty() {
		return nil, syntax("a Principal or NotPrincipal must name somebody")
	}
	c := &principals{
		everybody: p.All,
		unjudged:  len(p.CanonicalUser) > 0,
		services:  slices.Clone(p.Service),
		providers: slices.Clone(p.Federated),
	}
	for _, text := range p.AWS {
		if err := c.add(text); err != nil {
			return nil, err
		}
	}
	for _, text := range slices.Concat(p.Service, p.Federated) {
		if text == "" || strings.ContainsAny(text, "*?") {
			return nil, syntax("principal %q: it must name one service or provider, without a wildcard", text)
		}
	}
	return c, nil
}

func (p *principals) add(text string) error {
	arn, ok := SplitARN(text)
	kind, name, _ := strings.Cut(arn.Resource, "/")
	switch {
	case text == "*":
		p.everybody = true
	case accountIDPattern().MatchString(text):
		p.accounts = append(p.accounts, accountPrincipal{id: text})
	case uniqueIDPattern().MatchString(text):
		p.named = append(p.named, text)
	case !ok || arn.Region != "" || strings.ContainsAny(text, "*?"):
		return syntax("principal %q: it must be *, an account, or the ARN of one user, role or session", text)
	case arn.Service == "iam" && arn.Resource == "root" && accountIDPattern().MatchString(arn.Account):
		p.accounts = append(p.accounts, accountPrincipal{id: arn.Account, arnPrefix: "arn:" + arn.Partition + ":"})
	case name != "" && isOnePrincipal(arn.Service, kind):
		p.named = append(p.named, text)
	default:
		return syntax("principal %q: it is not a user, role, session or account root", text)
	}
	return nil
}

func isOnePrincipal(service, kind string) bool {
	return service == "iam" && (kind == "user" || kind == "role") ||
		service == "sts" && (kind == "assumed-role" || kind == "federated-user")
}

// uniqueIDPattern are the ids that IAM shows in place of a deleted principal.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var uniqueIDPattern = regularExpression(`^A[A-Z0-9]{15,}$`)

// reaches says how the element names the caller. Names are case-sensitive.
func (p *principals) reaches(c *Caller) reach {
	if p.everybody {
		return directly
	}
	switch c.Kind {
	case AnonymousCaller:
		return unnamed
	case ServiceCaller:
		return directlyIf(slices.Contains(p.services, c.ARN))
	case IdentityProviderCaller:
		return directlyIf(slices.Contains(p.providers, c.ARN))
	case RootCaller:
		return directlyIf(p.namesAccount(c))
	default:
		return p.reachesIdentity(c)
	}
}

func (p *principals) reachesIdentity(c *Caller) reach {
	found := unnamed
	if p.namesAccount(c) {
		found = byAccount
	}
	idReach := directly
	if c.Kind != UserCaller {
		idReach = byIssuer
	}
	for _, name := range p.named {
		switch {
		case name == c.ARN:
			return directly
		case c.IssuerARN != "" && name == c.IssuerARN:
			found = max(found, byIssuer)
		case c.UniqueID != "" && name == c.UniqueID:
			found = max(found, idReach)
		}
	}
	return found
}

func (p *principals) namesAccount(c *Caller) bool {
	for _, account := range p.accounts {
		if account.id == c.Account && strings.HasPrefix(c.ARN, account.arnPrefix) {
			return true
		}
	}
	return false
}

func directlyIf(named bool) reach {
	if named {
		return directly
	}
	return unnamed
}

// exempts reports whether a NotPrincipal of a Deny leaves the caller alone. AWS
// may check the account, the role and the session one after another, so the
// element must name all of them; this is the strictest reading of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (p *principals) exempts(c *Caller) bool {
	if p.everybody {
		return true
	}
	if p.reaches(c) != directly {
		return false
	}
	if c.hasIdentity() && !p.namesAccount(c) {
		return false
	}
	return c.Kind != RoleSessionCaller || slices.Contains(p.named, c.IssuerARN)
}
