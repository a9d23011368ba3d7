package account

import (
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// UserDetail is a user with everything that belongs to it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
type UserDetail struct {
	User
	Groups           []string // names, sorted
	AttachedPolicies []AttachedPolicy
}

// GroupDetail is a group with its policies.
type GroupDetail struct {
	Group
	AttachedPolicies []AttachedPolicy
}

// RoleDetail is a role with its policies.
type RoleDetail struct {
	Role
	AttachedPolicies []AttachedPolicy
}

// PolicyDetail is a managed policy with its versions, the newest first.
type PolicyDetail struct {
	Policy
	Versions []PolicyVersion
}

// AuthorizationDetails is all of an account at one moment, each kind sorted
// by name.
type AuthorizationDetails struct {
	Users    []UserDetail
	Groups   []GroupDetail
	Roles    []RoleDetail
	Policies []PolicyDetail
}

// GetAccountAuthorizationDetails is the account's users, groups, roles and
// customer managed policies, and those AWS managed policies that are in use.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (a *Account) GetAccountAuthorizationDetails() AuthorizationDetails {
	a.mu.RLock()
	defer a.mu.RUnlock()
	details := AuthorizationDetails{
		Users: mapSlice(byName(a.state.Users, ""), func(u *user) UserDetail {
			return UserDetail{a.userOf(u), a.groupNames(u), attachedPolicies(&u.entity, "")}
		}),
		Groups: mapSlice(byName(a.state.Groups, ""), func(g *group) GroupDetail {
			return GroupDetail{a.groupOf(g), attachedPolicies(&g.entity, "")}
		}),
		Roles: mapSlice(byName(a.state.Roles, ""), func(r *role) RoleDetail {
			return RoleDetail{a.roleOf(r), attachedPolicies(&r.entity, "")}
		}),
	}
	for _, p := range a.allPolicies() {
		switch {
		case !p.AWSManaged:
			details.Policies = append(details.Policies,
				PolicyDetail{p, a.state.Policies[key(p.PolicyName)].versionsOf()})
		case p.AttachmentCount+p.PermissionsBoundaryUsageCount > 0:
			details.Policies = append(details.Policies,
				PolicyDetail{p, []PolicyVersion{awsVersionOf(a.managed[p.ARN])}})
		}
	}
	return details
}

func (a *Account) groupNames(u *user) []string {
	names := mapSlice(u.Groups, func(key string) string { return a.state.Groups[key].Name })
	slices.Sort(names)
	return names
}

// GetAccountSummary is how many objects the account has, and its quotas.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func (a *Account) GetAccountSummary() map[string]int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	versions := 0
	for _, p := range a.state.Policies {
		versions += len(p.Versions)
	}
	inUse := 0
	for _, d := range a.state.MFADevices {
		if d.OwnerID != "" {
			inUse++
		}
	}
	return map[string]int{
		"Users":                         len(a.state.Users),
		"UsersQuota":                    usersPerAccount.limit,
		"Groups":                        len(a.state.Groups),
		"GroupsQuota":                   groupsPerAccount.limit,
		"Roles":                         len(a.state.Roles),
		"RolesQuota":                    rolesPerAccount.limit,
		"Policies":                      len(a.state.Policies),
		"PoliciesQuota":                 policiesPerAccount.limit,
		"PolicyVersionsInUse":           versions,
		"PolicySizeQuota":               policy.ManagedPolicyQuota().Limit,
		"AssumeRolePolicySizeQuota":     policy.TrustPolicyQuota().Limit,
		"VersionsPerPolicyQuota":        versionsPerPolicy.limit,
		"GroupsPerUserQuota":            groupsPerUser.limit,
		"AccessKeysPerUserQuota":        accessKeysPerUser.limit,
		"AttachedPoliciesPerUserQuota":  policiesPerUser.limit,
		"AttachedPoliciesPerRoleQuota":  policiesPerRole.limit,
		"AttachedPoliciesPerGroupQuota": policiesPerGroup.limit,
		"MFADevices":                    len(a.state.MFADevices),
		"MFADevicesInUse":               inUse,
		"AccountMFAEnabled":             0,
		"AccountAccessKeysPresent":      0,
	}
}
