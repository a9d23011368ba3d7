package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// PathVariable is the environment variable that names the Pulumi CLI to use, which
// is for the caller to read.
const PathVariable = "PULUMI_CLI"

// CLIOptions says where the Pulumi CLI may come from.
type CLIOptions struct {
	// Dir is the state root; a CLI that has to be built is kept in its bin
	// folder, to be shared by every later run.
	Dir string
	// ToolsDir holds the go.mod that pins the CLI (tools in this repository).
	ToolsDir string
	// Path names the CLI to use and switches the search off.
	Path string
	// Progress gets a line for each thing a person should know. Nil is silence.
	Progress io.Writer

	lookPath func(string) (string, error) // exec.LookPath but in tests
}

// EnsureCLI returns a usable Pulumi CLI: the one that is named, else `pulumi` on
// PATH when it is recent enough ([MinimumVersion]), else the version that
// tools/go.mod pins, which is built from source the first time. Processes that
// ask at once build once: the others wait for the first.
//
// The error is [ErrCLITooOld] for a named CLI of an unsupported version, and
// says what to install when the CLI can be neither found nor built.
func EnsureCLI(ctx context.Context, opts CLIOptions) (*CLI, error) {
	l, err := createLayout(opts.Dir)
	if err != nil {
		return nil, err
	}
	if opts.Progress == nil {
		opts.Progress = io.Discard
	}
	if opts.lookPath == nil {
		opts.lookPath = exec.LookPath
	}
	if opts.Path != "" {
		return probeSupported(ctx, opts.Path, l)
	}
	if cli := installed(ctx, opts, l); cli != nil {
		return cli, nil
	}
	return ensurePinned(ctx, opts, l)
}

// installed is the CLI on PATH, or nil with the reason reported.
func installed(ctx context.Context, opts CLIOptions, l layout) *CLI {
	path, err := opts.lookPath("pulumi")
	if err != nil {
		return nil // none is installed: nothing to report
	}
	cli, err := probeSupported(ctx, path, l)
	if err != nil {
		report(opts.Progress, "not using the pulumi on PATH: %v", err)
		return nil
	}
	return cli
}

// probeSupported is probe, and refuses a version that cannot be used.
func probeSupported(ctx context.Context, path string, l layout) (*CLI, error) {
	cli, err := probe(ctx, path, l)
	if err != nil {
		return nil, err
	}
	return cli, cli.supported()
}

// ensurePinned returns the pinned CLI, built before or now.
func ensurePinned(ctx context.Context, opts CLIOptions, l layout) (*CLI, error) {
	pin, err := readPin(opts.ToolsDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no Pulumi CLI %s or later on PATH, and no %s to build one from: "+
			"install it (https://www.pulumi.com/docs/install/) or name one with %s",
			MinimumVersion(), filepath.Join(opts.ToolsDir, "go.mod"), PathVariable)
	}
	if err != nil {
		return nil, err
	}
	target := filepath.Join(l.bin(), "pulumi-"+pin.version)
	build := build{pin: pin, target: target, progress: opts.Progress}
	if err := build.once(ctx); err != nil {
		return nil, err
	}
	return probeSupported(ctx, target, l)
}

// report writes one line of progress; a writer that fails must not stop a run.
func report(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}
