package credentialprocess_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
)

const keysText = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hush\n"

// profile reads a profile as the SDK does.
func profile(t *testing.T, name, text string) config.SharedConfig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	found, err := config.LoadSharedConfigProfile(t.Context(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
	})
	require.NoError(t, err)
	return found
}

func TestRequestIsWhatTheProfileSays(t *testing.T) {
	t.Parallel()
	request, source, err := credentialprocess.RoleRequest(profile(t, "dev", "[default]\n"+keysText+
		"[profile dev]\nrole_arn = "+roleARN+"\nsource_profile = default\nmfa_serial = "+aliceMFA+
		"\nduration_seconds = 7200\nrole_session_name = alice\nexternal_id = x\n"))
	require.NoError(t, err)
	require.Equal(t, credentialprocess.Request{
		Operation: credentialprocess.AssumeRole, RoleARN: roleARN, RoleSessionName: "alice", ExternalID: "x",
		SerialNumber: aliceMFA, DurationSeconds: 7200,
	}, request)
	require.Equal(t, "default", source.Profile)
	keys, err := source.Retrieve(t.Context(), request.Operation, "dev", nil)
	require.NoError(t, err)
	require.Equal(t, "AKIAIOSFODNN7EXAMPLE", keys.AccessKeyID)

	// The profile may hold the access key itself.
	request, source, err = credentialprocess.RoleRequest(profile(t, "dev",
		"[profile dev]\nrole_arn = "+roleARN+"\nsource_profile = dev\n"+keysText))
	require.NoError(t, err)
	require.Equal(t, credentialprocess.Request{Operation: credentialprocess.AssumeRole, RoleARN: roleARN}, request)
	require.Equal(t, "dev", source.Profile)
}

func TestProfilesThatDoNotServe(t *testing.T) {
	t.Parallel()
	role := "[profile dev]\nrole_arn = " + roleARN + "\nsource_profile = default\n"
	for _, test := range []struct{ name, text, want string }{
		{"no role", "[profile dev]\n" + keysText, "profile dev has no role_arn: name a profile of a role"},
		{
			"runs something", "[profile dev]\ncredential_process = fetch --password hush\n",
			"profile dev has no role_arn, but a credential_process of its own: name the profile that has the role",
		},
		{"credential source", "[profile dev]\nrole_arn = x\ncredential_source = Environment\n", "role_arn and no source_profile"},
		{
			"source is a role", role + "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile base]\n" + keysText,
			"profile dev: source_profile: profile default assumes role arn:aws:iam::1:role/x: name the profile that has your access key",
		},
		{
			"source signs in", role + "[default]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = x\n",
			"profile default signs in with IAM Identity Center",
		},
		{
			"no number", role + "duration_seconds = 1h\n[default]\n" + keysText,
			"duration_seconds of profile dev: it must be a whole number from 900 to 43200",
		},
		{"too long", role + "duration_seconds = 43201\n[default]\n" + keysText, "from 900 to 43200"},
		{
			"passkey", role + "mfa_serial = arn:aws:iam::1:u2f/user/alice/key\n[default]\n" + keysText,
			"mfa_serial of profile dev: arn:aws:iam::1:u2f/user/alice/key gives no codes",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := credentialprocess.RoleRequest(profile(t, "dev", test.text))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestSessionNeedsALongTermKey(t *testing.T) {
	t.Parallel()
	source, err := credentialprocess.SessionSource(profile(t, "default", "[default]\n"+keysText))
	require.NoError(t, err)
	require.Equal(t, "default", source.Profile)
	for _, test := range []struct{ name, text, want string }{
		{"session", keysText + "aws_session_token = hush\n", "has the credentials of a session"},
		{"role", "role_arn = arn:aws:iam::1:role/x\nsource_profile = default\n" + keysText, "assumes role"},
		{"sso session", "login_session = arn:aws:iam::1:user/alice\n", "signs in with aws login"},
		{"nothing", "region = eu-west-1\n", "has no access key: run 'aws configure --profile default'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := credentialprocess.SessionSource(profile(t, "default", "[default]\n"+test.text))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestNamesAreQuotedForTheShell(t *testing.T) {
	t.Parallel()
	_, err := credentialprocess.SessionSource(config.SharedConfig{Profile: "my profile"})
	require.ErrorContains(t, err, `run 'aws configure --profile "my profile"'`)
	session := credentialprocess.Session{Profile: "dev", Source: "my profile", Ask: func(context.Context, string, string) (string, error) {
		return "123456", nil
	}}
	for code, want := range map[string]string{
		"InvalidClientTokenId":  `'aws configure --profile "my profile"'`,
		"SignatureDoesNotMatch": `'aws configure --profile "my profile"'`,
		"AccessDenied":          `--profile "my profile"'`,
	} {
		session.STS = sayer{err: &smithy.GenericAPIError{Code: code}}
		for _, operation := range []credentialprocess.Operation{credentialprocess.AssumeRole, credentialprocess.GetSessionToken} {
			request := roleRequest()
			request.Operation = operation
			_, err := session.Begin(t.Context(), request)
			require.ErrorContains(t, err, want)
		}
	}
}

func TestNothingSecretIsPrintedByAccident(t *testing.T) {
	t.Parallel()
	got := credentialprocess.Credentials{Version: 1, AccessKeyID: "ASIA", SecretAccessKey: "hush", SessionToken: "hush-hush"}
	_, source, err := credentialprocess.RoleRequest(profile(t, "dev",
		"[profile dev]\nrole_arn = "+roleARN+"\nsource_profile = dev\n"+keysText))
	require.NoError(t, err)
	process, err := credentialprocess.SessionSource(config.SharedConfig{Profile: "base", CredentialProcess: "fetch --password hush"})
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		for _, value := range []any{
			got, &got, []credentialprocess.Credentials{got}, map[string]any{"a": got}, source, &source, process,
		} {
			text := fmt.Sprintf(verb, value)
			require.NotContains(t, text, "hush", verb)
			require.NotContains(t, strings.ToLower(text), "68757368", verb)
		}
	}
	require.Equal(t, "(credentials)", fmt.Sprint(got))
	require.Equal(t, "profile base", fmt.Sprint(process))
	text, err := json.Marshal(got) //nolint:gosec // G117: these are no secrets
	require.NoError(t, err)
	require.Contains(t, string(text), `"SecretAccessKey":"hush"`, "what it is for")
}

// A sign-in serves as a source through the program that gives its credentials.
func TestSourceThatSignsIn(t *testing.T) {
	t.Parallel()
	const text = "[profile dev]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = signin\n[profile signin]\n" +
		"login_session = arn:aws:iam::1:user/alice\ncredential_process = aws configure export-credentials --profile other\n"
	_, source, err := credentialprocess.RoleRequest(profile(t, "dev", text))
	require.NoError(t, err)
	require.Equal(t, "signin", source.Profile)
}
