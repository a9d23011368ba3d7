package endpoint

import (
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// inlinePolicyOperations are PutUserPolicy, GetUserPolicy, ListUserPolicies and
// DeleteUserPolicy, and those of groups and roles.
func inlinePolicyOperations() map[string]operation {
	operations := map[string]operation{}
	for kind, on := range map[string]resourceOf{"User": userResource, "Group": groupResource, "Role": roleResource} {
		name := kind + "Name"
		of := func(c *call) account.Identity {
			return account.Identity{Kind: strings.ToLower(kind), Name: c.get(name)}
		}
		operations["Put"+kind+"Policy"] = silent(on, func(c *call) error {
			return c.account.PutInlinePolicy(of(c), c.get("PolicyName"), c.get("PolicyDocument"))
		}, name, "PolicyName", "PolicyDocument")
		operations["Get"+kind+"Policy"] = read(on, func(c *call) (any, error) {
			return getInlinePolicy(c, of(c))
		}, name, "PolicyName")
		operations["List"+kind+"Policies"] = lists(on, "PolicyNames", func(c *call) ([]string, error) {
			return c.account.ListInlinePolicies(of(c))
		}, same, same, name)
		operations["Delete"+kind+"Policy"] = silent(on, func(c *call) error {
			return c.account.DeleteInlinePolicy(of(c), c.get("PolicyName"))
		}, name, "PolicyName")
	}
	return operations
}

// getInlinePolicy names the user, group or role that was asked for, too.
func getInlinePolicy(c *call, of account.Identity) (any, error) {
	document, err := c.account.GetInlinePolicy(of, c.get("PolicyName"))
	return struct {
		UserName       string `xml:",omitempty"`
		GroupName      string `xml:",omitempty"`
		RoleName       string `xml:",omitempty"`
		PolicyName     string
		PolicyDocument string
	}{
		c.get("UserName"), c.get("GroupName"), c.get("RoleName"),
		c.get("PolicyName"), encodeDocument(document),
	}, err
}
