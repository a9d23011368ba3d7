package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/creack/pty"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

const (
	aliceSerial = "arn:aws:iam::111122223333:mfa/alice"
	// someSeed is one in Base32, as authenticators take it.
	someSeed = `[A-Z2-7]{64}`
	// thenOnboard is what an enrolled person is told to do.
	thenOnboard = "awsmfa onboard --outputs FILE, with the stack outputs from your administrator\n"
	// thenAlice is it with alice's profile.
	thenAlice = "awsmfa onboard --outputs FILE --profile alice, with the stack outputs from your administrator\n"
)

// phone is a person who types what their authenticator shows. It is read a line
// at a time, and only when a question has been asked.
type phone struct {
	t       *testing.T
	account *account.Account
	// peek, when there is one, looks around before the first code. It asserts: to
	// end its goroutine would leave the question without an answer.
	peek func()
	// skew is how far the clock is ahead.
	skew time.Duration

	seed  string
	first time.Time
	lines int
}

func (p *phone) Read(buffer []byte) (int, error) {
	p.lines++
	if p.lines == 1 {
		p.seed, p.first = accounttest.Seed(p.t, p.account, aliceSerial), time.Now().Add(p.skew)
		if p.peek != nil {
			p.peek()
		}
	}
	code, err := totp.GenerateCode(p.seed, p.first.Add(time.Duration(p.lines-1)*30*time.Second))
	return copy(buffer, code+"\n"), err
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	person := &phone{t: t, account: a}
	code, stdout, stderr := m.converse(t, person, "enrol", "--profile", "alice")
	require.Equal(t, program.OK, code, stderr)
	require.Equal(t, aliceSerial+"\n", stdout)
	picture, _, _ := mfadevice.QRCode("otpauth://totp/AWS:alice@111122223333?secret="+person.seed+"&issuer=AWS", false)
	require.Contains(t, stderr, picture)
	require.NotContains(t, stderr, person.seed)
	require.NotContains(t, stderr, "\x1b", "no colours for a file")
	require.Contains(t, stderr, "MFA device "+aliceSerial+" is enabled.\n")
	require.Contains(t, stderr, "Waiting until AWS accepts its codes everywhere, which takes about ten seconds\nNext: "+thenAlice)
	devices, err := a.ListMFADevices("alice")
	require.NoError(t, err)
	require.Len(t, devices, 1)

	stdout, stderr = m.succeeds(t, "enrol", "--profile", "alice")
	require.Equal(t, aliceSerial+"\n", stdout)
	require.Equal(t, "Enrolling alice in account 111122223333, with the credentials of profile alice.\nalice has an MFA device that the AWS CLI can use, "+aliceSerial+": nothing to do. Next: "+thenAlice, stderr)
}

func TestEnrolWithSecretAndJSON(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	m["AWS_PROFILE"] = "alice"
	person := &phone{t: t, account: a, skew: 4 * time.Minute}
	code, stdout, stderr := m.converse(t, person, "enrol", "--secret", "--json")
	require.Equal(t, program.OK, code, stderr)
	require.JSONEq(t, `{"userName": "alice", "serialNumber": "`+aliceSerial+`", "outcome": "enabled"}`, stdout)
	require.Contains(t, stderr, "as a time-based entry alice@111122223333:\n"+person.seed+"\n")
	require.Contains(t, stderr, "▀")
	require.Regexp(t, "The clock of your authenticator is about [45] minutes ahead", stderr)
}

func TestEnrolWithAnImage(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	path := filepath.Join(t.TempDir(), "code.png")
	peeked := false
	person := &phone{t: t, account: a, peek: func() {
		peeked = true
		info, err := os.Stat(path)
		if assert.NoError(t, err) {
			assert.True(t, private.IsOwn(path, info) && private.IsClosed(path, info), info.Mode())
		}
		image, err := os.ReadFile(path)
		assert.NoError(t, err)
		assert.True(t, bytes.HasPrefix(image, []byte("\x89PNG")))
	}}
	code, stdout, stderr := m.converse(t, person, "enrol", "--profile", "alice", "--png", path)
	require.Equal(t, program.OK, code, stderr)
	require.True(t, peeked)
	require.NoFileExists(t, path)
	require.Equal(t, aliceSerial+"\n", stdout)
	require.Contains(t, stderr, "Scan the QR code in "+path+", which is removed when this command ends.")
	require.NotContains(t, stderr, "▀")
	require.NotRegexp(t, someSeed, stderr)
}

func TestEnrolOverwritesNoImage(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	path := filepath.Join(t.TempDir(), "code.png")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	for file, want := range map[string]string{
		path:                        "(nothing was made): " + path + ": the file exists and is not overwritten",
		filepath.Join(path, "code"): "(nothing was made): open ",
	} {
		stderr := m.refuses(t, "enrol", "--profile", "alice", "--png", file)
		require.Contains(t, stderr, want)
	}
	text := read(t, path)
	require.Equal(t, "mine", text)
	devices, err := a.ListVirtualMFADevices("")
	require.NoError(t, err)
	require.Empty(t, devices)
}

func TestInterruptedEnrolmentLeavesNothing(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	path := filepath.Join(t.TempDir(), "code.png")
	ctx, interrupt := context.WithCancel(t.Context())
	person := &phone{t: t, account: a, peek: interrupt}
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"enrol", "--profile", "alice", "--png", path}, m.environment(person, &stdout, &stderr))
	require.Equal(t, program.Failure, code)
	require.Empty(t, stdout.String())
	require.NoFileExists(t, path)
	require.Contains(t, stderr.String(), "is not enabled: interrupted. If the authenticator app has its entry, go on with")
	require.NotRegexp(t, someSeed, stderr.String())

	// Without an entry in the app, it takes an administrator.
	said := m.refusesWith(t, "\n", "enrol", "--profile", "alice")
	require.Contains(t, said, "was made before and never enabled")
	require.Contains(t, said, "'awsmfa reset-device alice'")
	stdoutText, said := m.succeeds(t, "reset-device", "alice")
	require.Equal(t, aliceSerial+"\n", stdoutText)
	require.Equal(t, aliceSerial+" was made and never enabled.\nMFA device "+aliceSerial+" was taken away.\n"+
		"Next, for alice: awsmfa enrol\n", said)
	code, _, said = m.converse(t, &phone{t: t, account: a}, "enrol", "--profile", "alice")
	require.Equal(t, program.OK, code, said)
}

func TestAnAdministratorEnrolsSomebody(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	code, stdout, stderr := m.converse(t, &phone{t: t, account: a}, "enrol", "--user", "alice")
	require.Equal(t, program.OK, code, stderr)
	require.Equal(t, aliceSerial+"\n", stdout)
	require.Contains(t, stderr, "is enabled.\nNext, for alice: "+thenOnboard, "without trying the codes, which only alice can")

	stderr = m.refuses(t, "enrol", "--user", "zoe")
	require.Contains(t, stderr, "enrolling zoe: the account has no such user")
}

func TestEnrolIsForUsers(t *testing.T) {
	t.Parallel()
	m, _, _ := deployDev(t)
	config, err := sdkconfig.Load(t.Context(), m.environment(nil, nil, nil), "", "")
	require.NoError(t, err)
	session, err := sts.NewFromConfig(config).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("guest")})
	require.NoError(t, err)
	m["AWS_ACCESS_KEY_ID"] = *session.Credentials.AccessKeyId
	m["AWS_SECRET_ACCESS_KEY"] = *session.Credentials.SecretAccessKey
	m["AWS_SESSION_TOKEN"] = *session.Credentials.SessionToken
	stderr := m.refuses(t, "enrol")
	require.Contains(t, stderr, "these are not the credentials of an IAM user")

	m["AWS_SESSION_TOKEN"] = "wrong"
	for _, args := range [][]string{{"enrol"}, {"reset-device", "alice"}} {
		stderr = m.refuses(t, args...)
		require.Contains(t, stderr, "asking AWS whose credentials these are (sts:GetCallerIdentity)")
	}
	for _, args := range [][]string{{"enrol"}, {"reset-device", "alice"}} {
		stderr = m.refuses(t, append(args, "--profile", "none")...)
		require.Contains(t, stderr, "awsmfa: there is no profile none in your AWS configuration: ")
	}
}

func TestEnrolAndResetMistakesExitWith2(t *testing.T) {
	t.Parallel()
	requireMistakes(t, "", map[string]string{
		"enrol alice":                   `unexpected argument "alice"`,
		"enrol --png=":                  "--png is empty",
		"enrol --png a --secret-file b": "exclude each other",
		"enrol --user=":                 "--user is empty",
		"enrol --profile=":              "--profile is empty",
		"reset-device":                  "whose device? give the name of an IAM user",
		"reset-device alice bob":        `unexpected argument "bob"`,
		"reset-device alice --profile=": "--profile is empty",
	})
	code, _, stderr := execute(t, "reset-device", "")
	require.Equal(t, program.Usage, code)
	require.Contains(t, stderr, "whose device?")
}

// tokenErrors are what STS answers, one after the other.
type tokenErrors []error

func (e *tokenErrors) GetSessionToken(
	context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options),
) (*sts.GetSessionTokenOutput, error) {
	err := (*e)[0]
	*e = (*e)[1:]
	return nil, err
}

func TestEnrolWaitsForSTS(t *testing.T) {
	t.Parallel()
	unknown := &smithy.GenericAPIError{Code: "AccessDenied", Message: "unable to validate MFA code"}
	device := mfadevice.Enrolled{UserName: "alice", SerialNumber: aliceSerial, Outcome: mfadevice.Enabled}
	for _, test := range []struct {
		answers tokenErrors
		pauses  int
		note    string
		// interrupted: somebody types ^C during a pause.
		interrupted bool
	}{
		{answers: tokenErrors{nil}},
		{answers: tokenErrors{unknown, unknown, nil}, pauses: 2},
		{tokenErrors{unknown}, 1, "\nIt may take a minute until AWS accepts its codes everywhere.\n", true},
		{tokenErrors{unknown, unknown, unknown, unknown, unknown, unknown}, 5, "It may take a minute until AWS accepts its codes everywhere: AWS STS does not know the device yet\n", false},
		{tokenErrors{errors.New("no network")}, 0, "trying a code (sts:GetSessionToken): no network\n", false},
	} {
		var stderr bytes.Buffer
		pauses := 0
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		clock := timing{now: time.Now, pause: func(context.Context, time.Duration) error {
			if pauses++; test.interrupted {
				interrupt()
			}
			return ctx.Err()
		}}
		sayEnrolled(ctx, device, true, enrolFlags{}, &test.answers, machine{}.environment(nil, nil, &stderr), clock)
		require.Equal(t, test.pauses, pauses)
		require.Contains(t, stderr.String(), test.note)
		require.Equal(t, test.note != "", strings.Contains(stderr.String(), "It may take a minute"))
		require.True(t, strings.HasSuffix(stderr.String(), "Next: "+thenOnboard))
	}
}

// Who cannot scan the QR code gets the secret as text.
func TestEnrolShowsItAgain(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	person := &phone{t: t, account: a}
	code, stdout, stderr := m.converse(t, io.MultiReader(strings.NewReader("\n"), person), "enrol", "--profile", "alice")
	require.Equal(t, program.OK, code, stderr)
	require.Equal(t, aliceSerial+"\n", stdout)
	first, again, _ := strings.Cut(stderr, "First code: ")
	require.Contains(t, first, "Scan this QR code with the authenticator app. Press Enter alone to see it again, with the secret as text.\n")
	require.Contains(t, first, "▀")
	require.NotContains(t, first, person.seed)
	require.Contains(t, again, "▀")
	require.Contains(t, again, "as a time-based entry alice@111122223333:\n"+person.seed+"\nFirst code: ")
}

// A file that can not be written is no reason to lose the secret.
func TestTheQRCodeStandsInForTheImage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "code.png")
	file, err := mfadevice.CreateSecretFile(path, t.TempDir())
	require.NoError(t, err)
	require.NoError(t, file.Remove())
	var stderr bytes.Buffer
	show(mfadevice.NewDevice{}, mfadevice.Enrolment{}, enrolFlags{png: path}, file, machine{}.environment(nil, nil, &stderr))
	require.Contains(t, stderr.String(), "writing the secret to "+path)
	require.Contains(t, stderr.String(), "▀")
	require.NoFileExists(t, path)
}

// Killed, a command removes nothing: the next one does, but for what is not its own.
func TestTheNextEnrolmentRemovesWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	m["HOME"] = t.TempDir()
	begin := func(flag, name string) (*exec.Cmd, string) {
		_ = a.DeleteVirtualMFADevice(aliceSerial)
		path := filepath.Join(m["HOME"], name)
		cmd, _ := m.enrolling(t, flag, path)
		return cmd, path
	}
	kill := func(cmd *exec.Cmd) {
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	first, picture := begin("--png", "code.png")
	second, text := begin("--secret-file", "a b")
	third, changed := begin("--png", "mine")
	other, kept := begin("--secret-file", "of another enrolment")
	empty := filepath.Join(m["HOME"], "empty")
	again, _ := m.enrolling(t, "--png", empty) // of the device that the other one has made
	kill(again)
	kill(first)
	kill(second)
	kill(third)
	require.NoError(t, os.WriteFile(changed, []byte("mine"), 0o600))

	stderr := m.refuses(t, "enrol", "--profile", "alice")
	for _, path := range []string{picture, text, empty} {
		require.NoFileExists(t, path)
		require.Contains(t, stderr, "Removed "+path+": an enrolment that was killed had left it, with its secret.\n")
	}
	require.FileExists(t, changed)
	secret := read(t, kept)
	require.Equal(t, accounttest.Seed(t, a, aliceSerial)+"\n", secret)
	kill(other)
	require.Contains(t, m.refuses(t, "enrol", "--profile", "alice"), "Removed "+kept)
	notes, err := os.ReadDir(mfadevice.NotesDir(m["HOME"]))
	require.NoError(t, err)
	require.Empty(t, notes)
}

// What to do stands where one sees it with the whole code and the question.
func TestEnrolFitsIntoAnOrdinaryTerminal(t *testing.T) {
	t.Parallel()
	unixOnly(t, "it has a pseudo-terminal")
	const rows, columns = 24, 80
	m, _, _ := deployDev(t)
	m["HOME"] = t.TempDir()
	cmd := m.program(t, "enrol", "--profile", "alice")
	cmd.SysProcAttr = nil
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	require.NoError(t, err)
	screen := readUntil(t, terminal, "First code: ")
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.NoError(t, terminal.Close())
	require.NotContains(t, screen, "too small")
	plain := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(screen, "")
	lines := strings.Split(plain, "\r\n")
	seen := lines[len(lines)-rows:]
	require.True(t, strings.HasPrefix(seen[0], "█"), "the code begins on the screen: %q", seen[0])
	for _, line := range seen {
		require.LessOrEqual(t, utf8.RuneCountInString(line), columns, line)
	}
	beside := regexp.MustCompile("[▀▄█]").ReplaceAllString(strings.Join(seen, " "), " ")
	require.Contains(t, strings.Join(strings.Fields(beside), " "), "Scan this QR code with the authenticator app. "+
		"Press Enter alone to see it again, with the secret as text.")
}
