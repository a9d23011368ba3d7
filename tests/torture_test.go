package tests

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
)

// tortureTable names the file that make torture prints. Where it is not set, the
// tests that write to it try a little of everything.
const tortureTable = "AWSMFA_TORTURE"

// tally counts what was tried and what it came to; see [tally.report].
type tally struct {
	mu                         sync.Mutex
	scenarios, faults          int
	lockedOut, open, filesLost int
}

func (c *tally) add(scenarios, faults int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scenarios += scenarios
	c.faults += faults
}

// report adds a line to the table, and fails the test unless all is well.
func (c *tally) report(t *testing.T, what string) {
	t.Helper()
	line := fmt.Sprintf("%-34s %9d %9d %9d %11d %11d\n", what, c.scenarios, c.faults, c.lockedOut, c.open, c.filesLost)
	if t.Failed() {
		line = strings.TrimSuffix(line, "\n") + "  FAILED\n"
	}
	if path := os.Getenv(tortureTable); path != "" {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		_, err = file.WriteString(line)
		require.NoError(t, errors.Join(err, file.Close()))
	}
	require.Zero(t, c.lockedOut+c.open+c.filesLost, line)
}

// TestTorture has AWS, the engine, thieves and people do their worst.
func TestTorture(t *testing.T) {
	t.Parallel()
	all := os.Getenv(tortureTable) != ""
	for _, part := range []struct {
		name string
		run  func(t *testing.T, all bool, c *tally)
	}{
		{"calls that fail", faultyCalls},
		{"IAM that lags behind", laggingIAM},
		{"an engine that is killed", killedEngine},
		{"attacks with stolen credentials", attacks},
		{"bad input", badEverything},
		{"awsmfa onboard that is killed", killedOnboard},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			c := &tally{}
			t.Cleanup(func() { c.report(t, part.name) })
			part.run(t, all, c)
		})
	}
}

// badEverything is what people type, and the configurations that they write.
func badEverything(t *testing.T, all bool, c *tally) {
	t.Helper()
	c.add(badInputs(t), 0)
	if !all {
		return // TestBadConfigIsRefused has them
	}
	for _, test := range badConfigs(t) {
		requireProblems(t, test.file(), test.Problems)
		c.add(1, 0)
	}
}

// transitionNamed is one of the changes of testdata/lockout.yaml.
func transitionNamed(t *testing.T, name string) transition {
	t.Helper()
	all := transitions(t)
	i := slices.IndexFunc(all, func(c transition) bool { return c.Name == name })
	require.NotEqual(t, -1, i, name)
	return all[i]
}

func transitions(t *testing.T) []transition {
	t.Helper()
	var all []transition
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/lockout.yaml")), &all))
	return all
}

// faultyCalls fails writes in each way there is: for good, or once, so that the
// provider tries again what may have taken effect.
func faultyCalls(t *testing.T, all bool, c *tally) {
	t.Helper()
	kinds := []string{"500", "throttling", "reset", "silence"}
	changes := map[string][]fault{"a user changed groups by hand": {{}, {n: 2, name: "500", afterEffect: true}}}
	if all {
		changes = map[string][]fault{"role moves group": {{}, {}}, "created and destroyed": {{}, {}}, "enforce on and rename": {{}, {}}}
		for name := range changes {
			for i := range 8 * len(kinds) {
				changes[name] = append(changes[name], fault{
					n: 1 + i/8*2 + i%2, name: kinds[(i/2)%len(kinds)], afterEffect: i%3 == 0, once: i%5 < 2,
				})
			}
		}
	}
	for name, faults := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLockout(t, transitionNamed(t, name), serving{})
			l.run(t, faults, false)
			c.add(l.runs, l.faults)
		})
	}
}

// laggingIAM answers the first reads after each write as before it, and refuses
// new users as principals at first.
func laggingIAM(t *testing.T, all bool, c *tally) {
	t.Helper()
	const joined = "a user changed groups by hand"
	for _, change := range transitions(t) {
		if !all && change.Name != joined {
			continue
		}
		t.Run(change.Name, func(t *testing.T) {
			t.Parallel()
			var reads atomic.Int32
			l := newLockout(t, change, serving{faults: endpoint.Faults{Newcomer: 2, Lag: func() int { return int(reads.Load()) }}})
			l.lag = func(on bool) { reads.Store(map[bool]int32{true: 3}[on]) }
			l.run(t, []fault{{}, {}}, false)
			if change.Name == joined {
				l.cloud.addUser(t, "newcomer", "/", "")
				l.setGroups(t, map[string][]string{"newcomer": {"developers"}})
				l.apply(t, l.From)
			}
			c.add(l.runs, l.runs)
		})
	}
}

// killedEngine kills the engine at a write, and then does what the product says:
// pulumi cancel, pulumi up.
func killedEngine(t *testing.T, all bool, c *tally) {
	t.Helper()
	faults := []fault{{}, {n: 2, name: "killed", afterEffect: true}}
	change := "a user changed groups by hand"
	if all {
		change = "roles swapped between groups"
		for n := range 8 {
			faults = append(faults, fault{n: n + 1, name: "killed"}, fault{n: n + 1, name: "killed", afterEffect: true})
		}
	}
	l := newLockout(t, transitionNamed(t, change), serving{})
	pid := filepath.Join(t.TempDir(), "pid")
	path := clienttest.Script(t, filepath.Join(filepath.Dir(pid), "pulumi"),
		"echo $$ > "+pid+"\nexec "+pulumiCLI(t).Path()+" \"$@\"")
	cli, err := engine.EnsureCLI(t.Context(), engine.CLIOptions{Dir: t.TempDir(), Path: path})
	require.NoError(t, err)
	l.deployment = newDeploymentBy(t, cli, l.cloud, devStack(t), withCheckpoints)
	l.fail.kill = func() {
		if n, err := strconv.Atoi(strings.TrimSpace(read(t, pid))); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
	l.run(t, faults, false)
	c.add(l.runs, l.faults)

	// A state that is kept with metadata, as Pulumi keeps it unless told otherwise.
	metadata := engine.StateFile(l.deployment.backend(), "aws-cli-mfa", "dev") + ".attrs"
	require.NoError(t, os.WriteFile(metadata, nil, 0o600))
	require.ErrorContains(t, l.deployment.Cancel(t.Context()), "failed to load checkpoint: EOF")
	require.NoError(t, os.Remove(metadata))
	require.NoError(t, l.deployment.Cancel(t.Context()))
}

// killedOnboard kills awsmfa onboard at any moment: the file is as before or as
// afterwards, and the next run leaves nothing beside it.
func killedOnboard(t *testing.T, all bool, c *tally) {
	t.Helper()
	times := 10
	if all {
		times = 500
	}
	program, err := buildAWSMFA()
	require.NoError(t, err)
	address, home := alone(t)
	var file struct{ Outputs string }
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/bad_input.yaml")), &file))
	path, outputs := filepath.Join(home, ".aws", "config"), filepath.Join(home, "outputs.json")
	require.NoError(t, os.WriteFile(outputs, []byte(file.Outputs), 0o600))
	var before strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&before, "[profile p%d]\nregion = eu-west-1\n", i)
	}
	onboard := func(kill time.Duration) error {
		command := exec.CommandContext(t.Context(), program, "onboard", "--outputs", outputs,
			"--serial-number", "arn:aws:iam::111122223333:mfa/alice")
		command.Env = []string{"HOME=" + home, "AWS_ENDPOINT_URL=" + address, "AWS_REGION=eu-west-1"}
		require.NoError(t, command.Start())
		if kill > 0 {
			defer time.AfterFunc(kill, func() { _ = command.Process.Kill() }).Stop()
		}
		return command.Wait()
	}
	write := func() { require.NoError(t, os.WriteFile(path, []byte(before.String()), 0o600)) }
	write()
	start := time.Now()
	require.NoError(t, onboard(0))
	took, after := time.Since(start), read(t, path)
	require.NotEqual(t, before.String(), after)
	for range times {
		write()
		if onboard(max(time.Millisecond, rand.N(took))) != nil { //nolint:gosec // any moment will do
			c.add(0, 1)
		}
		if now := read(t, path); now != before.String() && now != after {
			c.filesLost++
		}
		c.add(1, 0)
	}
	require.NoError(t, onboard(0))
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, entry := range left {
		require.Contains(t, []string{"config", "credentials", "awsmfa"}, entry.Name(), "left over")
	}
}
