package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func roleOperations() map[string]operation {
	return map[string]operation{
		"CreateRole": write(newResource("role", "RoleName"), createRole, "RoleName", "AssumeRolePolicyDocument"),
		"GetRole": read(roleResource, func(c *call) (any, error) {
			return answerRole(c.account.GetRole(c.get("RoleName")))
		}, "RoleName"),
		"ListRoles": lists(anyResource, "Roles", func(c *call) ([]account.Role, error) {
			return c.account.ListRoles(c.get("PathPrefix"))
		}, func(r account.Role) string { return r.RoleName }, listedRole),
		"DeleteRole": silent1(roleResource, (*account.Account).DeleteRole, "RoleName"),
		"UpdateRole": write(roleResource, updateRole, "RoleName"),
		"UpdateRoleDescription": write(roleResource, func(c *call) (any, error) {
			return answerRole(c.account.UpdateRole(account.UpdateRoleInput{
				RoleName: c.get("RoleName"), Description: c.description(),
			}))
		}, "RoleName", "Description"),
		"UpdateAssumeRolePolicy": silent2(roleResource, (*account.Account).UpdateAssumeRolePolicy,
			"RoleName", "PolicyDocument"),
		"TagRole": silent(roleResource, func(c *call) error {
			return c.account.TagRole(c.get("RoleName"), c.params.tags())
		}, "RoleName", "Tags"),
		"UntagRole": silent(roleResource, func(c *call) error {
			return c.account.UntagRole(c.get("RoleName"), c.params.list("TagKeys"))
		}, "RoleName", "TagKeys"),
		"ListInstanceProfilesForRole": lists(roleResource, "InstanceProfiles", func(c *call) ([]string, error) {
			_, err := c.account.GetRole(c.get("RoleName"))
			return nil, err
		}, same, same, "RoleName"),
		"PutRolePermissionsBoundary": silent2(roleResource, (*account.Account).PutRolePermissionsBoundary,
			"RoleName", "PermissionsBoundary"),
		"DeleteRolePermissionsBoundary": silent1(roleResource, (*account.Account).DeleteRolePermissionsBoundary, "RoleName"),
	}
}

func answerRole(r account.Role, err error) (any, error) {
	r.AssumeRolePolicyDocument = encodeDocument(r.AssumeRolePolicyDocument)
	return struct{ Role account.Role }{r}, err
}

// listedRole is a role as in a list, where IAM leaves out boundary, tags and
// last use.
func listedRole(r account.Role) account.Role {
	r.AssumeRolePolicyDocument = encodeDocument(r.AssumeRolePolicyDocument)
	r.PermissionsBoundary, r.Tags, r.RoleLastUsed = "", nil, nil
	return r
}

func createRole(c *call) (any, error) {
	duration, _, err := c.params.integer("MaxSessionDuration")
	if err != nil {
		return nil, err
	}
	return answerRole(c.account.CreateRole(account.CreateRoleInput{
		RoleName: c.get("RoleName"), Path: c.get("Path"), AssumeRolePolicyDocument: c.get("AssumeRolePolicyDocument"),
		Description: c.get("Description"), MaxSessionDuration: duration,
		PermissionsBoundary: c.get("PermissionsBoundary"), Tags: c.params.tags(),
	}))
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

// description is nil when the parameter is not given: an empty one clears.
func (c *call) description() *string {
	if !c.params.has("Description") {
		return nil
	}
	return new(c.get("Description"))
}
