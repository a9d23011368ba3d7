package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
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

// succeeds runs the program with what a person answers.
func (m machine) succeeds(t *testing.T, answers string, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := m.converse(t, strings.NewReader(answers), args...)
	require.Equal(t, program.OK, code, "%s: %s", args, stderr)
	return stdout, stderr
}

// fails runs the program, which prints nothing for scripts.
func (m machine) fails(t *testing.T, answers string, args ...string) (stderr string) {
	t.Helper()
	code, stdout, stderr := m.converse(t, strings.NewReader(answers), args...)
	require.Equal(t, program.Failure, code, "%s: %s", args, stderr)
	require.Empty(t, stdout, args)
	return stderr
}

// program is awsmfa as a process of its own, without a terminal. One that hangs
// is killed.
func (m machine) program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(m.variables(), asProgram+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

func run(ctx context.Context, args []string, env environment.Environment) int {
	return program.Run(ctx, newRootCommand(env), args, env)
}

// execute runs the program where nothing is set.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return machine{}.execute(t, args...)
}
