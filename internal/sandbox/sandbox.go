package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Mode is what [Run] does with the stack.
type Mode int

// The modes: deploy the stack, show what deploying would do, delete everything
// it deployed.
const (
	Up Mode = iota
	Preview
	Destroy
)

// Options say what to run. The zero values of the optional ones are useful.
type Options struct {
	// ProjectDir holds Pulumi.yaml, Pulumi.<stack>.yaml and tools/go.mod.
	ProjectDir string
	// Dir is the state root; every file that a run writes is under it.
	Dir string
	// Stack is the name of the stack, for example dev.
	Stack string
	Mode  Mode
	// Serve keeps the AWS endpoint up after the deployment until ctx ends,
	// which is then no error.
	Serve bool
	// Shell, when there is one, is run while the endpoint is up, instead of Serve.
	Shell *Shell
	// JSON prints the stack outputs as JSON, and nothing else, on Stdout.
	JSON bool
	// NoStory leaves out the rehearsal that follows a deployment.
	NoStory bool
	// Port is that of the AWS endpoint; zero is a free one, another in each run.
	Port int
	// Flags are those that a command needs to find this sandbox, with a space before
	// each: for the commands that are printed.
	Flags string
	// CLI is the path of the Pulumi CLI; empty means [engine.EnsureCLI]'s search.
	CLI string
	// Color lets Pulumi's progress use colour.
	Color bool
	// Stdout gets the result, Stderr progress.
	Stdout io.Writer
	Stderr io.Writer
}

// Shell is a program that one of the sandbox's users runs.
type Shell struct {
	// User is any of the account's.
	User string
	// Environ is the environment that the user's is made of, a list of NAME=value.
	Environ []string
	// Run runs the program in that environment, a list of NAME=value, until it or
	// ctx ends.
	Run func(ctx context.Context, environ []string) error
}

// ErrNoUser is a user whom the sandbox's account does not have.
var ErrNoUser = errors.New("no user")

func (o Options) accountFile() string { return filepath.Join(o.Dir, "account.json") }

func (o Options) peopleDir() string { return filepath.Join(o.Dir, "people") }

func (o Options) outputsFile() string { return filepath.Join(o.Dir, "outputs", o.Stack+".json") }

// Run deploys, previews or destroys one stack in the sandbox. A second run finds
// the AWS account as the first left it. After a deployment comes the rehearsal:
// people of the account use the AWS CLI.
//
// The error wraps [fs.ErrNotExist] where there is no such stack, or is [ErrBusy]
// when another run uses Dir, [ErrNoUser] for the shell of nobody, a
// [*stack.ConfigError] with every problem of the stack's configuration, an
// [*engine.Error], or a [*story.SceneError] for each scene of the rehearsal that
// went wrong.
func Run(ctx context.Context, opts Options) error {
	read, err := stackconfig.Read(opts.ProjectDir, opts.Stack)
	if err != nil {
		return err
	}
	config, err := project.Interpret(read) // every problem at once, before anything is started
	if err != nil {
		return err
	}
	opts.Stack = config.Stack
	unlock, err := lock(opts.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	cli, err := engine.EnsureCLI(ctx, engine.CLIOptions{
		Dir: opts.Dir, ToolsDir: filepath.Join(opts.ProjectDir, "tools"), Path: opts.CLI, Progress: opts.Stderr,
	})
	if err != nil {
		return err
	}
	cloud, err := startCloud(ctx, opts, config)
	if err != nil {
		return err
	}
	err = cloud.run(ctx, opts, config.Config, cli)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("interrupted, run it again to finish what was begun: %w", err)
	}
	return errors.Join(err, cloud.provider.Close(), cloud.endpoint.Close(), cloud.kept.Close())
}

// run deploys, and then lets people in.
func (c *cloud) run(ctx context.Context, opts Options, config stack.Config, cli *engine.CLI) error {
	if opts.Shell != nil {
		if err := c.requireUser(opts.Shell.User); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := c.findClient(ctx, opts)
	outputs, err := runEngine(ctx, opts, cli, c)
	if err != nil {
		return err
	}
	return c.use(ctx, opts, config, outputs.ClientConfig, client)
}

// runEngine runs the real engine on the stack and prints what came of it. There
// are outputs after a deployment only.
func runEngine(ctx context.Context, opts Options, cli *engine.CLI, cloud *cloud) (stack.Outputs, error) {
	e, err := engine.Open(ctx, engineOptions(opts, cli, cloud))
	if err != nil {
		return stack.Outputs{}, err
	}
	switch opts.Mode {
	case Preview:
		return stack.Outputs{}, preview(ctx, opts, e)
	case Destroy:
		return stack.Outputs{}, destroy(ctx, opts, e)
	default:
		return up(ctx, opts, e)
	}
}

func engineOptions(opts Options, cli *engine.CLI, cloud *cloud) engine.Options {
	color := "never"
	if opts.Color {
		color = "always"
	}
	return engine.Options{
		CLI: cli, Dir: opts.Dir,
		ProjectDir: opts.ProjectDir, Stack: opts.Stack,
		ProviderPort: cloud.provider.Port(),
		Program:      deploy.Program(func() []string { return configKeys(opts) }),
		Progress:     opts.Stderr, Errors: opts.Stderr, Color: color,
		OmitConfig: []string{"aws:allowedAccountIds", "aws:forbiddenAccountIds"}, // they pin a stack to its real account
		Omitted: func(keys []string) {
			note(opts.Stderr, "left out of the sandbox, because it is for the real account: %s", strings.Join(keys, ", "))
		},
	}
}

// configKeys are the keys of the stack file, which [Run] has read before:
// should it be gone by now, the engine says so.
func configKeys(opts Options) []string {
	keys, err := engine.ConfigKeys(opts.ProjectDir, opts.Stack)
	if err != nil {
		return nil
	}
	return keys
}

func up(ctx context.Context, opts Options, e *engine.Engine) (stack.Outputs, error) {
	result, err := e.Up(ctx, optup.SuppressOutputs()) // printed below, in full
	if err != nil {
		return stack.Outputs{}, err
	}
	text, err := e.Outputs(ctx)
	if err != nil {
		return stack.Outputs{}, err
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(opts.outputsFile()), 0o700),
		atomicfile.Write(opts.outputsFile(), append(text, '\n'))); err != nil {
		return stack.Outputs{}, fmt.Errorf("write the stack outputs: %w", err)
	}
	outputs, err := stack.ParseOutputs(text)
	if err != nil {
		return stack.Outputs{}, err
	}
	if opts.JSON {
		_, err = fmt.Fprintf(opts.Stdout, "%s\n", text)
	} else {
		err = printOutputs(opts, done(result.Summary.ResourceChanges), outputs)
	}
	return outputs, err
}

func preview(ctx context.Context, opts Options, e *engine.Engine) error {
	result, err := e.Preview(ctx)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for operation, count := range result.ChangeSummary {
		counts[string(operation)] = count
	}
	_, err = fmt.Fprintf(opts.Stdout, "Preview of stack %s: %s.\n", opts.Stack, planned(counts))
	return err
}

func destroy(ctx context.Context, opts Options, e *engine.Engine) error {
	result, err := e.Destroy(ctx)
	if err != nil {
		return err
	}
	if err := os.Remove(opts.outputsFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the outputs of the destroyed stack: %w", err)
	}
	_, err = fmt.Fprintf(opts.Stdout, "Stack %s destroyed: %s.\n", opts.Stack, done(result.Summary.ResourceChanges))
	return err
}

// note writes one line of progress; a writer that fails must not stop a run.
func note(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}
