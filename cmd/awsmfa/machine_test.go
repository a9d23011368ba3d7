package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// asProgram has this test program, started once more, be awsmfa.
const asProgram = "AWSMFA_TEST_AS_PROGRAM"

// TestMain takes away what the SDK would read from the environment of the tests.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// machine is somebody's computer: the variables of their environment.
type machine map[string]string

func (m machine) variables() []string {
	variables := []string{}
	if m["PATH"] == "" {
		variables = append(variables, "PATH="+os.Getenv("PATH"))
	}
	for name, value := range m {
		variables = append(variables, name+"="+value)
	}
	if home, ok := m["HOME"]; ok {
		variables = append(variables, "USERPROFILE="+home) // as Windows has it
	}
	return variables
}

func (m machine) environment(in io.Reader, out, err io.Writer) environment.Environment {
	dir, _ := os.Getwd()
	env := environment.New(m.variables(), dir, in, out, err)
	env.Executable, _ = os.Executable()
	return env
}

// execute runs the program as a shell would.
func (m machine) execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return m.converse(t, strings.NewReader(""), args...)
}

// converse runs the program with a person who answers.
func (m machine) converse(t *testing.T, person io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, m.environment(person, &out, &err))
	return code, out.String(), err.String()
}

// succeeds runs the program, which exits with 0.
func (m machine) succeeds(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	return m.succeedsWith(t, "", args...)
}

// succeedsWith is succeeds with what a person answers.
func (m machine) succeedsWith(t *testing.T, answers string, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := m.converse(t, strings.NewReader(answers), args...)
	require.Equal(t, program.OK, code, "awsmfa %s: %s", args, stderr)
	return stdout, stderr
}

// fails runs the program, which exits with 1.
func (m machine) fails(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := m.execute(t, args...)
	require.Equal(t, program.Failure, code, "awsmfa %s: %s", args, stderr)
	return stdout, stderr
}

// refuses runs the program, which exits with 1 and prints nothing for scripts.
func (m machine) refuses(t *testing.T, args ...string) (stderr string) {
	t.Helper()
	return m.refusesWith(t, "", args...)
}

// refusesWith is refuses with what a person answers.
func (m machine) refusesWith(t *testing.T, answers string, args ...string) (stderr string) {
	t.Helper()
	code, stdout, stderr := m.converse(t, strings.NewReader(answers), args...)
	require.Equal(t, program.Failure, code, "awsmfa %s: %s", args, stderr)
	require.Empty(t, stdout, "awsmfa %s", args)
	return stderr
}

// program is awsmfa as a process of its own, without a terminal. One that hangs
// is killed.
func (m machine) program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(m.variables(), asProgram+"=1")
	cmd.SysProcAttr = withoutTerminal()
	return cmd
}

func run(ctx context.Context, args []string, env environment.Environment) int {
	return program.Run(ctx, newRootCommand(env, args), args, env)
}

// write writes a file, and gives its path.
func write(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// read is the text of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// nextCode is what the app of alice shows next.
func nextCode(t *testing.T, a *account.Account) string {
	t.Helper()
	code, err := story.Codes{Account: a}.Next("alice")
	require.NoError(t, err)
	return code
}

// projectWith is the directory of a project with the configuration of its stacks.
func projectWith(t *testing.T, stacks map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, "name: aws-cli-mfa\nruntime: go\n", dir, "Pulumi.yaml")
	for name, config := range stacks {
		write(t, "config:\n"+config, dir, "Pulumi."+name+".yaml")
	}
	return dir
}

// execute runs the program where nothing is set.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return machine{}.execute(t, args...)
}

// enrolling is awsmfa enrol for alice, which has put the secret into the file that
// the flag names and waits for the first code.
func (m machine) enrolling(t *testing.T, flag, path string) (cmd *exec.Cmd, stderr io.Reader) {
	t.Helper()
	cmd = m.program(t, "enrol", "--profile", "alice", flag, path)
	cmd.Stdin, _ = pipe(t, "")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	readUntil(t, stderr, "First code: ")
	require.FileExists(t, path)
	return cmd, stderr
}

// unixOnly skips on Windows what it has not got.
func unixOnly(t *testing.T, why string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip(why)
	}
}

// pipe is one that holds a text, and that is open for more.
func pipe(t *testing.T, text string) (reader, writer *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = reader.Close(), writer.Close() })
	_, err = writer.WriteString(text)
	require.NoError(t, err)
	return reader, writer
}

// readUntil reads up to the text, and gives what it read.
func readUntil(t *testing.T, from io.Reader, text string) string {
	t.Helper()
	var read strings.Builder
	for in := bufio.NewReader(from); !strings.HasSuffix(read.String(), text); {
		character, err := in.ReadByte()
		require.NoError(t, err, read.String())
		read.WriteByte(character)
	}
	return read.String()
}
