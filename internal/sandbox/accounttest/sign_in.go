package accounttest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// SignIn leaves in a home what aws login leaves there when the owner of the access key
// has signed in with MFA, as botocore and the AWS SDK for Go read it: the cache of a
// session, and a profile that names it. It gives what a program has to print that gives
// the credentials of that profile.
func SignIn(tb testing.TB, a *account.Account, accessKeyID string, mfa account.MFA, home, profile string) []byte {
	tb.Helper()
	_, caller, err := a.Credentials(accessKeyID, "")
	require.NoError(tb, err)
	const twelveHours = 12 * 60 * 60
	session, err := a.GetSessionToken(caller, mfa, twelveHours, nil)
	require.NoError(tb, err)
	cached := map[string]any{
		"accessToken": map[string]string{
			"accessKeyId": session.AccessKeyID, "secretAccessKey": session.SecretAccessKey,
			"sessionToken": session.SessionToken, "accountId": a.ID(), "expiresAt": session.Expiration.Format(time.RFC3339),
		},
		"tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device",
		"refreshToken": "refresh", "idToken": "id", "dpopKey": "key",
	}
	sum := sha256.Sum256([]byte(caller.ARN))
	file := filepath.Join(home, ".aws", "login", "cache", hex.EncodeToString(sum[:])+".json")
	require.NoError(tb, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(tb, os.WriteFile(file, marshal(tb, cached), 0o600))
	config := "[profile " + profile + "]\nlogin_session = " + caller.ARN + "\nregion = eu-west-1\n"
	require.NoError(tb, os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600))
	return marshal(tb, map[string]any{
		"Version": 1, "AccessKeyId": session.AccessKeyID, "SecretAccessKey": session.SecretAccessKey,
		"SessionToken": session.SessionToken, "Expiration": session.Expiration.Format(time.RFC3339),
	})
}

func marshal(tb testing.TB, value any) []byte {
	tb.Helper()
	text, err := json.Marshal(value)
	require.NoError(tb, err)
	return text
}
