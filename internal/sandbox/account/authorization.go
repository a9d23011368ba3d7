package account

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Request is what a caller wants to do.
type Request struct {
	// Action is service:Name.
	Action string
	// Resource is an ARN, or * for an action that has no resource.
	Resource string
	// Context has condition keys besides those that follow from the caller and
	// from the time.
	Context map[string]string
}

// Authorize decides a request by the caller's policies: those of the user and
// of the user's groups, or of the role, with the boundary. An [*Error] with
// AccessDenied comes with the decision when that is not allowed.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (a *Account) Authorize(caller Caller, request Request) (policy.Decision, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.allowed(caller, caller.credential(), request, nil)
}

// allowed is decide, with an error unless the request is allowed.
func (a *Account) allowed(
	caller Caller, credential policy.Credential, request Request, trust *policy.Attached,
) (policy.Decision, error) {
	decision, err := a.decide(caller, credential, request, trust)
	if err == nil && !decision.Allowed {
		err = accessDenied(caller, request, decision)
	}
	return decision, err
}

// RoleAllows reports whether the policies of a role allow an action on
// everything.
func (a *Account) RoleAllows(roleName, action string) (bool, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, err := a.findRole(roleName)
	if err != nil {
		return false, err
	}
	caller := a.sessionCaller(a.principals[r.ID], &session{Kind: roleSession, Name: "session", PrincipalID: r.ID})
	decision, err := a.decide(caller, caller.credential(), Request{Action: action, Resource: "*"}, nil)
	return decision.Allowed, err
}

// decide evaluates a request; trust is for the actions on a role that its trust
// policy must allow.
func (a *Account) decide(
	caller Caller, credential policy.Credential, request Request, trust *policy.Attached,
) (policy.Decision, error) {
	policies, tags, err := a.policiesOf(caller)
	if err != nil {
		return policy.Decision{}, err
	}
	policies.Trust = trust
	return policy.Evaluate(policy.Request{
		Caller: caller.principal, Action: request.Action, Resource: request.Resource,
		Context: a.context(caller, credential, request, tags),
	}, policies), nil
}

// context is the request context.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (a *Account) context(
	caller Caller, credential policy.Credential, request Request, tags []Tag,
) policy.Context {
	now := a.timestamp()
	keys := map[string]string{
		"aws:CurrentTime": now.Format(time.RFC3339),
		"aws:EpochTime":   strconv.FormatInt(now.Unix(), 10),
	}
	if age := caller.mfaAge(now); age != "" && credential != policy.AssumeRoleCode {
		keys["aws:MultiFactorAuthAge"] = age
	}
	for _, tag := range tags {
		keys["aws:PrincipalTag/"+tag.Key] = tag.Value
	}
	if s := caller.session; s != nil {
		keys["aws:TokenIssueTime"] = s.IssueTime.Format(time.RFC3339)
	}
	maps.Copy(keys, request.Context)
	return credential.Context(caller.principal).WithEach(keys)
}

// policiesOf is the policies of the caller and the tags of the identity behind
// it. A caller whose user or role is gone has none.
func (a *Account) policiesOf(caller Caller) (policy.Policies, []Tag, error) {
	owner, ok := a.principals[caller.principal.UniqueID]
	if !ok {
		return policy.Policies{}, nil, nil
	}
	holders := []*entity{owner.entity}
	if owner.kind == "user" {
		for _, name := range a.state.Users[key(owner.Name)].Groups {
			holders = append(holders, &a.state.Groups[name].entity)
		}
	}
	identity, err := a.identityPolicies(holders)
	if err != nil {
		return policy.Policies{}, nil, err
	}
	policies := policy.Policies{Identity: identity}
	if boundary := string(owner.PermissionsBoundary); boundary != "" {
		limits, err := a.attached([]string{boundary})
		if err != nil {
			return policy.Policies{}, nil, err
		}
		policies.Boundary = &limits[0]
	}
	return policies, owner.Tags, nil
}

// identityPolicies are the managed and the inline policies of a role, or of a
// user and the user's groups.
func (a *Account) identityPolicies(holders []*entity) ([]policy.Attached, error) {
	var arns []string
	for _, e := range holders {
		for _, arn := range e.AttachedPolicies {
			arns = insertSorted(arns, arn)
		}
	}
	policies, err := a.attached(arns)
	if err != nil {
		return nil, err
	}
	for _, e := range holders {
		for _, name := range slices.Sorted(maps.Keys(e.InlinePolicies)) {
			inline, err := a.compiled("inline policy "+name+" of "+e.Name, e.InlinePolicies[name])
			if err != nil {
				return nil, err
			}
			policies = append(policies, inline)
		}
	}
	return policies, nil
}

// attached is the managed policies with these ARNs, each in its default
// version. One that is gone allows nothing.
func (a *Account) attached(arns []string) ([]policy.Attached, error) {
	policies := make([]policy.Attached, 0, len(arns))
	for _, arn := range arns {
		text, ok := a.documentOf(arn)
		if !ok {
			policies = append(policies, policy.Attached{Name: arn})
			continue
		}
		compiled, err := a.compiled(arn, text)
		if err != nil {
			return nil, err
		}
		policies = append(policies, compiled)
	}
	return policies, nil
}

func (a *Account) documentOf(arn string) (string, bool) {
	if p, ok := a.managed[arn]; ok {
		return p.Document, true
	}
	p, err := a.findCustomerPolicy(arn)
	if err != nil {
		return "", false
	}
	return p.document()
}

// compiled makes a document ready, or finds it as it was made ready before. One
// that cannot be judged is an error: the request is then refused, whatever else
// would allow it.
func (a *Account) compiled(name, text string) (policy.Attached, error) {
	found, _ := a.documents.Load(text)
	if ready, ok := found.(*policy.Compiled); ok {
		return policy.Attached{Name: name, Policy: ready}, nil
	}
	document, err := policy.Parse(text)
	if err != nil {
		return policy.Attached{}, fmt.Errorf("judging by %s: %w", name, err)
	}
	compiled, err := policy.Compile(document)
	if err != nil {
		return policy.Attached{}, fmt.Errorf("judging by %s: %w", name, err)
	}
	a.documents.Store(text, compiled)
	return policy.Attached{Name: name, Policy: compiled}, nil
}

// accessDenied is AWS's text for a decision. S3 and EC2 leave out a resource
// that is *; for a role that does not trust the caller there is no reason.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func accessDenied(caller Caller, request Request, decision policy.Decision) *Error {
	message := "User: " + caller.ARN + " is not authorized to perform: " + request.Action
	service, _, _ := strings.Cut(request.Action, ":")
	if request.Resource != "*" || service != "s3" && service != "ec2" {
		message += " on resource: " + request.Resource
	}
	return NewError("AccessDenied", 403, "%s%s", message, deniedBecause(request, decision))
}

func deniedBecause(request Request, decision policy.Decision) string {
	switch {
	case decision.Side == policy.SideTrust:
		return ""
	case decision.Outcome == policy.ExplicitDeny:
		because := " with an explicit deny in a " + decision.Side.String()
		if decision.Side == policy.SideIdentity {
			because = " with an explicit deny in an " + decision.Side.String()
		}
		if strings.HasPrefix(decision.Policy, "arn:") {
			because += ": " + decision.Policy
		}
		return because
	}
	return fmt.Sprintf(" because no %s allows the %s action", decision.Side, request.Action)
}
