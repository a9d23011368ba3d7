package awsconfig_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, after []byte
		want          string
	}{
		"nothing":          {[]byte("a\n"), []byte("a\n"), ""},
		"a new file":       {nil, []byte("a\n"), "--- /dev/null\n+++ c\n@@ -0,0 +1 @@\n+a\n"},
		"a file that goes": {[]byte("a\n"), nil, "--- c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"},
		"a line end is added": {
			[]byte("a"), []byte("a\nb\n"),
			"--- c\n+++ c\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n",
		},
		"CRLF":              {[]byte("a\r\n"), []byte("a\r\nb\r\n"), "--- c\n+++ c\n@@ -1 +1,2 @@\n a\n+b\n"},
		"mixed line ends":   {[]byte("a\r\nc\n"), []byte("a\r\nc\nb\r\n"), "--- c\n+++ c\n@@ -1,2 +1,3 @@\n a^M\n c\n+b^M\n"},
		"CRLF, and then LF": {[]byte("a\r\n"), []byte("a\r\nb\n"), "--- c\n+++ c\n@@ -1 +1,2 @@\n a^M\n+b\n"},
		"CRLF, none at the end": {
			[]byte("a\r\nb"), []byte("a\r\nb\r\nc\r\n"),
			"--- c\n+++ c\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n",
		},
		"control characters": {[]byte("\x1b[31m\tü\u009b\n"), []byte("\x1b[31m\tü\u009b\nb\n"), "--- c\n+++ c\n@@ -1 +1,2 @@\n ^[[31m\tü?\n+b\n"},
		"secrets": {
			[]byte("aws_access_key_id = AKIA\naws_secret_access_key = wJalr=x:y\n  AWS_SESSION_TOKEN:IQoJ\nregion = a"),
			[]byte("aws_access_key_id = AKIA\naws_secret_access_key = wJalr=x:y\n  AWS_SESSION_TOKEN:IQoJ\nregion = b"),
			"--- c\n+++ c\n@@ -1,4 +1,4 @@\n aws_access_key_id = AKIA\n aws_secret_access_key = ****\n   AWS_SESSION_TOKEN:****\n" +
				"-region = a\n\\ No newline at end of file\n+region = b\n\\ No newline at end of file\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, awsconfig.Diff("c", test.before, test.after))
		})
	}
}
