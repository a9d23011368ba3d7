package account

import (
	"cmp"
	"slices"
	"time"
)

// Role is what IAM answers about a role.
type Role struct {
	Path       string
	RoleName   string
	RoleID     string `xml:"RoleId"`
	ARN        string `xml:"Arn"`
	CreateDate time.Time
	// AssumeRolePolicyDocument is the trust policy, as JSON. A user or role
	// that was deleted after the document was written is shown by unique id.
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	// MaxSessionDuration is in seconds.
	MaxSessionDuration  int
	PermissionsBoundary Boundary
	Tags                Tags
	// RoleLastUsed is there and empty, but in a list: nothing has used the role yet.
	RoleLastUsed *struct{}
}

// CreateRoleInput is the input of [Account.CreateRole]. The path is / and
// MaxSessionDuration is 3600 seconds unless given.
type CreateRoleInput struct {
	RoleName                 string
	Path                     string
	AssumeRolePolicyDocument string
	Description              string
	MaxSessionDuration       int
	PermissionsBoundary      string
	Tags                     Tags
}

// UpdateRoleInput is the input of [Account.UpdateRole]; what is nil stays as
// it is.
type UpdateRoleInput struct {
	RoleName           string
	Description        *string
	MaxSessionDuration *int
}

type role struct {
	entity
	// TrustPolicy names the account's own users and roles by unique id.
	TrustPolicy        string `json:"trustPolicy"`
	Description        string `json:"description,omitempty"`
	MaxSessionDuration int    `json:"maxSessionDuration"`
}

// CreateRole creates a role without permissions.
func (a *Account) CreateRole(in CreateRoleInput) (Role, error) {
	in.MaxSessionDuration = cmp.Or(in.MaxSessionDuration, MinSessionDuration)
	var c constraints
	c.text("roleName", in.RoleName, roleNameRule)
	c.optional("path", in.Path, pathRule)
	c.text("description", in.Description, roleDescriptionRule)
	c.number("maxSessionDuration", in.MaxSessionDuration, MinSessionDuration, MaxSessionDuration)
	c.tags(in.Tags)
	if err := c.err(); err != nil {
		return Role{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if existing, ok := a.state.Roles[key(in.RoleName)]; ok {
		return Role{}, alreadyExists("Role with name %s already exists.", existing.Name)
	}
	created, err := a.newIdentity(in.RoleName, in.Path, roleIDPrefix, in.PermissionsBoundary, in.Tags)
	if err != nil {
		return Role{}, err
	}
	r := &role{entity: created, Description: in.Description, MaxSessionDuration: in.MaxSessionDuration}
	if err := a.setTrust(r, in.AssumeRolePolicyDocument); err != nil {
		return Role{}, err
	}
	a.touch(r)
	a.state.Roles[key(in.RoleName)] = r
	a.principals[r.ID] = principal{"role", &r.entity}
	return a.roleOf(r), nil
}

// GetRole is one role.
func (a *Account) GetRole(roleName string) (Role, error) {
	return reading(a, a.findRole, roleName, a.roleOf)
}

// ListRoles is the roles whose path begins with pathPrefix, sorted by name.
func (a *Account) ListRoles(pathPrefix string) ([]Role, error) {
	return listing(a, a.state.Roles, pathPrefix, a.roleOf)
}

// UpdateRole changes a role's description or maximum session duration.
func (a *Account) UpdateRole(in UpdateRoleInput) (Role, error) {
	var c constraints
	if in.Description != nil {
		c.text("description", *in.Description, roleDescriptionRule)
	}
	if in.MaxSessionDuration != nil {
		c.number("maxSessionDuration", *in.MaxSessionDuration, MinSessionDuration, MaxSessionDuration)
	}
	if err := c.err(); err != nil {
		return Role{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r, err := a.findRole(in.RoleName)
	if err != nil {
		return Role{}, err
	}
	a.touch(r)
	r.Description = *cmp.Or(in.Description, &r.Description)
	r.MaxSessionDuration = *cmp.Or(in.MaxSessionDuration, &r.MaxSessionDuration)
	return a.roleOf(r), nil
}

// UpdateAssumeRolePolicy replaces a role's trust policy.
func (a *Account) UpdateAssumeRolePolicy(roleName, policyDocument string) error {
	return changing(a, a.findRole, roleName, func(r *role) error { return a.setTrust(r, policyDocument) })
}

// DeleteRole deletes a role that has no policies left.
func (a *Account) DeleteRole(roleName string) error {
	return changing(a, a.findRole, roleName, func(r *role) error {
		if err := r.checkNoPolicies(); err != nil {
			return err
		}
		delete(a.state.Roles, key(roleName))
		delete(a.principals, r.ID)
		return nil
	})
}

// TagRole adds tags or sets the values of existing ones.
func (a *Account) TagRole(roleName string, tags []Tag) error {
	return addTags(a, a.findRole, roleName, tags, ignoreCase)
}

// UntagRole removes tags; a key that is not there is no error.
func (a *Account) UntagRole(roleName string, keys []string) error {
	return removeTags(a, a.findRole, roleName, keys, ignoreCase)
}

// PutRolePermissionsBoundary sets the role's permissions boundary to the
// managed policy with that ARN.
func (a *Account) PutRolePermissionsBoundary(roleName, policyARN string) error {
	return changing(a, a.findRole, roleName, func(r *role) error {
		return a.putBoundary(&r.PermissionsBoundary, policyARN)
	})
}

// DeleteRolePermissionsBoundary removes the role's permissions boundary.
func (a *Account) DeleteRolePermissionsBoundary(roleName string) error {
	return changing(a, a.findRole, roleName, func(r *role) error {
		if r.PermissionsBoundary == "" {
			return noSuchEntity("%s does not have a permissions boundary.", roleName)
		}
		r.PermissionsBoundary = ""
		return nil
	})
}

func (a *Account) findRole(roleName string) (*role, error) {
	if err := checkText("roleName", roleName, roleNameRule); err != nil {
		return nil, err
	}
	return find(a.state.Roles, "role", roleName)
}

func (a *Account) roleOf(r *role) Role {
	return Role{
		RoleName: r.Name, RoleID: r.ID, Path: r.Path,
		ARN: a.arnOf("role", &r.entity), CreateDate: r.CreateDate,
		AssumeRolePolicyDocument: a.shownTrust(r),
		Description:              r.Description, MaxSessionDuration: r.MaxSessionDuration,
		PermissionsBoundary: r.PermissionsBoundary, Tags: slices.Clone(r.Tags), RoleLastUsed: &struct{}{},
	}
}
