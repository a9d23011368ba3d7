//go:build !windows

package credentialprocess_test

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
)

func TestCredentialProcessOfTheSource(t *testing.T) {
	t.Parallel()
	const static = `echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hush"}'`
	const session = `echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hush","SessionToken":"hush"}'`
	for _, test := range []struct {
		name, command string
		operation     credentialprocess.Operation
		chain, want   string
	}{
		{"keys for a role", static, credentialprocess.AssumeRole, "", ""},
		{"a session for a role", session, credentialprocess.AssumeRole, "", ""},
		{"keys for a session", static, credentialprocess.GetSessionToken, "", ""},
		{"a session for a session", session, credentialprocess.GetSessionToken, "", "profile base has the credentials of a session"},
		{"is told who waits", `test "$` + credentialprocess.Chain + `" = "AssumeRole first
AssumeRole dev" && ` + static, credentialprocess.AssumeRole, "AssumeRole first", ""},
		{"needs itself", static, credentialprocess.AssumeRole, "AssumeRole x\nAssumeRole dev", "profile dev needs itself"},
		{"of its own session", static, credentialprocess.AssumeRole, "GetSessionToken dev", ""},
		{"no format", "echo hush", credentialprocess.AssumeRole, "", "does not have the format of a credential_process"},
		{"fails", "echo hush; exit 3", credentialprocess.AssumeRole, "", "exit status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source, err := credentialprocess.SessionSource(config.SharedConfig{Profile: "base", CredentialProcess: test.command})
			require.NoError(t, err)
			environ := []string{"PATH=" + os.Getenv("PATH")}
			if test.chain != "" {
				environ = append(environ, credentialprocess.Chain+"="+test.chain)
			}
			keys, err := source.Retrieve(t.Context(), test.operation, "dev", environ)
			if test.want == "" {
				require.NoError(t, err)
				require.Contains(t, keys.AccessKeyID, "IOSFODNN7EXAMPLE")
				return
			}
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "echo", "its command line may have a password")
			if test.name == "no format" {
				require.NotContains(t, err.Error(), "error: ", "what it printed is secret")
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	source, err := credentialprocess.SessionSource(config.SharedConfig{Profile: "base", CredentialProcess: static})
	require.NoError(t, err)
	_, err = source.Retrieve(ctx, credentialprocess.AssumeRole, "dev", nil)
	require.ErrorIs(t, err, context.Canceled)
}
