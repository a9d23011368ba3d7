package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func userOperations() map[string]operation {
	return map[string]operation{
		"CreateUser": write(createUser, "UserName"),
		"GetUser": read(func(c *call) (any, error) {
			u, err := c.account.GetUser(c.userName())
			return userResult{userOf(u)}, err
		}),
		"ListUsers": lists("Users", func(c *call) ([]account.User, error) {
			return c.account.ListUsers(c.get("PathPrefix"))
		}, userName, listedUser),
		"DeleteUser": silent(func(c *call) error { return c.account.DeleteUser(c.get("UserName")) }, "UserName"),
	}
}

type userXML struct {
	account.User

	PermissionsBoundary *boundaryXML
	Tags                *list[account.Tag]
}

type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

type userResult struct{ User userXML }

func userOf(u account.User) userXML {
	return userXML{u, boundaryOf(u.PermissionsBoundary), optionalTags(u.Tags)}
}

// listedUser is a user as in a list, where IAM leaves out boundary and tags.
func listedUser(u account.User) userXML { return userXML{User: u} }

func boundaryOf(policyARN string) *boundaryXML {
	if policyARN == "" {
		return nil
	}
	return &boundaryXML{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: policyARN}
}

func userName(u account.User) string { return u.UserName }

// userName is the UserName parameter, or else the caller's name, which IAM
// takes where the parameter is optional.
func (c *call) userName() string {
	if c.params.has("UserName") {
		return c.get("UserName")
	}
	return c.caller.UserName
}

func createUser(c *call) (any, error) {
	u, err := c.account.CreateUser(account.CreateUserInput{
		UserName: c.get("UserName"), Path: c.get("Path"),
		PermissionsBoundary: c.get("PermissionsBoundary"), Tags: c.params.tags(),
	})
	return userResult{userOf(u)}, err
}
