package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func groupOperations() map[string]operation {
	return map[string]operation{
		"CreateGroup": write(func(c *call) (any, error) {
			g, err := c.account.CreateGroup(c.get("GroupName"), c.get("Path"))
			return struct{ Group account.Group }{g}, err
		}, "GroupName"),
		"GetGroup": read(getGroup, "GroupName"),
		"ListGroups": lists("Groups", func(c *call) ([]account.Group, error) {
			return c.account.ListGroups(c.get("PathPrefix"))
		}, groupName, same),
		"ListGroupsForUser": lists("Groups", func(c *call) ([]account.Group, error) {
			return c.account.ListGroupsForUser(c.get("UserName"))
		}, groupName, same, "UserName"),
		"AddUserToGroup": silent(func(c *call) error {
			return c.account.AddUserToGroup(c.get("GroupName"), c.get("UserName"))
		}, "GroupName", "UserName"),
		"RemoveUserFromGroup": silent(func(c *call) error {
			return c.account.RemoveUserFromGroup(c.get("GroupName"), c.get("UserName"))
		}, "GroupName", "UserName"),
	}
}

func groupName(g account.Group) string { return g.GroupName }

// getGroup answers the group's members in pages.
func getGroup(c *call) (any, error) {
	g, users, err := c.account.GetGroup(c.get("GroupName"))
	if err != nil {
		return nil, err
	}
	users, info, err := page(c, users, userName)
	return struct {
		Group account.Group
		Users list[userXML]
		pageInfo
	}{g, listOf(users, listedUser), info}, err
}
