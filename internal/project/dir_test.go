package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
)

func TestProjectIsTheNearestUpwards(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	file := filepath.Join(root, "Pulumi.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: x\nruntime: go\n"), 0o600))
	below := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(below, 0o700))
	found, err := project.Open(environment.Environment{Dir: below}, "")
	require.NoError(t, err)
	require.Equal(t, file, found.File)

	_, err = project.Open(environment.Environment{Dir: t.TempDir()}, "")
	require.ErrorContains(t, err, "--project")
	_, err = project.Open(environment.Environment{}, "")
	require.ErrorContains(t, err, "--project")
}
