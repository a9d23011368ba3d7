package policy

import "cmp"

// Request is one call to an AWS API, as its authorisation sees it.
type Request struct {
	Caller Caller
	// Action is service:Name, in any case.
	Action string
	// Resource is an ARN, or "*" for an action that has no resource.
	Resource string
	// Context has the condition keys, those that follow from the caller
	// included: see [Caller.Context].
	Context Context
}

// Attached is a policy and the name a person knows it by.
type Attached struct {
	Name string
	// Policy has no statements if it is nil.
	Policy *Compiled
}

func (a *Attached) statements() []statement {
	if a == nil || a.Policy == nil {
		return nil
	}
	return a.Policy.statements
}

// Policies are all policies that have a say in a request.
type Policies struct {
	// Identity are those attached to the caller's user, to the user's groups,
	// or to the role of a session.
	Identity []Attached
	// Boundary is the permissions boundary of that user or role.
	Boundary *Attached
	// Organization are the service control policies that reach the caller, one
	// for each level: each must allow.
	Organization []Attached
	// Session are the policies that were passed when the session began.
	Session []Attached
	// Resource is the resource-based policy of the resource.
	Resource *Attached
	// Trust is the trust policy of the role that is to be assumed. Without it
	// nobody assumes a role.
	Trust *Attached
	// ResourceAccount owns the resource. If it is empty, that is the account in
	// the resource's ARN; if that has none, the caller's.
	ResourceAccount string
}

// Outcome says how a decision came about.
type Outcome uint8

// The outcomes of a request.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html
const (
	ImplicitDeny Outcome = iota
	ExplicitDeny
	Allowed
)

// String gives the name of the outcome.
func (o Outcome) String() string { return [...]string{"implicit deny", "explicit deny", "allowed"}[o] }

// Side is the type of policy that decided.
type Side uint8

// The types of policies, as AWS's access denied messages tell them apart.
// SideNone is the account root user, whom no policy needs to allow.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
const (
	SideNone Side = iota
	SideIdentity
	SideBoundary
	SideSession
	SideResource
	SideTrust
	SideOrganization
)

// String gives the type of policy in AWS's words.
func (s Side) String() string {
	return [...]string{
		"no policy", "identity-based policy", "permissions boundary", "session policy", "resource-based policy",
		"role trust policy", "service control policy",
	}[s]
}

// Decision is the answer to a [Request], and why.
type Decision struct {
	Allowed bool
	Outcome Outcome
	// Side is where the deciding statement stands; after an implicit deny, the
	// side that did not allow.
	Side Side
	// Policy and Sid name the deciding statement, and Index is its place in the
	// policy, from 0. There is none after an implicit deny, or for the account
	// root: then they are empty and Index is -1. Where two sides had to allow,
	// it is the statement of the resource's side.
	Policy string
	Sid    string
	Index  int
}

// Evaluate decides a request as AWS does:
//
//   - An explicit deny in any policy decides.
//   - Every service control policy must allow, whoever asks.
//   - The root user of the resource's account needs no allow, but assumes no role.
//   - In one account, the identity-based policies or the resource-based policy
//     must allow. To assume a role its trust policy must, whoever else does.
//   - A resource-based policy or trust policy of the same account that names
//     the caller itself (a user, a role session, a federated user, everybody)
//     suffices. If it names the role or the user behind a session, the
//     boundary and the session policies must allow too. If it names the
//     account, the identity side must allow, as if it were another account.
//   - Across accounts both sides must allow.
//   - The identity side allows if an identity-based policy does, and the
//     boundary if there is one, and one of the session policies if there are
//     any. A federated user has nothing without session policies.
//   - Services, identity providers and who is anonymous have no identity side:
//     the resource decides.
//
// It judges policies only: that some calls need no permission
// (sts:GetSessionToken) or heed no deny (sts:GetCallerIdentity) is for who
// asks.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func Evaluate(request Request, policies Policies) Decision {
	r, p := &request, &policies
	if d, refused := p.refused(r); refused {
		return d
	}
	side, grant, named := p.grant(r)
	sameAccount := p.sameAccount(r)
	if r.Caller.Kind == RootCaller {
		return decideRoot(side, grant, sameAccount)
	}
	fromResource := side == SideTrust || !sameAccount || !r.Caller.hasIdentity()
	switch {
	case fromResource && named == unnamed:
		return grant
	case !r.Caller.hasIdentity(), sameAccount && named == directly:
		return grant
	}
	decision := grant
	if !sameAccount || named < byIssuer {
		decision = p.withIdentity(r, grant, fromResource)
	}
	return p.limited(r, decision)
}

// limited is the decision within the boundary and the session policies.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
func (p *Policies) limited(r *Request, decision Decision) Decision {
	if !decision.Allowed {
		return decision
	}
	if p.Boundary != nil {
		if d, _ := p.Boundary.find(r, SideBoundary, false); !d.Allowed {
			return d
		}
	}
	if len(p.Session) > 0 || r.Caller.Kind == FederatedUserCaller {
		if d := findIn(r, p.Session, SideSession, false); !d.Allowed {
			return d
		}
	}
	return decision
}

// refused looks for a Deny in every policy, and for a service control policy that
// does not allow.
func (p *Policies) refused(r *Request) (Decision, bool) {
	for _, several := range [...]struct {
		list []Attached
		side Side
	}{{p.Identity, SideIdentity}, {p.Organization, SideOrganization}, {p.Session, SideSession}} {
		if d := findIn(r, several.list, several.side, true); d.Outcome == ExplicitDeny {
			return d, true
		}
	}
	for _, one := range [...]struct {
		attached *Attached
		side     Side
	}{{p.Boundary, SideBoundary}, {p.Resource, SideResource}, {p.Trust, SideTrust}} {
		if d, _ := one.attached.find(r, one.side, true); d.Outcome == ExplicitDeny {
			return d, true
		}
	}
	for i := range p.Organization {
		if d, _ := p.Organization[i].find(r, SideOrganization, false); !d.Allowed {
			return d, true
		}
	}
	return Decision{}, false
}

// withIdentity is the decision where identity-based policies must allow: theirs,
// or the grant of the resource's side where that must allow too.
func (p *Policies) withIdentity(r *Request, grant Decision, fromResource bool) Decision {
	identity := findIn(r, p.Identity, SideIdentity, false)
	if identity.Allowed && fromResource {
		return grant
	}
	return identity
}

// decideRoot decides for the root user of an account: no role, everything in
// its own account, and elsewhere what the resource grants.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func decideRoot(side Side, grant Decision, sameAccount bool) Decision {
	switch {
	case side == SideTrust:
		return implicitDeny(SideTrust)
	case sameAccount:
		return Decision{Allowed: true, Outcome: Allowed, Index: -1}
	}
	return grant
}

// sameAccount reports whether the caller and the resource are of one account.
func (p *Policies) sameAccount(r *Request) bool {
	owner := cmp.Or(p.ResourceAccount, accountOf(r.Resource), r.Caller.Account)
	return r.Caller.Account != "" && r.Caller.Account == owner
}

const accountDigits = 12

// accountOf gives the 12 digits in the fifth part of an ARN, if they are there.
func accountOf(arn string) string {
	const digits = accountDigits
	colons := 0
	for i := range len(arn) {
		if arn[i] != ':' {
			continue
		}
		colons++
		if colons < arnSegments-2 {
			continue
		}
		rest := arn[i+1:]
		if len(rest) > digits && rest[digits] == ':' && isDigits(rest[:digits]) {
			return rest[:digits]
		}
		return ""
	}
	return ""
}

// grant looks for an Allow of the trust policy, or else of the resource-based
// policy, and says which of them speaks for the resource.
func (p *Policies) grant(r *Request) (Side, Decision, reach) {
	side, attached := SideResource, p.Resource
	if p.Trust != nil || assumesRole(r.Action) {
		side, attached = SideTrust, p.Trust
	}
	d, named := attached.find(r, side, false)
	return side, d, named
}

// findIn gives the first statement with that effect that applies.
func findIn(r *Request, list []Attached, side Side, deny bool) Decision {
	for i := range list {
		if d, _ := list[i].find(r, side, deny); d.Outcome != ImplicitDeny {
			return d
		}
	}
	return implicitDeny(side)
}

// find gives the statement with that effect that applies and names the caller
// the most directly, the first of several.
func (a *Attached) find(r *Request, side Side, deny bool) (Decision, reach) {
	decision, most := implicitDeny(side), unnamed
	statements := a.statements()
	for i := range statements {
		s := &statements[i]
		if s.deny != deny {
			continue
		}
		named, ok := s.applies(r, side)
		if !ok || named <= most {
			continue
		}
		most = named
		decision = Decision{
			Allowed: !deny, Outcome: Allowed, Side: side, Policy: a.Name, Sid: s.sid, Index: i,
		}
		if deny {
			decision.Outcome = ExplicitDeny
		}
		if deny || most == directly {
			break
		}
	}
	return decision, most
}

func implicitDeny(side Side) Decision { return Decision{Side: side, Index: -1} }
