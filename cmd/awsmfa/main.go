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
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/aws-cli-mfa/aws-cli-mfa/internal/quietterminal"
)

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errDenied) {
		return exitFailure // the explanation was printed
	}
	_, _ = fmt.Fprintf(stderr, "awsmfa: %v\n", err)
	if errors.Is(err, errUsage) {
		_, _ = fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", command.CommandPath())
		return exitUsage
	}
	return exitFailure
}
