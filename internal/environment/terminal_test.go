package environment

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColourIsForTerminalsOnly(t *testing.T) {
	t.Parallel()
	require.False(t, Environment{}.WantsColor(&bytes.Buffer{}))
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	require.False(t, Environment{}.WantsColor(file))
}
