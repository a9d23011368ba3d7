//go:build !windows

package main

import (
	"cmp"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const sandboxLong = `Deploy a stack for real on this machine, without an AWS account.

The real Pulumi CLI runs the same program that 'pulumi up' runs, against a local
AWS with the users and groups that the stack's configuration names (alice and
bob where it names none, and mallory, who is in no group). bob has no MFA device
until he enrols, in 'awsmfa sandbox shell bob'. Everything is kept
under the state root: the engine's state, the account and the outputs. A second
run finds them as the first left them.

After a deployment comes the rehearsal: people with an access key and an MFA
device use the AWS CLI, each in a home of their own under the state root, and
what they see is shown. It is the aws on PATH, or the AWS SDK where there is
none. A scene that does not end as it should makes the command fail.

The Pulumi CLI is the one on PATH when it is recent enough; else the pinned
version is built from source, which takes minutes the first time.`

const sandboxExample = `  awsmfa sandbox                  deploy stack dev, and rehearse it
  awsmfa sandbox --preview        show what deploying would change
  awsmfa sandbox --serve          deploy, then let the AWS CLI use the local AWS
  awsmfa sandbox shell alice      deploy, then be alice in a shell
  awsmfa sandbox code alice       print a code for an MFA prompt
  awsmfa sandbox --stack prod     deploy the stack of Pulumi.prod.yaml
  awsmfa sandbox --destroy        delete everything that was deployed`

// sandboxFlags are the flags as given.
type sandboxFlags struct {
	stack, dir, project, cli        string
	preview, destroy, serve, asJSON bool
	noStory                         bool
	port                            uint16
}

func newSandboxCommand(env environment.Environment) *cobra.Command {
	var flags sandboxFlags
	cmd := usage.Root(&cobra.Command{
		Use:     "awsmfa-sandbox",
		Version: usage.Version(),
		Short:   "Deploy a stack for real on this machine, without an AWS account",
		Long:    sandboxLong,
		Example: sandboxExample,
		Args:    usage.NoArguments,
		PreRunE: func(*cobra.Command, []string) error { return flags.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts, err := flags.options(env)
			if err != nil {
				return err
			}
			return sandbox.Run(cmd.Context(), opts)
		},
		// It is what people call, and this program what awsmfa then runs.
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: "awsmfa sandbox"},
	})
	cmd.CompletionOptions.HiddenDefaultCmd = true // awsmfa has one
	f := cmd.Flags()
	f.BoolVar(&flags.preview, "preview", false, "show what deploying would change, and change nothing")
	f.BoolVar(&flags.destroy, "destroy", false, "delete everything that the stack deployed")
	f.BoolVar(&flags.serve, "serve", false, "keep the local AWS up until interrupted, and print how the AWS CLI uses it")
	f.BoolVar(&flags.asJSON, "json", false, "print the stack outputs as JSON")
	f.BoolVar(&flags.noStory, "no-story", false, "deploy, and leave the rehearsal out")
	shared := cmd.PersistentFlags()
	shared.StringVar(&flags.dir, "dir", "", "the state root `directory` (default .sandbox in the project)")
	shared.StringVar(&flags.project, "project", "", "the `directory` of Pulumi.yaml (default the nearest one upwards)")
	flags.addDeployment(cmd, env)
	cmd.AddCommand(newSandboxCodeCommand(env, &flags), newSandboxShellCommand(env, &flags))
	return cmd
}

// addDeployment adds the flags of a command that deploys.
func (f *sandboxFlags) addDeployment(cmd *cobra.Command, env environment.Environment) {
	cmd.Flags().StringVarP(&f.stack, "stack", "s", "dev", "the `name` of the stack")
	cmd.Flags().StringVar(&f.cli, "pulumi", "",
		"the `path` of the Pulumi CLI to use (default $"+engine.PathVariable+")")
	cmd.Flags().Uint16Var(&f.port, "port", 0, "the `port` of the local AWS (default a free one, another each time)")
	usage.Complete(cmd, "stack", usage.Stacks(env, &f.project))
}

// check refuses flags that exclude each other.
func (f sandboxFlags) check() error {
	switch {
	case f.preview && f.destroy:
		return usage.Errorf("--preview and --destroy exclude each other")
	case f.asJSON && (f.preview || f.destroy || f.serve):
		return usage.Errorf("--json prints the outputs of a deployment: it goes without --preview, --destroy and --serve")
	case f.stack == "":
		return usage.Errorf("--stack is empty")
	default:
		return nil
	}
}

func (f sandboxFlags) mode() sandbox.Mode {
	switch {
	case f.preview:
		return sandbox.Preview
	case f.destroy:
		return sandbox.Destroy
	default:
		return sandbox.Up
	}
}

// places are the project and the state root.
func (f sandboxFlags) places(env environment.Environment) (projectDir, dir string, err error) {
	found, err := project.Open(env, f.project)
	if err != nil {
		return "", "", err
	}
	projectDir = filepath.Dir(found.File)
	if f.dir != "" {
		return projectDir, f.dir, nil
	}
	return projectDir, filepath.Join(projectDir, ".sandbox"), nil
}

// toFindIt are the flags by which another command finds this sandbox.
func (f sandboxFlags) toFindIt() (flags string) {
	if f.project != "" {
		flags += " --project " + output.ShellWord(f.project)
	}
	if f.dir != "" {
		flags += " --dir " + output.ShellWord(f.dir)
	}
	return flags
}

func (f sandboxFlags) options(env environment.Environment) (sandbox.Options, error) {
	projectDir, dir, err := f.places(env)
	return sandbox.Options{
		ProjectDir: projectDir,
		Dir:        dir,
		Stack:      f.stack,
		Mode:       f.mode(),
		Serve:      f.serve,
		JSON:       f.asJSON,
		NoStory:    f.noStory,
		Port:       int(f.port),
		Flags:      f.toFindIt(),
		CLI:        cmp.Or(f.cli, env.Getenv(engine.PathVariable)),
		Color:      env.WantsColor(env.Err),
		Stdout:     env.Out,
		Stderr:     env.Err,
	}, err
}
