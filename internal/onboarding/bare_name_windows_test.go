package onboarding

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPathWithASpaceHasAShortName(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "my tools")
	require.NoError(t, os.Mkdir(directory, 0o700))
	path := filepath.Join(directory, "awsmfa.exe")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	short := bareName(path)
	require.NotContains(t, short, " ")
	require.True(t, sameFile(path, short), short)
	require.Equal(t, `C:\tools\awsmfa.exe`, bareName(`C:\tools\awsmfa.exe`))
}
