package endpoint

import (
	"net/http"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func stsOperations() map[string]operation {
	return map[string]operation{
		"AssumeRole":         write(nil, assumeRole, "RoleArn", "RoleSessionName"),
		"GetCallerIdentity":  read(nil, getCallerIdentity),
		"GetSessionToken":    write(nil, getSessionToken),
		"GetFederationToken": write(nil, getFederationToken, "Name"),
	}
}

func (c *call) mfa() account.MFA {
	return account.MFA{SerialNumber: c.get("SerialNumber"), TokenCode: c.get("TokenCode")}
}

// duration is DurationSeconds, which must be positive where it is given. It
// refuses what would make another session than the caller wants.
func (c *call) duration() (int, error) {
	if c.params.has("SourceIdentity") || c.params.has("Policy") ||
		len(c.params.members("Tags"))+len(c.params.members("PolicyArns")) > 0 {
		return 0, account.NewError("NotImplemented", http.StatusNotImplemented,
			"The sandbox's sessions have no source identity, no tags and no policies of their own.")
	}
	seconds, given, err := c.params.integer("DurationSeconds")
	if err == nil && given && seconds == 0 {
		err = account.CheckNumber("durationSeconds", 0, account.MinDuration, account.MaxSessionDuration)
	}
	return seconds, err
}

func assumeRole(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	return c.account.AssumeRole(c.caller, account.AssumeRoleInput{
		RoleARN: c.get("RoleArn"), RoleSessionName: c.get("RoleSessionName"),
		MFA: c.mfa(), DurationSeconds: seconds,
		ExternalID: c.get("ExternalId"), Context: c.context,
	})
}

func getSessionToken(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	credentials, err := c.account.GetSessionToken(c.caller, c.mfa(), seconds, c.context)
	return struct{ Credentials account.Credentials }{credentials}, err
}

func getFederationToken(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	return c.account.GetFederationToken(c.caller, c.get("Name"), seconds, c.context)
}

func getCallerIdentity(c *call) (any, error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{c.caller.ARN, c.caller.UserID, c.account.ID()}, nil
}
