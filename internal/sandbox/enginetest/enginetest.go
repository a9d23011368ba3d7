// Package enginetest finds the real Pulumi CLI for tests, and makes stacks for it.
package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
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
	require.NoError(tb, os.MkdirAll(filepath.Dir(engine.StateFile(dir, project, stack)), 0o700))
	// Another stack's CLI may read it now.
	require.NoError(tb, atomicfile.WriteUnsynced(filepath.Join(dir, ".pulumi", "meta.yaml"), []byte("version: 1\n")))
	require.NoError(tb, os.WriteFile(engine.StateFile(dir, project, stack), fmt.Appendf(nil,
		`{"version":3,"checkpoint":{"stack":"organization/%s/%s"}}`, project, stack), 0o600))
}

// State is what a stack has, as pulumi stack export prints it: that would be one more
// start of the CLI.
func State(tb testing.TB, dir, project, stack string) apitype.DeploymentV3 {
	tb.Helper()
	text, err := os.ReadFile(engine.StateFile(dir, project, stack))
	require.NoError(tb, err)
	var kept struct{ Checkpoint apitype.CheckpointV3 }
	require.NoError(tb, json.Unmarshal(text, &kept))
	if kept.Checkpoint.Latest == nil {
		return apitype.DeploymentV3{}
	}
	return *kept.Checkpoint.Latest
}
