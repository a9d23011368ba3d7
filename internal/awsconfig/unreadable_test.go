package awsconfig_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// refusals are files that the AWS CLI cannot read, with the line for which.
func refusals() map[string]int {
	return map[string]int{
		"[a]\nx = 1\n[b]\n[a]\n":                 4,
		"[a]\r\nx = 1\r\nX: 2\r\n":               3,
		"[a]\rx = 1\rx = 2\r":                    3,
		"x = 1\n[a]\n":                           1,
		"\n# c\n  text\n[a]\n":                   3,
		"[a]\ntext\n":                            2,
		"[a]\n= 1\n":                             2,
		"[a]\n[]\n":                              2,
		"[a]\n[b\n":                              2,
		"[a]\ns3 =\n  x = 1\n  y\n":              4,
		"[a]\ns3 =\n\n  # c\n\n  y : 1\nz = 1\n": 6,
		"[a]\nx = \xe9\n":                        2,
		"[DEFAULT]\nx = 1\n[DEFAULT]\n = 1\n":    4,
		"[DEFAULT]\nx = 1\n[a]\nx = 1\n[DEFAULT]\nX = 2\n": 6,
		"<<<<<<< HEAD\n[a]\n":                              1,
	}
}

// readable are files that look as odd, and that the AWS CLI reads.
func readable() []string {
	return []string{
		"", "\n", "# only\n", "[a]", "[a]\n[ a ]\n[A]\n[profile a]\n[profile  a]\n", "[DEFAULT]\n[DEFAULT]\n",
		"[a]\nx = 1\n  x = 2\n", "[a]\nx = 1\n[b]\nx = 2\n", "[a]\nx =\n[b]\n", "[a]\nx = 1\n  text\n", "[a]\nx = 1\n\n  # c\n  text\n",
		"[a]\ns3 =\n  x = 1\n\n  y = 2\n", "[a]\ns3 =\n  x = 1\ny = \n", "[a]\nx : 1\n", "[a]]\nx = \x00\u2028=\n", "  [a]\n  x = 1\n y = 2\n",
	}
}

// asRead is what Preview says of files to which nothing is done: the line, 0 if they
// are read.
func asRead(t *testing.T, path string) int {
	t.Helper()
	_, _, err := awsconfig.Preview(path, func(*awsconfig.File) error { return nil })
	if err == nil {
		return 0
	}
	var line int
	_, scanErr := fmt.Sscanf(strings.TrimPrefix(err.Error(), path+": "), "line %d: ", &line)
	require.NoError(t, scanErr, err)
	return line
}

// TestWhatTheAWSCLICannotRead holds what we refuse against botocore's own parser,
// also for every file of the corpus: both refuse the same files, and ours names a
// line that botocore complains about, if that names one.
func TestWhatTheAWSCLICannotRead(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	texts := slices.Concat(slices.Collect(maps.Keys(refusals())), readable())
	for _, text := range corpus(t) {
		texts = append(texts, string(text))
	}
	for i, text := range texts {
		write(t, filepath.Join(directory, fmt.Sprint(i)), text, 0o600)
	}
	const script = `import botocore.configloader, botocore.exceptions, json, re, sys
found = []
for i in range(int(sys.argv[2])):
    try:
        botocore.configloader.load_config(f"{sys.argv[1]}/{i}")
        found.append(None)
    except botocore.exceptions.ConfigParseError as e:
        found.append([int(n) for n in re.findall(r"\[line +(\d+)|line: (\d+)", str(e)) for n in n if n])
print(json.dumps(found))`
	var lines [][]int
	out := tool(t, filepath.Join(directory, "none"), "boto3", "-c", script, directory, fmt.Sprint(len(texts)))
	require.NoError(t, json.Unmarshal([]byte(out), &lines))
	for i, text := range texts {
		path := filepath.Join(directory, fmt.Sprint(i))
		got := asRead(t, path)
		want, inTable := refusals()[text]
		if inTable || i < len(refusals())+len(readable()) {
			require.Equal(t, want, got, text)
		}
		require.Equal(t, lines[i] != nil, got > 0, "botocore: %v\n%s", lines[i], text)
		if len(lines[i]) > 0 {
			require.Contains(t, lines[i], got, text)
		}
	}
}

// What is in the way of the AWS CLI, and goes by the edit, is no reason not to edit.
func TestForceMendsWhatTheAWSCLICannotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	const twice = "[profile dev-power-user]\nregion = a\n[profile dev-power-user]\n"
	write(t, path, twice+"[default]\n", 0o600)
	mustUpdate(t, path, func(f *awsconfig.File) error { return f.Put(devBlock(), true) })
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, put(t, "[default]\n", devBlock()), string(text))

	write(t, path, "[other]\n[other]\n"+twice, 0o600)
	_, _, err = awsconfig.Update(t.Context(), path, func(f *awsconfig.File) error { return f.Put(devBlock(), true) })
	require.EqualError(t, err, path+": line 2: the same section begins in line 1, so the AWS CLI cannot read the file; "+
		"nothing was changed: make one of the two")
	requireFile(t, path, "[other]\n[other]\n"+twice, 0o600)
}
