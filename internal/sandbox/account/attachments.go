package account

import (
	"slices"
	"strings"
)

// AttachedPolicy is a managed policy attached to a user, group or role.
type AttachedPolicy struct {
	PolicyName string
	PolicyARN  string `xml:"PolicyArn"`
}

// AttachUserPolicy attaches a managed policy to a user; one attached already is
// no error.
func (a *Account) AttachUserPolicy(userName, policyARN string) error {
	return attach(a, a.findUser, userName, policyARN, policiesPerUser)
}

// AttachGroupPolicy is [Account.AttachUserPolicy] for a group.
func (a *Account) AttachGroupPolicy(groupName, policyARN string) error {
	return attach(a, a.findGroup, groupName, policyARN, policiesPerGroup)
}

// AttachRolePolicy is [Account.AttachUserPolicy] for a role.
func (a *Account) AttachRolePolicy(roleName, policyARN string) error {
	return attach(a, a.findRole, roleName, policyARN, policiesPerRole)
}

// DetachUserPolicy detaches a managed policy from a user.
func (a *Account) DetachUserPolicy(userName, policyARN string) error {
	return detach(a, a.findUser, userName, policyARN)
}

// DetachGroupPolicy is [Account.DetachUserPolicy] for a group.
func (a *Account) DetachGroupPolicy(groupName, policyARN string) error {
	return detach(a, a.findGroup, groupName, policyARN)
}

// DetachRolePolicy is [Account.DetachUserPolicy] for a role.
func (a *Account) DetachRolePolicy(roleName, policyARN string) error {
	return detach(a, a.findRole, roleName, policyARN)
}

// ListAttachedUserPolicies is the managed policies attached to a user whose
// path begins with pathPrefix, sorted by ARN.
func (a *Account) ListAttachedUserPolicies(userName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, a.findUser, userName, pathPrefix)
}

// ListAttachedGroupPolicies is [Account.ListAttachedUserPolicies] for a group.
func (a *Account) ListAttachedGroupPolicies(groupName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, a.findGroup, groupName, pathPrefix)
}

// ListAttachedRolePolicies is [Account.ListAttachedUserPolicies] for a role.
func (a *Account) ListAttachedRolePolicies(roleName, pathPrefix string) ([]AttachedPolicy, error) {
	return listAttached(a, a.findRole, roleName, pathPrefix)
}

func attach[T hasEntity](a *Account, find func(string) (T, error), name, policyARN string, limit quota) error {
	return changing(a, find, name, func(object T) error {
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
	})
}

func detach[T hasEntity](a *Account, find func(string) (T, error), name, policyARN string) error {
	return changing(a, find, name, func(object T) error {
		if err := a.checkPolicyARN("policyArn", policyARN); err != nil {
			return err
		}
		e := object.base()
		if !slices.Contains(e.AttachedPolicies, policyARN) {
			return noSuchEntity("Policy %s was not found.", policyARN)
		}
		e.AttachedPolicies = without(e.AttachedPolicies, policyARN)
		return nil
	})
}

func listAttached[T hasEntity](
	a *Account, find func(string) (T, error), name, pathPrefix string,
) ([]AttachedPolicy, error) {
	if err := checkPathPrefix(pathPrefix, policyPathRule); err != nil {
		return nil, err
	}
	return reading(a, find, name, func(object T) (attached []AttachedPolicy) {
		for _, arn := range object.base().AttachedPolicies {
			_, resource, _ := strings.Cut(arn, ":policy")
			if strings.HasPrefix(resource, pathPrefix) {
				attached = append(attached, AttachedPolicy{PolicyName: resourceName(arn), PolicyARN: arn})
			}
		}
		return attached
	})
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
