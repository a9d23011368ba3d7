package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func groupOperations() map[string]operation {
	return map[string]operation{
		"CreateGroup":         write(createGroup, "GroupName"),
		"GetGroup":            read(getGroup, "GroupName"),
		"ListGroups":          read(listGroups),
		"DeleteGroup":         silent(deleteGroup, "GroupName"),
		"AddUserToGroup":      silent(addUserToGroup, "GroupName", "UserName"),
		"RemoveUserFromGroup": silent(removeUserFromGroup, "GroupName", "UserName"),
	}
}

type groupXML struct {
	Path       string
	GroupName  string
	GroupID    string `xml:"GroupId"`
	Arn        string
	CreateDate string
}

func groupOf(g account.Group) groupXML {
	return groupXML{
		Path: g.Path, GroupName: g.GroupName, GroupID: g.GroupID, Arn: g.ARN, CreateDate: iso8601(g.CreateDate),
	}
}

func createGroup(c *call) (any, error) {
	g, err := c.account.CreateGroup(c.params.get("GroupName"), c.params.get("Path"))
	return struct{ Group groupXML }{groupOf(g)}, err
}

// getGroup answers the group's members in pages.
func getGroup(c *call) (any, error) {
	g, users, err := c.account.GetGroup(c.params.get("GroupName"))
	if err != nil {
		return nil, err
	}
	users, info, err := page(c, users, func(u account.User) string { return u.UserName })
	return struct {
		Group groupXML
		Users list[userXML]
		pageInfo
	}{groupOf(g), listOf(users, listedUser), info}, err
}

func listGroups(c *call) (any, error) {
	groups, err := c.account.ListGroups(c.params.get("PathPrefix"))
	if err != nil {
		return nil, err
	}
	return groupPage(c, groups)
}

func groupPage(c *call, groups []account.Group) (any, error) {
	groups, info, err := page(c, groups, func(g account.Group) string { return g.GroupName })
	return struct {
		Groups list[groupXML]
		pageInfo
	}{listOf(groups, groupOf), info}, err
}

func deleteGroup(c *call) error { return c.account.DeleteGroup(c.params.get("GroupName")) }

func addUserToGroup(c *call) error {
	return c.account.AddUserToGroup(c.params.get("GroupName"), c.params.get("UserName"))
}

func removeUserFromGroup(c *call) error {
	return c.account.RemoveUserFromGroup(c.params.get("GroupName"), c.params.get("UserName"))
}
