package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// fakePulumi is a CLI that knows its version and nothing else.
func fakePulumi(t *testing.T, version string) string {
	t.Helper()
	return clienttest.Script(t, filepath.Join(t.TempDir(), "pulumi"), "echo "+version)
}

func onPath(path string) func(string) (string, error) {
	return func(name string) (string, error) {
		if path == "" {
			return "", fmt.Errorf("%w: %s", exec.ErrNotFound, name)
		}
		return path, nil
	}
}

func TestEnsureCLIChoosesByVersion(t *testing.T) {
	t.Parallel()
	pinned := func(t *testing.T, dir string) string {
		t.Helper()
		pin, err := readPin("../../../tools")
		require.NoError(t, err)
		return clienttest.Script(t, filepath.Join(dir, "bin", "pulumi-"+pin.version), "echo "+pin.version)
	}
	for _, test := range []struct {
		name, version string
		wantPinned    bool
		wantReport    string
	}{
		{name: "the minimum", version: "v3.206.0"},
		{name: "newer", version: "v3.300.1"},
		{name: "a development build", version: "v3.301.0-alpha.x1234567"},
		{name: "older", version: "v3.205.0", wantPinned: true, wantReport: "3.205.0"},
		{name: "before the minimum", version: "v3.206.0-alpha.1", wantPinned: true, wantReport: "3.206.0-alpha.1"},
		{name: "the next major version", version: "v4.0.0", wantPinned: true, wantReport: "4.0.0"},
		{name: "not a version", version: "moo", wantPinned: true, wantReport: `"moo\n"`},
		{name: "fails", version: "; exit 3", wantPinned: true, wantReport: "exit status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, path := t.TempDir(), fakePulumi(t, test.version)
			want := path
			if built := pinned(t, dir); test.wantPinned {
				want = built
			}
			var progress bytes.Buffer
			cli, err := EnsureCLI(t.Context(), CLIOptions{
				Dir: dir, ToolsDir: "../../../tools", Progress: &progress, lookPath: onPath(path),
			})
			require.NoError(t, err)
			require.Equal(t, want, cli.Path())
			require.Contains(t, progress.String(), test.wantReport)
			require.Equal(t, test.wantPinned, progress.Len() > 0, "only a refusal is reported")
		})
	}
}

func TestEnsureCLIUsesTheNamedOneOrFails(t *testing.T) {
	t.Parallel()
	good, old := fakePulumi(t, "v3.250.0"), fakePulumi(t, "v3.1.0")
	options := CLIOptions{Dir: t.TempDir(), ToolsDir: "../../../tools", lookPath: onPath(good)}

	options.Path = good
	cli, err := EnsureCLI(t.Context(), options)
	require.NoError(t, err)
	require.Equal(t, good, cli.Path())
	require.Equal(t, "3.250.0", cli.Version().String())

	options.Path = old
	_, err = EnsureCLI(t.Context(), options)
	require.ErrorIs(t, err, ErrCLITooOld)

	options.Path = filepath.Join(t.TempDir(), "missing")
	_, err = EnsureCLI(t.Context(), options)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestEnsureCLISaysWhatToInstallOutsideOfAClone(t *testing.T) {
	t.Parallel()
	_, err := EnsureCLI(t.Context(), CLIOptions{Dir: t.TempDir(), ToolsDir: t.TempDir(), lookPath: onPath("")})
	require.ErrorContains(t, err, "https://www.pulumi.com/docs/install/")
	require.ErrorContains(t, err, PathVariable)
}

func TestReadPinIsTheToolsModulesRequirement(t *testing.T) {
	t.Parallel()
	pin, err := readPin("../../../tools")
	require.NoError(t, err)
	require.Regexp(t, `^v3\.\d+\.\d+$`, pin.version)

	text, err := os.ReadFile("../../../tools/go.mod")
	require.NoError(t, err)
	file, err := modfile.Parse("go.mod", text, nil)
	require.NoError(t, err)
	require.Len(t, file.Tool, 1)
	require.Equal(t, cliPackage, file.Tool[0].Path)

	cli, err := probe(t.Context(), fakePulumi(t, pin.version), layout{dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, cli.supported())
}

func TestReadPinRefusesAModuleWithoutTheCLI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n"), 0o600))
	_, err := readPin(dir)
	require.ErrorContains(t, err, "does not require "+cliModule)
}

// fakeGo writes a go command that appends its verb to a log, and returns a PATH
// that has it and the log's path.
func fakeGo(t *testing.T, body string) (path, log string) {
	t.Helper()
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	clienttest.Script(t, filepath.Join(bin, "go"), "echo \"$1\" >> '"+log+"'\n"+body)
	return bin + string(os.PathListSeparator) + os.Getenv("PATH"), log
}

const goThatBuilds = `
if [ "$1" = list ]; then echo "go: downloading a v1" >&2; echo a; echo b; exit; fi
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\necho v3.299.0\n' > "$2"; chmod +x "$2"`

func TestBuildHappensOnceForAllWhoAsk(t *testing.T) {
	path, log := fakeGo(t, goThatBuilds)
	t.Setenv("PATH", path)
	target := filepath.Join(t.TempDir(), "pulumi-v3.299.0")
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			b := build{pin: pin{dir: t.TempDir(), version: "v3.299.0"}, target: target, progress: io.Discard}
			errs[i] = b.once(context.WithoutCancel(t.Context()))
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))

	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "list\nbuild\n", string(text))
	require.FileExists(t, target)
	require.NoFileExists(t, target+".partial")
}

func TestBuildThatFailsLeavesNothingAndSaysWhy(t *testing.T) {
	path, _ := fakeGo(t, `if [ "$1" = list ]; then exit; fi; echo "boom: no space left" >&2; exit 1`)
	t.Setenv("PATH", path)
	target := filepath.Join(t.TempDir(), "pulumi-v3.299.0")
	var progress bytes.Buffer
	b := build{pin: pin{dir: t.TempDir(), version: "v3.299.0"}, target: target, progress: &progress}

	err := b.once(t.Context())
	require.ErrorContains(t, err, "boom: no space left")
	require.ErrorContains(t, err, "v3.299.0")
	require.NoFileExists(t, target)
	require.NoFileExists(t, target+".partial")
	require.Contains(t, progress.String(), "takes minutes")
}

func TestBuildNeedsGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := build{pin: pin{version: "v3.299.0"}, target: filepath.Join(t.TempDir(), "pulumi"), progress: io.Discard}
	require.ErrorContains(t, b.once(t.Context()), "https://go.dev/dl/")
}

func TestCLIGetsAConfinedEnvironment(t *testing.T) {
	for _, name := range []string{
		"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL",
		"PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL", "PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE_FILE",
		"GOOGLE_CREDENTIALS", "HTTPS_PROXY",
	} {
		t.Setenv(name, "leaked")
	}
	t.Setenv("HOME", "/leaked")
	t.Setenv("NO_COLOR", "1")
	path := clienttest.Script(t, filepath.Join(t.TempDir(), "pulumi"),
		`if [ "$2" = version ]; then echo v3.250.0; else env; echo "args: $*"; fi`)
	root := t.TempDir()
	cli, err := EnsureCLI(t.Context(), CLIOptions{Dir: root, Path: path})
	require.NoError(t, err)

	env := variables(layout{dir: root}, Options{ProviderPort: 4711})
	out, _, _, err := cli.Run(t.Context(), root, nil, nil, nil, entries(env), "up")
	require.NoError(t, err)

	require.NotContains(t, out, "leaked")
	for _, want := range []string{
		"args: --non-interactive up", "NO_COLOR=1",
		"HOME=" + filepath.Join(root, "home"),
		"TMPDIR=" + filepath.Join(root, "tmp"),
		"PULUMI_HOME=" + filepath.Join(root, "pulumi-home"),
		"PULUMI_BACKEND_URL=file://" + filepath.Join(root, "state"),
		"PULUMI_DEBUG_PROVIDERS=aws:4711",
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PATH=" + filepath.Dir(path) + string(os.PathListSeparator),
	} {
		require.Contains(t, "\n"+out, "\n"+want)
	}
}

func TestRunReportsAFailedCommand(t *testing.T) {
	t.Parallel()
	cli := &CLI{path: clienttest.Script(t, filepath.Join(t.TempDir(), "pulumi"), "echo out; echo err >&2; exit 7")}
	var live strings.Builder
	stdout, stderr, code, err := cli.Run(t.Context(), "", nil, []io.Writer{&live}, nil, nil, "up")
	require.Equal(t, []any{"out\n", "err\n", 7, "out\n"}, []any{stdout, stderr, code, live.String()})

	failure, ok := errors.AsType[*CommandError](err)
	require.True(t, ok)
	require.Equal(t, "err\n", failure.Stderr)
	require.EqualError(t, err, "pulumi --non-interactive up: exit status 7")
}

func TestRunInterruptsTheCLIAndLetsItFinish(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cli := &CLI{path: clienttest.Script(t, filepath.Join(t.TempDir(), "pulumi"),
		`trap 'echo cleaned up; exit 9' INT; echo ready; while :; do sleep 0.05; done`)}
	stdout, _, code, err := cli.Run(ctx, "", nil, []io.Writer{writerFunc(cancel)}, nil, nil, "up")
	require.Error(t, err)
	require.Equal(t, 9, code)
	require.Contains(t, stdout, "cleaned up")
}

// writerFunc calls itself at every write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
