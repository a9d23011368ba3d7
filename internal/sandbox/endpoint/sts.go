package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func stsOperations() map[string]operation {
	return map[string]operation{
		"AssumeRole":         write(assumeRole, "RoleArn", "RoleSessionName"),
		"GetCallerIdentity":  read(getCallerIdentity),
		"GetSessionToken":    write(getSessionToken),
		"GetFederationToken": write(getFederationToken, "Name"),
	}
}

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func credentialsOf(c account.Credentials) credentialsXML {
	return credentialsXML{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, iso8601(c.Expiration)}
}

func (c *call) mfa() account.MFA {
	return account.MFA{SerialNumber: c.params.get("SerialNumber"), TokenCode: c.params.get("TokenCode")}
}

// sessionPolicyARNs are PolicyArns.member.N.arn.
func (c *call) sessionPolicyARNs() []string {
	var arns []string
	for _, member := range c.params.members("PolicyArns") {
		arns = append(arns, c.params.get(member+".arn"))
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

func assumeRole(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	assumed, err := c.account.AssumeRole(c.caller, account.AssumeRoleInput{
		RoleARN: c.params.get("RoleArn"), RoleSessionName: c.params.get("RoleSessionName"),
		MFA: c.mfa(), DurationSeconds: seconds,
		ExternalID: c.params.get("ExternalId"), SourceIdentity: c.params.get("SourceIdentity"),
		Policy: c.params.get("Policy"), PolicyARNs: c.sessionPolicyARNs(), Tags: c.params.tags(),
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
		Credentials      credentialsXML
		AssumedRoleUser  assumedRoleUserXML
		PackedPolicySize int    `xml:",omitempty"`
		SourceIdentity   string `xml:",omitempty"`
	}{
		credentialsOf(assumed.Credentials),
		assumedRoleUserXML{assumed.AssumedRoleID, assumed.ARN},
		assumed.PackedPolicySize, assumed.SourceIdentity,
	}, nil
}

func getSessionToken(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	credentials, err := c.account.GetSessionToken(c.caller, c.mfa(), seconds, c.context)
	return struct{ Credentials credentialsXML }{credentialsOf(credentials)}, err
}

func getFederationToken(c *call) (any, error) {
	seconds, err := c.duration()
	if err != nil {
		return nil, err
	}
	token, err := c.account.GetFederationToken(c.caller, account.FederationTokenInput{
		Name: c.params.get("Name"), DurationSeconds: seconds,
		Policy: c.params.get("Policy"), PolicyARNs: c.sessionPolicyARNs(), Context: c.context,
	})
	if err != nil {
		return nil, err
	}
	type federatedUserXML struct {
		FederatedUserID string `xml:"FederatedUserId"`
		Arn             string
	}
	return struct {
		Credentials      credentialsXML
		FederatedUser    federatedUserXML
		PackedPolicySize int `xml:",omitempty"`
	}{
		credentialsOf(token.Credentials), federatedUserXML{token.FederatedUserID, token.ARN}, token.PackedPolicySize,
	}, nil
}

func getCallerIdentity(c *call) (any, error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{c.caller.ARN, c.caller.UserID, c.account.ID()}, nil
}
