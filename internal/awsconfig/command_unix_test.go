//go:build !windows

package awsconfig_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// SDKs hand the line to a shell.
func TestPutRefusesWhatAShellWouldAct(t *testing.T) {
	t.Parallel()
	block := func(command string) awsconfig.Block {
		return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{
			{Name: "a", Settings: []awsconfig.Setting{{Key: "credential_process", Value: command}}},
		}}
	}
	for _, command := range []string{
		"a b>c", "a b|c", "a;b", "a&b", "a $b", "a `b`", "a (b)", "a 'b'", "a !b", "a %b%", "a *", "a ~", "a {b,c}",
		`a\b`, `"a$b" c`, `"a!b" c`, `"a%b" c`, "\"a`b`\" c", `"a\" c`, `"a\\" c`, `"a" "b`, `"a"b c`, "a  b", " a",
	} {
		var invalid awsconfig.InvalidError
		require.ErrorAs(t, parse(t, "").Put(block(command), false), &invalid, command)
	}
	for _, command := range []string{
		"awsmfa", "a b=c,d:e@f+g-h_i./j", `"C:\Users\a b\awsmfa.exe" c`, `"\\host\a&b\c" d "e>f|g" h`,
	} {
		require.NoError(t, parse(t, "").Put(block(command), false), command)
	}
}
