package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func accessKeyOperations() map[string]operation {
	return map[string]operation{
		"CreateAccessKey": write(userResource, func(c *call) (any, error) {
			k, err := c.account.CreateAccessKey(c.userName())
			return struct{ AccessKey account.AccessKey }{k}, err
		}),
		"ListAccessKeys": lists(userResource, "AccessKeyMetadata", func(c *call) ([]account.AccessKey, error) {
			return c.account.ListAccessKeys(c.userName())
		}, func(k account.AccessKey) string { return k.AccessKeyID }, same),
		"UpdateAccessKey": silent(userResource, func(c *call) error {
			return c.account.UpdateAccessKey(c.userName(), c.get("AccessKeyId"), c.get("Status"))
		}, "AccessKeyId", "Status"),
		"DeleteAccessKey": silent(userResource, func(c *call) error {
			return c.account.DeleteAccessKey(c.userName(), c.get("AccessKeyId"))
		}, "AccessKeyId"),
		"GetAccessKeyLastUsed": read(ownerResource, func(c *call) (any, error) {
			owner, use, err := c.account.GetAccessKeyLastUsed(c.caller, c.get("AccessKeyId"))
			return struct {
				UserName          string
				AccessKeyLastUsed account.AccessKeyUse
			}{owner, use}, err
		}, "AccessKeyId"),
	}
}
