package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func userOperations() map[string]operation {
	return map[string]operation{
		"CreateUser":        write(createUser, "UserName"),
		"GetUser":           read(getUser),
		"ListUsers":         read(listUsers),
		"DeleteUser":        silent(deleteUser, "UserName"),
		"ListGroupsForUser": read(listGroupsForUser, "UserName"),
	}
}

type userXML struct {
	Path                string
	UserName            string
	UserID              string `xml:"UserId"`
	Arn                 string
	CreateDate          string
	PermissionsBoundary *boundaryXML
	Tags                *list[tagXML]
}

type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

type tagXML struct {
	Key   string
	Value string
}

type userResult struct{ User userXML }

func userOf(u account.User) userXML {
	x := listedUser(u)
	x.PermissionsBoundary = boundaryOf(u.PermissionsBoundary)
	x.Tags = optionalList(u.Tags, tagOf)
	return x
}

// listedUser is a user as in a list, where IAM leaves out boundary and tags.
func listedUser(u account.User) userXML {
	return userXML{
		Path: u.Path, UserName: u.UserName, UserID: u.UserID, Arn: u.ARN, CreateDate: iso8601(u.CreateDate),
	}
}

func boundaryOf(policyARN string) *boundaryXML {
	if policyARN == "" {
		return nil
	}
	return &boundaryXML{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: policyARN}
}

func tagOf(t account.Tag) tagXML { return tagXML(t) }

// userName is the UserName parameter, or else the caller's name, which IAM
// takes where the parameter is optional.
func (c *call) userName() string {
	if c.params.has("UserName") {
		return c.params.get("UserName")
	}
	return c.caller.UserName
}

func createUser(c *call) (any, error) {
	u, err := c.account.CreateUser(account.CreateUserInput{
		UserName:            c.params.get("UserName"),
		Path:                c.params.get("Path"),
		PermissionsBoundary: c.params.get("PermissionsBoundary"),
		Tags:                c.params.tags(),
	})
	return userResult{userOf(u)}, err
}

func getUser(c *call) (any, error) {
	u, err := c.account.GetUser(c.userName())
	return userResult{userOf(u)}, err
}

func listUsers(c *call) (any, error) {
	users, err := c.account.ListUsers(c.params.get("PathPrefix"))
	if err != nil {
		return nil, err
	}
	users, info, err := page(c, users, func(u account.User) string { return u.UserName })
	return struct {
		Users list[userXML]
		pageInfo
	}{listOf(users, listedUser), info}, err
}

func deleteUser(c *call) error { return c.account.DeleteUser(c.params.get("UserName")) }

func listGroupsForUser(c *call) (any, error) {
	groups, err := c.account.ListGroupsForUser(c.params.get("UserName"))
	if err != nil {
		return nil, err
	}
	return groupPage(c, groups)
}
