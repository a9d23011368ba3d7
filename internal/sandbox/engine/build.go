package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/modfile"
)

const (
	cliModule     = "github.com/pulumi/pulumi/pkg/v3"
	cliPackage    = cliModule + "/cmd/pulumi"
	versionSymbol = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

	// progressEvery is how often a build says that it is still at work.
	progressEvery = 10 * time.Second
	// lockRetry is how often a waiting process looks whether the build is done.
	lockRetry = 200 * time.Millisecond
)

// pin is the CLI version that a tools module requires.
type pin struct {
	dir     string // of the go.mod
	version string // as Go spells it, with the v
}

// readPin reads the version from go.mod in dir, its only home.
func readPin(dir string) (pin, error) {
	path := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return pin{}, fmt.Errorf("read the pinned Pulumi CLI version: %w", err)
	}
	file, err := modfile.ParseLax(path, text, nil)
	if err != nil {
		return pin{}, fmt.Errorf("read the pinned Pulumi CLI version: %w", err)
	}
	for _, require := range file.Require {
		if require.Mod.Path == cliModule {
			return pin{dir: dir, version: require.Mod.Version}, nil
		}
	}
	return pin{}, fmt.Errorf("read the pinned Pulumi CLI version: %s does not require %s", path, cliModule)
}

// build compiles the pinned CLI into target.
type build struct {
	pin      pin
	target   string
	progress io.Writer
}

// once builds unless target is there. A lock file beside target makes processes
// that ask together build once; target appears by rename, so that it is either
// whole or not there.
func (b build) once(ctx context.Context) error {
	if isFile(b.target) {
		return nil
	}
	lock := flock.New(b.target + ".lock")
	locked, err := lock.TryLock()
	if err == nil && !locked {
		report(b.progress, "waiting for another process to build the Pulumi CLI %s", b.pin.version)
		_, err = lock.TryLockContext(ctx, lockRetry)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }()
	if isFile(b.target) {
		return nil
	}
	return b.run(ctx)
}

// run compiles to a temporary name and moves the result into place.
func (b build) run(ctx context.Context) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("build the Pulumi CLI %s: %w: "+
			"install Go (https://go.dev/dl/) or the Pulumi CLI (https://www.pulumi.com/docs/install/)",
			b.pin.version, err)
	}
	report(b.progress, "building the Pulumi CLI %s from source into %s: once, and it takes minutes",
		b.pin.version, b.target)
	start := time.Now()
	stale, err := b.stale(ctx)
	if err != nil {
		return err
	}
	partial := b.target + ".partial"
	defer func() { _ = os.Remove(partial) }()
	if err := b.compile(ctx, partial, len(stale)); err != nil {
		return err
	}
	if err := os.Rename(partial, b.target); err != nil {
		return fmt.Errorf("move the Pulumi CLI into place: %w", err)
	}
	report(b.progress, "built the Pulumi CLI %s in %s", b.pin.version, elapsed(start))
	return nil
}

// stale lists the packages that the Go build cache does not hold yet. It makes
// Go download the source of the modules, which are counted as progress.
func (b build) stale(ctx context.Context) ([]string, error) {
	say, modules := b.sometimes(), 0
	var packages []string
	err := b.goCommand(ctx, func(line string) {
		if !strings.HasPrefix(line, "go: downloading ") {
			packages = append(packages, line)
			return
		}
		modules++
		say("%d modules downloaded", modules)
	}, "list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", cliPackage)
	return packages, err
}

// compile builds the CLI, reporting how many of the total packages are done.
func (b build) compile(ctx context.Context, output string, total int) error {
	say, done := b.sometimes(), 0
	ldflags := fmt.Sprintf("-s -w -X %s=%s", versionSymbol, strings.TrimPrefix(b.pin.version, "v"))
	return b.goCommand(ctx, func(string) {
		done++
		say("%d of %d packages compiled", min(done, total), total)
	}, "build", "-v", "-ldflags", ldflags, "-o", output, cliPackage)
}

// sometimes reports, at most every [progressEvery], with the time from now.
func (b build) sometimes() func(format string, args ...any) {
	start := time.Now()
	last := start
	return func(format string, args ...any) {
		if time.Since(last) >= progressEvery {
			last = time.Now()
			report(b.progress, "  %s: %s", elapsed(start), fmt.Sprintf(format, args...))
		}
	}
}

// goCommand runs the go command in the tools module, calling onLine for each
// line it prints.
func (b build) goCommand(ctx context.Context, onLine func(string), args ...string) error {
	args = append([]string{args[0], "-mod=readonly"}, args[1:]...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // constant arguments but for the output path
	cmd.Dir = b.pin.dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	output, err := cmd.StdoutPipe()
	cmd.Stderr = cmd.Stdout
	if err == nil {
		err = cmd.Start()
	}
	var last []string
	if err == nil {
		last = follow(output, onLine)
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("build the Pulumi CLI %s: go %s: %w\n%s",
			b.pin.version, args[0], errors.Join(ctx.Err(), err), strings.Join(last, "\n"))
	}
	return nil
}

// follow hands lines over until they end and returns the last few of them,
// where the go command's errors are.
func follow(output io.Reader, onLine func(string)) (last []string) {
	const keep = 20
	for reader := bufio.NewReader(output); ; {
		line, err := reader.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			onLine(line)
			last = append(last, line)
			last = last[max(0, len(last)-keep):]
		}
		if err != nil {
			return last
		}
	}
}

func elapsed(start time.Time) time.Duration {
	return time.Since(start).Round(time.Second)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
