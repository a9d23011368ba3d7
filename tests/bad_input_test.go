package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// badInput is one entry of testdata/bad_input.yaml.
type badInput struct {
	Run, In, Good string
	Swap          []string
}

// badInputs has awsmfa say what is wrong with each, as in the golden file, and gives
// how many there are.
func badInputs(t *testing.T) int {
	t.Helper()
	var file struct {
		Outputs, Trust, Group string
		Cases                 []badInput
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/bad_input.yaml")), &file))
	good := map[string]string{"outputs": file.Outputs, "trust": file.Trust, "group": file.Group}
	program, err := buildAWSMFA()
	require.NoError(t, err)
	address, home := alone(t)
	said := "Made by go test ./tests -run TestTorture -update: what awsmfa says to testdata/bad_input.yaml.\n"
	for _, test := range file.Cases {
		if test.Good != "" {
			test.In = good[test.Good]
		}
		if len(test.Swap) > 0 {
			require.Contains(t, test.In, test.Swap[0])
			test.In = strings.Replace(test.In, test.Swap[0], test.Swap[1], 1)
		}
		said += "\n" + test.title() + test.answer(t, program, address, home)
	}
	if *update {
		requireGolden(t, "bad_input.golden", said)
	}
	want, got := strings.Split(read(t, "testdata/bad_input.golden"), "\n\n"), strings.Split(said, "\n\n")
	require.Len(t, got, len(want), "run with -update to write it")
	for i := range want {
		require.Equal(t, want[i], got[i])
	}
	return len(file.Cases)
}

func (b badInput) title() string {
	text := "$ awsmfa " + b.Run
	switch {
	case len(b.Swap) > 0:
		text += " # " + strings.Join(b.Swap, " is ")
	case b.Good == "":
		text += " # " + b.In
	}
	return strings.TrimSuffix(strings.ReplaceAll(text, "\n", `\n`), " # ") + "\n"
}

// alone is an account with alice in it, and her home with her access key.
func alone(t *testing.T) (address, home string) {
	t.Helper()
	a := account.New(accountID, "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	key, err := story.AccessKey(a, "alice")
	require.NoError(t, err)
	home = t.TempDir()
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey)
	require.NoError(t, os.Mkdir(filepath.Join(home, ".aws"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".aws", "credentials"), []byte(text), 0o600))
	return accounttest.Serve(t, a), home
}

// answer is what alice sees.
func (b badInput) answer(t *testing.T, program, address, home string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"in": b.In, "Pulumi.yaml": read(t, "../Pulumi.yaml"), "Pulumi.dev.yaml": devStack(t),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	command := exec.CommandContext(t.Context(), program, strings.Fields(b.Run)...)
	command.Dir = dir
	command.Env = []string{
		"HOME=" + home, "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL=" + address, "AWS_EC2_METADATA_DISABLED=true",
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	exit := &exec.ExitError{}
	require.ErrorAs(t, command.Run(), &exit, "%s %q", b.Run, b.Swap)
	require.NotContains(t, stderr.String(), "goroutine")
	require.NotContains(t, stderr.String(), "operation error")
	require.NoFileExists(t, filepath.Join(home, ".aws", "config"), "%s %q", b.Run, b.Swap)
	text := strings.NewReplacer(dir, "DIR", home, "HOME", address, "ENDPOINT").Replace(stderr.String())
	start := strings.Index(text, "awsmfa: ")
	require.NotEqual(t, -1, start, text)
	return fmt.Sprintf("%sexit %d\n", text[start:], exit.ExitCode())
}
