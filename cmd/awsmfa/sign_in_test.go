package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// signedIn is alice, without an access key on her computer, who has signed in with aws
// login for profile signin. The AWS CLI on her PATH gives the credentials of that.
func signedIn(t *testing.T) office {
	t.Helper()
	return signedInWith(t, func(serialNumber, code string) account.MFA {
		return account.MFA{SerialNumber: serialNumber, TokenCode: code}
	})
}

func signedInWith(t *testing.T, secondFactor func(serialNumber, code string) account.MFA) office {
	t.Helper()
	o := newOffice(t)
	home, bin := t.TempDir(), t.TempDir()
	key, err := story.AccessKey(o.account, "alice")
	require.NoError(t, err)
	serial, err := story.MFADevice(o.account, "alice")
	require.NoError(t, err)
	mfa := secondFactor(serial, nextCode(t, o.account))
	printed := write(t, string(accounttest.SignIn(t, o.account, key.AccessKeyID, mfa, home, "signin")), home, "printed")
	clienttest.Script(t, filepath.Join(bin, "aws"),
		`[ "$*" = "configure export-credentials --profile signin --format process" ] && exec cat `+printed+"\n"+readsTheRole)
	o.config = filepath.Join(home, ".aws", "config")
	o.machine = machine{
		"HOME": home, "PATH": bin + ":/usr/bin:/bin", "AWS_PROFILE": "signin", "AWS_ENDPOINT_URL": o.machine["AWS_ENDPOINT_URL"],
	}
	return o
}

// runs has awsmfa be a process of its own, for whose HOME the SDK looks.
func (o office) runs(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	var said bytes.Buffer
	cmd := o.program(t, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	return said.String(), err
}

const signedInProfiles = `# >>> awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 (rewritten by the next run) >>>
[profile dev-login]
credential_process = aws configure export-credentials --profile signin --format process
region = eu-west-1

[profile dev-power-user]
role_arn = arn:aws:iam::111122223333:role/cli-dev-power-user
source_profile = dev-login
role_session_name = alice
region = eu-west-1

# <<< awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 <<<
`

func TestOnboardWithALogin(t *testing.T) {
	t.Parallel()
	o := signedIn(t)
	before := o.file(t)
	onboard := []string{"onboard", "--outputs", o.outputs}
	for flag, want := range map[string]string{
		"--sdk": "leave out --sdk and --one-code", "--one-code": "leave out --sdk and --one-code",
		"--serial-number=GAHT12345678": "is asked for no code: leave out --serial-number",
	} {
		said, err := o.runs(t, append(onboard, flag)...)
		require.Error(t, err)
		require.Contains(t, said, "profile signin signs in with aws login")
		require.Contains(t, said, want)
		require.Equal(t, before, o.file(t))
	}
	said, err := o.runs(t, append(onboard, "--check")...)
	require.NoError(t, err, said)
	require.Contains(t, said, "You are alice, by the sign-in of profile signin.\n")
	require.Contains(t, said, "aws login --profile signin\n")
	require.Contains(t, said, "Profile dev-power-user works: you are arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/alice.\n")
	require.NotContains(t, said, "spent")
	require.NotContains(t, said, "Warning")
	require.Equal(t, before+signedInProfiles, o.file(t))

	for args, want := range map[string]string{
		"onboard --outputs " + o.outputs:                     "is up to date",
		"exec dev-power-user -- sh -c":                       "assumed-role",
		"onboard --profile dev-login --outputs " + o.outputs: "name the one that has your access key, signin, with --source-profile",
		"credentials --session --profile signin":             "profile signin signs in with aws login",
		"status":                                             "dev-power-user  alice  -       never: aws login\n",
	} {
		words := strings.Fields(args)
		if words[0] == "exec" {
			words = append(words, `test -n "$AWS_SESSION_TOKEN" && echo assumed-role`)
		}
		said, _ := o.runs(t, words...)
		require.Contains(t, said, want, args)
	}
}

// A key instead of the sign-in is a source profile like any other, and what was
// written for the sign-in is not taken for a wish.
func TestOnboardFromALoginToAKey(t *testing.T) {
	t.Parallel()
	o := signedIn(t)
	said, err := o.runs(t, "onboard", "--outputs", o.outputs)
	require.NoError(t, err, said)
	key, err := story.AccessKey(o.account, "alice")
	require.NoError(t, err)
	write(t, "[default]\naws_access_key_id = "+key.AccessKeyID+"\naws_secret_access_key = "+key.SecretAccessKey+"\n",
		filepath.Dir(o.config), "credentials")
	said, err = o.runs(t, "onboard", "--outputs", o.outputs, "--profile", "default")
	require.NoError(t, err, said)
	require.Contains(t, o.file(t), strings.ReplaceAll(aliceProfile, "= alice\nrole_session", "= default\nrole_session"))
	require.Contains(t, said, "Removed from "+o.config+": profile dev-login.")
	require.NotContains(t, o.file(t), "credential_process")
}

func TestWhoSignedInWithoutMFA(t *testing.T) {
	t.Parallel()
	o := signedInWith(t, func(string, string) account.MFA { return account.MFA{} })
	said, err := o.runs(t, "onboard", "--outputs", o.outputs, "--check")
	require.Error(t, err)
	require.Contains(t, said, "awsmfa: trying profile dev-power-user: the role does not trust you, or you did not sign in "+
		"with MFA: 'aws login --profile signin' signs in again (AWS says: ")
}

func TestWhoIsNotSignedIn(t *testing.T) {
	t.Parallel()
	o := signedIn(t)
	require.NoError(t, os.RemoveAll(filepath.Join(o.machine["HOME"], ".aws", "login")))
	said, err := o.runs(t, "onboard", "--outputs", o.outputs)
	require.Error(t, err)
	require.Contains(t, said, "awsmfa: profile signin is not signed in: run 'aws login --profile signin' (")
	write(t, o.file(t)+"[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = signin\n", o.config)
	for _, args := range []string{"credentials --profile role", "exec role -- true"} {
		said, err = o.runs(t, strings.Fields(args)...)
		require.Error(t, err)
		require.Contains(t, said, "awsmfa onboard --profile signin writes one that it takes")
	}
}
