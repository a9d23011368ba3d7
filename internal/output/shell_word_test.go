package output

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShellWordOnWindows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"dev":                     "dev",
		`C:\Users\alice\out.json`: `C:\Users\alice\out.json`,
		`C:\My files\out.json`:    `"C:\My files\out.json"`,
		`a,b@c`:                   `"a,b@c"`, // to PowerShell a list, and a splat
		"$Env:HOME `x` \"y\"":     "\"`$Env:HOME ``x`` `\"y`\"\"",
	} {
		require.Equal(t, want, shellWordOfWindows(text))
	}
}
