package stack_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ file, err string }{
		"good":            {"config:\n  aws-cli-mfa:roles: {a: {policies: [P], groups: [g, h], users: [u]}}\n  other:key: 1\n", ""},
		"not YAML":        {"config: [", "stack file"},
		"a key twice":     {"config:\n  aws-cli-mfa:enforce: true\n  aws-cli-mfa:enforce: false\n", "already defined"},
		"a role twice":    {"config:\n  aws-cli-mfa:roles:\n    a: {}\n    a: {}\n", "already defined"},
		"bad value":       {"config:\n  aws-cli-mfa:enforce: 1\n", "aws-cli-mfa:enforce"},
		"no config":       {"{}", "no roles are configured"},
		"keys not text":   {"config:\n  aws-cli-mfa:roles: {1: {policies: [P], groups: [g, h], users: [u]}}\n", ""},
		"wrong structure": {"config: text\n", "stack file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "Pulumi.x.yaml")
			require.NoError(t, os.WriteFile(path, []byte(test.file), 0o600))
			config, err := stack.ReadFile(path, "x")
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "cli-x-", config.NamePrefix)
			require.Equal(t, []string{"g", "h"}, config.GroupNames())
			require.Equal(t, []string{"u"}, config.UserNames())
			require.False(t, config.WithoutDeny)
		})
	}
	_, err := stack.ReadFile(filepath.Join(t.TempDir(), "Pulumi.none.yaml"), "none")
	require.ErrorIs(t, err, os.ErrNotExist)
}
