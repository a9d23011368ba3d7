package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func accessKeyOperations() map[string]operation {
	return map[string]operation{
		"CreateAccessKey": write(createAccessKey),
		"ListAccessKeys":  read(listAccessKeys),
		"UpdateAccessKey": silent(updateAccessKey, "AccessKeyId", "Status"),
		"DeleteAccessKey": silent(deleteAccessKey, "AccessKeyId"),

		"GetAccessKeyLastUsed": read(getAccessKeyLastUsed, "AccessKeyId"),
	}
}

type accessKeyXML struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func accessKeyOf(k account.AccessKey) accessKeyXML {
	return accessKeyXML{
		UserName: k.UserName, AccessKeyID: k.AccessKeyID, Status: k.Status,
		SecretAccessKey: k.SecretAccessKey, CreateDate: iso8601(k.CreateDate),
	}
}

func createAccessKey(c *call) (any, error) {
	k, err := c.account.CreateAccessKey(c.userName())
	return struct{ AccessKey accessKeyXML }{accessKeyOf(k)}, err
}

func listAccessKeys(c *call) (any, error) {
	keys, err := c.account.ListAccessKeys(c.userName())
	if err != nil {
		return nil, err
	}
	keys, info, err := page(c, keys, func(k account.AccessKey) string { return k.AccessKeyID })
	return struct {
		UserName          string
		AccessKeyMetadata list[accessKeyXML]
		pageInfo
	}{c.userName(), listOf(keys, accessKeyOf), info}, err
}

func updateAccessKey(c *call) error {
	return c.account.UpdateAccessKey(c.userName(), c.params.get("AccessKeyId"), c.params.get("Status"))
}

func deleteAccessKey(c *call) error {
	return c.account.DeleteAccessKey(c.userName(), c.params.get("AccessKeyId"))
}

// notAvailable is what IAM answers for the service and region of no use.
const notAvailable = "N/A"

func getAccessKeyLastUsed(c *call) (any, error) {
	owner, use, err := c.account.GetAccessKeyLastUsed(c.caller, c.params.get("AccessKeyId"))
	if err != nil {
		return nil, err
	}
	type lastUsedXML struct {
		Region       string
		LastUsedDate string `xml:",omitempty"`
		ServiceName  string
	}
	used := lastUsedXML{Region: orElse(use.Region, notAvailable), ServiceName: orElse(use.Service, notAvailable)}
	if !use.Date.IsZero() {
		used.LastUsedDate = iso8601(use.Date)
	}
	return struct {
		UserName          string
		AccessKeyLastUsed lastUsedXML
	}{owner, used}, nil
}
