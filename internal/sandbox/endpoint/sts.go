package endpoint

import (
	"net/http"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func stsOperations() map[string]operation {
	return map[string]operation{
		"AssumeRole":         write(assumeRole, "RoleArn", "RoleSessionName"),
		"GetCallerIdentity":  read(getCallerIdentity),
		"GetSessionToken":    write(getSessionToken),
		"GetFederationToken": write(getFederationToken, "Name"),
	}
}

func (c *call) mfa() account.MFA {
	return account.MFA{SerialNumber: c.get("SerialNumber"), TokenCode: c.get("TokenCode")}
}

// sessionPolicyARNs are PolicyArns.member.N.arn.
func (c *call) sessionPolicyARNs() []string {
	var arns []string
	for _, member := range c.params.members("PolicyArns") {
		arns = append(arns, c.get(member+".arn"))
	}
	return arns
}

// duration is DurationSeconds, which must be positive where it is given.
func (c *call) duration() (int, error) {
	seconds, given, err := c.params.integer("DurationSeconds")
	if err == nil && given && seconds == 0 {
		err = invalidParameter("1 validation error detected: Value '0' at 'durationSeconds' " +
			"failed to satisfy constraint: Member must have value greater than or equal to 900")
	}
	return seconds, err
}

// assumeRole refuses what would make another session than the caller wants.
func assumeRole(c *call) (any, error) {
	if c.params.has("SourceIdentity") || len(c.params.members("Tags")) > 0 {
		return nil, account.NewError("NotImplemented", http.StatusNotImplemented,
			"The sandbox's sessions have no source identity and no tags.")
	}
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	assumed, err := c.account.AssumeRole(c.caller, account.AssumeRoleInput{
		RoleARN: c.get("RoleArn"), RoleSessionName: c.get("RoleSessionName"),
		MFA: c.mfa(), DurationSeconds: seconds,
		ExternalID: c.get("ExternalId"), Policy: c.get("Policy"), PolicyARNs: c.sessionPolicyARNs(),
		Context: c.context,
	})
	if err != nil {
		return nil, err
	}
	type assumedRoleUserXML struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		Arn           string
	}
	return struct {
		Credentials     account.Credentials
		AssumedRoleUser assumedRoleUserXML
	}{assumed.Credentials, assumedRoleUserXML{assumed.AssumedRoleID, assumed.ARN}}, nil
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
	token, err := c.account.GetFederationToken(c.caller, account.FederationTokenInput{
		Name: c.get("Name"), DurationSeconds: seconds,
		Policy: c.get("Policy"), PolicyARNs: c.sessionPolicyARNs(), Context: c.context,
	})
	if err != nil {
		return nil, err
	}
	type federatedUserXML struct {
		FederatedUserID string `xml:"FederatedUserId"`
		Arn             string
	}
	return struct {
		Credentials   account.Credentials
		FederatedUser federatedUserXML
	}{token.Credentials, federatedUserXML{token.FederatedUserID, token.ARN}}, nil
}

func getCallerIdentity(c *call) (any, error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{c.caller.ARN, c.caller.UserID, c.account.ID()}, nil
}
