package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// office is an account with the stack dev in it, and alice at her computer with
// a device of hers.
type office struct {
	account *account.Account
	// outputs and config are files.
	outputs, config string
}

func newOffice(t *testing.T) office {
	t.Helper()
	a, text := deployDev(t)
	o := office{account: a, outputs: filepath.Join(t.TempDir(), "outputs.json"), config: os.Getenv("AWS_CONFIG_FILE")}
	require.NoError(t, os.WriteFile(o.outputs, text, 0o600))
	t.Setenv("AWS_PROFILE", "alice")
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	return o
}

// onboard runs the command with what the person answers.
func (o office) onboard(t *testing.T, answers string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	args = append([]string{"onboard", "--outputs", o.outputs}, args...)
	code = run(t.Context(), args, strings.NewReader(answers), &out, &err)
	return code, out.String(), err.String()
}

func (o office) file(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(o.config)
	require.NoError(t, err)
	return string(text)
}

// addDevice gives alice one more device.
func (o office) addDevice(t *testing.T, name string) {
	t.Helper()
	device, err := o.account.CreateVirtualMFADevice(name, "", nil)
	require.NoError(t, err)
	now := o.account.Now()
	first, err := totp.GenerateCode(device.Base32StringSeed, now.Add(-30*time.Second))
	require.NoError(t, err)
	second, err := totp.GenerateCode(device.Base32StringSeed, now)
	require.NoError(t, err)
	require.NoError(t, o.account.EnableMFADevice(account.MFADeviceInput{
		UserName: "alice", SerialNumber: device.SerialNumber, AuthenticationCode1: first, AuthenticationCode2: second,
	}))
}

const aliceProfile = `# >>> awsmfa onboard, stack dev, account 111122223333 (rewritten by the next run) >>>
[profile dev-power-user]
role_arn = arn:aws:iam::111122223333:role/cli-dev-power-user
source_profile = alice
role_session_name = alice
mfa_serial = arn:aws:iam::111122223333:mfa/alice
duration_seconds = 3600
region = eu-west-1

# <<< awsmfa onboard, stack dev, account 111122223333 <<<
`

func TestOnboardWritesTheProfilesOfTheUser(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	const before = "# mine\n[default]\nregion = us-east-1\n"
	require.NoError(t, os.WriteFile(o.config, []byte(before), 0o644))

	code, stdout, stderr := o.onboard(t, "", "--dry-run")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "+[profile dev-power-user]\n")
	require.Contains(t, stderr, "Nothing was written")
	require.Equal(t, before, o.file(t))

	code, stdout, stderr = o.onboard(t, "")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "dev-power-user\n", stdout)
	require.Contains(t, stderr, "Try it: aws sts get-caller-identity --profile dev-power-user\n")
	require.Equal(t, before+aliceProfile, o.file(t))

	code, stdout, stderr = o.onboard(t, "", "--json")
	require.Equal(t, exitOK, code, stderr)
	var done onboarded
	require.NoError(t, json.Unmarshal([]byte(stdout), &done))
	require.Equal(t, onboarded{
		File: o.config, UserName: "alice", SerialNumber: "arn:aws:iam::111122223333:mfa/alice",
		Profiles: []string{"dev-power-user"}, Removed: []string{},
	}, done)

	// From standard input, as a script does it.
	text, err := os.ReadFile(o.outputs)
	require.NoError(t, err)
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"onboard", "--outputs", "-"}, bytes.NewReader(text), &out, &errs),
		errs.String())
	require.Contains(t, errs.String(), "is as it has to be")

	code, _, stderr = execute(t, "onboard", "--remove", "--stack", "prod")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, before+aliceProfile, o.file(t), "another stack's")
	code, stdout, stderr = execute(t, "onboard", "--remove", "--stack", "dev", "--json")
	require.Equal(t, exitOK, code, stderr)
	require.JSONEq(t, `{"file": "`+o.config+`", "changed": true, "profiles": [], "removed": ["dev-power-user"]}`, stdout)
	require.Equal(t, before, o.file(t))
	info, err := os.Stat(o.config)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode())
}

func TestOnboardTriesTheProfile(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	code, err := story.Codes{Account: o.account}.Next("alice")
	require.NoError(t, err)
	status, stdout, stderr := o.onboard(t, code+"\n", "--check")
	require.Equal(t, exitOK, status, stderr)
	require.Equal(t, "dev-power-user\n", stdout)
	require.Contains(t, stderr, "Enter MFA code for arn:aws:iam::111122223333:mfa/alice: ")
	require.Contains(t, stderr,
		"Profile dev-power-user works: you are arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/alice.\n")

	status, _, stderr = o.onboard(t, code+"\n", "--check")
	require.Equal(t, exitFailure, status, "the code has been used")
	require.Contains(t, stderr, "awsmfa: trying profile dev-power-user: ")
}

func TestOnboardModes(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	self, err := os.Executable()
	require.NoError(t, err)
	for _, test := range []struct {
		flag, stdout string
		want         []string
		never        string
	}{
		{
			"--sdk", "dev-power-user\ndev-power-user-sdk\n",
			[]string{"credential_process = " + self + " credentials --profile dev-power-user\n"},
			"dev-session",
		},
		{
			"--one-code", "dev-session\ndev-power-user\n",
			[]string{
				"credential_process = " + self + " credentials --session --profile alice " +
					"--serial-number arn:aws:iam::111122223333:mfa/alice --duration 36h\n",
				"source_profile = dev-session\n",
			},
			"mfa_serial",
		},
	} {
		code, stdout, stderr := o.onboard(t, "", test.flag)
		require.Equal(t, exitOK, code, stderr)
		require.Equal(t, test.stdout, stdout)
		for _, text := range test.want {
			require.Contains(t, o.file(t), text)
		}
		require.NotContains(t, o.file(t), test.never)
	}
	code, _, stderr := o.onboard(t, "")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, strings.Replace(aliceProfile, "next run)", "next run, file created)", 1), o.file(t))
	require.Contains(t, stderr, "Removed from "+o.config+": profile dev-session.")
}

func TestOnboardChoosesTheDevice(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	o.addDevice(t, "alice-tablet")
	const tablet = "arn:aws:iam::111122223333:mfa/alice-tablet"
	code, _, stderr := o.onboard(t, "")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "--serial-number")
	require.NoFileExists(t, o.config)
	code, _, stderr = o.onboard(t, "3\n")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "answer with a number from 1 to 2")

	code, _, stderr = o.onboard(t, "2\n")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stderr, "  2  "+tablet+"\n")
	require.Contains(t, o.file(t), "mfa_serial = "+tablet+"\n")
	code, _, stderr = o.onboard(t, "")
	require.Equal(t, exitOK, code, "it is remembered: "+stderr)
	require.Contains(t, o.file(t), "mfa_serial = "+tablet+"\n")
	code, _, stderr = o.onboard(t, "", "--serial-number", "GAHT12345678")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, o.file(t), "mfa_serial = GAHT12345678\n")
}

// Listing is denied by policies that are not this project's.
func TestOnboardTakesTheConventionalDevice(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	denied, err := o.account.CreatePolicy(account.CreatePolicyInput{
		PolicyName:     "no-list",
		PolicyDocument: `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}}`,
	})
	require.NoError(t, err)
	require.NoError(t, o.account.AttachUserPolicy("alice", denied.ARN))
	code, _, stderr := o.onboard(t, "")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stderr, "You may not list your MFA devices: taking the one that is named after you")
	require.Contains(t, o.file(t), "mfa_serial = arn:aws:iam::111122223333:mfa/alice\n")
}

//nolint:paralleltest // It sets the environment.
func TestOnboardRefusals(t *testing.T) {
	o := newOffice(t)
	other := filepath.Join(t.TempDir(), "outputs.json")
	rewrite := func(from, to string) {
		text, err := os.ReadFile(o.outputs)
		require.NoError(t, err)
		changed := strings.ReplaceAll(string(text), from, to)
		require.NotEqual(t, string(text), changed)
		require.NoError(t, os.WriteFile(other, []byte(changed), 0o600))
	}
	bob, err := o.account.CreateAccessKey("bob")
	require.NoError(t, err)
	admin := "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = alice\n" +
		"[profile empty]\nregion = eu-west-1\n" +
		"[profile bob]\naws_access_key_id = " + bob.AccessKeyID + "\naws_secret_access_key = " + bob.SecretAccessKey + "\n" +
		"[profile unknown]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n"
	for _, test := range []struct {
		name string
		args []string
		// from and to change the outputs.
		from, to, config, want string
	}{
		{name: "no profile", args: []string{"--source-profile", "nobody"}, want: "run 'aws configure --profile nobody'"},
		{name: "no key", args: []string{"--source-profile", "empty"}, want: "profile empty has no access key"},
		{name: "role", args: []string{"--source-profile", "role"}, want: "profile role assumes role"},
		{name: "bad key", args: []string{"--source-profile", "unknown"}, want: "InvalidClientTokenId"},
		{name: "no device", args: []string{"--source-profile", "bob"}, want: "You have no MFA device yet: run awsmfa enrol"},
		{name: "not trusted", args: []string{"--source-profile", "default"}, want: "no role of stack dev trusts you, admin"},
		{name: "other account", from: "111122223333", to: "444455556666", want: "stack dev is in account 444455556666"},
		{name: "other partition", from: `"partition":"aws"`, to: `"partition":"aws-cn"`, want: "(aws-cn)"},
		{name: "old outputs", from: `"stack":"dev",`, to: "", want: "clientConfig has no stack"},
		{name: "newer outputs", from: `"version":1`, to: `"version":2`, want: "clientConfig is of version 2"},
		{
			name: "same name", config: "[profile dev-power-user]\nrole_arn = arn:aws:iam::1:role/mine\n",
			want: "--force",
		},
		{name: "no outputs", args: []string{"--outputs", "nowhere.json"}, want: "reading the stack outputs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			used := o
			if test.from != "" {
				rewrite(test.from, test.to)
				used.outputs = other
			}
			before := admin + test.config
			require.NoError(t, os.WriteFile(o.config, []byte(before), 0o600))
			code, stdout, stderr := used.onboard(t, "", test.args...)
			require.Equal(t, exitFailure, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
			require.Equal(t, before, o.file(t))
			require.NotContains(t, stderr, bob.SecretAccessKey)
		})
	}
	code, _, stderr := o.onboard(t, "", "--force")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, admin+aliceProfile, o.file(t), "the last one's profile has made room")
}

func TestOnboardMistakes(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                                "Give the stack outputs with --outputs FILE",
		"--stack=":                        "--stack is empty",
		"--outputs=":                      "--outputs is empty",
		"--stack dev --outputs x":         "exclude each other",
		"--stack dev --sdk --one-code":    "exclude each other",
		"--stack dev --dry-run --json":    "goes without --json",
		"--stack dev --dry-run --check":   "--dry-run writes nothing",
		"--remove --outputs x":            "--remove goes with",
		"--remove --sdk":                  "--remove goes with",
		"--remove --source-profile alice": "--remove goes with",
	} {
		code, stdout, stderr := execute(t, append([]string{"onboard"}, strings.Fields(args)...)...)
		require.Equal(t, exitUsage, code, args)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want)
	}
}

// TestOnboardLeavesEveryByte has people with files of every shape onboard and
// leave again.
func TestOnboardLeavesEveryByte(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	files, err := filepath.Glob("../../internal/awsconfig/testdata/configs/*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 200)
	for _, path := range files {
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(o.config, before, 0o600))
		code, _, stderr := o.onboard(t, "", "--sdk")
		require.Equal(t, exitOK, code, "%s: %s", path, stderr)
		require.NotEqual(t, string(before), o.file(t), path)
		code, _, stderr = execute(t, "onboard", "--remove")
		require.Equal(t, exitOK, code, "%s: %s", path, stderr)
		require.Equal(t, string(before), o.file(t), path)
	}
}

func TestCompletionOffersProfilesAndStacks(t *testing.T) { //nolint:paralleltest // it sets the environment
	o := newOffice(t)
	require.NoError(t, os.WriteFile(o.config, []byte("[default]\n[profile bob]\n[sso-session x]\n[profile \"my dev\"]\n"), 0o600))
	code, stdout, _ := execute(t, "__complete", "onboard", "--source-profile", "")
	require.Equal(t, exitOK, code)
	require.Equal(t, "default\nbob\nmy dev\n:4\n", stdout)
	code, stdout, _ = execute(t, "__complete", "onboard", "--project", "../..", "--stack", "")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "dev\nprod\n")
}
