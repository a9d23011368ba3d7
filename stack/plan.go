package stack

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Plan is what an [Access] comes to, in plain values: every name, ARN and
// document that would be deployed. It is made once, and read by the proof, by
// the components that register it, and by everybody who asks what a stack is.
type Plan struct {
	// Deployment has the roles in the order of their keys and the groups in that
	// of their names. Each group has one policy: the stack's own.
	policy.Deployment

	// Tags of every role and policy.
	Tags map[string]string
	// Imports are what exists already.
	Imports Imports
	// Order is that in which the roles are registered, and who of those whom they
	// trust is leaving.
	Order Order
	// Others are the other stacks that have members of this one.
	Others Others
}

// InOrder are the roles, each after those that [Order] puts before it.
func (p Plan) InOrder() []policy.Role {
	ordered := make([]policy.Role, 0, len(p.Roles))
	seen := map[string]bool{}
	var add func(role policy.Role)
	add = func(role policy.Role) {
		if seen[role.Key] {
			return
		}
		seen[role.Key] = true
		for _, key := range p.Order.After[role.Key] {
			if before, ok := p.Role(key); ok {
				add(before)
			}
		}
		ordered = append(ordered, role)
	}
	for _, role := range p.Roles {
		add(role)
	}
	return ordered
}

// Role is the planned role of that key; ok is false where there is none.
func (p Plan) Role(key string) (role policy.Role, ok bool) {
	i := slices.IndexFunc(p.Roles, func(r policy.Role) bool { return r.Key == key })
	if i < 0 {
		return policy.Role{}, false
	}
	return p.Roles[i], true
}

// Known is what an account tells a plan about what the stack does not make.
type Known struct {
	// Members are the ARNs of the users in each group. A role all of whose groups
	// are known to have none trusts nobody.
	Members map[string][]string
	// Documents are those of managed policies, by ARN: what is not known is not
	// judged.
	Documents map[string]policy.Document
	// FurtherPolicies are those of [RolePlace], by role.
	FurtherPolicies map[string][]string
}

// Plan builds every document, each once, from plain values alone. It returns every
// fault at once, joined: a [*RoleError] or a [*GroupError] for each, wrapping one
// error of this package or of [policy].
func (a Access) Plan(known Known) (Plan, error) {
	if len(a.Roles) == 0 {
		return Plan{}, errors.Join(ErrNoRoles)
	}
	faults := slices.Concat(a.checkNames(), leaves(a.Account.Check()), leaves(policy.CheckTags(a.Tags)))
	plan := Plan{Tags: a.Tags, Deployment: policy.Deployment{
		Account:               a.Account,
		Enrolment:             a.Enrolment,
		DeviceName:            a.DeviceName,
		ExemptActions:         a.ExemptActions,
		ExemptActionsAtMyRisk: a.ExemptActionsAtMyRisk,
		SelfServiceAccessKeys: a.SelfServiceAccessKeys,
		WithoutDeny:           a.WithoutDeny,
		TrustPolicyQuota:      a.TrustPolicyQuota,
	}}
	own := a.ownPolicies()
	arns := map[string]string{}
	for _, key := range a.RoleNames() {
		role, err := a.planRole(key, known, own)
		for _, fault := range leaves(err) {
			faults = append(faults, &RoleError{Role: key, Err: fault})
		}
		arns[key] = role.ARN
		plan.Roles = append(plan.Roles, role)
	}
	for name, roles := range a.byGroup() {
		group, err := a.planGroup(name, roles, arns)
		for _, fault := range leaves(err) {
			faults = append(faults, &GroupError{Group: name, Err: fault})
		}
		group.MemberARNs = known.Members[name]
		plan.Groups = append(plan.Groups, group)
	}
	if len(faults) > 0 {
		return Plan{}, errors.Join(faults...)
	}
	return plan, nil
}

// haveNoMembers reports whether it is known of all groups, one at least.
func (k Known) haveNoMembers(groups []string) bool {
	return len(groups) > 0 && !slices.ContainsFunc(groups, func(group string) bool {
		members, known := k.Members[group]
		return !known || len(members) > 0
	})
}

func (a Access) planRole(key string, known Known, own ownPolicies) (policy.Role, error) {
	written := a.Roles[key]
	written.Name = cmp.Or(written.Name, a.NamePrefix+key)
	role, err := written.Plan(RolePlace{
		Partition: a.Account.Partition, TrustPolicyQuota: a.TrustPolicyQuota,
		FurtherPolicies: known.FurtherPolicies[key], NobodyYet: known.haveNoMembers(written.Groups),
	})
	role.Key, role.ARN = key, a.Account.RoleARN(role.Path, role.Name)
	for _, arn := range role.PolicyARNs {
		if document, ok := known.Documents[arn]; ok {
			role.Policies = append(role.Policies, policy.NamedDocument{Name: arn, Document: document})
		} else if !policy.IsAWSManaged(arn) {
			role.NotJudged = append(role.NotJudged, arn)
		}
	}
	if boundary, ok := known.Documents[role.PermissionsBoundary]; ok {
		role.Boundary = &policy.NamedDocument{Name: role.PermissionsBoundary, Document: boundary}
	} else if role.PermissionsBoundary != "" && !policy.IsAWSManaged(role.PermissionsBoundary) {
		role.NotJudged = append(slices.Clip(role.NotJudged), "permissions boundary "+role.PermissionsBoundary)
	}
	return role, errors.Join(err, own.check(role.PolicyARNs), checkGroups(written.Groups))
}

func (a Access) planGroup(name string, roles []string, roleARNs map[string]string) (policy.Group, error) {
	group := policy.Group{Name: name}
	for _, role := range roles {
		group.RoleARNs = append(group.RoleARNs, roleARNs[role])
	}
	document, err := policy.GroupPolicy{
		Account:               a.Account,
		RoleARNs:              group.RoleARNs,
		Enrolment:             a.Enrolment,
		DeviceName:            a.DeviceName,
		ExemptActions:         a.ExemptActions,
		ExemptActionsAtMyRisk: a.ExemptActionsAtMyRisk,
		SelfServiceAccessKeys: a.SelfServiceAccessKeys,
		WithoutDeny:           a.WithoutDeny,
	}.ManagedPolicy()
	policyName := a.NamePrefix + name
	group.Policies = []policy.NamedDocument{{Name: policyName, Document: document}}
	return group, errors.Join(policy.CheckGroupName(name), policy.CheckPolicyName(policyName), err)
}

// checkNames finds names that IAM takes for one: it compares them without
// regard to case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (a Access) checkNames() []error {
	var faults []error
	for _, two := range twins(a.RoleNames()) {
		faults = append(faults, &RoleError{Role: two.later, Err: two.err()})
	}
	for _, two := range twins(a.GroupNames()) {
		faults = append(faults, &GroupError{Group: two.later, Err: two.err()})
	}
	return faults
}

type twin struct{ later, first string }

func (t twin) err() error { return fmt.Errorf("the same name as %s: %w", t.first, ErrDuplicate) }

// twins are the names that IAM takes for an earlier one.
func twins(names []string) (found []twin) {
	seen := map[string]string{}
	for _, name := range names {
		if first, ok := seen[strings.ToLower(name)]; ok {
			found = append(found, twin{name, first})
			continue
		}
		seen[strings.ToLower(name)] = name
	}
	return found
}

func checkGroups(groups []string) error {
	if len(groups) == 0 {
		return ErrNoGroups
	}
	var faults []error
	for _, two := range twins(groups) {
		faults = append(faults, fmt.Errorf("group %s: %w", two.later, ErrDuplicate))
	}
	return errors.Join(faults...)
}

// ownPolicies are the ARNs of the policies that the stack makes for its groups, in
// lower case.
type ownPolicies map[string]bool

func (a Access) ownPolicies() ownPolicies {
	own := ownPolicies{}
	for _, group := range a.GroupNames() {
		own[strings.ToLower(a.Account.PolicyARN("/", a.NamePrefix+group))] = true
	}
	return own
}

func (o ownPolicies) has(arn string) bool { return o[strings.ToLower(arn)] }

// check refuses the policy of a group of this stack on a role.
func (o ownPolicies) check(arns []string) error {
	var faults []error
	for _, arn := range arns {
		if o.has(arn) {
			faults = append(faults, fmt.Errorf("%s: %w", arn, ErrOwnPolicyOnRole))
		}
	}
	return errors.Join(faults...)
}
