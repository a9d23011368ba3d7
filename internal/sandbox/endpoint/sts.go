package endpoint

func stsOperations() map[string]operation {
	return map[string]operation{
		"GetCallerIdentity": read(getCallerIdentity),
		"GetAccessKeyInfo":  read(getAccessKeyInfo, "AccessKeyId"),
	}
}

func getCallerIdentity(c *call) (any, error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{c.caller.ARN, c.caller.UserID, c.account.ID()}, nil
}

func getAccessKeyInfo(c *call) (any, error) {
	accountID, err := c.account.GetAccessKeyInfo(c.params.get("AccessKeyId"))
	return struct{ Account string }{accountID}, err
}
