package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func loginProfileOperations() map[string]operation {
	return map[string]operation{
		"CreateLoginProfile": write(createLoginProfile, "Password"),
		"GetLoginProfile":    read(getLoginProfile),
		"UpdateLoginProfile": silent(updateLoginProfile, "UserName"),
		"DeleteLoginProfile": silent(deleteLoginProfile),
		"ChangePassword":     silent(changePassword, "OldPassword", "NewPassword"),
	}
}

type loginProfileXML struct {
	UserName              string
	CreateDate            string
	PasswordResetRequired bool
}

func loginProfileResult(p account.LoginProfile, err error) (any, error) {
	return struct{ LoginProfile loginProfileXML }{
		loginProfileXML{p.UserName, iso8601(p.CreateDate), p.PasswordResetRequired},
	}, err
}

func createLoginProfile(c *call) (any, error) {
	reset, err := c.params.boolean("PasswordResetRequired")
	if err != nil {
		return nil, err
	}
	return loginProfileResult(c.account.CreateLoginProfile(c.userName(), c.params.get("Password"), reset))
}

func getLoginProfile(c *call) (any, error) {
	return loginProfileResult(c.account.GetLoginProfile(c.userName()))
}

func updateLoginProfile(c *call) error {
	var password *string
	if c.params.has("Password") {
		text := c.params.get("Password")
		password = &text
	}
	var reset *bool
	if c.params.has("PasswordResetRequired") {
		required, err := c.params.boolean("PasswordResetRequired")
		if err != nil {
			return err
		}
		reset = &required
	}
	return c.account.UpdateLoginProfile(c.userName(), password, reset)
}

func deleteLoginProfile(c *call) error { return c.account.DeleteLoginProfile(c.userName()) }

func changePassword(c *call) error {
	return c.account.ChangePassword(
		c.caller.UserName, c.params.get("OldPassword"), c.params.get("NewPassword"))
}
