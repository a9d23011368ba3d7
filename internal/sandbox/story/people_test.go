package story_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const roleARN = "arn:aws:iam::111122223333:role/cli-dev-power-user"

// oneUser is an account with that user in it, at a time that stands still.
func oneUser(t *testing.T, name string) *account.Account {
	t.Helper()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	a := account.New("111122223333", "aws", account.WithClock(func() time.Time { return now }))
	_, err := a.CreateUser(account.CreateUserInput{UserName: name})
	require.NoError(t, err)
	return a
}

func TestHomesHaveTheFilesOfTheAWSCLI(t *testing.T) {
	t.Parallel()
	homes := story.Homes{
		Dir: t.TempDir(), Endpoint: "http://127.0.0.1:1", Account: oneUser(t, "alice"),
		Client: stack.ClientConfig{Project: "p", Stack: "dev", AccountID: "111122223333", Region: "eu-west-1", Profiles: []stack.Profile{
			{Name: "dev-power-user", RoleARN: roleARN, DurationSeconds: 43200},
		}},
	}
	person, err := homes.Settle("alice")
	require.NoError(t, err)
	require.Equal(t, story.Person{Name: "alice", Home: filepath.Join(homes.Dir, "alice")}, person)
	config, err := os.ReadFile(person.Config())
	require.NoError(t, err)
	require.Equal(t, `[default]
region = eu-west-1
endpoint_url = http://127.0.0.1:1
services = sandbox

[services sandbox]
sts =
  endpoint_url = http://127.0.0.1:1
iam =
  endpoint_url = http://127.0.0.1:1
# >>> awsmfa onboard, stack p/dev, account 111122223333 (rewritten by the next run) >>>
[profile dev-power-user]
role_arn = arn:aws:iam::111122223333:role/cli-dev-power-user
source_profile = default
role_session_name = alice
mfa_serial = arn:aws:iam::111122223333:mfa/alice
duration_seconds = 43200
region = eu-west-1
endpoint_url = http://127.0.0.1:1
services = sandbox

# <<< awsmfa onboard, stack p/dev, account 111122223333 <<<
`, string(config))
	file, err := awsconfig.Parse(config)
	require.NoError(t, err)
	homes.Client.Profiles[0].TrustedUsers = []string{"alice"}
	block, err := onboarding.Block(homes.Client, onboarding.Person{
		UserName: "alice", SourceProfile: "default", SerialNumber: "arn:aws:iam::111122223333:mfa/alice",
	}, onboarding.SDK, "awsmfa")
	require.NoError(t, err)
	require.NoError(t, file.Put(block, false), "awsmfa onboard takes the profiles for its own")
	credentials, err := os.ReadFile(person.Credentials())
	require.NoError(t, err)
	require.Regexp(t, `^\[default\]\naws_access_key_id = AKIA\w+\naws_secret_access_key = \S+\n$`, string(credentials))

	require.NoError(t, os.Chmod(person.Credentials(), 0o644))
	_, err = homes.Settle("alice")
	require.NoError(t, err)
	again, err := os.ReadFile(person.Credentials())
	require.NoError(t, err)
	require.Equal(t, credentials, again, "the same key")
	for _, path := range []string{person.Config(), person.Credentials()} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestNoHomeIsOutsideOfTheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".", ".."} {
		_, err := story.Homes{Dir: filepath.Join(dir, "people"), Account: oneUser(t, name)}.Settle(name)
		require.ErrorContains(t, err, "no directory of that name")
	}
	_, err := story.Homes{Dir: dir, Account: oneUser(t, "alice")}.Settle("nobody")
	require.ErrorContains(t, err, "nobody")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestAccessKeyIsTheActiveOne(t *testing.T) {
	t.Parallel()
	a := oneUser(t, "alice")
	first, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	require.NoError(t, a.UpdateAccessKey("alice", first.AccessKeyID, account.AccessKeyInactive))
	second, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	require.NotEqual(t, first.AccessKeyID, second.AccessKeyID)
	again, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	require.Equal(t, second, again)
}

func TestMFADeviceReplacesWhatIsLeftOfOne(t *testing.T) {
	t.Parallel()
	a := oneUser(t, "alice")
	serial, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::111122223333:mfa/alice", serial)
	require.NoError(t, a.DeactivateMFADevice("alice", serial))
	again, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.Equal(t, serial, again)
	devices, err := a.ListVirtualMFADevices("Any")
	require.NoError(t, err)
	require.Len(t, devices, 1)
}

func TestCodesAreUsedOnce(t *testing.T) {
	t.Parallel()
	a := oneUser(t, "alice")
	codes := story.Codes{Account: a}
	_, err := codes.Next("alice")
	require.ErrorIs(t, err, story.ErrNoDevice)
	_, err = codes.Wrong("alice")
	require.ErrorIs(t, err, story.ErrNoDevice)
	_, err = codes.Next("nobody")
	require.ErrorContains(t, err, "nobody")

	use := codeUser(t, a)
	wrong, err := codes.Wrong("alice")
	require.NoError(t, err)
	require.ErrorContains(t, use(wrong), "invalid MFA one time pass code")
	for range 4 {
		code, err := codes.Next("alice")
		require.NoError(t, err)
		require.NoError(t, use(code))
		require.ErrorContains(t, use(code), "invalid MFA one time pass code")
	}
	_, err = codes.Next("alice")
	require.ErrorIs(t, err, story.ErrNoCode)
}

// A further device shows its codes under its own name, half made or not.
func TestCodesOfAFurtherDevice(t *testing.T) {
	t.Parallel()
	a := oneUser(t, "alice")
	codes := story.Codes{Account: a}
	first, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	_, _, err = codes.ToEnable("alice/tablet")
	require.ErrorIs(t, err, story.ErrNoDevice)
	require.ErrorContains(t, err, "awsmfa enrol --another tablet makes one, in 'awsmfa sandbox shell alice'")
	made, err := a.CreateVirtualMFADevice("tablet", "/alice/", nil)
	require.NoError(t, err)
	_, err = codes.Next("alice/tablet")
	require.ErrorIs(t, err, story.ErrNoDevice)
	one, two, err := codes.ToEnable("alice/tablet")
	require.NoError(t, err)
	require.NoError(t, a.EnableMFADevice(account.MFADeviceInput{
		UserName: "alice", SerialNumber: made.SerialNumber, AuthenticationCode1: one, AuthenticationCode2: two,
	}))
	key, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	_, caller, err := a.Credentials(key.AccessKeyID, "")
	require.NoError(t, err)
	for name, serial := range map[string]string{"alice": first, "alice/tablet": made.SerialNumber} {
		code, err := codes.Next(name)
		require.NoError(t, err)
		_, err = a.GetSessionToken(caller, account.MFA{SerialNumber: serial, TokenCode: code}, 0, nil)
		require.NoError(t, err)
	}
}

// codeUser uses codes of alice's device.
func codeUser(t *testing.T, a *account.Account) func(code string) error {
	t.Helper()
	serial, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	key, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	_, caller, err := a.Credentials(key.AccessKeyID, "")
	require.NoError(t, err)
	return func(code string) error {
		_, err := a.GetSessionToken(caller, account.MFA{SerialNumber: serial, TokenCode: code}, 0, nil)
		return err
	}
}
