package account

import (
	"crypto/subtle"
	"strconv"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Caller is who makes a request, and with what credential. [Account.Credentials]
// gives it; the zero Caller is nobody and may do nothing.
type Caller struct {
	// ARN is that of the user or of the session.
	ARN string
	// UserID is as GetCallerIdentity gives it: AIDA…, AROA…:session, or
	// account:name for a federated user.
	UserID string
	// UserName is empty for a role session and for a federated user.
	UserName string

	principal policy.Caller
	// session is nil for a long-term key, and does not change.
	session *session
}

// Temporary tells the credentials of a session from a long-term key.
func (c Caller) Temporary() bool { return c.session != nil }

// MayCallIAM is false for the sessions that IAM does not know: those of
// GetFederationToken, and those of GetSessionToken without MFA.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func (c Caller) MayCallIAM() bool {
	switch {
	case c.session == nil:
		return true
	case c.session.Kind == sessionToken:
		return c.session.MFATime != nil
	}
	return c.session.Kind == roleSession
}

// credential is the kind of credential, which decides the MFA keys.
func (c Caller) credential() policy.Credential {
	if c.session == nil || c.session.Kind == federatedUser {
		return policy.LongTermKey
	}
	hasMFA := c.session.MFATime != nil
	switch {
	case c.session.Kind == sessionToken && hasMFA:
		return policy.SessionTokenMFA
	case c.session.Kind == sessionToken:
		return policy.SessionToken
	case hasMFA:
		return policy.RoleChain
	}
	return policy.RoleSession
}

// mfaAge is the value of aws:MultiFactorAuthAge, or empty.
func (c Caller) mfaAge(now time.Time) string {
	if c.session == nil || c.session.MFATime == nil {
		return ""
	}
	return strconv.Itoa(int(max(now.Sub(*c.session.MFATime), 0) / time.Second))
}

// Credentials looks up the secret of an access key and its owner. The session
// token is that of the request, empty if it has none. It fails with
// InvalidClientTokenId for what is unknown, inactive or does not belong
// together, and with ExpiredToken.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
func (a *Account) Credentials(accessKeyID, sessionToken string) (secret string, caller Caller, err error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if s, ok := a.state.Sessions[accessKeyID]; ok {
		return a.sessionCredentials(s, sessionToken)
	}
	u, i, ok := a.accessKeyOwner(accessKeyID)
	if !ok || u.AccessKeys[i].Status != AccessKeyActive || sessionToken != "" {
		return "", Caller{}, invalidToken()
	}
	return u.AccessKeys[i].Secret, a.userCaller(u, nil), nil
}

func (a *Account) sessionCredentials(s *session, token string) (string, Caller, error) {
	if subtle.ConstantTimeCompare([]byte(s.Token), []byte(token)) != 1 {
		return "", Caller{}, invalidToken()
	}
	owner, ok := a.principals[s.PrincipalID]
	if !ok {
		return "", Caller{}, invalidToken()
	}
	if !a.now().Before(s.Expiration) {
		return "", Caller{}, NewError("ExpiredToken", 403, "The security token included in the request is expired")
	}
	if s.Kind == sessionToken {
		return s.Secret, a.userCaller(a.state.Users[key(owner.Name)], s), nil
	}
	return s.Secret, a.sessionCaller(owner, s), nil
}

// userCaller is a user with a long-term key or a session of GetSessionToken.
func (a *Account) userCaller(u *user, s *session) Caller {
	arn := a.arnOf("user", &u.entity)
	return Caller{
		ARN: arn, UserID: u.ID, UserName: u.Name, session: s,
		principal: policy.Caller{Kind: policy.UserCaller, ARN: arn, Account: a.state.ID, UniqueID: u.ID},
	}
}

// sessionCaller is a role session or a federated user.
func (a *Account) sessionCaller(issuer principal, s *session) Caller {
	c := Caller{ARN: a.roleSessionARN(issuer.Name, s.Name), UserID: issuer.ID + ":" + s.Name, session: s}
	kind := policy.RoleSessionCaller
	if s.Kind == federatedUser {
		c.ARN, c.UserID = a.federatedUserARN(s.Name), a.state.ID+":"+s.Name
		kind = policy.FederatedUserCaller
	}
	c.principal = policy.Caller{
		Kind: kind, ARN: c.ARN, Account: a.state.ID,
		IssuerARN: a.arnOf(issuer.kind, issuer.entity), UniqueID: issuer.ID,
	}
	return c
}

func (a *Account) roleSessionARN(roleName, sessionName string) string {
	return a.stsARN("assumed-role/" + roleName + "/" + sessionName)
}

func (a *Account) federatedUserARN(name string) string { return a.stsARN("federated-user/" + name) }

func (a *Account) stsARN(resource string) string {
	return "arn:" + a.state.Partition + ":sts::" + a.state.ID + ":" + resource
}

func invalidToken() *Error {
	return NewError("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
}
