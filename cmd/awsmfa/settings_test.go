package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newcomer is somebody whose computer has no AWS settings, and an instance
// metadata service that answers as given.
func newcomer(t *testing.T, instance http.HandlerFunc) machine {
	t.Helper()
	u := newCredentialsUser(t)
	u.configure(t, "[profile empty]\nregion = eu-west-1\n")
	server := httptest.NewServer(instance)
	t.Cleanup(server.Close)
	u.machine["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.URL
	u.machine["AWS_ENDPOINT_URL"] = u.address
	return u.machine
}

// It is run as a process: the SDK's log is not written to the streams of the test.
func TestWhoHasNoCredentialsIsToldSo(t *testing.T) {
	t.Parallel()
	m := newcomer(t, http.NotFound)
	const want = "awsmfa: You have no access key: run 'aws configure' to store it, " +
		"or name the profile that has it with --profile or AWS_PROFILE; if aws-vault keeps it, give that profile " +
		"'credential_process = aws-vault export --no-session --format=json default' in ~/.aws/config\n"
	const wantEmpty = "awsmfa: You have no access key in profile empty: run 'aws configure --profile empty' to store it, " +
		"or name the profile that has it; if aws-vault keeps it, give that profile " +
		"'credential_process = aws-vault export --no-session --format=json empty' in ~/.aws/config\n"
	for args, want := range map[string]string{
		"enrol":              want,
		"reset-device alice": want,
		"audit --group x":    want,
		"init --dry-run --group x --region eu-west-1": want,
		"explain s3:ListAllMyBuckets --profile empty": wantEmpty,
		"enrol --profile empty":                       wantEmpty,
		"enrol --profile nope": "awsmfa: there is no profile nope in your AWS configuration: 'aws configure list-profiles' lists those " +
			"that there are, awsmfa onboard writes those of your roles\n",
	} {
		text, err := m.program(t, strings.Fields(args)...).CombinedOutput()
		require.Error(t, err)
		require.Equal(t, want, string(text), args)
	}
}

// What a credential_process prints may have the access key in it.
func TestNoErrorShowsWhatACredentialProcessPrinted(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	write(t, "[profile noisy]\n"+
		`credential_process = echo 'warning: old {"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "SECRET"}'`+
		"\n[profile through]\nrole_arn = "+credentialsRole+"\nsource_profile = noisy\n", o.config)
	for _, args := range []string{
		"onboard --source-profile noisy --outputs " + o.outputs,
		"onboard --one-code --source-profile noisy --outputs " + o.outputs,
		"enrol --profile noisy",
		"audit --group x --profile noisy",
		"audit --group x --profile through",
		"init --dry-run --group x --region eu-west-1 --profile noisy",
		"reset-device alice --profile noisy",
		"explain s3:ListAllMyBuckets --profile through",
		"credentials --profile through",
	} {
		stderr := o.refuses(t, strings.Fields(args)...)
		require.NotContains(t, stderr, "SECRET", args)
		require.NotContains(t, stderr, "warning: old", args)
		require.Contains(t, stderr, "credential_process of profile noisy: its output does not have the format", args)
	}
}

// AWS may quote the request that it expected, session token and all.
func TestNoErrorShowsTheRequest(t *testing.T) {
	t.Parallel()
	m := newcomer(t, http.NotFound)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>` +
			`<Message>The Canonical String should have been 'x-amz-security-token:TOKEN'</Message></Error></ErrorResponse>`))
	}))
	defer server.Close()
	m["AWS_ENDPOINT_URL"] = server.URL
	const keys = "aws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = TOKEN\n"
	write(t, "[profile session]\n"+keys+"[profile through]\nrole_arn = "+credentialsRole+
		"\nsource_profile = session\n", m["HOME"], ".aws", "config")
	for _, args := range []string{
		"audit --group x --profile session",
		"audit --group x --profile through",
		"enrol --profile session",
		"init --dry-run --group x --region eu-west-1 --profile through",
		"explain s3:ListAllMyBuckets --profile session",
		"credentials --profile through",
	} {
		stderr := m.refuses(t, strings.Fields(args)...)
		require.NotContains(t, stderr, "TOKEN", args)
		require.Contains(t, stderr, "the secret access key is not that of its access key id", args)
	}
}

// The SDK takes ~ and $HOME for names; the AWS CLI does not.
func TestTheFilesAreThoseOfTheAWSCLI(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	u.machine["AWS_CONFIG_FILE"] = "~/.aws/config"
	u.machine["AWS_SHARED_CREDENTIALS_FILE"] = "$HOME/.aws/credentials"
	write(t, "[empty]\nregion = eu-west-1\n", u.home, ".aws", "credentials")
	stdout, _ := u.typing(t, "CODE\n", "--profile", "dev")
	require.Contains(t, stdout, "SessionToken")
	stderr := u.typingFails(t, "", "--profile", "empty")
	require.Contains(t, stderr, "profile empty has no role_arn")
}

// An error of AWS about a role that the instance has is not hidden.
func TestTheRoleOfAnInstanceServes(t *testing.T) {
	t.Parallel()
	m := newcomer(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			_, _ = w.Write([]byte("administrator"))
		case strings.HasSuffix(r.URL.Path, "/security-credentials/administrator"):
			_, _ = w.Write([]byte(`{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no trust"}`))
		default:
			http.NotFound(w, r)
		}
	})
	stderr := m.refuses(t, "enrol")
	require.Contains(t, stderr, "AssumeRoleUnauthorizedAccess")
	require.NotContains(t, stderr, "You have no access key")
}
