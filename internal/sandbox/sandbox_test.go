package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const stackFile = `config:
  aws:region: eu-central-1
  aws:allowedAccountIds: ["444455556666"]
  aws-cli-mfa:roles:
    power-user:
      policies: [PowerUserAccess]
      groups: [developers]
`

// output is a writer that can be read while it is written to.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	// seen is closed when the text first contains the mark.
	mark string
	seen chan struct{}
	once sync.Once
}

func newOutput(mark string) *output { return &output{mark: mark, seen: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if strings.Contains(o.text.String(), o.mark) {
		o.once.Do(func() { close(o.seen) })
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// project is a directory with this project's own Pulumi.yaml and one stack.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), []byte(stackFile), 0o600))
	return dir
}

// options for a run whose result and progress end up in the test's log.
func options(t *testing.T, dir string) sandbox.Options {
	t.Helper()
	cli := enginetest.CLI(t, "../..")
	return sandbox.Options{
		ProjectDir: dir, Dir: filepath.Join(dir, ".sandbox"), Stack: "dev", CLI: cli.Path(),
		Stdout: io.Discard, Stderr: t.Output(),
	}
}

// run runs and returns what was printed.
func run(t *testing.T, opts sandbox.Options) string {
	t.Helper()
	var stdout strings.Builder
	opts.Stdout = &stdout
	require.NoError(t, sandbox.Run(t.Context(), opts))
	return stdout.String()
}

func TestRunKeepsTheAccountBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := project(t)
	opts := options(t, dir)
	opts.NoStory = true
	outputsFile, accountFile := filepath.Join(opts.Dir, "outputs", "dev.json"), filepath.Join(opts.Dir, "account.json")

	opts.Mode = sandbox.Preview
	require.Regexp(t, `^Preview of stack dev: \d+ to create\.\n$`, run(t, opts))
	require.NoFileExists(t, outputsFile)

	opts.Mode = sandbox.Up
	first := run(t, opts)
	require.Contains(t, first, "arn:aws:iam::111122223333:role/cli-dev-power-user")
	require.Regexp(t, `\d+ created\.`, first)
	text, err := os.ReadFile(outputsFile)
	require.NoError(t, err)
	outputs, err := stack.ParseOutputs(text)
	require.NoError(t, err)
	require.Equal(t, []string{"alice", "bob"}, outputs.ClientConfig.Profiles[0].TrustedUsers)
	require.Equal(t, "eu-central-1", outputs.ClientConfig.Region)

	require.Contains(t, run(t, opts), "nothing changed")
	opts.JSON = true
	require.JSONEq(t, string(text), run(t, opts))

	info, err := os.Stat(accountFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	opts.Mode, opts.JSON = sandbox.Destroy, false
	require.Regexp(t, `^Stack dev destroyed: \d+ deleted\.\n$`, run(t, opts))
	require.NoFileExists(t, outputsFile)
	a, err := account.Load(accountFile)
	require.NoError(t, err)
	roles, err := a.ListRoles("")
	require.NoError(t, err)
	require.Empty(t, roles)
	_, members, err := a.GetGroup("developers")
	require.NoError(t, err)
	require.Len(t, members, 2, "the group and its members are not the stack's to delete")

	stackText, err := os.ReadFile(filepath.Join(dir, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	require.Equal(t, stackFile, string(stackText))
}

func TestServeLetsAnSDKInUntilInterrupted(t *testing.T) {
	t.Parallel()
	opts := options(t, project(t))
	opts.Serve = true
	stdout, stderr := newOutput("AWS_PAGER="), newOutput("left out")
	opts.Stdout, opts.Stderr = stdout, stderr
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan error, 1)
	go func() { ended <- sandbox.Run(ctx, opts) }()
	select {
	case <-stdout.seen:
	case err := <-ended:
		t.Fatalf("ended before it served: %v\n%s", err, stderr)
	}
	require.Contains(t, stdout.String(), "(a) alice's access key alone opens nothing\n    alice$ aws s3 ls\n")

	alice := story.Person{Name: "alice", Home: filepath.Join(opts.Dir, "people", "alice")}
	endpoint := regexp.MustCompile(`http://127.0.0.1:\d+`).FindString(stdout.String())
	require.Contains(t, stdout.String(), strings.Join(story.Exports(alice, endpoint), "\n")+"\n")
	requireRole(t, alice, func() (string, error) {
		codes, err := sandbox.Codes(opts.Dir, "alice")
		return strings.Join(codes, " "), err
	})

	other := opts
	other.Serve, other.Stdout, other.Stderr = false, io.Discard, t.Output()
	require.ErrorIs(t, sandbox.Run(t.Context(), other), sandbox.ErrBusy)

	interrupt()
	require.NoError(t, <-ended)
	require.Contains(t, stderr.String(), "because it is for the real account: aws:allowedAccountIds\n")
	requireNoSecrets(t, opts, stdout.String()+stderr.String())
}

// requireRole has the person assume the role of their profile, which alone says
// where.
func requireRole(t *testing.T, person story.Person, code func() (string, error)) {
	t.Helper()
	client, err := config.LoadDefaultConfig(t.Context(),
		config.WithSharedConfigFiles([]string{person.Config()}),
		config.WithSharedCredentialsFiles([]string{person.Credentials()}),
		config.WithSharedConfigProfile("dev-power-user"),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = code }))
	require.NoError(t, err)
	caller, err := sts.NewFromConfig(client).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Contains(t, aws.ToString(caller.Arn), ":assumed-role/cli-dev-power-user/")
}

// An aws on PATH from before AWS_ENDPOINT_URL would send keys and codes to AWS.
func TestShellIsThePersons(t *testing.T) {
	bin := filepath.Dir(clienttest.Script(t, filepath.Join(t.TempDir(), "aws"), "echo aws-cli/2.9.19 Python/3.9.11"))
	opts := options(t, project(t))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("AWS_PROFILE", "real")
	var stderr strings.Builder
	opts.NoStory, opts.Stderr, opts.Flags = true, &stderr, " --dir x"
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	opts.Port = free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	failure := errors.New("the shell's")
	opts.Shell = &sandbox.Shell{User: "bob", Environ: os.Environ(), Run: func(ctx context.Context, environ []string) error {
		require.Contains(t, stderr.String(),
			"it would send keys and codes to the real AWS: version 2.9.19 does not know AWS_ENDPOINT_URL, version 2.13.0 does.\n")
		bob := story.Person{Name: "bob", Home: filepath.Join(opts.Dir, "people", "bob")}
		text, err := os.ReadFile(bob.Config())
		require.NoError(t, err)
		require.NotContains(t, string(text), "[profile", "bob is to enrol first")
		require.Contains(t, stderr.String(), "a shell of the sandbox's user bob; the code for a prompt: "+
			"awsmfa sandbox code bob --dir x\nbob has no MFA device yet: awsmfa enrol, ")
		require.Contains(t, stderr.String(), "awsmfa onboard --outputs "+filepath.Join(opts.Dir, "outputs", "dev.json")+"\n")
		endpoint := regexp.MustCompile(`http://127.0.0.1:\d+`).FindString(string(text))
		require.Equal(t, "http://127.0.0.1:"+strconv.Itoa(opts.Port), endpoint)
		require.Equal(t, story.Environment(os.Environ(), bob, endpoint), environ)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err, "it is served")
		return errors.Join(failure, response.Body.Close())
	}}
	require.ErrorIs(t, sandbox.Run(t.Context(), opts), failure)

	opts.Shell.User, opts.Shell.Run = "zoe", nil
	err = sandbox.Run(t.Context(), opts)
	require.ErrorIs(t, err, sandbox.ErrNoUser)
	require.EqualError(t, err, `no user "zoe": the sandbox has alice, bob, mallory, sandbox-administrator`)
}

// requireNoSecrets fails when a secret of the account was printed or reached
// another file of the run than the account and its owner's credentials.
func requireNoSecrets(t *testing.T, opts sandbox.Options, printed string) {
	t.Helper()
	loaded, err := account.Load(filepath.Join(opts.Dir, "account.json")) // a run may add to it still
	require.NoError(t, err)
	text, err := loaded.MarshalJSON()
	require.NoError(t, err)
	var state struct {
		Users map[string]struct {
			AccessKeys []struct{ Secret string }
		}
		MFADevices map[string]struct{ Seed string }
	}
	require.NoError(t, json.Unmarshal(text, &state))
	var secrets []string
	for _, user := range state.Users {
		for _, key := range user.AccessKeys {
			secrets = append(secrets, key.Secret)
		}
	}
	for _, device := range state.MFADevices {
		secrets = append(secrets, device.Seed)
	}
	require.Len(t, secrets, 7, "a key and a device each: alice, bob, who has not enrolled, mallory and the administrator")
	for _, secret := range secrets {
		require.NotContains(t, printed, secret)
		requireInNoFile(t, opts.Dir, secret, "account.json", "credentials")
	}
}

func requireInNoFile(t *testing.T, dir, secret string, except ...string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(except, entry.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		require.NotContains(t, string(text), secret, path)
		return err
	}))
}

func TestCodeNeedsAnAccountAndADevice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := sandbox.Codes(dir, "alice")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "awsmfa sandbox makes it")

	a := account.New("111122223333", "aws")
	_, err = a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	_, err = sandbox.Codes(dir, "alice")
	require.ErrorIs(t, err, story.ErrNoDevice)
	require.ErrorContains(t, err, "awsmfa enrol makes one, in 'awsmfa sandbox shell alice'")

	device, err := a.CreateVirtualMFADevice("alice", "", nil)
	require.NoError(t, err)
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	codes, err := sandbox.Codes(dir, "alice")
	require.NoError(t, err)
	require.Len(t, codes, 2, "a device that is half-made takes two")
	require.NoError(t, a.EnableMFADevice(account.MFADeviceInput{
		UserName: "alice", SerialNumber: device.SerialNumber, AuthenticationCode1: codes[0], AuthenticationCode2: codes[1],
	}))
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	next, err := sandbox.Codes(dir, "alice")
	require.NoError(t, err)
	require.Len(t, next, 1)

	// One that takes the place of a lost device, while another gives codes.
	tablet, err := a.CreateVirtualMFADevice("tablet", "/alice/", nil)
	require.NoError(t, err)
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	codes, err = sandbox.Codes(dir, "alice/tablet")
	require.NoError(t, err)
	require.NoError(t, a.EnableMFADevice(account.MFADeviceInput{
		UserName: "alice", SerialNumber: tablet.SerialNumber, AuthenticationCode1: codes[0], AuthenticationCode2: codes[1],
	}))
	require.NoError(t, a.DeactivateMFADevice("alice", device.SerialNumber))
	require.NoError(t, a.Save(filepath.Join(dir, "account.json")))
	for name, want := range map[string]int{"alice": 2, "alice/tablet": 1} {
		codes, err := sandbox.Codes(dir, name)
		require.NoError(t, err)
		require.Len(t, codes, want, name)
	}
	_, err = sandbox.Codes(dir, "nobody")
	require.ErrorContains(t, err, "nobody")
}

func TestRunReportsBadStacksBeforeItStarts(t *testing.T) {
	t.Parallel()
	dir := project(t)
	opts := sandbox.Options{
		ProjectDir: dir, Dir: filepath.Join(dir, ".sandbox"), Stack: "prod", Stdout: io.Discard, Stderr: io.Discard,
	}
	err := sandbox.Run(t.Context(), opts)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "the project has dev")

	bad := strings.Replace(stackFile, "PowerUserAccess", "", 1) + "  aws-cli-mfa:enforce: maybe\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.prod.yaml"), []byte(bad), 0o600))
	failure := &stack.ConfigError{}
	require.ErrorAs(t, sandbox.Run(t.Context(), opts), &failure)
	require.Len(t, failure.Problems, 2)
	require.NoDirExists(t, opts.Dir, "nothing was started")
}
