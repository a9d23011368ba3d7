package awsconfig_test

import (
	"strings"
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
		"nothing":          {[]byte("[a]\n"), []byte("[a]\n"), ""},
		"a new file":       {nil, []byte("[a]\n"), "--- /dev/null\n+++ c\n@@ -0,0 +1,1 @@\n+[a]\n"},
		"a file that goes": {[]byte("[a]\n"), nil, "--- c\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-[a]\n"},
		"a line end is added": {
			[]byte("[a]"), []byte("[a]\n[b]\n"),
			"--- c\n+++ c\n@@ -1,1 +1,2 @@\n-[a]\n\\ No newline at end of file\n+[a]\n+[b]\n",
		},
		"CRLF": {[]byte("[a]\r\n"), []byte("[a]\r\n[b]\r\n"), "--- c\n+++ c\n@@ -1,1 +1,2 @@\n [a]\n+[b]\n"},
		"mixed line ends": {
			[]byte("[a]\r\n[c]\n"), []byte("[a]\r\n[c]\n[b]\r\n"), "--- c\n+++ c\n@@ -1,2 +1,3 @@\n [a]^M\n [c]\n+[b]^M\n",
		},
		"CRLF, and then LF": {[]byte("[a]\r\n"), []byte("[a]\r\n[b]\n"), "--- c\n+++ c\n@@ -1,1 +1,2 @@\n [a]^M\n+[b]\n"},
		"CRLF, none at the end": {
			[]byte("[a]\r\n[b]"), []byte("[a]\r\n[b]\r\n[c]\r\n"),
			"--- c\n+++ c\n@@ -1,2 +1,3 @@\n [a]\n-[b]\n\\ No newline at end of file\n+[b]\n+[c]\n",
		},
		"control characters": {
			[]byte("[\x1b[31m\tü\u009b]\n"), []byte("[\x1b[31m\tü\u009b]\n[b]\n"),
			"--- c\n+++ c\n@@ -1,1 +1,2 @@\n [^[[31m\tü?]\n+[b]\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, awsconfig.Diff("c", test.before, test.after))
		})
	}
}

// What stands around our lines may hold secrets, in whatever form: only ours are
// shown in full.
func TestDiffMasksWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ line, want string }{
		"a key of a secret":     {"aws_secret_access_key = hush=x:y", " aws_secret_access_key = ****\n"},
		"a key of another name": {"private_key = hush", " private_key = ****\n"},
		"an access key id":      {"aws_access_key_id=hush", " aws_access_key_id=****\n"},
		"with a colon":          {"  AWS_SESSION_TOKEN:hush", "   AWS_SESSION_TOKEN:****\n"},
		"a second equals sign":  {"credential_process = tool --password=hush", " credential_process = ****\n"},
		"a continuation":        {"aws_secret_access_key =\n  hush\n  a = hush", " aws_secret_access_key =\n   ****\n   ****\n"},
		"a comment":             {"# password = hush", " # ****\n"},
		"an indented comment":   {"  ; hush", "   ; ****\n"},
		"no setting":            {"hush", " ****\n"},
		"no key":                {"hush+/AAAAAAAAAAAAAAAAAAAAAAAAAA== = x", " ****\n"},
		"behind a header":       {"[profile x] # hush ]", " [profile x] ****\n"},
		"old Mac line ends":     {"[x]\rpassword = hush\r[y]", " [x] ****\n"},
		"blank":                 {"  ", "   \n"},
	} {
		before := test.line + "\n"
		after := put(t, before, prodBlock())
		diff := awsconfig.Diff("c", []byte(before), []byte(after))
		require.NotContains(t, diff, "hush", name)
		require.Contains(t, diff, "@@\n"+test.want+"+# >>> awsmfa onboard", name)
		for line := range strings.Lines(strings.TrimPrefix(after, before)) {
			require.Contains(t, diff, "+"+line, "what we write is shown")
		}
	}

	// What others put between our lines.
	before := strings.Replace(put(t, "", prodBlock()), "region = eu-west-1\n",
		"region = eu-west-1\npassword = hush\n# hush\n", 1)
	block := prodBlock()
	block.Profiles[0].Settings[3].Value = "eu-west-2"
	diff := awsconfig.Diff("c", []byte(before), []byte(put(t, before, block)))
	require.Contains(t, diff, "-region = eu-west-1\n+region = eu-west-2\n password = ****\n # ****\n")

	// A damaged file has nothing that is surely ours.
	require.Contains(t, awsconfig.Diff("c", nil, []byte("# <<< awsmfa onboard, a <<<\nregion = hush\n")), "+# ****\n+region = ****\n")
}
