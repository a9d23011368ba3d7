package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

func TestProjectIsTheNearestUpwards(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), []byte("name: x\nruntime: go\n"), 0o600))
	below := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(below, 0o700))
	found, err := project.Dir(environment.Environment{Dir: below}, "")
	require.NoError(t, err)
	require.Equal(t, root, found)

	_, err = project.Dir(environment.Environment{Dir: t.TempDir()}, "")
	require.ErrorContains(t, err, "--project")
}
