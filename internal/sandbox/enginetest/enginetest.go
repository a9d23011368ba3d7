// Package enginetest finds the real Pulumi CLI for tests, and makes stacks for it.
package enginetest

import (
	"context"
	"fmt"
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

// AddStack makes a stack that nothing was deployed to in the file backend of a
// directory: pulumi stack init would be one more start of the CLI.
func AddStack(tb testing.TB, dir, project, stack string) {
	tb.Helper()
	stacks := filepath.Join(dir, ".pulumi", "stacks", project)
	require.NoError(tb, os.MkdirAll(stacks, 0o700))
	require.NoError(tb, os.WriteFile(filepath.Join(dir, ".pulumi", "meta.yaml"), []byte("version: 1\n"), 0o600))
	require.NoError(tb, os.WriteFile(filepath.Join(stacks, stack+".json"), fmt.Appendf(nil,
		`{"version":3,"checkpoint":{"stack":"organization/%s/%s"}}`, project, stack), 0o600))
}
