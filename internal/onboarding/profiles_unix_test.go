//go:build !windows

package onboarding_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
)

func TestBlockOfAnUnusualPerson(t *testing.T) {
	t.Parallel()
	person := alice()
	person.SourceProfile = "my key"
	block, err := onboarding.Block(client(), person, onboarding.OneCode, "/opt/my tools/awsmfa")
	require.NoError(t, err)
	require.Equal(t, awsconfig.Setting{
		Key: "credential_process",
		Value: `"/opt/my tools/awsmfa" credentials --session --profile "my key" ` +
			"--serial-number arn:aws:iam::111122223333:mfa/alice --duration 36h",
	}, block.Profiles[0].Settings[0])

	// STS wants a session name of two characters.
	short := client()
	short.Profiles[1].TrustedUsers = []string{"x"}
	block, err = onboarding.Block(short, onboarding.Person{UserName: "x", SerialNumber: "S", SourceProfile: "default"},
		onboarding.Prompt, "awsmfa")
	require.NoError(t, err)
	require.Len(t, block.Profiles, 1)
	require.NotContains(t, block.Profiles[0].Settings, awsconfig.Setting{Key: "role_session_name", Value: "x"})
}

// TestBlockQuotesWhatAShellWouldActOn runs the lines as the SDKs do.
func TestBlockQuotesWhatAShellWouldActOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, word := range []string{
		"dev>pwned", "dev|touch pwned", "dev;touch pwned", "a&touch pwned", "(a)", "a<b", "*", "~", "{a,b}", "#a", "'a'", "a b", "[a-z]", "",
		`C:\a`, "AZaz09_./:@=+,-",
	} {
		c, p := client(), alice()
		c.Profiles[1].Name, p.SerialNumber = word+"x", word
		if word == "" {
			c.Profiles[1].Name = "dev-x"
		}
		for mode, at := range map[onboarding.Mode]int{onboarding.SDK: 1, onboarding.OneCode: 0} {
			block, err := onboarding.Block(c, p, mode, "/bin/echo")
			require.NoError(t, err, word)
			command := exec.CommandContext(t.Context(), "sh", "-c", block.Profiles[at].Settings[0].Value)
			command.Dir = dir
			out, err := command.Output()
			require.NoError(t, err, word)
			want := "credentials --profile " + c.Profiles[1].Name
			if mode == onboarding.OneCode {
				want = "credentials --session --profile default --serial-number " + word + " --duration 36h"
			}
			require.Equal(t, want+"\n", string(out))
		}
	}
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, made)
}
