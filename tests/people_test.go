package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// workplace is a deployed stack with two roles, and the programs that its people
// have on their PATH.
type workplace struct {
	*rehearsal
	// bin has awsmfa in it.
	bin string
	// outputs is the file that an administrator gave to everybody.
	outputs string
	homes   string
}

// TestPeople takes people from an access key to profiles that ask for a code,
// with the programs they use: awsmfa, the AWS CLI, boto3, the AWS SDK for Go and
// a shell.
//
//nolint:paralleltest // The parts are one after the other: they share the clock of the account.
func TestPeople(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t)
	t.Run("a new user enrols and onboards", w.newUser)
	t.Run("every client reads the same", w.sameForAll)
	t.Run("the shell script of the documentation", w.shellScript)
	t.Run("SDKs with a credential_process", w.sdkProfiles)
	t.Run("one code for every role", w.oneCode)
	t.Run("a passkey and no access key", w.signIn)
	t.Run("the stack's outputs from the Pulumi CLI", w.fromPulumi)
	t.Run("lost and found", w.resetDevice)
}

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	w := &workplace{bin: t.TempDir(), homes: t.TempDir(), rehearsal: &rehearsal{clock: &accounttest.Clock{}, people: map[string]story.Person{}}}
	w.installAWSMFA(t)
	w.installAWSCLI(t)
	w.cloud = newCloud(t, serving{}, account.WithClock(w.clock.Now))
	for _, user := range []string{"dana", "erin", "frank", "grace", "heidi"} {
		w.addUser(t, user, "/", "developers")
	}
	w.stack = newDeployment(t, w.cloud, `
config:
  aws:region: eu-west-1
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 12h}
    read-only: {policies: [ReadOnlyAccess], groups: [developers]}
`)
	w.stack.up(t)
	w.client = w.stack.outputs(t).ClientConfig
	w.codes = story.Codes{Account: w.account}
	w.outputs = filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(w.outputs, w.stack.outputsText(t), 0o600))
	return w
}

// buildAWSMFA builds awsmfa once, and where the next run finds it.
var buildAWSMFA = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs("../.sandbox/test/awsmfa")
	if err != nil {
		return "", err
	}
	text, err := exec.Command("go", "build", "-o", path, "../cmd/awsmfa").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return path, err
})

func (w *workplace) installAWSMFA(t *testing.T) {
	t.Helper()
	path, err := buildAWSMFA()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(path, filepath.Join(w.bin, "awsmfa")))
}

// installAWSCLI puts the AWS CLI on people's PATH.
func (w *workplace) installAWSCLI(t *testing.T) {
	t.Helper()
	require.NoError(t, os.Symlink(clienttest.Require(t, "aws"), filepath.Join(w.bin, "aws")))
}

// hire gives a user of the account a home with nothing but their access key, as
// aws configure leaves it.
func (w *workplace) hire(t *testing.T, user string) story.Person {
	t.Helper()
	person := story.Person{Name: user, Home: filepath.Join(w.homes, user)}
	key, err := story.AccessKey(w.account, user)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(person.Config()), 0o700))
	require.NoError(t, os.WriteFile(person.Credentials(), fmt.Appendf(nil,
		"[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey), 0o600))
	require.NoError(t, os.WriteFile(person.Config(), []byte("[default]\nregion = eu-west-1\n"), 0o600))
	w.people[user] = person
	return person
}

// equip hires a user who has enrolled a device.
func (w *workplace) equip(t *testing.T, user string) story.Person {
	t.Helper()
	person := w.hire(t, user)
	_, err := story.MFADevice(w.account, user)
	require.NoError(t, err)
	return person
}

// command is one that the person types into their shell.
func (w *workplace) command(ctx context.Context, person story.Person, line string, args ...string) *exec.Cmd {
	words := append(strings.Fields(line), args...)
	if own := filepath.Join(w.bin, words[0]); own == w.bin+"/aws" || own == w.bin+"/awsmfa" {
		words[0] = own
	}
	program := exec.CommandContext(ctx, words[0], words[1:]...)
	program.Env = append(story.Environment(os.Environ(), person, w.address),
		"PATH="+w.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1")
	program.Dir = person.Home
	return program
}

// succeeds runs a command that asks nothing, without a terminal, and gives what
// it prints on standard output.
func (w *workplace) succeeds(t *testing.T, person story.Person, line string, args ...string) string {
	t.Helper()
	program := w.command(t.Context(), person, line, args...)
	var talk strings.Builder
	program.Stderr = &talk
	out, err := program.Output()
	require.NoError(t, err, "%s\n%s%s", line, out, talk.String())
	return string(out)
}

// asks runs a command in a terminal that asks for a code of the person's.
func (w *workplace) asks(t *testing.T, person story.Person, line string) string {
	t.Helper()
	screen, failed := inTerminal(t, w.command(t.Context(), person, line), w.typesCode(person.Name))
	require.False(t, failed, screen)
	return screen
}

func (w *workplace) typesCode(user string) reply {
	return reply{regexp.MustCompile(`Enter MFA code for \S+: `), func(t *testing.T, _ string) string {
		t.Helper()
		code, err := w.code(user)()
		require.NoError(t, err)
		return code
	}}
}

// newUser is the journey of somebody with nothing but an access key, in a
// terminal: aws says no, awsmfa enrol, awsmfa onboard, aws works.
func (w *workplace) newUser(t *testing.T) {
	dana := w.hire(t, "dana")
	screen, failed := inTerminal(t, w.command(t.Context(), dana, "aws s3 ls"))
	require.True(t, failed)
	require.Contains(t, screen, "(AccessDenied)")
	screen, failed = inTerminal(t, w.command(t.Context(), dana, "awsmfa onboard --outputs", w.outputs))
	require.True(t, failed)
	require.Contains(t, screen, "You have no MFA device yet: run awsmfa enrol")

	app := &authenticator{clock: w.clock}
	commands, codes := 0, 0
	runs := func(replies []reply, line string, args ...string) string {
		commands, codes = commands+1, codes+len(replies)
		screen, failed := inTerminal(t, w.command(t.Context(), dana, line, args...), replies...)
		require.False(t, failed, screen)
		return screen
	}
	screen = runs(app.replies(), "awsmfa enrol --secret")
	require.Contains(t, screen, "▀", "the QR code")
	require.Contains(t, screen, "arn:aws:iam::111122223333:mfa/dana")
	require.Contains(t, runs(nil, "awsmfa onboard --outputs", w.outputs), "aws sts get-caller-identity --profile dev-power-user")
	// The third code is the one that the telephone shows at once.
	third := w.typesCode("dana")
	third.answer = func(t *testing.T, _ string) string { t.Helper(); return app.shows(t) }
	require.Contains(t, runs([]reply{third}, "aws sts get-caller-identity --profile dev-power-user"), assumedRole+"dana")
	t.Logf("from an access key to the first call: %d commands, %d codes, the third at once", commands-1, codes)
	require.LessOrEqual(t, commands-1, 2, "commands before the first call")
	require.LessOrEqual(t, codes, 3)
	// The session is kept: no question this time.
	screen, failed = inTerminal(t, w.command(t.Context(), dana, "aws s3 ls --profile dev-power-user"))
	require.False(t, failed, screen)
	// And still nothing without it.
	screen, failed = inTerminal(t, w.command(t.Context(), dana, "aws s3 ls"))
	require.True(t, failed)
	require.Contains(t, screen, "(AccessDenied)")
	requireNowhere(t, dana.Home, app.seed)
}

// authenticator is an app into which a person types the secret that they see.
type authenticator struct {
	clock        *accounttest.Clock
	seed, second string
}

func (a *authenticator) replies() []reply {
	return []reply{
		{regexp.MustCompile(`First code: $`), func(t *testing.T, screen string) string {
			t.Helper()
			a.seed = regexp.MustCompile(`\b[A-Z2-7]{32,}\b`).FindString(screen)
			require.NotEmpty(t, a.seed, screen)
			var first string
			first, a.second = consecutive(t, a.seed, a.clock.Now())
			return first
		}},
		{regexp.MustCompile(`Second code, the very next one: $`), func(*testing.T, string) string { return a.second }},
	}
}

// shows is the code of the moment.
func (a *authenticator) shows(t *testing.T) string {
	t.Helper()
	_, shown := consecutive(t, a.seed, a.clock.Now())
	return shown
}

// requireNowhere wants no file below the directory to have the text.
func requireNowhere(t *testing.T, dir, text string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			require.NotContains(t, read(t, path), text, path)
		}
		return err
	}))
}

// sameForAll has the AWS CLI, botocore and the AWS SDK for Go read what was
// written.
func (w *workplace) sameForAll(t *testing.T) {
	erin := w.equip(t, "erin")
	require.Equal(t, "dev-power-user\ndev-read-only\n", w.succeeds(t, erin, "awsmfa onboard --outputs", w.outputs))
	for _, offered := range w.client.Profiles {
		want := map[string]string{
			"role_arn": offered.RoleARN, "source_profile": "default", "role_session_name": "erin",
			"mfa_serial": "arn:aws:iam::111122223333:mfa/erin", "region": "eu-west-1",
			"duration_seconds": fmt.Sprint(offered.DurationSeconds),
		}
		script, err := filepath.Abs("testdata/profile.py")
		require.NoError(t, err)
		printed, region, _ := strings.Cut(w.succeeds(t, erin, clienttest.Require(t, "boto3"), script, offered.Name), "\n")
		botocore := map[string]string{}
		require.NoError(t, json.Unmarshal([]byte(printed), &botocore))
		require.Equal(t, want, botocore)
		require.Equal(t, "eu-west-1\n", region)

		sdk, err := config.LoadSharedConfigProfile(t.Context(), offered.Name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{erin.Config()}, []string{erin.Credentials()}
		})
		require.NoError(t, err)
		require.Equal(t, want, map[string]string{
			"role_arn": sdk.RoleARN, "source_profile": sdk.SourceProfileName, "role_session_name": sdk.RoleSessionName,
			"mfa_serial": sdk.MFASerial, "region": sdk.Region,
			"duration_seconds": fmt.Sprint(sdk.RoleDurationSeconds.Seconds()),
		})
	}
	for key, value := range map[string]string{
		"role_arn": roleARN, "mfa_serial": "arn:aws:iam::111122223333:mfa/erin", "region": "eu-west-1",
	} {
		require.Equal(t, value+"\n", w.succeeds(t, erin, "aws configure get "+key+" --profile", profile), key)
	}
	require.Contains(t, w.succeeds(t, erin, "awsmfa onboard --json --outputs", w.outputs), `"changed": false`)
	w.succeeds(t, erin, "awsmfa onboard --remove")
	require.Equal(t, "[default]\nregion = eu-west-1\n", read(t, erin.Config()))
}

// shellScript does the same without awsmfa, for the first of the profiles: each
// key takes a start of the AWS CLI.
func (w *workplace) shellScript(t *testing.T) {
	erin := w.people["erin"]
	var outputs stack.Outputs
	require.NoError(t, json.Unmarshal([]byte(read(t, w.outputs)), &outputs))
	outputs.ClientConfig.Profiles = outputs.ClientConfig.Profiles[:1]
	text, err := json.Marshal(outputs)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	w.succeeds(t, erin, "awsmfa onboard --outputs", file)
	want := profilesOf(t, erin)
	require.Len(t, want, 1)
	w.succeeds(t, erin, "awsmfa onboard --remove")
	require.Empty(t, profilesOf(t, erin))

	script := filepath.Join(t.TempDir(), "onboard.sh")
	var found []string
	for _, block := range blocks(t, "../docs/onboarding.md", "sh") {
		if strings.HasPrefix(block, "#!/bin/sh\n") {
			found = append(found, block)
		}
	}
	require.Len(t, found, 1)
	require.NoError(t, os.WriteFile(script, []byte(found[0]), 0o600))
	require.Equal(t, "dev-power-user\n", w.succeeds(t, erin, "sh", script, file))
	require.Equal(t, want, profilesOf(t, erin))
	require.Contains(t, w.asks(t, erin, "aws sts get-caller-identity --profile dev-power-user"), assumedRole+"erin")

	frank := w.hire(t, "frank")
	text, err = w.command(t.Context(), frank, "sh", script, file).CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "You have no virtual MFA device yet.\n", string(text))
}

// profilesOf are the settings of the stack's profiles as the AWS SDK reads them.
func profilesOf(t *testing.T, person story.Person) map[string]config.SharedConfig {
	t.Helper()
	found := map[string]config.SharedConfig{}
	for _, name := range []string{"dev-power-user", "dev-read-only"} {
		profile, err := config.LoadSharedConfigProfile(t.Context(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{person.Config()}, []string{person.Credentials()}
		})
		if missing := (config.SharedConfigProfileNotExistError{}); err != nil {
			require.ErrorAs(t, err, &missing)
			continue
		}
		found[name] = profile
	}
	return found
}

// sdkProfiles has programs that cannot ask use a session that awsmfa keeps.
func (w *workplace) sdkProfiles(t *testing.T) {
	frank := w.equip(t, "frank")
	screen, failed := inTerminal(t, w.command(t.Context(), frank, "awsmfa onboard --sdk --check --outputs", w.outputs),
		w.typesCode("frank"))
	require.False(t, failed, screen)
	require.Contains(t, screen, "Profile dev-power-user-sdk works: you are "+assumedRole+"frank")
	require.Contains(t, w.succeeds(t, frank, "aws sts get-caller-identity --profile dev-power-user-sdk"), assumedRole+"frank")
	w.succeeds(t, frank, "awsmfa credentials --clear")

	// Without a terminal there is nobody to ask.
	program := w.command(t.Context(), frank, "awsmfa credentials --profile dev-power-user")
	text, err := program.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(text), "no terminal to ask on")

	// Nor is there in the background of one, where Pulumi runs its plugins.
	const background = "set -m; aws sts get-caller-identity --profile dev-power-user-sdk & wait $!"
	screen, failed = inTerminal(t, w.command(t.Context(), frank, "sh -c", background))
	require.True(t, failed, screen)
	require.Contains(t, screen, "there is no terminal to ask on from the background")

	// botocore starts the program in a terminal: it asks there.
	require.Contains(t, w.asks(t, frank, "aws sts get-caller-identity --profile dev-power-user-sdk"), assumedRole+"frank")
	// From now on nobody is asked.
	require.Contains(t, w.succeeds(t, frank, "aws sts get-caller-identity --profile dev-power-user-sdk"), assumedRole+"frank")
	w.requireSDK(t, frank, "dev-power-user-sdk", assumedRole+"frank")
	for _, profile := range []string{"dev-power-user", "dev-power-user-sdk"} {
		require.Contains(t, w.succeeds(t, frank, "awsmfa exec "+profile+" -- aws sts get-caller-identity"),
			assumedRole+"frank")
	}
	screen, failed = inTerminal(t, w.command(t.Context(), frank, "sh -c", background))
	require.False(t, failed, screen)
	require.Contains(t, screen, assumedRole+"frank")
}

// requireSDK wants the AWS SDK for Go, which awsmfa itself uses, to call AWS with
// a profile without a question.
func (w *workplace) requireSDK(t *testing.T, person story.Person, profile, identity string) {
	t.Helper()
	program := w.command(t.Context(), person, "awsmfa explain s3:ListAllMyBuckets --profile", profile)
	text, _ := program.CombinedOutput() // it fails, because the role may not read its own policies
	require.Contains(t, string(text), "asked by "+identity)
}

// oneCode has one code serve two roles, in the AWS CLI and in an SDK.
func (w *workplace) oneCode(t *testing.T) {
	grace := w.equip(t, "grace")
	w.succeeds(t, grace, "awsmfa onboard --one-code --outputs", w.outputs)
	require.Contains(t, w.asks(t, grace, "aws sts get-caller-identity --profile dev-power-user"), assumedRole+"grace")
	require.Contains(t, w.succeeds(t, grace, "aws sts get-caller-identity --profile dev-read-only"),
		"arn:aws:sts::111122223333:assumed-role/cli-dev-read-only/grace")
	w.requireSDK(t, grace, "dev-read-only", "arn:aws:sts::111122223333:assumed-role/cli-dev-read-only/grace")
	require.Contains(t, w.succeeds(t, grace, "awsmfa onboard --one-code --check --outputs", w.outputs), "dev-session\n")
}

// signIn has somebody without an access key, whom aws login signed in, use the AWS
// CLI and an SDK without a code. The AWS CLI of version 2 stands in for itself where it
// is asked for the credentials of the sign-in.
func (w *workplace) signIn(t *testing.T) {
	heidi := w.equip(t, "heidi")
	key, err := story.AccessKey(w.account, "heidi")
	require.NoError(t, err)
	code, err := w.code("heidi")()
	require.NoError(t, err)
	mfa := account.MFA{SerialNumber: "arn:aws:iam::111122223333:mfa/heidi", TokenCode: code}
	require.NoError(t, os.Remove(heidi.Credentials()))
	printed := filepath.Join(heidi.Home, "printed.json")
	require.NoError(t, os.WriteFile(printed, accounttest.SignIn(t, w.account, key.AccessKeyID, mfa, heidi.Home, "signin"), 0o600))
	there := *w
	there.bin = t.TempDir()
	there.installAWSMFA(t)
	clienttest.Script(t, filepath.Join(there.bin, "aws"), `case "$*" in
"configure export-credentials --profile signin --format process") exec cat `+printed+`;;
*) exec `+clienttest.Require(t, "aws")+` "$@";; esac`)
	require.Equal(t, "dev-login\ndev-power-user\ndev-read-only\n",
		there.succeeds(t, heidi, "awsmfa onboard --profile signin --outputs", w.outputs))
	require.Contains(t, there.succeeds(t, heidi, "aws sts get-caller-identity --profile dev-power-user"), assumedRole+"heidi")
	there.requireSDK(t, heidi, "dev-power-user", assumedRole+"heidi")
}

// fromPulumi has the real Pulumi CLI print the outputs.
func (w *workplace) fromPulumi(t *testing.T) {
	erin := w.people["erin"]
	require.NoError(t, os.WriteFile(erin.Config(), nil, 0o600))
	root := filepath.Join(filepath.Dir(w.stack.file), ".sandbox")
	cli := pulumiCLI(t)
	require.NoError(t, os.Symlink(cli.Path(), filepath.Join(w.bin, "pulumi")))
	program := w.command(t.Context(), erin, "awsmfa onboard --stack dev --project", filepath.Join(root, "project", "dev"))
	program.Env = append(program.Env, "PULUMI_BACKEND_URL=file://"+filepath.Join(root, "state"),
		"PULUMI_CONFIG_PASSPHRASE=", "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_HOME="+filepath.Join(root, "pulumi-home"))
	text, err := program.CombinedOutput()
	require.NoError(t, err, string(text))
	require.Contains(t, read(t, erin.Config()), "[profile dev-power-user]")
}

// resetDevice has an administrator take a device away whose seed is lost. The
// user enrols again with a log of what is said: the secret is not in it.
func (w *workplace) resetDevice(t *testing.T) {
	admin, dana := w.hire(t, "administrator"), w.people["dana"]
	w.succeeds(t, admin, "awsmfa reset-device dana --yes")
	devices, err := w.account.ListMFADevices("dana")
	require.NoError(t, err)
	require.Empty(t, devices)
	screen, failed := inTerminal(t, w.command(t.Context(), dana, "awsmfa onboard --outputs", w.outputs))
	require.True(t, failed)
	require.Contains(t, screen, "run awsmfa enrol")

	app := &authenticator{clock: w.clock}
	screen, failed = inTerminal(t, w.command(t.Context(), dana, "sh -c", "awsmfa enrol --secret >serial 2>log"),
		app.replies()...)
	require.False(t, failed, screen)
	require.Equal(t, "arn:aws:iam::111122223333:mfa/dana\n", read(t, filepath.Join(dana.Home, "serial")))
	requireNowhere(t, dana.Home, app.seed)
}

// TestPeopleBecomeAStack has an administrator make a stack of what a group of
// the sandbox account may do, from a clone, with the commands of README and the real
// Pulumi CLI. What takes Pulumi's plugins, make sandbox does: it deploys the stack.
func TestPeopleBecomeAStack(t *testing.T) {
	t.Parallel()
	project, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(project, name), []byte(read(t, "../"+name)), 0o600))
	}
	cli := pulumiCLI(t)
	options := sandbox.Options{
		ProjectDir: project, Dir: dir, Stack: "dev", CLI: cli.Path(), NoStory: true, Stdout: t.Output(), Stderr: t.Output(),
	}
	options.Mode = sandbox.Preview // which makes the account, and nothing else
	require.NoError(t, sandbox.Run(t.Context(), options))

	file := filepath.Join(dir, "account.json")
	acct, err := account.Load(file)
	require.NoError(t, err)
	readOnly := "arn:aws:iam::aws:policy/ReadOnlyAccess"
	require.NoError(t, acct.AttachGroupPolicy("developers", readOnly))
	require.NoError(t, acct.Save(file))
	w := &workplace{bin: t.TempDir(), homes: t.TempDir(), rehearsal: &rehearsal{
		cloud: &cloud{account: acct}, people: map[string]story.Person{},
	}}
	server, err := endpoint.Start(t.Context(), endpoint.Options{Account: acct})
	require.NoError(t, err)
	w.address = server.URL()
	w.installAWSMFA(t)
	admin := w.hire(t, "sandbox-administrator")
	commands := blocks(t, "../README.md", "sh")[1]
	require.Contains(t, commands, "pulumi stack init dev\n")
	clienttest.Script(t, filepath.Join(w.bin, "go"), `shift 2; exec awsmfa "$@"`)
	// --local is the home of whoever runs the tests, whatever HOME says.
	clienttest.Script(t, filepath.Join(w.bin, "pulumi"), `case "$1 $2" in
"login --local") exec `+cli.Path()+` login "file://$HOME";;
"preview -s"|"up -s"|"stack output") echo "to be run: $*" >&2;;
*) exec `+cli.Path()+` "$@";; esac`)
	clone := w.command(t.Context(), admin, "sh -euc", "cd "+project+"\n"+commands)
	clone.Env = append(clone.Env, "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_HOME="+filepath.Join(admin.Home, ".pulumi"))
	screen, err := clone.CombinedOutput()
	require.NoError(t, err, string(screen))
	for _, said := range []string{
		"Logged in to ", "Created stack 'dev'", "G1", "to be run: preview -s dev", "to be run: up -s dev",
	} {
		require.Contains(t, string(screen), said)
	}
	require.Contains(t, read(t, filepath.Join(project, "Pulumi.dev.yaml")), "encryptionsalt: ")
	require.NoError(t, server.Close())

	options.Mode, options.NoStory = sandbox.Up, false
	require.NoError(t, sandbox.Run(t.Context(), options))
	acct, err = account.Load(file)
	require.NoError(t, err)
	group, err := acct.ListAttachedGroupPolicies("developers", "")
	require.NoError(t, err)
	role, err := acct.ListAttachedRolePolicies("cli-dev-developers", "")
	require.NoError(t, err)
	of := func(attached []account.AttachedPolicy) []string {
		var names []string
		for _, one := range attached {
			names = append(names, one.PolicyName)
		}
		return names
	}
	require.ElementsMatch(t, []string{"PowerUserAccess", "ReadOnlyAccess"}, of(role))
	require.ElementsMatch(t, []string{"PowerUserAccess", "ReadOnlyAccess", "cli-dev-developers"}, of(group))
	trusted, err := acct.GetRole("cli-dev-developers")
	require.NoError(t, err)
	for _, user := range []string{"alice", "bob"} {
		require.Contains(t, trusted.AssumeRolePolicyDocument, ":user/"+user)
	}
}
