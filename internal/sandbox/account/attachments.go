package account

import (
	"slices"
	"strings"
)

// AttachedPolicy is a managed policy attached to a user, group or role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPolicy.html
type AttachedPolicy struct {
	PolicyName string
	PolicyARN  string
}

// PolicyEntity is a group, user or role that uses a policy: PolicyGroup,
// PolicyUser and PolicyRole of the API.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
type PolicyEntity struct {
	Name string
	ID   string
}

// PolicyEntities is who uses a managed policy, each kind sorted by name.
type PolicyEntities struct {
	Groups, Users, Roles []PolicyEntity
}

// EntityFilter says which entities [Account.ListEntitiesForPolicy] gives.
type EntityFilter struct {
	// Kind is User, Role or Group; empty, LocalManagedPolicy and
	// AWSManagedPolicy give all of them.
	Kind       string
	PathPrefix string
	// UsageFilter is PermissionsPolicy or PermissionsBoundary; empty is both.
	UsageFilter string
}

// The ways in which a policy is used, as the API's PolicyUsageFilter spells
// them.
const (
	usedAsPermissions = "PermissionsPolicy"
	usedAsBoundary    = "PermissionsBoundary"
)

func (c *constraints) usageFilter(filter string) {
	if filter != "" {
		c.oneOf("policyUsageFilter", filter, usedAsPermissions, usedAsBoundary)
	}
}

// AttachUserPolicy attaches a managed policy to a user; one attached already
// is no error. It fails with NoSuchEntity, InvalidInput or LimitExceeded.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
func (a *Account) AttachUserPolicy(userName, policyARN string) error {
	return attach(a, (*Account).findUser, userName, policyARN, policiesPerUser)
}

// AttachGroupPolicy is [Account.AttachUserPolicy] for a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html
func (a *Account) AttachGroupPolicy(groupName, policyARN string) error {
	return attach(a, (*Account).findGroup, groupName, policyARN, policiesPerGroup)
}

// AttachRolePolicy is [Account.AttachUserPolicy] for a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
func (a *Account) AttachRolePolicy(roleName, policyARN string) error {
	return attach(a, (*Account).findRole, roleName, policyARN, policiesPerRole)
}

// DetachUserPolicy detaches a managed policy from a user. It fails with
// NoSuchEntity when it is not attached.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
func (a *Account) DetachUserPolicy(userName, policyARN string) error {
	return detach(a, (*Account).findUser, userName, policyARN)
}

// DetachGroupPolicy is [Account.DetachUserPolicy] for a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
func (a *Account) DetachGroupPolicy(groupName, policyARN string) error {
	return detach(a, (*Account).findGroup, groupName, policyARN)
}

// DetachRolePolicy is [Account.DetachUserPolicy] for a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
func (a *Account) DetachRolePolicy(roleName, policyARN string) error {
	return detach(a, (*Account).findRole, roleName, policyARN)
}

// ListAttachedUserPolicies is the managed policies attached to a user whose
// path begins with pathPrefix, sorted by ARN. It fails with NoSuchEntity or
// ValidationError.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html
func (a *Account) ListAttachedUserPolicies(userName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, (*Account).findUser, userName, pathPrefix)
}

// ListAttachedGroupPolicies is [Account.ListAttachedUserPolicies] for a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html
func (a *Account) ListAttachedGroupPolicies(groupName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, (*Account).findGroup, groupName, pathPrefix)
}

// ListAttachedRolePolicies is [Account.ListAttachedUserPolicies] for a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
func (a *Account) ListAttachedRolePolicies(roleName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, (*Account).findRole, roleName, pathPrefix)
}

// ListEntitiesForPolicy is who uses a managed policy. It fails with
// NoSuchEntity, InvalidInput or ValidationError.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func (a *Account) ListEntitiesForPolicy(policyARN string, filter EntityFilter) (PolicyEntities, error) {
	var c constraints
	c.optional("pathPrefix", filter.PathPrefix, pathRule)
	c.usageFilter(filter.UsageFilter)
	if filter.Kind != "" {
		c.oneOf("entityFilter", filter.Kind, "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
	}
	if err := c.err(); err != nil {
		return PolicyEntities{}, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if err := a.checkAttachable("policyArn", policyARN); err != nil {
		return PolicyEntities{}, err
	}
	var found PolicyEntities
	for _, g := range byName(a.state.Groups, filter.PathPrefix) {
		found.Groups = filter.collect(found.Groups, "Group", policyARN, &g.entity, "")
	}
	for _, u := range byName(a.state.Users, filter.PathPrefix) {
		found.Users = filter.collect(found.Users, "User", policyARN, &u.entity, u.PermissionsBoundary)
	}
	for _, r := range byName(a.state.Roles, filter.PathPrefix) {
		found.Roles = filter.collect(found.Roles, "Role", policyARN, &r.entity, r.PermissionsBoundary)
	}
	return found, nil
}

func (f EntityFilter) collect(found []PolicyEntity, kind, policyARN string, e *entity, boundary string) []PolicyEntity {
	if f.Kind != "" && f.Kind != kind && !strings.HasSuffix(f.Kind, "ManagedPolicy") {
		return found
	}
	attached := f.UsageFilter != usedAsBoundary && slices.Contains(e.AttachedPolicies, policyARN)
	bounded := f.UsageFilter != usedAsPermissions && boundary == policyARN
	if attached || bounded {
		found = append(found, PolicyEntity{Name: e.Name, ID: e.ID})
	}
	return found
}

func attach[T hasEntity](
	a *Account, find func(*Account, string) (T, error), name, policyARN string, limit quota,
) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, err := find(a, name)
	if err != nil {
		return err
	}
	if err := a.checkAttachable("policyArn", policyARN); err != nil {
		return err
	}
	e := object.base()
	attached := insertSorted(e.AttachedPolicies, policyARN)
	if len(attached) > limit.limit {
		return overQuota(limit)
	}
	e.AttachedPolicies = attached
	return nil
}

func detach[T hasEntity](a *Account, find func(*Account, string) (T, error), name, policyARN string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, err := find(a, name)
	if err != nil {
		return err
	}
	if err := a.checkPolicyARN("policyArn", policyARN); err != nil {
		return err
	}
	e := object.base()
	if !slices.Contains(e.AttachedPolicies, policyARN) {
		return noSuchEntity("Policy %s was not found.", policyARN)
	}
	e.AttachedPolicies = without(e.AttachedPolicies, policyARN)
	return nil
}

func listAttached[T hasEntity](
	a *Account, find func(*Account, string) (T, error), name, pathPrefix string,
) ([]AttachedPolicy, error) {
	if err := checkPathPrefix(pathPrefix, policyPathRule); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	object, err := find(a, name)
	if err != nil {
		return nil, err
	}
	return attachedPolicies(object.base(), pathPrefix), nil
}

func attachedPolicies(e *entity, pathPrefix string) []AttachedPolicy {
	var attached []AttachedPolicy
	for _, arn := range e.AttachedPolicies {
		_, resource, _ := strings.Cut(arn, ":policy")
		if strings.HasPrefix(resource, pathPrefix) {
			attached = append(attached, AttachedPolicy{PolicyName: resourceName(arn), PolicyARN: arn})
		}
	}
	return attached
}

// checkAttachable says whether there is a managed policy with that ARN.
func (a *Account) checkAttachable(field, policyARN string) error {
	if err := a.checkPolicyARN(field, policyARN); err != nil {
		return err
	}
	if _, ok := a.managed[policyARN]; ok {
		return nil
	}
	if _, err := a.findCustomerPolicy(policyARN); err != nil {
		return noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
	}
	return nil
}
