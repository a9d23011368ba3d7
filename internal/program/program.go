// Package program is how a program of this project starts and ends: signals, exit
// codes, and the words for an error.
package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

// The exit codes.
const (
	OK      = 0
	Failure = 1
	Usage   = 2
)

// Main runs the program in the environment of this process, and ends it.
func Main(newRoot func(env environment.Environment) *cobra.Command) {
	ctx := newInterruptible()
	dir, _ := os.Getwd() // who needs it says that it is missing
	env := environment.New(os.Environ(), dir, os.Stdin, os.Stdout, os.Stderr)
	env.Executable, _ = os.Executable() // likewise
	code := Run(ctx, newRoot(env), os.Args[1:], env)
	if by, ok := errors.AsType[signalled](context.Cause(ctx)); ok && code != OK {
		code = by.end()
	}
	os.Exit(code)
}

// interruptible is a context that a signal ends. Signals are caught from when something
// waits for it, for that takes two threads, which a session that is kept does without;
// before, they end the process as any other.
type interruptible struct {
	context.Context
	catch func()
}

func newInterruptible() interruptible {
	ctx, cancel := context.WithCancelCause(context.Background())
	return interruptible{ctx, sync.OnceFunc(func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, endings(signal.Ignored)...)
		go func() { cancel(signalled{<-signals}) }()
	})}
}

// Done is that of [context.Context].
func (c interruptible) Done() <-chan struct{} {
	c.catch()
	return c.Context.Done()
}

// endings are the signals that end the program, which cleans up first: SIGHUP is the
// window that was closed, SIGQUIT is ^\. nohup has SIGHUP ignored, a shell without
// job control SIGINT and SIGQUIT of what runs in its background.
func endings(ignored func(os.Signal) bool) []os.Signal {
	return slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}, ignored)
}

// signalled is the cause of a context that a signal ended.
type signalled struct{ os.Signal }

func (s signalled) Error() string { return s.String() }

// ExitError ends the program with that code, and without a word: what there is to say
// was said.
type ExitError int

func (e ExitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Run is the whole program; it returns the exit code.
func Run(ctx context.Context, root *cobra.Command, args []string, env environment.Environment) int {
	root.SetArgs(args)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	usage.Strict(root)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return OK
	}
	if exit, ok := errors.AsType[ExitError](err); ok {
		return int(exit)
	}
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(env.Err) // a question may stand there
	}
	env.Sayf("awsmfa: %s", errorText(ctx, err))
	if _, mistaken := errors.AsType[usage.Error](err); mistaken {
		_, _ = fmt.Fprintf(env.Err, "Run '%s --help' for usage.\n", command.CommandPath())
		return Usage
	}
	return Failure
}

// errorText is what the person reads of an error. Of what an SDK or Go wraps
// around a missing access key, or an interruption, nothing helps. Errors that
// tell what an interrupted command left speak for themselves.
func errorText(ctx context.Context, err error) string {
	text := awserror.Plain(err)
	if missing, ok := errors.AsType[*awserror.NoCredentialsError](err); ok && ctx.Err() == nil {
		return missing.Error()
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) && !strings.Contains(text, "interrupted") {
		return "interrupted"
	}
	return text
}
