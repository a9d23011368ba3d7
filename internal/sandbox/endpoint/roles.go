package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func roleOperations() map[string]operation {
	return map[string]operation{
		"CreateRole":                    write(createRole, "RoleName", "AssumeRolePolicyDocument"),
		"GetRole":                       read(getRole, "RoleName"),
		"ListRoles":                     read(listRoles),
		"DeleteRole":                    silent(deleteRole, "RoleName"),
		"UpdateRole":                    write(updateRole, "RoleName"),
		"UpdateRoleDescription":         write(updateRoleDescription, "RoleName", "Description"),
		"UpdateAssumeRolePolicy":        silent(updateAssumeRolePolicy, "RoleName", "PolicyDocument"),
		"TagRole":                       silent(tagRole, "RoleName", "Tags"),
		"UntagRole":                     silent(untagRole, "RoleName", "TagKeys"),
		"ListInstanceProfilesForRole":   read(listInstanceProfilesForRole, "RoleName"),
		"PutRolePermissionsBoundary":    silent(putRolePermissionsBoundary, "RoleName", "PermissionsBoundary"),
		"DeleteRolePermissionsBoundary": silent(deleteRolePermissionsBoundary, "RoleName"),
	}
}

type roleXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *boundaryXML
	Tags                     *list[tagXML]
	RoleLastUsed             *struct{}
}

type roleResult struct{ Role roleXML }

// roleOf is a role with everything that GetRole gives. RoleLastUsed is there
// and empty: nothing has used the role yet.
func roleOf(r account.Role) roleXML {
	x := listedRole(r)
	x.PermissionsBoundary = boundaryOf(r.PermissionsBoundary)
	x.Tags = optionalList(r.Tags, tagOf)
	x.RoleLastUsed = &struct{}{}
	return x
}

// listedRole is a role as in a list, where IAM leaves out boundary, tags and
// last use.
func listedRole(r account.Role) roleXML {
	return roleXML{
		Path: r.Path, RoleName: r.RoleName, RoleID: r.RoleID, Arn: r.ARN, CreateDate: iso8601(r.CreateDate),
		AssumeRolePolicyDocument: encodeDocument(r.AssumeRolePolicyDocument),
		Description:              r.Description, MaxSessionDuration: r.MaxSessionDuration,
	}
}

func createRole(c *call) (any, error) {
	duration, given, err := c.params.integer("MaxSessionDuration")
	if err != nil {
		return nil, err
	}
	if !given {
		duration = account.MinSessionDuration
	}
	r, err := c.account.CreateRole(account.CreateRoleInput{
		RoleName:                 c.params.get("RoleName"),
		Path:                     c.params.get("Path"),
		AssumeRolePolicyDocument: c.params.get("AssumeRolePolicyDocument"),
		Description:              c.params.get("Description"),
		MaxSessionDuration:       duration,
		PermissionsBoundary:      c.params.get("PermissionsBoundary"),
		Tags:                     c.params.tags(),
	})
	return roleResult{roleOf(r)}, err
}

func getRole(c *call) (any, error) {
	r, err := c.account.GetRole(c.params.get("RoleName"))
	return roleResult{roleOf(r)}, err
}

func listRoles(c *call) (any, error) {
	roles, err := c.account.ListRoles(c.params.get("PathPrefix"))
	if err != nil {
		return nil, err
	}
	roles, info, err := page(c, roles, func(r account.Role) string { return r.RoleName })
	return struct {
		Roles list[roleXML]
		pageInfo
	}{listOf(roles, listedRole), info}, err
}

func deleteRole(c *call) error { return c.account.DeleteRole(c.params.get("RoleName")) }

func updateRole(c *call) (any, error) {
	in := account.UpdateRoleInput{RoleName: c.params.get("RoleName"), Description: c.description()}
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
	r, err := c.account.UpdateRole(account.UpdateRoleInput{
		RoleName: c.params.get("RoleName"), Description: c.description(),
	})
	return roleResult{roleOf(r)}, err
}

// description is nil when the parameter is not given: an empty one clears.
func (c *call) description() *string {
	if !c.params.has("Description") {
		return nil
	}
	return new(c.params.get("Description"))
}

func updateAssumeRolePolicy(c *call) error {
	return c.account.UpdateAssumeRolePolicy(c.params.get("RoleName"), c.params.get("PolicyDocument"))
}

func tagRole(c *call) error {
	return c.account.TagRole(c.params.get("RoleName"), c.params.tags())
}

func untagRole(c *call) error {
	return c.account.UntagRole(c.params.get("RoleName"), c.params.list("TagKeys"))
}

func listInstanceProfilesForRole(c *call) (any, error) {
	_, err := c.account.GetRole(c.params.get("RoleName"))
	return struct {
		InstanceProfiles list[struct{}]
		pageInfo
	}{}, err
}

func putRolePermissionsBoundary(c *call) error {
	return c.account.PutRolePermissionsBoundary(c.params.get("RoleName"), c.params.get("PermissionsBoundary"))
}

func deleteRolePermissionsBoundary(c *call) error {
	return c.account.DeleteRolePermissionsBoundary(c.params.get("RoleName"))
}
