//go:build !windows

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const sandboxShellLong = `Deploy a stack as 'awsmfa sandbox' does, without the rehearsal, and start a shell
in which you are one of the sandbox's users: their home, their access key, and an
environment that leads the AWS CLI and the AWS SDKs to the local AWS and nowhere
else. The local AWS is there until you leave the shell.

It is $SHELL, or sh, and its exit code is passed on. It reads commands from
standard input as always, so that a script can be one of the users, too.`

const sandboxShellExample = `  awsmfa sandbox shell alice
  awsmfa sandbox shell sandbox-administrator --stack prod
  echo 'aws s3 ls' | awsmfa sandbox shell alice`

func newSandboxShellCommand(env environment.Environment, flags *sandboxFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "shell USER",
		Short:   "Be a sandbox user in a shell",
		Long:    sandboxShellLong,
		Example: sandboxShellExample,
		Args:    usage.OneArgument("whose shell? give the name of a sandbox user"),
		PreRunE: func(*cobra.Command, []string) error { return flags.check() },

		ValidArgsFunction: completePeople(env, flags),

		RunE: func(cmd *cobra.Command, args []string) error {
			// What the shell prints stands alone on standard output.
			opts, err := flags.options(env)
			if err != nil {
				return err
			}
			opts.Stdout = env.Err
			opts.NoStory = true
			run := func(ctx context.Context, environ []string) error {
				shell := shellCommand(ctx, env.Getenv("SHELL"), withAwsmfa(environ, env.Executable))
				shell.Stdin, shell.Stdout, shell.Stderr = env.In(), env.Out, env.Err
				return exitOf(shell.Run())
			}
			opts.Shell = &sandbox.Shell{User: args[0], Environ: env.Variables, Run: run}
			return sandbox.Run(cmd.Context(), opts)
		},
	}
	flags.addDeployment(cmd, env)
	return cmd
}

// withAwsmfa has PATH end with the directory of this program, if awsmfa is there: people
// type it in the shell, and may have built it without installing it.
func withAwsmfa(environ []string, self string) []string {
	dir := filepath.Dir(self)
	if info, err := os.Stat(filepath.Join(dir, "awsmfa")); err != nil || info.IsDir() {
		return environ
	}
	environ = slices.Clone(environ)
	for i, entry := range environ {
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			environ[i] = "PATH=" + path + string(os.PathListSeparator) + dir
		}
	}
	return environ
}

// hangUpTime is what a shell has to end when its terminal is taken away.
const hangUpTime = 5 * time.Second

// shellCommand is the shell at path, or sh.
func shellCommand(ctx context.Context, path string, environ []string) *exec.Cmd {
	if path == "" {
		path = "sh"
	}
	shell := exec.CommandContext(ctx, path) //nolint:gosec // whoever runs this chose their shell
	if filepath.Base(path) == "zsh" {
		// It would ask somebody whose home is new to it for their settings, and read
		// those of $ZDOTDIR, which may set AWS variables.
		shell.Args = append(shell.Args, "-f")
	}
	shell.Env = environ
	shell.Cancel = func() error { return shell.Process.Signal(syscall.SIGHUP) } // an interactive one ignores SIGTERM
	shell.WaitDelay = hangUpTime
	return shell
}

// signalled is what shells add to the number of the signal that ended a program.
const signalled = 128

// exitOf is the exit of a program that could be run, as a shell counts it.
func exitOf(err error) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		if err != nil {
			return fmt.Errorf("start the shell of $SHELL: %w", err)
		}
		return nil
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return program.ExitError(signalled + int(status.Signal()))
	}
	return program.ExitError(exit.ExitCode())
}
