package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// accessKeyID is that of alice.
func (u credentialsUser) accessKeyID() string { return strings.Fields(u.keys)[2] }

func TestStatus(t *testing.T) {
	t.Parallel()
	u := loggedIn(t)
	u.configure(t, read(t, u.config())+"[profile other]\nrole_arn = "+credentialsRole+"x\nsource_profile = default\n"+
		"[profile orphan]\nrole_arn = "+credentialsRole+"\nsource_profile = nobody\n[profile region]\nregion = eu-west-1\n")
	u.machine["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1" // nobody asks STS
	stdout, stderr := u.succeeds(t, "status")
	require.Contains(t, stderr, "Warning: profile orphan: its source profile nobody is not there")
	require.Contains(t, stdout, "dev      alice    alice   the next use asks\n", "sessions of another endpoint are not this one's")
	delete(u.machine, "AWS_ENDPOINT_URL_STS")

	stdout, stderr = u.succeeds(t, "status")
	require.NotContains(t, stderr, "access key of profile default", "to be denied is no fault")
	require.Regexp(t, `^PROFILE  USER     DEVICE  NO CODE UNTIL
dev      alice    alice   2\d{3}-\d\d-\d\d \d\d:\d\d \(5[45]m\)
other    unknown  -       the next use asks

ACCESS KEY +PROFILE  USER +AGE
`+u.accessKeyID()+`  default  unknown  unknown
$`, stdout, "the account does not let alice list her keys")
	for line := range strings.Lines(stdout) {
		require.LessOrEqual(t, len(line), 81)
	}

	require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AdministratorAccess"))
	u.typing(t, "CODE\n", "--session")
	stdout, _ = u.succeeds(t, "status")
	require.Regexp(t, `\ndefault --session  alice +- +2\d{3}-\d\d-\d\d \d\d:\d\d \(11h5[45]m\)\n`, stdout)
	require.Contains(t, stdout, u.accessKeyID()+"  default  alice  0 days\n")
}

// Without MFA the group's policy lets people see whose key they have, and not how old it
// is. The AWS CLI may ask for a code where awsmfa does not, and the other way round.
func TestStatusUnderTheDeny(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	stdout, stderr := m.succeeds(t, "status")
	require.Regexp(t, `  alice    alice  unknown\n`, stdout)
	require.NotContains(t, stderr, "AWS CLI")
	m.succeeds(t, "onboard", "--outputs", write(t, string(outputs), t.TempDir(), "outputs.json"), "--profile", "alice")
	_, stderr = m.succeeds(t, "status")
	require.Contains(t, stderr, "The AWS CLI keeps sessions of its own, which are not shown.\n")
}

// One code serves every role, and status says so of each.
func TestStatusOfOneCode(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	m.succeeds(t, "onboard", "--outputs", write(t, string(outputs), t.TempDir(), "outputs.json"), "--profile", "alice",
		"--one-code")
	stdout, stderr := m.succeeds(t, "status")
	require.Regexp(t, `\ndev-power-user +alice +alice +the next use asks\n`, stdout)
	require.NotContains(t, stderr, "AWS CLI")
	session := []string{"--session", "--serial-number", aliceSerial, "--duration", "36h"}
	m.succeedsWith(t, nextCode(t, a)+"\n", append([]string{"login", "alice"}, session...)...)
	stdout, _ = m.succeeds(t, "status")
	require.Regexp(t, `\ndev-power-user +alice +alice +2\d{3}-\d\d-\d\d \d\d:\d\d \(35h5[45]m\)\n`, stdout)

	path := m["AWS_SHARED_CREDENTIALS_FILE"]
	key, err := a.CreateAccessKey("alice")
	require.NoError(t, err)
	write(t, "[alice]\naws_access_key_id = "+key.AccessKeyID+"\naws_secret_access_key = "+key.SecretAccessKey+"\n", path)
	stdout, _ = m.succeeds(t, "status")
	require.Regexp(t, `\ndev-power-user +alice +alice +the next use asks\n`, stdout, "the session is of the old key")
}

func TestStatusForScripts(t *testing.T) {
	t.Parallel()
	u := loggedIn(t)
	require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AdministratorAccess"))
	stdout, stderr := u.succeeds(t, "status", "--json")
	require.Empty(t, stderr)
	require.NotContains(t, stdout, u.secret)
	var got status
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Len(t, got.Profiles, 1)
	until := got.Profiles[0].NoCodeUntil
	require.WithinDuration(t, time.Now().Add(55*time.Minute), *until, time.Minute)
	require.Equal(t, sessionStatus{
		Profile: "dev", RoleARN: credentialsRole, User: "alice", SerialNumber: credentialsDevice, SourceProfile: "default",
		NoCodeUntil: until,
	}, got.Profiles[0])
	require.Len(t, got.AccessKeys, 1)
	require.Equal(t, u.accessKeyID(), got.AccessKeys[0].AccessKeyID)
	require.Zero(t, *got.AccessKeys[0].AgeDays)

	u.succeeds(t, "credentials", "--clear")
	stdout, _ = u.succeeds(t, "status", "--json")
	require.NotContains(t, stdout, "noCodeUntil")
	empty, stderr := machine{"HOME": t.TempDir()}.succeeds(t, "status", "--json")
	require.Equal(t, "{\n  \"profiles\": [],\n  \"accessKeys\": []\n}\n", empty)
	require.Empty(t, stderr)
}
