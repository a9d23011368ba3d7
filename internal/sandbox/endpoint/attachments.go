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
		"ListEntitiesForPolicy":     read(listEntitiesForPolicy, "PolicyArn"),
	}
}

// attachment is an operation that attaches a policy to the entity named by
// the parameter, or detaches it.
func attachment(change func(a *account.Account, name, policyARN string) error, parameter string) operation {
	return silent(func(c *call) error {
		return change(c.account, c.params.get(parameter), c.params.get("PolicyArn"))
	}, parameter, "PolicyArn")
}

// attached is an operation that lists what is attached to the entity named by
// the parameter.
func attached(
	list func(a *account.Account, name, pathPrefix string) ([]account.AttachedPolicy, error), parameter string,
) operation {
	return read(func(c *call) (any, error) {
		policies, err := list(c.account, c.params.get(parameter), c.params.get("PathPrefix"))
		if err != nil {
			return nil, err
		}
		return attachedPage(c, policies)
	}, parameter)
}

type attachedPolicyXML struct {
	PolicyName string
	PolicyArn  string
}

func attachedPolicyOf(p account.AttachedPolicy) attachedPolicyXML {
	return attachedPolicyXML{PolicyName: p.PolicyName, PolicyArn: p.PolicyARN}
}

func attachedPage(c *call, policies []account.AttachedPolicy) (any, error) {
	policies, info, err := page(c, policies, func(p account.AttachedPolicy) string { return p.PolicyARN })
	return struct {
		AttachedPolicies list[attachedPolicyXML]
		pageInfo
	}{listOf(policies, attachedPolicyOf), info}, err
}

type policyUserXML struct {
	UserName string
	UserID   string `xml:"UserId"`
}

type policyGroupXML struct {
	GroupName string
	GroupID   string `xml:"GroupId"`
}

type policyRoleXML struct {
	RoleName string
	RoleID   string `xml:"RoleId"`
}

type policyEntitiesXML struct {
	PolicyGroups list[policyGroupXML]
	PolicyUsers  list[policyUserXML]
	PolicyRoles  list[policyRoleXML]
	pageInfo
}

// listEntitiesForPolicy answers groups, users and roles in pages that go
// through the three lists one after the other.
func listEntitiesForPolicy(c *call) (any, error) {
	found, err := c.account.ListEntitiesForPolicy(c.params.get("PolicyArn"), account.EntityFilter{
		Kind:        c.params.get("EntityFilter"),
		PathPrefix:  c.params.get("PathPrefix"),
		UsageFilter: c.params.get("PolicyUsageFilter"),
	})
	if err != nil {
		return nil, err
	}
	var all []part[policyEntitiesXML]
	for _, g := range found.Groups {
		all = append(all, part[policyEntitiesXML]{"1 " + g.Name, func(x *policyEntitiesXML) {
			x.PolicyGroups.Members = append(x.PolicyGroups.Members, policyGroupXML{g.Name, g.ID})
		}})
	}
	for _, u := range found.Users {
		all = append(all, part[policyEntitiesXML]{"2 " + u.Name, func(x *policyEntitiesXML) {
			x.PolicyUsers.Members = append(x.PolicyUsers.Members, policyUserXML{u.Name, u.ID})
		}})
	}
	for _, r := range found.Roles {
		all = append(all, part[policyEntitiesXML]{"3 " + r.Name, func(x *policyEntitiesXML) {
			x.PolicyRoles.Members = append(x.PolicyRoles.Members, policyRoleXML{r.Name, r.ID})
		}})
	}
	result, info, err := pageOfParts(c, all)
	result.pageInfo = info
	return result, err
}
