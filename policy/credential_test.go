package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// What AWS puts in the request context for each kind of credential; a key that
// is not in the map is absent.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func mfaKeys() map[policy.Credential]map[string]string {
	const present, age, via = policy.KeyMFAPresent, "aws:MultiFactorAuthAge", policy.KeyViaAWSService
	return map[policy.Credential]map[string]string{
		policy.LongTermKey:     {via: "false"},
		policy.SessionToken:    {present: "false", via: "false"},
		policy.SessionTokenMFA: {present: "true", age: "60", via: "false"},
		policy.Console:         {present: "false", via: "false"},
		policy.ConsoleMFA:      {present: "true", age: "60", via: "false"},
		policy.AssumeRoleCode:  {present: "true", age: "0", via: "false"},
		policy.RoleSession:     {present: "false", via: "false"},
		policy.RoleChain:       {present: "true", age: "60", via: "false"},
		policy.ViaService:      {present: "false", via: "true"},
	}
}

func TestCredentialContext(t *testing.T) {
	t.Parallel()
	require.Len(t, mfaKeys(), len(policy.Credentials()))
	for _, credential := range policy.Credentials() {
		require.Contains(t, mfaKeys(), credential)
		for name, caller := range callers() {
			context, want := credential.Context(caller), caller.Context()
			for key, value := range mfaKeys()[credential] {
				want = want.With(key, value)
			}
			require.Equal(t, want, context, "%s of %s", credential, name)
		}
	}
}
