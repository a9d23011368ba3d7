package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

const (
	// versionTimeout bounds `pulumi version`, which answers in well under a second.
	versionTimeout = 30 * time.Second
	// interruptGrace is how long an interrupted CLI may take to release its locks.
	interruptGrace = 20 * time.Second
)

// CLI is one Pulumi command-line program. It stands in for the Automation API's
// own command so that the program gets a confined environment: the Automation
// API can only add to the caller's environment, never remove from it.
type CLI struct {
	path    string
	version semver.Version
}

var _ auto.PulumiCommand = (*CLI)(nil)

// Path is the absolute path of the program.
func (c *CLI) Path() string { return c.path }

// Version is what the program says its version is.
func (c *CLI) Version() semver.Version { return c.version }

// CommandError is a run of the Pulumi CLI that failed.
type CommandError struct {
	Args     []string // without the program's name
	ExitCode int      // -1 when the program did not run or was killed
	Stdout   string
	Stderr   string
	Err      error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("pulumi %s: %v", strings.Join(e.Args, " "), e.Err)
}

func (e *CommandError) Unwrap() error { return e.Err }

// Run executes the CLI without ever prompting. It implements
// [auto.PulumiCommand]; a failure is a [*CommandError].
func (c *CLI) Run(
	ctx context.Context,
	workdir string,
	stdin io.Reader,
	additionalOutput, additionalErrorOutput []io.Writer,
	additionalEnv []string,
	args ...string,
) (string, string, int, error) {
	args = append([]string{"--non-interactive"}, args...)
	cmd := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // the path was chosen by EnsureCLI
	cmd.Dir = workdir
	cmd.Stdin = stdin
	cmd.Env = c.environ(additionalEnv)
	// Its own process group keeps the terminal's Ctrl-C from reaching the CLI directly:
	// it would get a second interrupt from the cancelled context, and the CLI takes
	// two as an order to stop at once, leaving its locks and half-made resources.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = interruptGrace

	var stdout, stderr bytes.Buffer
	cmd.Stdout = io.MultiWriter(append(slices.Clone(additionalOutput), &stdout)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(additionalErrorOutput), &stderr)...)

	err := cmd.Run()
	code := cmd.ProcessState.ExitCode()
	if err != nil {
		err = &CommandError{Args: args, ExitCode: code, Stdout: stdout.String(), Stderr: stderr.String(), Err: err}
	}
	return stdout.String(), stderr.String(), code, err
}

// fewerStarts is the CLI for the Automation API, which starts it three more times
// after each operation, for the outputs and the history of the stack: of these,
// the events of the operation have told all that is wanted. It also selects the stack
// first, which every operation names again.
type fewerStarts struct{ *CLI }

// Run implements [auto.PulumiCommand].
func (c fewerStarts) Run(
	ctx context.Context, workdir string, stdin io.Reader, additionalOutput, additionalErrorOutput []io.Writer,
	additionalEnv []string, args ...string,
) (string, string, int, error) {
	if len(args) > 1 && args[0] == "stack" {
		answers := map[string]string{"select": "", "output": "{}", "history": "[]"}
		if answer, known := answers[args[1]]; known {
			return answer, "", 0, nil
		}
	}
	return c.CLI.Run(ctx, workdir, stdin, additionalOutput, additionalErrorOutput, additionalEnv, args...)
}

// environ is the confined environment of one run. The CLI's own directory comes
// first on PATH, because the engine looks there for its bundled plugins.
func (c *CLI) environ(additional []string) []string {
	env := append(inherit(os.Environ()), "PULUMI_AUTOMATION_API=true", "GOGC=400") // a start is short
	env = append(env, "PATH="+filepath.Dir(c.path)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return append(env, additional...)
}

// probe runs `pulumi version` and takes the program for a CLI.
func probe(ctx context.Context, path string, l layout) (*CLI, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the Pulumi CLI %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	cli := &CLI{path: path}
	out, _, _, err := cli.Run(ctx, "", nil, nil, nil, entries(l.confined()), "version")
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	cli.version, err = semver.ParseTolerant(strings.TrimSpace(out))
	if err != nil {
		return nil, fmt.Errorf("read the version of %s from %q: %w", path, out, err)
	}
	return cli, nil
}

// entries turns variables into "NAME=value", sorted by name.
func entries(variables map[string]string) []string {
	list := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list
}

// ErrCLITooOld is a Pulumi CLI older than [MinimumVersion], or of another major
// version than the SDK this program is built with.
var ErrCLITooOld = errors.New("unsupported Pulumi CLI version")

// MinimumVersion is the oldest CLI that is used. The Automation API of the SDK
// accepts any 3.x, but two things here need a newer one: up to 3.205 it follows
// engine events through a log file in the system's temporary directory, outside
// of the state root, where later versions stream them; and the `object` type in
// the config section of Pulumi.yaml is younger than most of 3.x.
func MinimumVersion() semver.Version {
	return semver.Version{Major: 3, Minor: 206}
}

// supported returns [ErrCLITooOld], wrapped, unless the CLI can be used.
func (c *CLI) supported() error {
	least := MinimumVersion()
	if c.version.Major == least.Major && c.version.GE(least) {
		return nil
	}
	return fmt.Errorf("%w: %s is %s, and %s or a later %d.x is needed",
		ErrCLITooOld, c.path, c.version, least, least.Major)
}
