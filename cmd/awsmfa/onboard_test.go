package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// office is an account with the stack dev in it, and alice at her computer with
// a device of hers.
type office struct {
	machine
	account *account.Account
	// outputs and config are files.
	outputs, config string
}

func newOffice(t *testing.T) office {
	t.Helper()
	m, a, text := deployDev(t)
	m["AWS_PROFILE"] = "alice"
	o := office{
		machine: m, account: a, outputs: filepath.Join(t.TempDir(), "outputs.json"), config: m["AWS_CONFIG_FILE"],
	}
	var outputs stack.Outputs
	require.NoError(t, json.Unmarshal(text, &outputs))
	outputs.ClientConfig.Project = "aws-cli-mfa"
	text, err := json.Marshal(outputs)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(o.outputs, text, 0o600))
	_, err = story.MFADevice(a, "alice")
	require.NoError(t, err)
	return o
}

// onboard runs the command with what the person answers.
func (o office) onboard(t *testing.T, answers string, args ...string) (stdout, stderr string) {
	t.Helper()
	return o.succeedsWith(t, answers, append([]string{"onboard", "--outputs", o.outputs}, args...)...)
}

func (o office) onboardFails(t *testing.T, answers string, args ...string) (stderr string) {
	t.Helper()
	return o.refusesWith(t, answers, append([]string{"onboard", "--outputs", o.outputs}, args...)...)
}

func (o office) file(t *testing.T) string {
	t.Helper()
	return read(t, o.config)
}

const aliceProfile = `# >>> awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 (rewritten by the next run) >>>
[profile dev-power-user]
role_arn = arn:aws:iam::111122223333:role/cli-dev-power-user
source_profile = alice
role_session_name = alice
mfa_serial = arn:aws:iam::111122223333:mfa/alice
duration_seconds = 3600
region = eu-west-1

# <<< awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 <<<
`

func TestOnboardWritesTheProfilesOfTheUser(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const before = "# mine\n[default]\nregion = us-east-1\n"
	require.NoError(t, os.WriteFile(o.config, []byte(before), 0o644))

	stdout, stderr := o.onboard(t, "", "--dry-run")
	require.Contains(t, stdout, "+[profile dev-power-user]\n")
	require.Contains(t, stderr, "Nothing was written")
	require.Equal(t, before, o.file(t))

	stdout, stderr = o.onboard(t, "")
	require.Equal(t, "dev-power-user\n", stdout)
	require.Contains(t, stderr, "Try it: aws sts get-caller-identity --profile dev-power-user\n")
	require.Equal(t, before+aliceProfile, o.file(t))

	stdout, _ = o.onboard(t, "", "--json")
	var done onboarded
	require.NoError(t, json.Unmarshal([]byte(stdout), &done))
	require.Equal(t, onboarded{
		File: o.config, UserName: "alice", SerialNumber: "arn:aws:iam::111122223333:mfa/alice",
		Profiles: []string{"dev-power-user"}, Removed: []string{},
	}, done)

	// From standard input, as a script does it.
	_, stderr = o.succeedsWith(t, read(t, o.outputs), "onboard", "--outputs", "-")
	require.Contains(t, stderr, "is up to date: nothing was changed")

	_, stderr = o.succeeds(t, "onboard", "--remove", "--stack", "prod")
	require.Equal(t, "There are no profiles of stack prod in "+o.config+": nothing was changed.\n", stderr)
	require.Equal(t, before+aliceProfile, o.file(t), "another stack's")
	o.succeeds(t, "onboard", "--remove", "--stack", "other/dev")
	require.Equal(t, before+aliceProfile, o.file(t), "another project's")
	stdout, _ = o.succeeds(t, "onboard", "--remove", "--stack", "dev", "--json")
	require.JSONEq(t, `{"file": "`+filepath.ToSlash(o.config)+`", "changed": true, "profiles": [], "removed": ["dev-power-user"]}`,
		strings.ReplaceAll(stdout, `\\`, "/"))
	require.Equal(t, before, o.file(t))
	_, stderr = o.succeeds(t, "onboard", "--remove")
	require.Equal(t, "There are no profiles that awsmfa wrote in "+o.config+": nothing was changed.\n", stderr)
	info, err := os.Stat(o.config)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o644), info.Mode())
	}
}

// theirAWS has the AWS CLI on PATH be a script.
func (o office) theirAWS(t *testing.T, script string) {
	t.Helper()
	o.machine["PATH"] = filepath.Dir(clienttest.Script(t, filepath.Join(t.TempDir(), "aws"), script))
}

const readsTheRole = "echo arn:aws:iam::111122223333:role/cli-dev-power-user"

// --check has the AWS CLI, which is picky where the SDK is not, read the profile.
func TestOnboardAsksTheAWSCLI(t *testing.T) {
	t.Parallel()
	unixOnly(t, "sh is the AWS CLI")
	o := newOffice(t)
	for script, want := range map[string]string{
		"echo arn:aws:iam::1:role/other":     `(it has the role "arn:aws:iam::1:role/other")`,
		"echo Unable to parse >&2; exit 253": "(Unable to parse)",
		"exit 1":                             "(it finds no role_arn)",
	} {
		o.theirAWS(t, script)
		require.Contains(t, o.onboardFails(t, "", "--check"), "/aws does not read profile dev-power-user as it was written "+want)
	}
	o.machine["PATH"] = filepath.Dir(clienttest.Require(t, "aws"))
	stderr := o.onboardFails(t, "", "--check")
	require.Contains(t, stderr, "trying profile dev-power-user: there is no terminal to ask on", "it is the next one that fails")
	o.machine["PATH"] = t.TempDir()
	require.Equal(t, stderr, o.onboardFails(t, "", "--check"), "who has no AWS CLI needs none")
}

func TestOnboardTriesTheProfile(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.theirAWS(t, readsTheRole)
	code := nextCode(t, o.account)
	stdout, stderr := o.onboard(t, code+"\n", "--check")
	require.Equal(t, "dev-power-user\n", stdout)
	require.Contains(t, stderr, "Enter MFA code for arn:aws:iam::111122223333:mfa/alice: ")
	require.Contains(t, stderr,
		"Profile dev-power-user works: you are arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/alice.\n")

	for _, args := range [][]string{{"--check"}, {"--check", "--json"}} {
		stderr = o.onboardFails(t, code+"\n", args...) // the code has been used
		require.Contains(t, stderr, "awsmfa: trying profile dev-power-user: ")
		require.Contains(t, stderr, "AWS does not accept this code: it is wrong, or was used already. Wait for the next one.\n")
		require.Contains(t, stderr, "there is no terminal to ask on")
		require.NotContains(t, stderr, "operation error")
	}
}

func TestOnboardAsksForAnotherCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.theirAWS(t, readsTheRole)
	code := nextCode(t, o.account)
	const wrong = "AWS does not accept this code"
	typed := strings.Repeat(wrongCode(code)+"\n", 2) + "twelve\n" + code[:3] + " " + code[3:] + "\n"
	stdout, stderr := o.onboard(t, typed, "--check")
	require.Equal(t, 1, strings.Count(stderr, "A code has six digits.\nEnter MFA code for "))
	require.Equal(t, "dev-power-user\n", stdout)
	require.Equal(t, 2, strings.Count(stderr, wrong))

	stderr = o.onboardFails(t, strings.Repeat(code+"\n", 4), "--check")
	require.Equal(t, 2, strings.Count(stderr, wrong))
	require.Contains(t, stderr, "awsmfa: trying profile dev-power-user: AWS accepted none of the codes: ")

	stderr = o.onboardFails(t, code+"\n", "--check", "--serial-number", "GAHT12345678")
	require.Contains(t, stderr, "awsmfa: trying profile dev-power-user: AWS says: MultiFactorAuthentication failed")
	require.Contains(t, stderr, "name yours with --serial-number")
	require.NotContains(t, stderr, "operation error")
}

// wrongCode is another code than this one.
func wrongCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// A profile does not inherit the endpoint of its source, and the code would go
// to AWS itself.
func TestOnboardCarriesTheEndpointOver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.theirAWS(t, readsTheRole)
	url := o.machine["AWS_ENDPOINT_URL"]
	o.machine["AWS_ENDPOINT_URL"] = ""
	require.NoError(t, os.WriteFile(o.config, []byte("[profile alice]\nendpoint_url = "+url+"\n"+
		"services = local\n[services local]\nsts =\n  endpoint_url = "+url+"\n"), 0o600))
	code := nextCode(t, o.account)
	o.onboard(t, code+"\n", "--check")
	require.Contains(t, o.file(t), "region = eu-west-1\nendpoint_url = "+url+"\nservices = local\n")
}

func TestOnboardEndsWhateverItIsAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		end := make(chan struct{})
		defer close(end)
		interrupt()
		require.ErrorIs(t, untilInterrupted(ctx, func() error { <-end; return nil }), context.Canceled)
		failure := errors.New("cleaned up")
		require.Equal(t, failure, untilInterrupted(ctx, func() error { time.Sleep(time.Second); return failure }))
	})
}

// Both files are named, so there is nothing to look for at home.
func TestOnboardNeedsNoHome(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.machine["HOME"] = ""
	stdout, _ := o.onboard(t, "")
	require.Equal(t, "dev-power-user\n", stdout)

	o.machine["AWS_CONFIG_FILE"] = ""
	stderr := o.onboardFails(t, "")
	require.Contains(t, stderr, "finding ~/.aws/config: ")
}

func TestOnboardLooksAtTheFileFirst(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const before = "[default]\nregion = us-east-1\n"
	require.NoError(t, os.WriteFile(o.config, []byte(before), 0o400))
	stdout, _ := o.onboard(t, "", "--dry-run")
	require.Contains(t, stdout, "+[profile dev-power-user]\n")
	stderr := o.onboardFails(t, "")
	require.Contains(t, stderr, o.config+" is read-only")

	directory := t.TempDir()
	o.machine["AWS_CONFIG_FILE"] = directory
	stderr = o.onboardFails(t, "")
	require.Contains(t, stderr, "awsmfa: "+directory+" is not a regular file")
}

// Who has left the group can take the profiles out.
func TestOnboardOfSomebodyWhoLeft(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.onboard(t, "")
	stderr := o.onboardFails(t, "", "--source-profile", "default")
	require.Contains(t, stderr, "no role of stack dev trusts you, admin")
	const remedy = "onboard --remove --stack aws-cli-mfa/dev"
	require.Contains(t, stderr, "awsmfa "+remedy+" removes them")
	o.succeeds(t, strings.Fields(remedy)...)
	stderr = o.onboardFails(t, "", "--source-profile", "default")
	require.NotContains(t, stderr, "--remove")
}

// Errors about stack outputs name the file and what to give instead.
func TestOutputsThatAreNone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	write(t, "Current stack outputs (5):", o.outputs)
	stderr := o.onboardFails(t, "")
	require.Contains(t, stderr, "awsmfa: "+o.outputs+": stack outputs: this is not JSON")
	require.Contains(t, stderr, "give what 'pulumi stack output --json' prints")
	stderr = o.onboardFails(t, "", "--outputs", "-")
	require.Contains(t, stderr, "awsmfa: standard input: stack outputs: there are none")
}

func TestOnboardModes(t *testing.T) {
	t.Parallel()
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
		stdout, stderr := o.onboard(t, "", test.flag)
		require.Equal(t, test.stdout, stdout)
		if os.Getenv("ON_WINE") == "" { // whose temporary files are elsewhere
			require.Contains(t, stderr, "Warning: the profiles start this awsmfa, "+self+", a temporary file")
		}
		for _, text := range test.want {
			require.Contains(t, o.file(t), text)
		}
		require.NotContains(t, o.file(t), test.never)
		_, stderr = o.onboard(t, "")
		require.Contains(t, stderr, "is up to date: nothing was changed", "it is remembered")
	}
	_, stderr := o.onboard(t, "", "--one-code=false")
	require.Equal(t, strings.Replace(aliceProfile, "next run)", "next run, file created)", 1), o.file(t))
	require.Contains(t, stderr, "Removed from "+o.config+": profile dev-session.")
	require.NotContains(t, stderr, "Warning")
}

func TestOnboardWithAPrefix(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	write(t, "[profile dev-power-user]\n", o.config)
	require.Contains(t, o.onboardFails(t, ""), "have ours named differently with --prefix")
	for _, args := range [][]string{{"--profile", "alice", "--one-code", "--prefix", "acme-"}, nil, {"--sdk"}} {
		stdout, _ := o.onboard(t, "", args...)
		require.Contains(t, stdout, "acme-dev-power-user\n", "it is remembered")
		require.NotRegexp(t, "(?m)^dev-", stdout)
	}
	require.Contains(t, o.file(t), "[profile acme-dev-power-user-sdk]\ncredential_process = "+os.Args[0]+
		" credentials --profile acme-dev-power-user\n")
	stdout, _ := o.onboard(t, "", "--sdk=false", "--prefix=", "--force")
	require.Equal(t, "dev-power-user\n", stdout)
}

func TestOnboardNamesTheProfilesOfARenamedStack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.onboard(t, "")
	text := read(t, o.outputs)
	write(t, strings.NewReplacer(`"stack":"dev"`, `"stack":"test"`, "dev-power-user", "test-power-user").Replace(text), o.outputs)
	_, stderr := o.onboard(t, "")
	const remedy = "onboard --remove --stack aws-cli-mfa/dev"
	require.Contains(t, stderr, "if it was renamed to test, awsmfa "+remedy+" removes them.\n")
	_, stderr = o.onboard(t, "")
	require.NotContains(t, stderr, "renamed", "it was said")
	o.succeeds(t, strings.Fields(remedy)...)
	require.NotContains(t, o.file(t), "dev-power-user\n")
	require.Contains(t, o.file(t), "[profile test-power-user]")
}

// Whoever has keys in several places is told whose are used, and the profile of a role
// is refused before it asks for a code.
func TestWhoseKeysAreUsed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, mode := range []string{"--sdk", "--one-code"} {
		_, stderr := o.onboard(t, "", mode)
		require.Contains(t, stderr, "You are alice, by the access key of profile alice.\n")
		require.NotContains(t, stderr, "AWS_ACCESS_KEY_ID")
		for _, profile := range namesOf(parsed(t, o.file(t)).Profiles("stack aws-cli-mfa/dev, account 111122223333")) {
			for args, flag := range map[string]string{"onboard --outputs " + o.outputs: "--source-profile", "enrol": "--profile"} {
				require.Equal(t, "awsmfa: awsmfa wrote profile "+profile+" for a role: name the one that has your access key, alice, with "+
					flag+"\n", o.refuses(t, append(strings.Fields(args), "--profile", profile)...))
			}
		}
	}
	bob, err := o.account.CreateAccessKey("bob")
	require.NoError(t, err)
	o.machine["AWS_ACCESS_KEY_ID"], o.machine["AWS_SECRET_ACCESS_KEY"] = bob.AccessKeyID, bob.SecretAccessKey
	_, stderr := o.onboard(t, "")
	require.Contains(t, stderr, "You are alice, by the access key of profile alice.\nWarning: AWS_ACCESS_KEY_ID is set")
	require.Contains(t, o.refuses(t, "enrol"), "Enrolling bob in account 111122223333, with the credentials of AWS_ACCESS_KEY_ID, "+
		"which goes before AWS_PROFILE=alice.\n")
	o.machine["AWS_PROFILE"] = "dev-power-user"
	require.Contains(t, o.refuses(t, "enrol"), "which goes before AWS_PROFILE=dev-power-user.\n")
	o.machine["AWS_PROFILE"] = ""
	require.Contains(t, o.refuses(t, "enrol"), "with the credentials of AWS_ACCESS_KEY_ID.\n")
}

func parsed(t *testing.T, text string) *awsconfig.File {
	t.Helper()
	file, err := awsconfig.Parse([]byte(text))
	require.NoError(t, err)
	return file
}

// Two projects may each have a stack dev in an account.
func TestOnboardTellsProjectsApart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.onboard(t, "")
	first := o.file(t)
	text := read(t, o.outputs)
	other := strings.NewReplacer(`"aws-cli-mfa"`, `"other"`, `"name":"dev-power-user"`, `"name":"dev-other"`).Replace(text)
	write(t, other, o.outputs)
	o.onboard(t, "")
	require.True(t, strings.HasPrefix(o.file(t), first))
	require.Contains(t, o.file(t), "# >>> awsmfa onboard, stack other/dev, account 111122223333 ")
	stdout, _ := o.succeeds(t, "onboard", "--remove", "--stack", "other/dev")
	require.Empty(t, stdout)
	require.Equal(t, first, o.file(t))
}

// The keys of a section of the same name in the credentials file would win.
func TestOnboardRefusesShadows(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	path := o.machine["AWS_SHARED_CREDENTIALS_FILE"]
	keys := read(t, path)
	write(t, keys+"[dev-power-user-sdk]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", path)
	stderr := o.onboardFails(t, "", "--sdk", "--force")
	require.Contains(t, stderr, path+" has a section dev-power-user-sdk in line ")
	require.Contains(t, stderr, "remove or rename that section")
	require.NoFileExists(t, o.config)
	o.onboard(t, "")

	// One file for both: its sections are judged when it is edited.
	write(t, keys, path)
	o.machine["AWS_CONFIG_FILE"] = path
	for range 2 {
		o.onboard(t, "")
	}

	o.machine["AWS_CONFIG_FILE"] = o.config
	write(t, keys+"\n# <<< awsmfa onboard, a <<<\n", path)
	require.Contains(t, o.onboardFails(t, ""), path+": line 8: a block of awsmfa ends")
	write(t, keys+"[alice]\n", path)
	require.Regexp(t, regexp.QuoteMeta(path)+`: line 7: the same section begins in line \d, so the AWS CLI cannot`, o.onboardFails(t, ""))
}

// With the credentials of a session no other begins, and that of a role ends after
// an hour.
func TestOnboardWantsALongTermKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	keys, err := story.AccessKey(o.account, "alice")
	require.NoError(t, err)
	session, err := json.Marshal(map[string]any{
		"Version": 1, "AccessKeyId": keys.AccessKeyID, "SecretAccessKey": keys.SecretAccessKey, "SessionToken": "token",
	})
	require.NoError(t, err)
	printed := filepath.Join(t.TempDir(), "session.json")
	require.NoError(t, os.WriteFile(printed, session, 0o600))
	before := "[profile process]\ncredential_process = " + printing + printed + "\n" +
		"[profile broken]\ncredential_process = exit 1\n" +
		"[profile session]\naws_access_key_id = a\naws_secret_access_key = b\naws_session_token = c\n"
	write(t, before, o.config)
	for source, want := range map[string]string{
		"process": "the credential_process of profile process gives the credentials of a session",
		"session": "profile session has the credentials of a session",
		"broken":  "reading the access key of profile broken: credential_process of profile broken: exit status 1",
	} {
		for _, mode := range []string{"--sdk=false", "--sdk", "--one-code"} {
			stderr := o.onboardFails(t, "", mode, "--source-profile", source)
			require.Contains(t, stderr, want)
			if source != "broken" {
				require.Contains(t, stderr, "--source-profile")
			}
			require.Equal(t, before, o.file(t))
		}
	}
}

func TestOnboardChoosesTheDevice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	tablet, err := story.AddMFADevice(o.account, "alice", "alice-tablet")
	require.NoError(t, err)
	stderr := o.onboardFails(t, "")
	require.Contains(t, stderr, "--serial-number")
	require.NoFileExists(t, o.config)
	stderr = o.onboardFails(t, "3\n")
	require.Contains(t, stderr, "answer with a number from 1 to 2")

	_, stderr = o.onboard(t, "2\n")
	require.Contains(t, stderr, "  2  "+tablet+"\n")
	require.Contains(t, o.file(t), "mfa_serial = "+tablet+"\n")
	o.onboard(t, "")
	require.Contains(t, o.file(t), "mfa_serial = "+tablet+"\n")
	for _, mode := range []string{"--one-code", "--sdk"} {
		o.onboard(t, "", mode)
		require.Contains(t, o.file(t), tablet)
	}
	o.onboard(t, "", "--serial-number", "GAHT12345678")
	require.Contains(t, o.file(t), "mfa_serial = GAHT12345678\n")
}

// Listing is denied by policies that are not this project's.
func TestOnboardTakesTheConventionalDevice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	denied, err := o.account.CreatePolicy(account.CreatePolicyInput{
		PolicyName:     "no-list",
		PolicyDocument: `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}}`,
	})
	require.NoError(t, err)
	require.NoError(t, o.account.AttachUserPolicy("alice", denied.ARN))
	_, stderr := o.onboard(t, "")
	require.Contains(t, stderr, "You may not list your MFA devices: using the one that is named after you")
	require.Contains(t, o.file(t), "mfa_serial = arn:aws:iam::111122223333:mfa/alice\n")

	// One that was named is not replaced by it.
	for _, args := range [][]string{{"--serial-number", "GAHT12345678"}, nil} {
		_, stderr = o.onboard(t, "", args...)
		require.Contains(t, o.file(t), "mfa_serial = GAHT12345678\n")
	}
	require.Contains(t, stderr, "You may not list your MFA devices: using the one that your profiles have, GAHT12345678.")
}

func TestOnboardRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := filepath.Join(t.TempDir(), "outputs.json")
	rewrite := func(fromTo []string) {
		text := read(t, o.outputs)
		changed := strings.NewReplacer(fromTo...).Replace(text)
		require.NotEqual(t, text, changed)
		write(t, changed, other)
	}
	bob, err := o.account.CreateAccessKey("bob")
	require.NoError(t, err)
	admin := "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = alice\n" +
		"[profile empty]\nregion = eu-west-1\n" +
		"[profile lost]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = gone\n" +
		"[profile sso]\nsso_start_url = https://example.com\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n" +
		"[profile bob]\naws_access_key_id = " + bob.AccessKeyID + "\naws_secret_access_key = " + bob.SecretAccessKey + "\n" +
		"[profile unknown]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n"
	for _, test := range []struct {
		name string
		args []string
		// fromTo changes the outputs.
		fromTo       []string
		config, want string
	}{
		{name: "no profile", args: []string{"--source-profile", "nobody"}, want: "run 'aws configure --profile nobody'"},
		{name: "no key", args: []string{"--source-profile", "empty"}, want: "profile empty has no access key"},
		{
			name: "role without its source", args: []string{"--source-profile", "lost"},
			want: "profile lost takes its credentials from profile gone, which neither ",
		},
		{name: "role", args: []string{"--source-profile", "role"}, want: "profile role assumes role"},
		{name: "SSO", args: []string{"--source-profile", "sso"}, want: "profile sso signs in with IAM Identity Center"},
		{name: "bad key", args: []string{"--source-profile", "unknown"}, want: "InvalidClientTokenId"},
		{name: "no device", args: []string{"--source-profile", "bob"}, want: "You have no MFA device yet: run awsmfa enrol"},
		{name: "not trusted", args: []string{"--source-profile", "default"}, want: "no role of stack dev trusts you, admin"},
		{
			name: "other account", fromTo: []string{"111122223333", "444455556666"},
			want: "stack dev is in account 444455556666",
		},
		{
			name: "other partition", fromTo: []string{`"partition":"aws"`, `"partition":"aws-cn"`, "arn:aws:", "arn:aws-cn:"},
			want: "(aws-cn)",
		},
		{name: "old outputs", fromTo: []string{`"project":"aws-cli-mfa",`, ""}, want: "clientConfig has no project"},
		{name: "newer outputs", fromTo: []string{`"version":1`, `"version":2`}, want: "clientConfig is of version 2"},
		{
			name: "outputs that run something", args: []string{"--sdk"}, fromTo: []string{`"dev-power-user"`, `"dev>pwned"`},
			want: `clientConfig.profiles[0].name is "dev>pwned"`,
		},
		{
			name: "same name", config: "[profile dev-power-user]\nrole_arn = arn:aws:iam::1:role/mine\n",
			want: "--force",
		},
		{name: "no outputs", args: []string{"--outputs", "nowhere.json"}, want: "reading the stack outputs"},
		{
			name: "device of another account", args: []string{"--serial-number", "arn:aws:iam::999999999999:mfa/alice"},
			want: "that of the device named after you is arn:aws:iam::111122223333:mfa/alice",
		},
	} {
		used := o
		if len(test.fromTo) > 0 {
			rewrite(test.fromTo)
			used.outputs = other
		}
		before := admin + test.config
		write(t, before, o.config)
		stderr := used.onboardFails(t, "", test.args...)
		require.Contains(t, stderr, test.want, test.name)
		require.Equal(t, before, o.file(t), test.name)
		require.NotContains(t, stderr, bob.SecretAccessKey, test.name)
	}
	o.onboard(t, "", "--force")
	require.Equal(t, admin+aliceProfile, o.file(t), "the last one's profile has made room")
}

func TestOnboardMistakes(t *testing.T) {
	t.Parallel()
	requireMistakes(t, "onboard", map[string]string{
		"":                              "Give the stack outputs with --outputs FILE",
		"--stack=":                      "--stack is empty",
		"--outputs=":                    "--outputs is empty",
		"--stack dev --source-profile=": "--source-profile is empty",
		"--stack dev --serial-number=":  "--serial-number is empty",
		"--stack dev --serial-number arn:aws:iam::111122223333:u2f/user/alice/key": "gives no codes",
		"--stack dev --serial-number GAHT1|touch":                                  `--serial-number: "GAHT1|touch" is not the serial number`,
		"--stack dev --outputs x":                                                  "exclude each other",
		"--stack dev --profile=":                                                   "--profile is empty",
		"--stack dev --profile a --source-profile a":                               "are the same",
		"--stack dev --sdk --one-code":                                             "exclude each other",
		"--stack dev --dry-run --json":                                             "leave out --json",
		"--stack dev --dry-run --check":                                            "--dry-run writes nothing",
		"--remove --outputs x":                                                     "--remove goes with",
		"--remove --sdk":                                                           "--remove goes with",
		"--remove --source-profile alice":                                          "--remove goes with",
	})
}

// TestOnboardLeavesEveryByte has people with files of odd shapes onboard and
// leave again; internal/awsconfig holds it for a whole corpus.
func TestOnboardLeavesEveryByte(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, shape := range []string{"empty", "crlf", "crlf-no-final-newline", "multi-line-values", "configure-wizard"} {
		path := "../../internal/awsconfig/testdata/configs/hand-" + shape + ".conf"
		before := read(t, path)
		write(t, before, o.config)
		o.onboard(t, "", "--sdk", "--serial-number", "GAHT12345678")
		require.NotEqual(t, before, o.file(t), path)
		o.succeeds(t, "onboard", "--remove")
		require.Equal(t, before, o.file(t), path)
	}
}

func TestCompletionOffersProfilesAndStacks(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	write(t, "[default]\n[profile bob]\n[sso-session x]\n[profile \"my dev\"]\n", o.config)
	stdout, _ := o.succeeds(t, "__complete", "onboard", "--source-profile", "")
	require.Equal(t, "default\nbob\nmy dev\nalice\n:4\n", stdout, "alice is in the credentials file only")
	require.NoError(t, os.Remove(o.config))
	_, stdout, _ = o.execute(t, "__complete", "onboard", "--source-profile", "")
	require.ElementsMatch(t, []string{"alice", "default", ":4"}, strings.Fields(stdout))
	stdout, _ = o.succeeds(t, "__complete", "onboard", "--project", "../..", "--stack", "")
	require.Contains(t, stdout, "dev\nprod\n")
}
