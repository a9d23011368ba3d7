package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func userOperations() map[string]operation {
	return map[string]operation{
		"CreateUser": write(newResource("user", "UserName"), func(c *call) (any, error) {
			u, err := c.account.CreateUser(account.CreateUserInput{
				UserName: c.get("UserName"), Path: c.get("Path"),
				PermissionsBoundary: c.get("PermissionsBoundary"), Tags: c.params.tags(),
			})
			return struct{ User account.User }{u}, err
		}, "UserName"),
		"GetUser": read(userResource, func(c *call) (any, error) {
			u, err := c.account.GetUser(c.userName())
			return struct{ User account.User }{u}, err
		}),
		"ListUsers": lists(anyResource, "Users", func(c *call) ([]account.User, error) {
			return c.account.ListUsers(c.get("PathPrefix"))
		}, userName, listedUser),
		"DeleteUser": silent1(userResource, (*account.Account).DeleteUser, "UserName"),
	}
}

// listedUser is a user as in a list, where IAM leaves out boundary and tags.
func listedUser(u account.User) account.User {
	u.PermissionsBoundary, u.Tags = "", nil
	return u
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
