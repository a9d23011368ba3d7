package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// passphrase encrypts the secrets in the state of a local stack. It protects
// nothing: the account behind the stack is made up, and lies beside the state.
const passphrase = "sandbox"

// Options describe one stack to drive.
type Options struct {
	CLI *CLI
	// Dir is the state root. The backend, PULUMI_HOME, the work directories and
	// temporary files are all under it.
	Dir string
	// ProjectDir has the project file and that of the stack. They are read anew
	// before each operation, and never written.
	ProjectDir string
	// Stack is the name of the stack, without organization and project.
	Stack string
	// Program is the Pulumi program, run in this process.
	Program pulumi.RunFunc
	// ProviderPort is the loopback port of the provider that stands in for the
	// aws plugin; the engine attaches to it instead of starting the plugin.
	ProviderPort int
	// Progress gets the CLI's display and Errors its standard error, both live.
	// Nil is silence.
	Progress io.Writer
	Errors   io.Writer
	// Color is the CLI's --color: always, never, raw or auto. Empty is never.
	Color string
	// OmitConfig are config keys of the stack file that the engine is not given.
	OmitConfig []string
	// Omitted, when there is one, is told the keys that the engine was not given:
	// those of OmitConfig, and secrets, which are encrypted for the real stack.
	Omitted func(keys []string)
	// SkipCheckpoints has the engine write its state at the end of an operation
	// only: much faster for many resources, and lost when the process is killed.
	SkipCheckpoints bool
}

// Engine drives one stack.
type Engine struct {
	opts    Options
	workDir string
	stack   auto.Stack
}

// Open selects the stack in the file backend under opts.Dir, creating it when
// it is not there. Two engines may be open at once on different stacks of the
// same state root, and on different state roots.
func Open(ctx context.Context, opts Options) (*Engine, error) {
	l, err := createLayout(opts.Dir)
	if err != nil {
		return nil, err
	}
	if opts.Color == "" {
		opts.Color = "never"
	}
	e := &Engine{opts: opts, workDir: l.project(opts.Stack)}
	omitted, err := copyProject(opts, e.workDir)
	if err != nil {
		return nil, err
	}
	if len(omitted) > 0 && opts.Omitted != nil {
		opts.Omitted(omitted)
	}
	workspace, err := auto.NewLocalWorkspace(ctx,
		auto.WorkDir(e.workDir),
		auto.Program(opts.Program),
		auto.Pulumi(fewerStarts{opts.CLI}),
		auto.PulumiHome(l.pulumiHome()),
		auto.EnvVars(variables(l, opts)),
	)
	if err != nil {
		return nil, fmt.Errorf("open the Pulumi project in %s: %w", e.workDir, err)
	}
	settings, err := workspace.ProjectSettings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the Pulumi project in %s: %w", e.workDir, err)
	}
	open := auto.SelectStack
	if _, err := os.Stat(StateFile(l.state(), settings.Name.String(), opts.Stack)); errors.Is(err, fs.ErrNotExist) {
		open = auto.NewStack
	}
	e.stack, err = open(ctx, opts.Stack, workspace)
	if err != nil {
		return nil, fmt.Errorf("open the stack %s: %w", opts.Stack, &Error{Operation: "stack select", Err: err})
	}
	return e, nil
}

// variables are what the CLI gets beside the inheritable part of the caller's
// environment.
func variables(l layout, opts Options) map[string]string {
	env := l.confined()
	// Without files of metadata beside those of the state: a Pulumi that is killed while
	// it writes one leaves an empty one, and then reads no state ("EOF").
	backend := url.URL{Scheme: "file", Path: filepath.ToSlash(l.state()), RawQuery: "metadata=skip"}
	env["PULUMI_BACKEND_URL"] = backend.String()
	env["PULUMI_CONFIG_PASSPHRASE"] = passphrase
	env["PULUMI_DEBUG_PROVIDERS"] = "aws:" + strconv.Itoa(opts.ProviderPort)
	if opts.SkipCheckpoints {
		env["PULUMI_SKIP_CHECKPOINTS"] = "true"
	}
	return env
}

// settings make the options that every operation of a kind is run with.
type settings[O any] struct {
	events           func(...chan<- events.EngineEvent) O
	progress, errors func(...io.Writer) O
	color            func(string) O
	quiet            func() O
}

// operate runs one operation on the project as it is now, and tells what it changed.
func operate[R, O any](
	ctx context.Context, e *Engine, operation string, run func(context.Context, ...O) (R, error), s settings[O], more []O,
) (result R, changed auto.UpdateSummary, err error) {
	if _, err := copyProject(e.opts, e.workDir); err != nil {
		return result, changed, err
	}
	stream, collected := collect()
	result, err = run(ctx, append([]O{
		s.events(stream), s.progress(writers(e.opts.Progress)...), s.errors(writers(e.opts.Errors)...),
		s.color(e.opts.Color), s.quiet(),
	}, more...)...)
	seen := collected()
	return result, auto.UpdateSummary{ResourceChanges: &seen.changes}, operationError(operation, seen.diagnostics, err)
}

// Up deploys the program, as `pulumi up --yes` does. A failure is an [*Error].
func (e *Engine) Up(ctx context.Context, opts ...optup.Option) (result auto.UpResult, err error) {
	result, result.Summary, err = operate(ctx, e, "up", e.stack.Up, settings[optup.Option]{
		optup.EventStreams, optup.ProgressStreams, optup.ErrorProgressStreams, optup.Color, optup.SuppressProgress,
	}, opts)
	return result, err
}

// Preview shows what [Engine.Up] would do. A failure is an [*Error].
func (e *Engine) Preview(ctx context.Context, opts ...optpreview.Option) (auto.PreviewResult, error) {
	result, _, err := operate(ctx, e, "preview", e.stack.Preview, settings[optpreview.Option]{
		optpreview.EventStreams, optpreview.ProgressStreams, optpreview.ErrorProgressStreams, optpreview.Color,
		optpreview.SuppressProgress,
	}, opts)
	return result, err
}

// Destroy deletes every resource of the stack and keeps the stack. A failure is
// an [*Error].
func (e *Engine) Destroy(ctx context.Context, opts ...optdestroy.Option) (result auto.DestroyResult, err error) {
	result, result.Summary, err = operate(ctx, e, "destroy", e.stack.Destroy, settings[optdestroy.Option]{
		optdestroy.EventStreams, optdestroy.ProgressStreams, optdestroy.ErrorProgressStreams, optdestroy.Color,
		optdestroy.SuppressProgress,
	}, opts)
	return result, err
}

// Refresh reads every resource of the stack anew into the state. A failure is
// an [*Error].
func (e *Engine) Refresh(ctx context.Context, opts ...optrefresh.Option) (result auto.RefreshResult, err error) {
	result, result.Summary, err = operate(ctx, e, "refresh", e.stack.Refresh, settings[optrefresh.Option]{
		optrefresh.EventStreams, optrefresh.ProgressStreams, optrefresh.ErrorProgressStreams, optrefresh.Color,
		optrefresh.SuppressProgress,
	}, opts)
	return result, err
}

// Cancel takes the lock that an engine which was killed has left on the stack.
func (e *Engine) Cancel(ctx context.Context) error {
	return operationError("cancel", nil, e.stack.Cancel(ctx))
}

// Outputs are the stack's outputs as `pulumi stack output --json` prints them:
// a JSON object, secrets blinded.
func (e *Engine) Outputs(ctx context.Context) (json.RawMessage, error) {
	out, _, _, err := e.opts.CLI.Run(ctx, e.workDir, nil, nil, nil,
		entries(e.stack.Workspace().GetEnvVars()), "stack", "output", "--json", "--stack", e.opts.Stack)
	if err != nil {
		return nil, operationError("stack output", nil, err)
	}
	return json.RawMessage(strings.TrimSpace(out)), nil
}

// writers is none for nil, which the Automation API would write to.
func writers(w io.Writer) []io.Writer {
	if w == nil {
		return nil
	}
	return []io.Writer{w}
}
