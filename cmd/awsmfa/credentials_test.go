package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	credentialsRole   = "arn:aws:iam::111122223333:role/power-user"
	credentialsDevice = "arn:aws:iam::111122223333:mfa/alice"
)

// credentialsUser is alice, with an access key and a device, whom the role
// trusts, in her home directory.
type credentialsUser struct {
	machine
	account    *account.Account
	home, keys string
	address    string
	secret     string
}

func newCredentialsUser(t *testing.T) credentialsUser {
	t.Helper()
	a := account.New("111122223333", "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	_, err = story.MFADevice(a, "alice")
	require.NoError(t, err)
	key, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	trust, err := policy.TrustPolicy([]string{"arn:aws:iam::111122223333:user/alice"})
	require.NoError(t, err)
	_, err = a.CreateRole(account.CreateRoleInput{RoleName: "power-user", AssumeRolePolicyDocument: trust.String()})
	require.NoError(t, err)
	u := credentialsUser{
		account: a, home: t.TempDir(), address: accounttest.Serve(t, a), secret: key.SecretAccessKey,
		keys: fmt.Sprintf("aws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey),
	}
	u.machine = machine{"HOME": u.home}
	return u
}

// configure writes ~/.aws/config; ENDPOINT and KEYS in it are filled in.
func (u credentialsUser) configure(t *testing.T, text string) {
	t.Helper()
	text = strings.NewReplacer("ENDPOINT", u.address, "KEYS\n", u.keys).Replace(text)
	require.NoError(t, os.MkdirAll(filepath.Dir(u.config()), 0o700))
	require.NoError(t, os.WriteFile(u.config(), []byte(text), 0o600))
}

func (u credentialsUser) config() string { return filepath.Join(u.home, ".aws", "config") }

// configureRole is a profile dev of the role, without a region, with an access
// key in the default profile.
func (u credentialsUser) configureRole(t *testing.T) {
	t.Helper()
	u.configure(t, "[default]\nendpoint_url = ENDPOINT\nKEYS\n[profile dev]\nrole_arn = "+credentialsRole+
		"\nsource_profile = default\nmfa_serial = "+credentialsDevice+"\nrole_session_name = alice\nendpoint_url = ENDPOINT\n")
}

// typing runs the program with what a person types; CODE is the next code.
func (u credentialsUser) typing(t *testing.T, typed string, args ...string) (stdout, stderr string) {
	t.Helper()
	if strings.Contains(typed, "CODE") {
		next := nextCode(t, u.account)
		typed = strings.ReplaceAll(typed, "CODE", next)
	}
	return u.succeedsWith(t, typed, append([]string{"credentials"}, args...)...)
}

func (u credentialsUser) typingFails(t *testing.T, typed string, args ...string) (stderr string) {
	t.Helper()
	stderr = u.refusesWith(t, typed, append([]string{"credentials"}, args...)...)
	require.NotContains(t, stderr, u.secret)
	return stderr
}

// cached are the cached sessions.
func (u credentialsUser) cached(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(u.home, ".aws", "awsmfa", "cache", "*.json"))
	require.NoError(t, err)
	return found
}

func TestCredentialsMistakesExitWith2(t *testing.T) {
	t.Parallel()
	requireMistakes(t, "credentials", map[string]string{
		"":                                "whose credentials? give --profile, or --session",
		"--profile=":                      "--profile is empty",
		"dev":                             `unexpected argument "dev"`,
		"--profile dev --duration 1h":     "--serial-number and --duration go with --session",
		"--profile dev --serial-number X": "--serial-number and --duration go with --session",
		"--session --serial-number=":      "--serial-number is empty",
		"--session --duration 14m":        "--duration 14m0s: it must be from 15m to 36h",
		"--session --duration 36h1s":      "it must be from 15m to 36h",
		"--session --duration 1h1ms":      "in whole seconds",
		"--session --duration 3600":       "a duration, such as 1h30m",
		"--clear --profile dev":           "--clear removes all sessions: give it alone",
		"--clear --session":               "give it alone",
		"--clear --format env":            "give it alone",
		"--profile dev --format bash":     `--format "bash": it must be json, env, fish or powershell`,
		"--session --serial-number " + securityKeySerial: securityKeySerial + " gives no codes",
		"--profile dev --clear --session=1":              "give it alone",
	})
}

const securityKeySerial = "arn:aws:iam::111122223333:u2f/user/alice/key-AAAAAAAAAAAAAAAA"

func TestCredentialsOfARole(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	stdout, stderr := u.typing(t, "CODE\n", "--profile", "dev")
	require.Equal(t, "Enter MFA code for "+credentialsDevice+": ", stderr)
	var printed map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Len(t, printed, 5)
	require.EqualValues(t, 1, printed["Version"])
	require.Regexp(t, `^ASIA`, printed["AccessKeyId"])
	require.NotEmpty(t, printed["SecretAccessKey"])
	require.NotEmpty(t, printed["SessionToken"])
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, printed["Expiration"])

	// The next one is not asked.
	again, stderr := u.typing(t, "", "--profile", "dev")
	require.Empty(t, stderr)
	require.Equal(t, stdout, again)
	require.Len(t, u.cached(t), 1)

	// Another endpoint has its own sessions, be it the environment's.
	u.machine["AWS_ENDPOINT_URL_STS"] = accounttest.Serve(t, u.account)
	other, _ := u.typing(t, "CODE\n", "--profile", "dev")
	require.NotEqual(t, stdout, other)
	require.Len(t, u.cached(t), 2)

	stdout, stderr = u.typing(t, "", "--clear")
	require.Empty(t, stdout)
	require.Contains(t, stderr, "Removed 2 cached sessions")
	require.Empty(t, u.cached(t))
}

func TestCredentialsOfASessionServeARole(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	session := filepath.Join(u.home, "session.json")
	u.configure(t, "[default]\nendpoint_url = ENDPOINT\nKEYS\n[profile base]\ncredential_process = "+printing+session+
		"\n[profile dev]\nrole_arn = "+credentialsRole+"\nsource_profile = base\nendpoint_url = ENDPOINT\n"+
		"[profile tool]\ncredential_process = "+printing+session+"\nendpoint_url = ENDPOINT\n")
	u.machine["AWS_PROFILE"] = "dev" // as Terraform has it that runs this
	stdout, _ := u.typing(t, "CODE\n", "--session", "--serial-number", credentialsDevice, "--duration", "36h")
	var got credentialprocess.Credentials
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.WithinDuration(t, time.Now().Add(36*time.Hour), got.Expiration, time.Minute)
	require.NoError(t, os.WriteFile(session, []byte(stdout), 0o600))

	stdout, stderr := u.typing(t, "", "--profile", "dev")
	require.Empty(t, stderr, "no question")
	require.NoError(t, os.WriteFile(session, []byte(stdout), 0o600))

	// The SDK takes the output as it is.
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile("tool"), config.WithRegion("eu-west-1"),
		config.WithSharedConfigFiles([]string{u.config()}))
	require.NoError(t, err)
	identity, err := sts.NewFromConfig(settings).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:sts::111122223333:assumed-role/power-user/alice", *identity.Arn)
}

func TestCredentialsWithoutATerminalSayWhatToDo(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	for args, want := range map[string]string{
		"--profile dev": "'awsmfa login dev' in a terminal, and type the code there; " +
			"then this works without asking for 55m",
		"--session --serial-number X12345678": "'awsmfa login --session --serial-number X12345678 --duration 12h default' in a",
		"--session --duration 15m": "--duration 15m default' in a terminal, and type the code there; then this works " +
			"without asking for 10m",
	} {
		if strings.Contains(args, "--duration") {
			require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AdministratorAccess"))
		}
		stderr := u.typingFails(t, "", strings.Fields(args)...)
		require.Contains(t, stderr, want)
	}
	require.Empty(t, u.cached(t))
}

func TestCredentialsOfProfilesThatDoNotServe(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configure(t, "[profile keyless]\nregion = eu-west-1\n[profile orphan]\nrole_arn = "+credentialsRole+
		"\nsource_profile = nobody\n[profile dev]\nrole_arn = "+credentialsRole+"\nsource_profile = loop\n"+
		"[profile loop]\ncredential_process = awsmfa credentials --profile dev\n")
	u.machine[credentialprocess.Chain] = "AssumeRole dev"
	for args, want := range map[string]string{
		"--profile nowhere":           "there is no profile nowhere in your AWS configuration",
		"--profile keyless":           "profile keyless has no role_arn",
		"--profile orphan":            "its source profile nobody is not there or has no credentials",
		"--session --profile keyless": "profile keyless has no access key",
		"--session":                   "there is no profile default",
		"--profile loop":              "name the profile that has the role",
		"--profile dev":               "profile dev needs itself",
	} {
		stderr := u.typingFails(t, "", strings.Fields(args)...)
		require.Contains(t, stderr, want, args)
	}
}

func TestCredentialsCommandsArePastedAsTheyAre(t *testing.T) {
	t.Parallel()
	flags := sessionFlags{profile: "my profile", session: true, serialNumber: "A B", duration: time.Hour}
	require.Equal(t, `awsmfa login --session --serial-number "A B" --duration 1h "my profile"`, flags.login())
}

// strangers is an AWS that knows no access key; it gives the region that it was
// asked in.
func strangers(t *testing.T) (address string, region func() string) {
	t.Helper()
	var asked atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if scope := strings.Split(r.Header.Get("Authorization"), "/"); len(scope) > 2 {
			asked.Store(scope[2])
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code>"+
			"<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>")
	}))
	t.Cleanup(server.Close)
	return server.URL, func() string { return asked.Swap("").(string) } //nolint:forcetypeassert // the test
}

func TestTheRegionIsOneOfThePartition(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	address, region := strangers(t)
	u.address = address
	text := "[default]\nendpoint_url = ENDPOINT\nKEYS\n[profile set]\nregion = eu-west-1\nendpoint_url = ENDPOINT\nKEYS\n"
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		text += "[profile " + partition + "]\nrole_arn = arn:" + partition + ":iam::111122223333:role/power-user\n" +
			"source_profile = default\nrole_session_name = alice\nendpoint_url = ENDPOINT\n"
	}
	u.configure(t, text)
	const deleted = "it was deleted or deactivated"
	const assumed = "no region is set, us-east-1 was assumed; for aws-cn and aws-us-gov set region"
	for _, test := range []struct{ args, region, want, not string }{
		{"--profile aws", "us-east-1", deleted, assumed},
		{"--profile aws-cn", "cn-north-1", deleted, assumed},
		{"--profile aws-us-gov", "us-gov-west-1", deleted, assumed},
		{"--session --serial-number arn:aws-cn:iam::111122223333:mfa/alice", "cn-north-1", deleted, assumed},
		{"--session --serial-number arn:aws-us-gov:iam::111122223333:mfa/alice", "us-gov-west-1", deleted, assumed},
		{"--session --serial-number GAHT12345678", "us-east-1", assumed, deleted},
		{"--session", "us-east-1", assumed, deleted},
		{"--session --profile set", "eu-west-1", deleted, assumed},
		{"--session --profile set --serial-number arn:aws-cn:iam::111122223333:mfa/alice", "eu-west-1", deleted, assumed},
	} {
		stderr := u.typingFails(t, "123456\n", strings.Fields(test.args)...)
		require.Equal(t, test.region, region(), test.args)
		require.Contains(t, stderr, test.want, test.args)
		require.NotContains(t, stderr, test.not, test.args)
	}
	u.machine["AWS_REGION"] = "ap-south-1"
	stderr := u.typingFails(t, "", "--session")
	require.Equal(t, "ap-south-1", region())
	require.NotContains(t, stderr, assumed)
}

// Every command asks with these settings, and some assume a role first.
func TestAnAssumedRegionIsMentioned(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.address, _ = strangers(t)
	u.configureRole(t)
	for _, profile := range []string{"default", "dev"} {
		stderr := u.refusesWith(t, "123456\n", "reset-device", "alice", "--profile", profile)
		require.Contains(t, stderr, "no region is set, us-east-1 was assumed; for aws-cn and aws-us-gov set region")
	}
}

// interrupter ends the context when it is asked something.
type interrupter struct {
	interrupt context.CancelFunc
	said      *bytes.Buffer
}

func (i interrupter) Write(text []byte) (int, error) { i.interrupt(); return i.said.Write(text) }

func TestCredentialsInterruptedAtTheQuestion(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	ctx, cancel := context.WithCancel(t.Context())
	nothing, keepOpen := io.Pipe()
	defer func() { require.NoError(t, keepOpen.Close()) }()
	var stdout, said bytes.Buffer
	code := run(ctx, []string{"credentials", "--profile", "dev"}, u.environment(nothing, &stdout, interrupter{cancel, &said}))
	require.Equal(t, "Enter MFA code for "+credentialsDevice+": \nawsmfa: interrupted\n", said.String())
	require.Equal(t, program.Failure, code)
	require.Empty(t, stdout.String())
	require.Empty(t, u.cached(t))

	_, stderr := u.typing(t, "CODE\n", "--profile", "dev")
	require.NotContains(t, stderr, "Another awsmfa", "the lock was released")
}

// loggedIn is alice, who has typed the code of profile dev, which has a region.
func loggedIn(t *testing.T) credentialsUser {
	t.Helper()
	u := newCredentialsUser(t)
	u.configureRole(t)
	u.configure(t, read(t, u.config())+"region = eu-west-1\n")
	u.succeedsWith(t, nextCode(t, u.account)+"\n", "login", "dev")
	return u
}
