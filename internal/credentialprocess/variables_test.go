package credentialprocess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
)

func printable() credentialprocess.Credentials {
	return credentialprocess.Credentials{
		Version: 1, AccessKeyID: "ASIA1", SecretAccessKey: `a/+'$x"\` + "`", SessionToken: "token==",
		Expiration: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"json": `{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"a/+'$x\"\\` + "`" + `","SessionToken":"token==",` +
			`"Expiration":"2026-01-02T03:04:05Z"}` + "\n",
		"env": `export AWS_ACCESS_KEY_ID='ASIA1'
export AWS_SECRET_ACCESS_KEY='a/+'\''$x"\` + "`" + `'
export AWS_SESSION_TOKEN='token=='
export AWS_CREDENTIAL_EXPIRATION='2026-01-02T03:04:05Z'
export AWS_REGION='eu-west-1'
export AWS_DEFAULT_REGION='eu-west-1'
`,
		"fish": `set -gx AWS_ACCESS_KEY_ID 'ASIA1'
set -gx AWS_SECRET_ACCESS_KEY 'a/+\'$x"\\` + "`" + `'
set -gx AWS_SESSION_TOKEN 'token=='
set -gx AWS_CREDENTIAL_EXPIRATION '2026-01-02T03:04:05Z'
set -gx AWS_REGION 'eu-west-1'
set -gx AWS_DEFAULT_REGION 'eu-west-1'
`,
		"powershell": `$Env:AWS_ACCESS_KEY_ID = 'ASIA1'
$Env:AWS_SECRET_ACCESS_KEY = 'a/+''$x"\` + "`" + `'
$Env:AWS_SESSION_TOKEN = 'token=='
$Env:AWS_CREDENTIAL_EXPIRATION = '2026-01-02T03:04:05Z'
$Env:AWS_REGION = 'eu-west-1'
$Env:AWS_DEFAULT_REGION = 'eu-west-1'
`,
	} {
		var out strings.Builder
		require.NoError(t, printable().Print(&out, format, "eu-west-1"))
		require.Equal(t, want, out.String())
	}
	require.ElementsMatch(t, []string{"json", "env", "fish", "powershell"}, credentialprocess.Formats())
}

func TestEnvironHasNoOtherCredentials(t *testing.T) {
	t.Parallel()
	environ := []string{
		"PATH=/bin", "AWS_PROFILE=p", "AWS_DEFAULT_PROFILE=p", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=s",
		"AWS_SECURITY_TOKEN=t", "AWS_WEB_IDENTITY_TOKEN_FILE=f", "AWS_ROLE_ARN=r", "AWS_CONTAINER_CREDENTIALS_FULL_URI=u",
		"AWS_REGION=us-east-1", "AWS_CONFIG_FILE=c", "AWS_CA_BUNDLE=b", credentialprocess.Chain + "=x", "AWS_PROFILE_NOT=x",
	}
	session := []string{
		"AWS_ACCESS_KEY_ID=ASIA1", "AWS_SECRET_ACCESS_KEY=" + printable().SecretAccessKey,
		"AWS_SESSION_TOKEN=token==", "AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z",
	}
	kept := []string{"PATH=/bin", "AWS_CONFIG_FILE=c", "AWS_CA_BUNDLE=b", "AWS_PROFILE_NOT=x"}
	require.ElementsMatch(t, append(append(session, "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"), kept...),
		printable().Environ(environ, "eu-west-1"))
	require.ElementsMatch(t, append(append(session[:4:4], "AWS_REGION=us-east-1"), kept...), printable().Environ(environ, ""))
	require.Equal(t, "AWS_PROFILE=p", environ[1], "nothing is changed in place")
}
