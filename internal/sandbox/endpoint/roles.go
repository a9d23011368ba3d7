package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func roleOperations() map[string]operation {
	return map[string]operation{
		"CreateRole": write(createRole, "RoleName", "AssumeRolePolicyDocument"),
		"GetRole": read(func(c *call) (any, error) {
			r, err := c.account.GetRole(c.get("RoleName"))
			return roleResult{roleOf(r)}, err
		}, "RoleName"),
		"ListRoles": lists("Roles", func(c *call) ([]account.Role, error) {
			return c.account.ListRoles(c.get("PathPrefix"))
		}, func(r account.Role) string { return r.RoleName }, listedRole),
		"DeleteRole":            silent(func(c *call) error { return c.account.DeleteRole(c.get("RoleName")) }, "RoleName"),
		"UpdateRole":            write(updateRole, "RoleName"),
		"UpdateRoleDescription": write(updateRoleDescription, "RoleName", "Description"),
		"UpdateAssumeRolePolicy": silent(func(c *call) error {
			return c.account.UpdateAssumeRolePolicy(c.get("RoleName"), c.get("PolicyDocument"))
		}, "RoleName", "PolicyDocument"),
		"TagRole": silent(func(c *call) error {
			return c.account.TagRole(c.get("RoleName"), c.params.tags())
		}, "RoleName", "Tags"),
		"UntagRole": silent(func(c *call) error {
			return c.account.UntagRole(c.get("RoleName"), c.params.list("TagKeys"))
		}, "RoleName", "TagKeys"),
		"ListInstanceProfilesForRole": lists("InstanceProfiles", func(c *call) ([]string, error) {
			_, err := c.account.GetRole(c.get("RoleName"))
			return nil, err
		}, same, same, "RoleName"),
		"PutRolePermissionsBoundary": silent(func(c *call) error {
			return c.account.PutRolePermissionsBoundary(c.get("RoleName"), c.get("PermissionsBoundary"))
		}, "RoleName", "PermissionsBoundary"),
		"DeleteRolePermissionsBoundary": silent(func(c *call) error {
			return c.account.DeleteRolePermissionsBoundary(c.get("RoleName"))
		}, "RoleName"),
	}
}

type roleXML struct {
	account.Role

	PermissionsBoundary *boundaryXML
	Tags                *list[account.Tag]
	RoleLastUsed        *struct{}
}

type roleResult struct{ Role roleXML }

// roleOf is a role with everything that GetRole gives. RoleLastUsed is there
// and empty: nothing has used the role yet.
func roleOf(r account.Role) roleXML {
	r.AssumeRolePolicyDocument = encodeDocument(r.AssumeRolePolicyDocument)
	return roleXML{r, boundaryOf(r.PermissionsBoundary), optionalTags(r.Tags), &struct{}{}}
}

// listedRole is a role as in a list, where IAM leaves out boundary, tags and
// last use.
func listedRole(r account.Role) roleXML { return roleXML{Role: roleOf(r).Role} }

func createRole(c *call) (any, error) {
	duration, given, err := c.params.integer("MaxSessionDuration")
	if err != nil {
		return nil, err
	}
	if !given {
		duration = account.MinSessionDuration
	}
	r, err := c.account.CreateRole(account.CreateRoleInput{
		RoleName: c.get("RoleName"), Path: c.get("Path"), AssumeRolePolicyDocument: c.get("AssumeRolePolicyDocument"),
		Description: c.get("Description"), MaxSessionDuration: duration,
		PermissionsBoundary: c.get("PermissionsBoundary"), Tags: c.params.tags(),
	})
	return roleResult{roleOf(r)}, err
}

func updateRole(c *call) (any, error) {
	in := account.UpdateRoleInput{RoleName: c.get("RoleName"), Description: c.description()}
	duration, given, err := c.params.integer("MaxSessionDuration")
	if err != nil {
		return nil, err
	}
	if given {
		in.MaxSessionDuration = &duration
	}
	_, err = c.account.UpdateRole(in)
	return struct{}{}, err
}

func updateRoleDescription(c *call) (any, error) {
	r, err := c.account.UpdateRole(account.UpdateRoleInput{RoleName: c.get("RoleName"), Description: c.description()})
	return roleResult{roleOf(r)}, err
}

// description is nil when the parameter is not given: an empty one clears.
func (c *call) description() *string {
	if !c.params.has("Description") {
		return nil
	}
	return new(c.get("Description"))
}
