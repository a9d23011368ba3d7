// Package enginetest finds the real Pulumi CLI for tests.
package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
)

// Find finds the Pulumi CLI that [engine.PathVariable] names, or else the one that all
// tests share: building it, if it comes to that, happens once. root is the directory
// of this repository.
func Find(ctx context.Context, root string) (*engine.CLI, error) {
	return engine.EnsureCLI(ctx, engine.CLIOptions{
		Dir: filepath.Join(root, ".sandbox"), ToolsDir: filepath.Join(root, "tools"),
		Progress: os.Stderr, Path: os.Getenv(engine.PathVariable),
	})
}

// CLI is what [Find] finds.
func CLI(tb testing.TB, root string) *engine.CLI {
	tb.Helper()
	cli, err := Find(tb.Context(), root)
	require.NoError(tb, err)
	return cli
}
