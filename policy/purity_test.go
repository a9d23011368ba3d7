package policy_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The package imports the standard library only and does no I/O, so that the same
// inputs give the same documents everywhere.
func TestPackageIsPure(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		`{{if not .Standard}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, ".").Output()
	require.NoError(t, err)
	outside := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, outside, 1, "packages outside the standard library")

	imports := strings.Fields(outside[0])
	require.Equal(t, "github.com/aws-cli-mfa/aws-cli-mfa/policy", imports[0])
	require.Contains(t, imports, "encoding/json")
	for _, does := range []string{"os", "os/exec", "io/fs", "net", "net/http", "log", "math/rand", "syscall", "unsafe"} {
		require.NotContains(t, imports, does)
	}
}
