package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func attachmentOperations() map[string]operation {
	return map[string]operation{
		"AttachUserPolicy":          attachment((*account.Account).AttachUserPolicy, "UserName"),
		"AttachGroupPolicy":         attachment((*account.Account).AttachGroupPolicy, "GroupName"),
		"AttachRolePolicy":          attachment((*account.Account).AttachRolePolicy, "RoleName"),
		"DetachUserPolicy":          attachment((*account.Account).DetachUserPolicy, "UserName"),
		"DetachGroupPolicy":         attachment((*account.Account).DetachGroupPolicy, "GroupName"),
		"DetachRolePolicy":          attachment((*account.Account).DetachRolePolicy, "RoleName"),
		"ListAttachedUserPolicies":  attached((*account.Account).ListAttachedUserPolicies, "UserName"),
		"ListAttachedGroupPolicies": attached((*account.Account).ListAttachedGroupPolicies, "GroupName"),
		"ListAttachedRolePolicies":  attached((*account.Account).ListAttachedRolePolicies, "RoleName"),
	}
}

// attachment is an operation that attaches a policy to the entity named by
// the parameter, or detaches it.
func attachment(change func(a *account.Account, name, policyARN string) error, parameter string) operation {
	return silent(func(c *call) error {
		return change(c.account, c.get(parameter), c.get("PolicyArn"))
	}, parameter, "PolicyArn")
}

// attached is an operation that lists what is attached to the entity named by
// the parameter.
func attached(
	list func(a *account.Account, name, pathPrefix string) ([]account.AttachedPolicy, error), parameter string,
) operation {
	return lists("AttachedPolicies", func(c *call) ([]account.AttachedPolicy, error) {
		return list(c.account, c.get(parameter), c.get("PathPrefix"))
	}, func(p account.AttachedPolicy) string { return p.PolicyARN }, same, parameter)
}
