// Package explain says why a request is allowed or denied, which statement
// decides, and what to do.
package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// undecided is the outcome where a policy that was not read could decide.
const undecided = "undecided"

// Question is about a request. What is empty is chosen.
type Question struct {
	Action, Resource string
	// As is the kind of credential.
	As policy.Credential
	// Profile is the one whose caller asks; if it is empty, a user of a stack does
	// that is not deployed.
	Profile string
	// Stack and Project name the stack, User the user, and Group one of their
	// groups.
	Stack, Project, User, Group string
	// Attached is an AWS managed policy that the caller has besides.
	Attached string
}

// Answer explains the request, with notes on what was asked.
func (q Question) Answer(ctx context.Context, env environment.Environment) (Explanation, []string, error) {
	s := situation{action: q.Action, resource: q.Resource}
	var err error
	if q.Profile != "" {
		err = s.ofProfile(ctx, q, env)
	} else {
		err = s.ofStack(q, env)
	}
	if err != nil {
		return Explanation{}, nil, err
	}
	explanation, err := s.explain()
	return explanation, s.notes, err
}

// AssumesRole reports whether an action is sts:AssumeRole.
func AssumesRole(action string) bool { return strings.EqualFold(action, "sts:AssumeRole") }

// situation is a request, and the policies that decide it.
type situation struct {
	action, resource string
	caller           policy.Caller
	credential       policy.Credential
	identity         []policy.NamedDocument
	boundary         *policy.NamedDocument
	// trust is the trust policy of the role that the request assumes.
	trust *policy.NamedDocument
	// unread are the policies that are not known.
	unread []string
	// deniedBy is the policy that denied reading the caller's policies, if one did.
	deniedBy string
	// profiles are those with which the caller works with MFA, and getProfile says how
	// to have some.
	profiles   []string
	getProfile string
	notes      []string
}

// Explanation is the answer; the tags are those of --json.
type Explanation struct {
	Allowed    bool              `json:"allowed"`
	Outcome    string            `json:"outcome"`
	Action     string            `json:"action"`
	Resource   string            `json:"resource"`
	Caller     string            `json:"caller"`
	Credential policy.Credential `json:"credential"`
	// Policy and Statement name what decided, if a statement did. PolicyType is
	// that of the policy, or after an implicit deny the one that does not allow.
	Policy     string `json:"policy,omitempty"`
	Statement  string `json:"statement,omitempty"`
	PolicyType string `json:"policyType,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Remedy     string `json:"remedy,omitempty"`
	// Unread are the policies that could not be read.
	Unread []string `json:"unread"`
	// Text is all of it in one line.
	Text string `json:"text"`
}

func (s *situation) attach(name string) {
	partition := strings.Split(s.caller.ARN, ":")[1]
	if document, ok := policy.AWSManagedDocument(partition, name); ok {
		s.identity = append(s.identity, policy.NamedDocument{Name: name, Document: document})
	}
}

// explain decides the request and says why. The error is about a document that
// cannot be judged.
func (s *situation) explain() (Explanation, error) {
	policies, err := s.compile()
	if err != nil {
		return Explanation{}, err
	}
	decide := func(credential policy.Credential) policy.Decision {
		return policy.Evaluate(policy.Request{
			Caller: s.caller, Action: s.action, Resource: s.resource, Context: credential.Context(s.caller),
		}, policies)
	}
	decision := decide(s.credential)
	e := Explanation{
		Allowed: decision.Allowed, Outcome: decision.Outcome.String(),
		Action: s.action, Resource: s.resource, Caller: s.caller.ARN, Credential: s.credential,
		Policy: decision.Policy, Statement: decision.Statement(), PolicyType: decision.Side.String(),
		Unread: append([]string{}, s.unread...),
	}
	switch reason, rules := s.ruledWithoutPolicies(decision); {
	case rules:
		e = e.ruled(reason)
	case decision.Outcome != policy.ExplicitDeny && s.deniedUnread():
		e.Allowed, e.Outcome, e.Policy, e.Statement = false, policy.ExplicitDeny.String(), s.deniedBy, ""
		e.PolicyType = policy.SideIdentity.String()
		e.Reason = "no MFA in this session, which may not even read its policies"
		e.Remedy = s.useProfile()
	case decision.Outcome != policy.ExplicitDeny && len(s.unread) > 0:
		e.undecided()
	case !decision.Allowed:
		e.Reason, e.Remedy = s.help(decision, decide(s.withMFA()), policies)
	}
	e.Text = e.text()
	return e, nil
}

func (s *situation) compile() (policies policy.Policies, err error) {
	compile := func(named *policy.NamedDocument) *policy.Attached {
		if named == nil {
			return nil
		}
		compiled, fault := policy.Compile(named.Document)
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", named.Name, fault))
		}
		return &policy.Attached{Name: named.Name, Policy: compiled}
	}
	for _, named := range s.identity {
		policies.Identity = append(policies.Identity, *compile(&named))
	}
	policies.Boundary, policies.Trust = compile(s.boundary), compile(s.trust)
	return policies, err
}

func (s *situation) withMFA() policy.Credential {
	switch {
	case s.caller.Kind == policy.RoleSessionCaller:
		return policy.RoleChain
	case AssumesRole(s.action):
		return policy.AssumeRoleCode
	default:
		return policy.SessionTokenMFA
	}
}

// ruledWithoutPolicies are the requests that AWS decides whatever policies
// allow.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html#stsapi_comparison
func (s *situation) ruledWithoutPolicies(d policy.Decision) (ruling, bool) {
	switch token := strings.EqualFold(s.action, "sts:GetSessionToken"); {
	case strings.EqualFold(s.action, "sts:GetCallerIdentity"):
		return ruling{true, "it needs no permission, and no policy can deny it"}, true
	case token && s.credential != policy.LongTermKey:
		return ruling{false, "it is for long-term access keys only"}, true
	case token && d.Outcome == policy.ImplicitDeny:
		return ruling{true, "it needs no permission"}, true
	case s.service() == "iam" && s.credential == policy.SessionToken:
		return ruling{false, "IAM refuses sessions of GetSessionToken that carry no MFA, whatever policies say"}, true
	}
	return ruling{}, false
}

// deniedUnread reports whether a request of an access key without MFA is denied as
// far as can be told without its policies: that they may not be read is what the
// deny of this project does, which lets pass what enrolling takes, of IAM and STS.
func (s *situation) deniedUnread() bool {
	return s.deniedBy != "" && s.credential == policy.LongTermKey && s.service() != "iam" && s.service() != "sts"
}

func (s *situation) service() string {
	service, _, _ := strings.Cut(strings.ToLower(s.action), ":")
	return service
}

// ruling is a decision that no policy makes.
type ruling struct {
	allowed bool
	reason  string
}

func (e Explanation) ruled(r ruling) Explanation {
	e.Allowed, e.Reason = r.allowed, r.reason
	e.Policy, e.Statement, e.PolicyType, e.Unread = "", "", "", []string{}
	e.Outcome = policy.ExplicitDeny.String()
	if r.allowed {
		e.Outcome = policy.Allowed.String()
	}
	return e
}

func (e *Explanation) undecided() {
	may := "allow it"
	if e.Allowed {
		may = "deny it"
	}
	e.Allowed, e.Outcome = false, undecided
	e.Reason = fmt.Sprintf("what is not known may %s: %s", may, strings.Join(e.Unread, "; "))
}

// help says why a request is denied and what would change that: MFA, or else
// condition keys of whatever value helps, with MFA if it takes both.
func (s *situation) help(d, withMFA policy.Decision, policies policy.Policies) (reason, remedy string) {
	if !withMFA.Allowed {
		for _, credential := range []policy.Credential{s.credential, s.withMFA()} {
			keys, allowed, err := policy.Possible(s.caller, credential, s.action, s.resource, policies)
			switch with := output.Joined(keys, "and"); {
			case err != nil || !allowed || with == "":
			case credential == s.credential:
				return "a policy asks for more than the request has", "it is allowed with such as " + with
			default:
				reason, remedy = s.lackOfMFA(policy.Decision{Allowed: true})
				return reason, remedy + "; it is allowed with such as " + with + " besides"
			}
		}
	}
	return s.reason(d, withMFA)
}

func (s *situation) reason(d, withMFA policy.Decision) (reason, remedy string) {
	explicit := d.Outcome == policy.ExplicitDeny
	switch {
	case withMFA.Allowed, explicit && withMFA.Outcome != policy.ExplicitDeny:
		return s.lackOfMFA(withMFA)
	case explicit:
		return "an explicit deny, which no allow overrides", ""
	case d.Side == policy.SideTrust:
		return "the role's trust policy does not allow " + s.caller.ARN,
			"add the user to the role in the stack's configuration, or to its groups, and deploy"
	case s.caller.Kind == policy.UserCaller && len(s.profiles) > 0:
		return s.noAllow(d), s.useProfile() + ", if its role allows it"
	default:
		return s.noAllow(d), "attach a policy that allows it"
	}
}

// lackOfMFA is the reason of a request that MFA would make another one.
func (s *situation) lackOfMFA(withMFA policy.Decision) (reason, remedy string) {
	switch {
	case s.caller.Kind == policy.RoleSessionCaller:
		return "a role session carries no MFA", "policies that demand MFA must not be attached to a role: detach it"
	case AssumesRole(s.action):
		return "no MFA in this call", s.useProfile()
	case withMFA.Allowed && s.service() == "iam":
		// What people do to their own device is theirs to do, not a role's.
		return "no MFA in this session", "sign in with MFA: in the console, or with aws sts get-session-token and a code"
	default:
		return "no MFA in this session", s.useProfile()
	}
}

func (s *situation) noAllow(d policy.Decision) string {
	return fmt.Sprintf("no statement of the %s allows %s on %s", d.Side, s.action, s.resource)
}

func (s *situation) useProfile() string {
	if len(s.profiles) == 0 {
		return cmp.Or(s.getProfile, "use a profile with MFA")
	}
	return "use --profile " + output.Joined(s.profiles, "or")
}

func (e Explanation) text() string {
	verb := map[bool]string{true: "allowed", false: "denied"}[e.Allowed]
	if e.Outcome == undecided {
		verb = undecided
	}
	text := verb
	switch {
	case verb == undecided || e.Policy == "":
	case e.Statement == "":
		text += " by " + e.Policy
	default:
		text += " by " + e.Statement + " of " + e.Policy
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}
