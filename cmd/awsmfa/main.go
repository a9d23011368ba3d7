// Command awsmfa is the companion of the Pulumi program in this repository: it
// proves that the policies of a stack demand MFA, explains why a request is denied,
// rehearses a stack on one machine, without an AWS account, and takes people from
// an access key to profiles that ask for a code.
//
// It prints data on standard output and everything else on standard error. It
// exits with 0 when all went well, 1 when something failed, and 2 when it was
// called in a way it does not understand.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	_ "github.com/aws-cli-mfa/aws-cli-mfa/internal/quietterminal"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings(signal.Ignored)...)
	dir, _ := os.Getwd() // who needs it says that it is missing
	code := run(ctx, os.Args[1:], environment.New(os.Environ(), dir, os.Stdin, os.Stdout, os.Stderr))
	stop()
	os.Exit(code)
}

// endings are the signals that end the program, which cleans up first. SIGHUP is
// the window that was closed; nohup has it ignored.
func endings(ignored func(os.Signal) bool) []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, env environment.Environment) int {
	root := newRootCommand(env)
	root.SetArgs(args)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	strict(root)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errDenied) {
		return exitFailure // the explanation was printed
	}
	if exit, ok := errors.AsType[exitError](err); ok {
		return int(exit) // the shell has said why
	}
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(env.Err) // a question may stand there
	}
	_, _ = fmt.Fprintf(env.Err, "awsmfa: %s\n", errorText(ctx, err))
	if _, mistaken := errors.AsType[usage.Error](err); mistaken {
		_, _ = fmt.Fprintf(env.Err, "Run '%s --help' for usage.\n", command.CommandPath())
		return exitUsage
	}
	return exitFailure
}

// errorText is what the person reads of an error. Of what an SDK or Go wraps
// around a missing access key, or an interruption, nothing helps. Errors that
// tell what an interrupted command left speak for themselves.
func errorText(ctx context.Context, err error) string {
	text := err.Error()
	if missing, ok := errors.AsType[*awserror.NoCredentialsError](err); ok && ctx.Err() == nil {
		return missing.Error()
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) && !strings.Contains(text, "interrupted") {
		return "interrupted"
	}
	return text
}
