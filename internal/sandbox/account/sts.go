package account

import (
	"cmp"
	"maps"
	"regexp"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Limits of DurationSeconds, in seconds.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const (
	// MinDuration is the least that a session may last.
	MinDuration = 900

	defaultRoleDuration  = 3600
	maxChainedDuration   = 3600
	defaultTokenDuration = 43200
	maxTokenDuration     = 129600
)

// The constraints of STS's service model.
var (
	sessionNamePattern = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]*$`)
	sessionNameRule    = textRule{2, 64, sessionNamePattern, `[\w+=,.@-]*`, ""}
	federatedNameRule  = textRule{2, 32, sessionNamePattern, `[\w+=,.@-]*`, ""}
	externalIDRule     = textRule{2, 1224, regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]*$`), `[\w+=,.@:\/-]*`, ""}
	serialNumberRule   = textRule{9, 256, regexp.MustCompile(`^[A-Za-z0-9_+=/:,.@-]*$`), `[\w+=/:,.@-]*`, ""}
	tokenCodeRule      = textRule{6, 6, regexp.MustCompile(`^[0-9]*$`), `[\d]*`, ""}
)

// MFA is a device and a code of it; both or neither must be given.
type MFA struct {
	SerialNumber string
	TokenCode    string
}

func (c *constraints) mfa(m MFA) {
	c.optional("serialNumber", m.SerialNumber, serialNumberRule)
	c.optional("tokenCode", m.TokenCode, tokenCodeRule)
}

// AssumeRoleInput is the input of [Account.AssumeRole]. A DurationSeconds of
// zero means one hour.
type AssumeRoleInput struct {
	RoleARN         string
	RoleSessionName string
	MFA             MFA
	DurationSeconds int
	ExternalID      string
	// Context has the condition keys of the request itself, such as aws:SourceIp.
	Context map[string]string
}

// AssumedRole is the output of [Account.AssumeRole].
type AssumedRole struct {
	Credentials   Credentials
	ARN           string `xml:"AssumedRoleUser>Arn"`
	AssumedRoleID string `xml:"AssumedRoleUser>AssumedRoleId"`
}

// AssumeRole begins a session of a role. The code of an MFA device is verified
// first; it then counts as MFA for the caller's policies and for the role's
// trust policy, but not for the requests of the session.
func (a *Account) AssumeRole(caller Caller, in AssumeRoleInput) (AssumedRole, error) {
	in.DurationSeconds = cmp.Or(in.DurationSeconds, defaultRoleDuration)
	if err := in.check(); err != nil {
		return AssumedRole{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	credential, err := a.withMFA(caller, in.MFA)
	if err != nil {
		return AssumedRole{}, err
	}
	r, ok := a.state.Roles[key(resourceName(in.RoleARN))]
	if !ok || a.arnOf("role", &r.entity) != in.RoleARN || caller.isFederated() {
		return AssumedRole{}, accessDenied(caller, Request{Action: "sts:AssumeRole", Resource: in.RoleARN},
			policy.Decision{Side: policy.SideTrust})
	}
	if err := a.authorizeAssumption(caller, credential, r, in); err != nil {
		return AssumedRole{}, err
	}
	if err := checkRoleDuration(caller, r, in.DurationSeconds); err != nil {
		return AssumedRole{}, err
	}
	s := session{Kind: roleSession, PrincipalID: r.ID, Name: in.RoleSessionName}
	if caller.session != nil { // AWS was seen to carry the MFA of a session on
		s.MFATime = caller.session.MFATime
	}
	return AssumedRole{
		Credentials: a.begin(s, in.DurationSeconds),
		ARN:         a.roleSessionARN(r.Name, in.RoleSessionName), AssumedRoleID: r.ID + ":" + in.RoleSessionName,
	}, nil
}

func (in AssumeRoleInput) check() error {
	var c constraints
	c.text("roleArn", in.RoleARN, arnRule)
	c.text("roleSessionName", in.RoleSessionName, sessionNameRule)
	c.mfa(in.MFA)
	c.number("durationSeconds", in.DurationSeconds, MinDuration, MaxSessionDuration)
	c.optional("externalId", in.ExternalID, externalIDRule)
	return c.err()
}

// authorizeAssumption asks the caller's policies and the role's trust policy.
func (a *Account) authorizeAssumption(caller Caller, credential policy.Credential, r *role, in AssumeRoleInput) error {
	keys := map[string]string{"sts:RoleSessionName": in.RoleSessionName}
	maps.Copy(keys, in.Context)
	if in.ExternalID != "" {
		keys["sts:ExternalId"] = in.ExternalID
	}
	trust, err := a.compiled("the trust policy of "+r.Name, r.TrustPolicy)
	if err != nil {
		return err
	}
	request := Request{Action: "sts:AssumeRole", Resource: in.RoleARN, Context: keys}
	_, err = a.allowed(caller, credential, request, &trust)
	return err
}

// checkRoleDuration: a session that is begun from another lasts an hour at
// most, and every session as long as its role says.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html#id_roles_use_view-role-max-session
func checkRoleDuration(caller Caller, r *role, seconds int) error {
	switch {
	case caller.Temporary() && seconds > maxChainedDuration:
		return validationError(
			"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case seconds > r.MaxSessionDuration:
		return validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return nil
}

// GetSessionToken begins a session of the calling user, who must have signed
// with a long-term key; a DurationSeconds of zero means 12 hours. It needs no
// permission, but an explicit deny in a policy is heeded.
func (a *Account) GetSessionToken(
	caller Caller, mfa MFA, durationSeconds int, context map[string]string,
) (Credentials, error) {
	durationSeconds = cmp.Or(durationSeconds, defaultTokenDuration)
	var c constraints
	c.mfa(mfa)
	c.number("durationSeconds", durationSeconds, MinDuration, maxTokenDuration)
	if err := c.err(); err != nil {
		return Credentials{}, err
	}
	if caller.Temporary() {
		return Credentials{}, deniedToSessions("GetSessionToken")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	credential, err := a.withMFA(caller, mfa)
	if err != nil {
		return Credentials{}, err
	}
	request := Request{Action: "sts:GetSessionToken", Resource: "*", Context: context}
	decision, err := a.decide(caller, credential, request, nil)
	if err != nil {
		return Credentials{}, err
	}
	if decision.Outcome == policy.ExplicitDeny {
		return Credentials{}, accessDenied(caller, request, decision)
	}
	s := session{Kind: sessionToken, PrincipalID: caller.principal.UniqueID}
	if credential == policy.AssumeRoleCode {
		now := a.timestamp()
		s.MFATime = &now
	}
	return a.begin(s, durationSeconds), nil
}

// FederationToken is the output of [Account.GetFederationToken].
type FederationToken struct {
	Credentials     Credentials
	ARN             string `xml:"FederatedUser>Arn"`
	FederatedUserID string `xml:"FederatedUser>FederatedUserId"`
}

// GetFederationToken begins a session of a federated user, which without a
// session policy may do nothing; a durationSeconds of zero means 12 hours.
func (a *Account) GetFederationToken(
	caller Caller, name string, durationSeconds int, context map[string]string,
) (FederationToken, error) {
	durationSeconds = cmp.Or(durationSeconds, defaultTokenDuration)
	var c constraints
	c.text("name", name, federatedNameRule)
	c.number("durationSeconds", durationSeconds, MinDuration, maxTokenDuration)
	if err := c.err(); err != nil {
		return FederationToken{}, err
	}
	if caller.Temporary() {
		return FederationToken{}, deniedToSessions("GetFederationToken")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	arn := a.federatedUserARN(name)
	request := Request{Action: "sts:GetFederationToken", Resource: arn, Context: context}
	if _, err := a.allowed(caller, caller.credential(), request, nil); err != nil {
		return FederationToken{}, err
	}
	s := session{Kind: federatedUser, PrincipalID: caller.principal.UniqueID, Name: name}
	return FederationToken{a.begin(s, durationSeconds), arn, a.state.ID + ":" + name}, nil
}

func deniedToSessions(operation string) *Error {
	return refused("Cannot call %s with session credentials", operation)
}

// withMFA is the credential of a request that may carry a code, which it
// verifies.
func (a *Account) withMFA(caller Caller, m MFA) (policy.Credential, error) {
	switch {
	case m == MFA{}:
		return caller.credential(), nil
	case m.SerialNumber == "" || m.TokenCode == "":
		return "", refused("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	return policy.AssumeRoleCode, a.verifyCode(caller, m)
}

func (c Caller) isFederated() bool { return c.session != nil && c.session.Kind == federatedUser }

// verifyCode holds a code to the caller's device, once.
//
// https://datatracker.ietf.org/doc/html/rfc6238
func (a *Account) verifyCode(caller Caller, m MFA) error {
	d, ok := a.state.MFADevices[key(m.SerialNumber)]
	if ok {
		a.touch(d)
	}
	switch {
	case !ok, d.SerialNumber != m.SerialNumber, caller.UserName == "", d.OwnerID != caller.principal.UniqueID,
		a.now().Sub(d.EnableDate) < a.mfaPropagation:
		return refused("MultiFactorAuthentication failed, unable to validate MFA code.  " +
			"Please verify your MFA serial number is valid and associated with this user.")
	case !d.use(m.TokenCode, a.now()):
		return refused("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return nil
}

// Now is the present by the account's clock.
func (a *Account) Now() time.Time { return a.now() }
