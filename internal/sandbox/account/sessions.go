package account

import "time"

// sessionKind is the operation that began a session.
type sessionKind string

const (
	sessionToken  sessionKind = "GetSessionToken"
	roleSession   sessionKind = "AssumeRole"
	federatedUser sessionKind = "GetFederationToken"
)

const (
	temporaryKeyIDPrefix = "ASIA"
	sessionTokenBytes    = 258 // 344 characters of base64
	// expiredFor is how long an expired session is kept, so that its credentials
	// are answered with ExpiredToken, until the next look at all of them.
	expiredFor = 24 * time.Hour
	lookEvery  = time.Hour
)

// session is a set of temporary credentials. It does not change.
type session struct {
	ID         string      `json:"id"`
	Secret     string      `json:"secret"`
	Token      string      `json:"token"`
	Kind       sessionKind `json:"kind"`
	IssueTime  time.Time   `json:"issueTime"`
	Expiration time.Time   `json:"expiration"`
	// PrincipalID is the unique id of the user or of the assumed role.
	PrincipalID string `json:"principalId"`
	// Name is the role session's or the federated user's.
	Name string `json:"name,omitempty"`
	// MFATime is when MFA was verified; nil for a session without MFA.
	MFATime *time.Time `json:"mfaTime,omitempty"`
}

// Credentials are temporary credentials.
type Credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// begin completes s and keeps it.
func (a *Account) begin(s session, seconds int) Credentials {
	now := a.timestamp()
	a.dropExpired(now)
	s.ID, s.Secret = newID(temporaryKeyIDPrefix, accessKeyIDLength), newSecret(secretKeyBytes)
	s.Token = newSecret(sessionTokenBytes)
	s.IssueTime, s.Expiration = now, now.Add(time.Duration(seconds)*time.Second)
	a.touch(&s)
	a.state.Sessions[s.ID] = &s
	return Credentials{
		AccessKeyID: s.ID, SecretAccessKey: s.Secret, SessionToken: s.Token, Expiration: s.Expiration,
	}
}

// dropExpired drops the sessions that have long expired, if it has not looked of late.
func (a *Account) dropExpired(now time.Time) {
	if now.Sub(a.looked) < lookEvery {
		return
	}
	a.looked = now
	for id, old := range a.state.Sessions {
		if now.Sub(old.Expiration) > expiredFor {
			a.touch(old)
			delete(a.state.Sessions, id)
		}
	}
}
