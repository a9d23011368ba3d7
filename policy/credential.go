package policy

import "strings"

// Credential is what a request is made with. The kinds differ in the MFA keys
// of the request context; [Credential.Context] gives them.
type Credential string

// The kinds of credentials. GetSessionToken gives the session tokens.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
const (
	LongTermKey     Credential = "long-term-key"
	SessionToken    Credential = "session-token"
	SessionTokenMFA Credential = "session-token-mfa"
	Console         Credential = "console"
	ConsoleMFA      Credential = "console-mfa"
	// AssumeRoleCode is a call of AssumeRole with the long-term key, a serial
	// number and a code: it carries MFA for this call alone.
	AssumeRoleCode Credential = "assume-role-code"
	// RoleSession are the credentials that AssumeRole gives.
	RoleSession Credential = "role-session"
	// RoleChain is a role session that assumes a further role, begun from a
	// session with MFA: AWS was seen to carry the MFA along.
	RoleChain Credential = "role-chaining"
	// ViaService is a call that an AWS service makes with the credentials of a
	// user who has MFA; it carries MFA as false.
	ViaService Credential = "via-aws-service"
)

// Credentials are all kinds, in the order of their constants.
func Credentials() []Credential {
	return []Credential{
		LongTermKey, SessionToken, SessionTokenMFA, Console, ConsoleMFA,
		AssumeRoleCode, RoleSession, RoleChain, ViaService,
	}
}

// Of whom the trust policy and the group's policy think.
func credentialsWithoutMFA() []Credential { return []Credential{LongTermKey, SessionToken, Console} }

func credentialsWithMFA() []Credential {
	return []Credential{SessionTokenMFA, ConsoleMFA, AssumeRoleCode}
}

// Context is the context of a request that caller makes with the credential:
// [Caller.Context] with the MFA keys and aws:ViaAWSService.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
func (c Credential) Context(caller Caller) Context {
	context := caller.Context()
	set := func(key, value string) { context.values[strings.ToLower(key)] = []string{value} }
	set(KeyViaAWSService, "false")
	switch c {
	case SessionToken, Console, RoleSession:
		set(KeyMFAPresent, "false")
	case SessionTokenMFA, ConsoleMFA, RoleChain:
		set(KeyMFAPresent, "true")
		set(keyMFAAge, "60")
	case AssumeRoleCode:
		set(KeyMFAPresent, "true")
		set(keyMFAAge, "0")
	case ViaService:
		set(KeyMFAPresent, "false")
		set(KeyViaAWSService, "true")
	case LongTermKey:
	}
	return context
}

// keyMFAAge is in seconds, and absent where there is no MFA.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
const keyMFAAge = "aws:MultiFactorAuthAge"

// userCaller is the IAM user of that ARN.
func userCaller(arn IAMARN, text string) Caller {
	return Caller{Kind: UserCaller, ARN: text, Account: arn.Account}
}

// roleCaller is a session of the role of that ARN.
func roleCaller(arn IAMARN, text string) Caller {
	return Caller{
		Kind: RoleSessionCaller, Account: arn.Account, IssuerARN: text,
		ARN: Account{arn.Partition, arn.Account}.RoleSessionARN(arn.Name, "session"),
	}
}
