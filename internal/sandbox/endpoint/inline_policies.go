package endpoint

import (
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// inlinePolicyOperations are PutUserPolicy, GetUserPolicy, ListUserPolicies and
// DeleteUserPolicy, and those of groups and roles.
func inlinePolicyOperations() map[string]operation {
	operations := map[string]operation{}
	for _, kind := range []string{"User", "Group", "Role"} {
		name := kind + "Name"
		of := func(c *call) account.Identity {
			return account.Identity{Kind: strings.ToLower(kind), Name: c.params.get(name)}
		}
		operations["Put"+kind+"Policy"] = silent(func(c *call) error {
			return c.account.PutInlinePolicy(of(c), c.params.get("PolicyName"), c.params.get("PolicyDocument"))
		}, name, "PolicyName", "PolicyDocument")
		operations["Get"+kind+"Policy"] = read(func(c *call) (any, error) {
			return getInlinePolicy(c, of(c))
		}, name, "PolicyName")
		operations["List"+kind+"Policies"] = read(func(c *call) (any, error) {
			return listInlinePolicies(c, of(c))
		}, name)
		operations["Delete"+kind+"Policy"] = silent(func(c *call) error {
			return c.account.DeleteInlinePolicy(of(c), c.params.get("PolicyName"))
		}, name, "PolicyName")
	}
	return operations
}

// getInlinePolicy names the user, group or role that was asked for, too.
func getInlinePolicy(c *call, of account.Identity) (any, error) {
	document, err := c.account.GetInlinePolicy(of, c.params.get("PolicyName"))
	return struct {
		UserName       string `xml:",omitempty"`
		GroupName      string `xml:",omitempty"`
		RoleName       string `xml:",omitempty"`
		PolicyName     string
		PolicyDocument string
	}{
		c.params.get("UserName"), c.params.get("GroupName"), c.params.get("RoleName"),
		c.params.get("PolicyName"), encodeDocument(document),
	}, err
}

func listInlinePolicies(c *call, of account.Identity) (any, error) {
	names, err := c.account.ListInlinePolicies(of)
	if err != nil {
		return nil, err
	}
	names, info, err := page(c, names, func(name string) string { return name })
	return struct {
		PolicyNames list[string]
		pageInfo
	}{list[string]{names}, info}, err
}
