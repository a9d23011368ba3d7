package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func attachmentOperations() map[string]operation {
	type a = account.Account
	return map[string]operation{
		"AttachUserPolicy":          silent2(userResource, (*a).AttachUserPolicy, "UserName", "PolicyArn"),
		"AttachGroupPolicy":         silent2(groupResource, (*a).AttachGroupPolicy, "GroupName", "PolicyArn"),
		"AttachRolePolicy":          silent2(roleResource, (*a).AttachRolePolicy, "RoleName", "PolicyArn"),
		"DetachUserPolicy":          silent2(userResource, (*a).DetachUserPolicy, "UserName", "PolicyArn"),
		"DetachGroupPolicy":         silent2(groupResource, (*a).DetachGroupPolicy, "GroupName", "PolicyArn"),
		"DetachRolePolicy":          silent2(roleResource, (*a).DetachRolePolicy, "RoleName", "PolicyArn"),
		"ListAttachedUserPolicies":  attached(userResource, (*a).ListAttachedUserPolicies, "UserName"),
		"ListAttachedGroupPolicies": attached(groupResource, (*a).ListAttachedGroupPolicies, "GroupName"),
		"ListAttachedRolePolicies":  attached(roleResource, (*a).ListAttachedRolePolicies, "RoleName"),
	}
}

// attached is an operation that lists what is attached to the entity named by
// the parameter.
func attached(
	on resourceOf, list func(a *account.Account, name, pathPrefix string) ([]account.AttachedPolicy, error), name string,
) operation {
	return lists(on, "AttachedPolicies", func(c *call) ([]account.AttachedPolicy, error) {
		return list(c.account, c.get(name), c.get("PathPrefix"))
	}, func(p account.AttachedPolicy) string { return p.PolicyARN }, same, name)
}
