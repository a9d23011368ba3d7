package account

import (
	"slices"
	"time"
)

// Group is what IAM answers about a group. Groups have no tags.
type Group struct {
	Path       string
	GroupName  string
	GroupID    string `xml:"GroupId"`
	ARN        string `xml:"Arn"`
	CreateDate time.Time
}

type group struct {
	entity
}

// CreateGroup creates a group without members or policies; the path is / unless
// given.
func (a *Account) CreateGroup(groupName, path string) (Group, error) {
	var c constraints
	c.text("groupName", groupName, groupNameRule)
	c.optional("path", path, pathRule)
	if err := c.err(); err != nil {
		return Group{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if existing, ok := a.state.Groups[key(groupName)]; ok {
		return Group{}, alreadyExists("Group with name %s already exists.", existing.Name)
	}
	g := &group{entity: a.newEntity(groupName, path, groupIDPrefix)}
	a.touch(g)
	a.state.Groups[key(groupName)] = g
	return a.groupOf(g), nil
}

// GetGroup is a group and its members, sorted by name.
func (a *Account) GetGroup(groupName string) (Group, []User, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	g, err := a.findGroup(groupName)
	if err != nil {
		return Group{}, nil, err
	}
	members := slices.DeleteFunc(byName(a.state.Users, ""), func(u *user) bool { return !u.isIn(g) })
	return a.groupOf(g), mapSlice(members, a.userOf), nil
}

// ListGroups is the groups whose path begins with pathPrefix, sorted by name.
func (a *Account) ListGroups(pathPrefix string) ([]Group, error) {
	return listing(a, a.state.Groups, pathPrefix, a.groupOf)
}

// AddUserToGroup makes the user a member; a member already is no error.
func (a *Account) AddUserToGroup(groupName, userName string) error {
	return a.changeGroups(groupName, userName, insertSorted)
}

// RemoveUserFromGroup ends the user's membership; not being a member is no
// error.
func (a *Account) RemoveUserFromGroup(groupName, userName string) error {
	return a.changeGroups(groupName, userName, without)
}

func (a *Account) changeGroups(groupName, userName string, change func(groups []string, group string) []string) error {
	return changing(a, a.findGroup, groupName, func(g *group) error {
		u, err := a.findUser(userName)
		if err != nil {
			return err
		}
		groups := change(u.Groups, key(g.Name))
		if len(groups) > groupsPerUser.limit {
			return overQuota(groupsPerUser)
		}
		a.touch(u)
		u.Groups = groups
		return nil
	})
}

func (u *user) isIn(g *group) bool { return slices.Contains(u.Groups, key(g.Name)) }

func (a *Account) findGroup(groupName string) (*group, error) {
	if err := checkText("groupName", groupName, groupNameRule); err != nil {
		return nil, err
	}
	return find(a.state.Groups, "group", groupName)
}

func (a *Account) groupOf(g *group) Group {
	return Group{
		GroupName: g.Name, GroupID: g.ID, Path: g.Path,
		ARN: a.arnOf("group", &g.entity), CreateDate: g.CreateDate,
	}
}
