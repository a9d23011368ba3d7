package stackconfig_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// FuzzStackFile: whatever a stack file says, it is read or refused; what is read as
// an object is JSON, and nothing that cannot be read is without a problem.
func FuzzStackFile(f *testing.F) {
	dir := f.TempDir()
	text := "name: acme\nruntime: go\nconfig: {enforce: {type: boolean, default: true}}\n"
	require.NoError(f, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(text), 0o600))
	project, err := stackconfig.OpenProject(dir)
	require.NoError(f, err)
	for _, text := range []string{
		"", "config:", "config: {a: b}", "config:\n  acme:roles: {a: {groups: [x]}}\n", "config: {a: {secure: c}}",
		"encryptionsalt: v1:x\nconfig: {enforce: no}", "environment: [dev]", "config: {a: &b [1, *b]}", "config: {a: !!binary aGk=}",
		"config: {a: 1, acme:a: 2}", "config: {'a.b[0]': c}", "config: {a: 2026-01-01, b: 0x1F, c: 1e400, d: .nan}", "- a", "\x00", "a: |\n\tb",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		config, err := project.ConfigOf("dev", []byte(text))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for key, value := range config.Values {
			require.Contains(t, key, ":", text)
			if value.Object && len(value.Problems) == 0 {
				require.True(t, json.Valid([]byte(value.Text)), "%s: %s", key, value.Text)
			}
			_, ok, problems := config.Lookup(key)
			require.True(t, ok)
			require.GreaterOrEqual(t, len(problems), len(value.Problems))
		}
	})
}
