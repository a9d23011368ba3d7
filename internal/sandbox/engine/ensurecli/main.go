// Command ensurecli makes sure that a Pulumi CLI is there for the tests and the
// sandbox, building the pinned one when it has to, and prints its path.
//
//	go run ./internal/sandbox/engine/ensurecli [-dir .sandbox] [-tools tools]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("ensurecli", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", ".sandbox", "the state root; a built CLI is kept in its bin folder")
	tools := flags.String("tools", "tools", "the directory of the go.mod that pins the CLI")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	cli, err := engine.EnsureCLI(ctx, engine.CLIOptions{Dir: *dir, ToolsDir: *tools, Progress: stderr})
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ensurecli: %v\n", err)
		return 1
	}
	_, _ = fmt.Fprintln(stdout, cli.Path())
	return 0
}
