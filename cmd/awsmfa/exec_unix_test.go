//go:build !windows

package main

import (
	"bytes"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
)

func TestExecGivesTheCommandASession(t *testing.T) {
	t.Parallel()
	u := loggedIn(t)
	u.machine["AWS_PROFILE"] = "default"
	u.machine["AWS_SECURITY_TOKEN"] = "old"
	out, err := u.program(t, "exec", "dev", "--", "env").Output()
	require.NoError(t, err)
	got := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if strings.HasPrefix(name, "AWS_") {
			got[name] = value
		}
	}
	require.Regexp(t, `^ASIA`, got["AWS_ACCESS_KEY_ID"])
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, got["AWS_CREDENTIAL_EXPIRATION"])
	require.Equal(t, "eu-west-1", got["AWS_REGION"])
	require.Equal(t, "eu-west-1", got["AWS_DEFAULT_REGION"])
	require.Equal(t, u.address, got["AWS_ENDPOINT_URL"])
	require.NotEmpty(t, got["AWS_SECRET_ACCESS_KEY"])
	require.NotEmpty(t, got["AWS_SESSION_TOKEN"])
	require.Len(t, got, 7)
	require.Len(t, u.cached(t), 1)
	require.NoError(t, filepath.WalkDir(u.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path != u.cached(t)[0] {
			require.NotContains(t, read(t, path), got["AWS_SECRET_ACCESS_KEY"], path)
		}
		return err
	}))
}

func TestExecKeepsTheEndpointsOfTheProfile(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{
		"":                           "AWS_ENDPOINT_URL=HERE\nAWS_ENDPOINT_URL_S3=http://s3\nAWS_ENDPOINT_URL_STS=HERE\n",
		"AWS_ENDPOINT_URL_S3=http:a": "AWS_ENDPOINT_URL=HERE\nAWS_ENDPOINT_URL_S3=http:a\nAWS_ENDPOINT_URL_STS=HERE\n",
		"AWS_ENDPOINT_URL=HERE":      "AWS_ENDPOINT_URL=HERE\n",
	} {
		u := newCredentialsUser(t)
		u.configure(t, "[default]\nendpoint_url = ENDPOINT\nKEYS\n[profile dev]\nrole_arn = "+credentialsRole+
			"\nsource_profile = default\nmfa_serial = "+credentialsDevice+"\nrole_session_name = alice\n"+
			"endpoint_url = ENDPOINT\nservices = all\n[services all]\ns3 =\n  endpoint_url = http://s3\n"+
			"sts =\n  endpoint_url = ENDPOINT\n")
		if name, value, ok := strings.Cut(strings.ReplaceAll(env, "HERE", u.address), "="); ok {
			u.machine[name] = value
		}
		u.succeedsWith(t, nextCode(t, u.account)+"\n", "login", "dev")
		out, err := u.program(t, "exec", "dev", "--", "sh", "-c", "env | grep AWS_ENDPOINT | sort").Output()
		require.NoError(t, err)
		require.Equal(t, strings.ReplaceAll(want, "HERE", u.address), string(out), env)
	}
}

func TestExecIsTheCommand(t *testing.T) {
	t.Parallel()
	u := loggedIn(t)
	// The arguments, the input and the exit code.
	cmd := u.program(t, "exec", "dev", "--", "sh", "-c", `cat; echo "$@"; exit 42`, "sh", "--json", "a b", "--")
	cmd.Stdin = strings.NewReader("123456\n")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, 42, cmd.ProcessState.ExitCode())
	require.Equal(t, "123456\n--json a b --\n", string(out))

	// A signal reaches it, be it one that awsmfa itself cleans up after.
	for number, trap := range map[syscall.Signal]string{syscall.SIGTERM: "", syscall.SIGINT: "", syscall.SIGUSR1: "trap 'exit 7' USR1; "} {
		cmd = u.program(t, "exec", "dev", "--", "sh", "-c", trap+`echo ready; while read -r line; do :; done`)
		stdin, writer := pipe(t, "")
		cmd.Stdin = stdin
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		readUntil(t, stdout, "ready\n")
		require.NoError(t, cmd.Process.Signal(number))
		require.Error(t, cmd.Wait())
		require.NoError(t, writer.Close())
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if trap == "" {
			require.Equal(t, number, status.Signal(), "a shell makes 128+%d of it", number)
		} else {
			require.Equal(t, 7, status.ExitStatus())
		}
	}
}

func TestExecAsksOnTheTerminal(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	reader, writer := pipe(t, "input of the command\n")
	require.NoError(t, writer.Close())
	cmd := u.program(t, "exec", "dev", "--", "cat")
	var stdout bytes.Buffer
	cmd.Stdin, cmd.Stdout = reader, &stdout
	terminal := onTerminal(t, cmd)
	readUntil(t, terminal, "Enter MFA code for "+credentialsDevice+": ")
	_, err := io.WriteString(terminal, nextCode(t, u.account)+"\n")
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.Equal(t, "input of the command\n", stdout.String())

	u.succeeds(t, "credentials", "--clear") // and where there is none, it takes no input of the command for a code
	reader, writer = pipe(t, "123456\n")
	cmd = u.program(t, "exec", "dev", "--", "cat")
	cmd.Stdin = reader
	require.Error(t, cmd.Run())
	requireLeft(t, "123456\n", reader, writer)
}

// What would run, becomes this process: it fails.
func TestExecOfWhatCannotBeRun(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	for args, want := range map[string]string{
		"exec dev -- no-such-command": "there is no command no-such-command on PATH",
		"exec dev -- ls":              "run 'awsmfa login dev' in a terminal, and type the code there",
		"exec default -- ls":          "name a profile of a role (awsmfa onboard writes them), or ask for a session of your own with --session",
		"exec nowhere -- ls":          "there is no profile nowhere",
	} {
		require.Contains(t, u.refuses(t, strings.Fields(args)...), want)
	}
	u.succeedsWith(t, nextCode(t, u.account)+"\n", "login", "dev")
	require.Contains(t, u.refuses(t, "exec", "dev", "--", "./no-such-file"), "running ./no-such-file: no such file or directory")
}

// The profiles that onboard writes for SDKs give their session, too, and no profile
// gives a key that lasts.
func TestExecAndLoginTakeTheSessionOfACredentialProcess(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	session, keys := filepath.Join(u.home, "session.json"), filepath.Join(u.home, "keys.json")
	endless := filepath.Join(u.home, "endless.json")
	u.configure(t, "[profile sdk]\ncredential_process = cat "+session+"\nregion = eu-west-1\n[profile keys]\n"+
		"credential_process = cat "+keys+"\n[profile endless]\ncredential_process = cat "+endless+"\n"+
		"[profile chained]\nrole_arn = "+credentialsRole+"\nsource_profile = sdk\nendpoint_url = ENDPOINT\n"+
		"[profile asked]\nrole_arn = "+credentialsRole+"\nsource_profile = sdk\nendpoint_url = ENDPOINT\n"+
		"mfa_serial = "+credentialsDevice+"\n[default]\nendpoint_url = ENDPOINT\nKEYS\n")
	printed, _ := u.typing(t, "CODE\n", "--session", "--serial-number", credentialsDevice, "--duration", "36h")
	write(t, printed, session)
	write(t, strings.Replace(printed, "Expiration", "Other", 1), endless)
	write(t, `{"Version":1,"AccessKeyId":"AKIA1","SecretAccessKey":"x"}`, keys)

	out, err := u.program(t, "exec", "sdk", "--", "sh", "-c", `echo "$AWS_SECRET_ACCESS_KEY $AWS_REGION"`).Output()
	require.NoError(t, err)
	secret, _, _ := strings.Cut(printed[strings.Index(printed, `"SecretAccessKey":"`)+19:], `"`)
	require.Equal(t, secret+" eu-west-1\n", string(out))
	_, stderr := u.succeeds(t, "login", "sdk")
	require.Regexp(t, `^Profile sdk asks for no code until 2\d{3}-\d\d-\d\d \d\d:\d\d \(35h5\dm\)\.\n$`, stderr)
	_, stderr = u.succeeds(t, "login", "endless")
	require.Equal(t, "Profile endless has a session; its credential_process does not say until when.\n", stderr)
	_, stderr = u.succeeds(t, "login", "chained")
	require.Contains(t, stderr, "(35h5", "the role's session is renewed without a code")
	_, stderr = u.succeedsWith(t, nextCode(t, u.account)+"\n", "login", "asked")
	require.Regexp(t, `\(5[45]m\)`, stderr)
	stdout, _ := u.succeeds(t, "status")
	require.Regexp(t, `\nchained +unknown +- +2\d{3}-\d\d-\d\d \d\d:\d\d \(5[45]m\)\n`, stdout)
	for _, command := range []string{"exec keys -- ls", "login keys"} {
		require.Contains(t, u.refuses(t, strings.Fields(command)...),
			"the credential_process of profile keys gives a long-term access key: begin a session with it, with --session")
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	u := newCredentialsUser(t)
	u.configureRole(t)
	u.machine["AWS_PROFILE"] = "dev"
	stdout, stderr := u.succeedsWith(t, nextCode(t, u.account)+"\n", "login")
	require.Empty(t, stdout)
	require.Regexp(t, `^Enter MFA code for `+credentialsDevice+
		`: Profile dev asks for no code until 2\d{3}-\d\d-\d\d \d\d:\d\d \(5[45]m\)\.\n`+
		`The AWS CLI keeps sessions of its own: with --profile dev it may ask once more\.\n$`, stderr)
	_, again := u.succeeds(t, "login", "dev")
	require.Contains(t, again, "Profile dev asks for no code until")
	require.NotContains(t, again, "Enter MFA code")
	u.typing(t, "", "--profile", "dev") // which asks for none

	// The command that is given to those who have no terminal does what it says.
	require.NoError(t, u.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AdministratorAccess"))
	u.machine["AWS_ENDPOINT_URL"] = accounttest.Serve(t, u.account)
	_, command, _ := strings.Cut(u.typingFails(t, "", "--session", "--duration", "2h"), "run 'awsmfa ")
	command, _, _ = strings.Cut(command, "'")
	u.succeedsWith(t, nextCode(t, u.account)+"\n", strings.Fields(command)...)
	u.typing(t, "", "--session", "--duration", "2h")
}
