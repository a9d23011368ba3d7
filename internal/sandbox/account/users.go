package account

import (
	"slices"
	"time"
)

// User is what IAM answers about a user.
type User struct {
	Path                string
	UserName            string
	UserID              string `xml:"UserId"`
	ARN                 string `xml:"Arn"`
	CreateDate          time.Time
	PermissionsBoundary Boundary
	Tags                Tags
}

// CreateUserInput is the input of [Account.CreateUser]. The path is / unless
// given; PermissionsBoundary is the ARN of a managed policy.
type CreateUserInput struct {
	UserName            string
	Path                string
	PermissionsBoundary string
	Tags                Tags
}

type user struct {
	entity
	// Groups are the keys of the user's groups, sorted.
	Groups     []string    `json:"groups,omitempty"`
	AccessKeys []accessKey `json:"accessKeys,omitempty"`
}

// CreateUser creates a user without credentials, groups or policies.
func (a *Account) CreateUser(in CreateUserInput) (User, error) {
	var c constraints
	c.text("userName", in.UserName, newUserNameRule)
	c.optional("path", in.Path, pathRule)
	c.tags(in.Tags)
	if err := c.err(); err != nil {
		return User{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if existing, ok := a.state.Users[key(in.UserName)]; ok {
		return User{}, alreadyExists("User with name %s already exists.", existing.Name)
	}
	created, err := a.newIdentity(in.UserName, in.Path, userIDPrefix, in.PermissionsBoundary, in.Tags)
	if err != nil {
		return User{}, err
	}
	u := &user{entity: created}
	a.touch(u)
	a.state.Users[key(in.UserName)] = u
	a.principals[u.ID] = principal{"user", &u.entity}
	return a.userOf(u), nil
}

// GetUser is one user.
func (a *Account) GetUser(userName string) (User, error) {
	return reading(a, a.findUser, userName, a.userOf)
}

// ListUsers is the users whose path begins with pathPrefix, sorted by name.
func (a *Account) ListUsers(pathPrefix string) ([]User, error) {
	return listing(a, a.state.Users, pathPrefix, a.userOf)
}

// DeleteUser deletes a user who has no access keys, MFA devices, policies and
// groups left.
func (a *Account) DeleteUser(userName string) error {
	return changing(a, a.findUser, userName, func(u *user) error {
		switch {
		case len(u.AccessKeys) > 0:
			return deleteConflict("Cannot delete entity, must delete access keys first.")
		case len(a.devicesOf(u)) > 0:
			return deleteConflict("Cannot delete entity, must remove tokens from principal first.")
		}
		if err := u.checkNoPolicies(); err != nil {
			return err
		}
		if len(u.Groups) > 0 {
			return deleteConflict("Cannot delete entity, must remove users from group first.")
		}
		delete(a.state.Users, key(userName))
		delete(a.principals, u.ID)
		return nil
	})
}

// PutUserPermissionsBoundary sets the user's permissions boundary to the
// managed policy with that ARN.
func (a *Account) PutUserPermissionsBoundary(userName, policyARN string) error {
	return changing(a, a.findUser, userName, func(u *user) error {
		return a.putBoundary(&u.PermissionsBoundary, policyARN)
	})
}

// ListGroupsForUser is the groups the user is in, sorted by name.
func (a *Account) ListGroupsForUser(userName string) ([]Group, error) {
	return reading(a, a.findUser, userName, func(u *user) []Group {
		groups := slices.DeleteFunc(byName(a.state.Groups, ""), func(g *group) bool { return !u.isIn(g) })
		return mapSlice(groups, a.groupOf)
	})
}

func (a *Account) findUser(userName string) (*user, error) {
	if err := checkText("userName", userName, userNameRule); err != nil {
		return nil, err
	}
	return find(a.state.Users, "user", userName)
}

func (a *Account) userOf(u *user) User {
	return User{
		UserName: u.Name, UserID: u.ID, Path: u.Path,
		ARN: a.arnOf("user", &u.entity), CreateDate: u.CreateDate,
		PermissionsBoundary: u.PermissionsBoundary, Tags: slices.Clone(u.Tags),
	}
}
