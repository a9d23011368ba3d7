package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func groupOperations() map[string]operation {
	return map[string]operation{
		"CreateGroup": write(newResource("group", "GroupName"), func(c *call) (any, error) {
			g, err := c.account.CreateGroup(c.get("GroupName"), c.get("Path"))
			return struct{ Group account.Group }{g}, err
		}, "GroupName"),
		"GetGroup": read(groupResource, getGroup, "GroupName"),
		"ListGroups": lists(anyResource, "Groups", func(c *call) ([]account.Group, error) {
			return c.account.ListGroups(c.get("PathPrefix"))
		}, groupName, same),
		"ListGroupsForUser": lists(userResource, "Groups", func(c *call) ([]account.Group, error) {
			return c.account.ListGroupsForUser(c.get("UserName"))
		}, groupName, same, "UserName"),
		"AddUserToGroup": silent2(groupResource, (*account.Account).AddUserToGroup, "GroupName", "UserName"),
		"RemoveUserFromGroup": silent2(groupResource, (*account.Account).RemoveUserFromGroup,
			"GroupName", "UserName"),
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
		Users list[account.User]
		pageInfo
	}{g, listOf("Users", users, listedUser), info}, err
}
