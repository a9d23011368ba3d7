package sandbox

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func TestOutputsFitIntoATerminal(t *testing.T) {
	t.Parallel()
	const group, role = "platform-engineers", "arn:aws:iam::111122223333:role/cli-production-platform-power-user"
	users := strings.Fields("bartholomew.simpson lisa.simpson milhouse.vanhouten nelson.muntz ralph.wiggum")
	var stdout bytes.Buffer
	require.NoError(t, printOutputs(Options{Stdout: &stdout, Dir: "/s", Stack: "production"}, "unchanged", stack.Outputs{
		RoleARNs: map[string]string{"platform-power-user": role}, Grants: map[string][]string{group: {role, role}},
		MFAPolicyARNs: map[string]string{group: "arn:aws:iam::111122223333:policy/short"},
		ClientConfig: stack.ClientConfig{Profiles: []stack.Profile{
			{Name: "production-platform-power-user", DurationSeconds: 3600, TrustedUsers: users},
		}},
	}))
	require.Contains(t, stdout.String(), "\n  platform-engineers  arn:aws:iam::111122223333:policy/short\n")
	require.Contains(t, stdout.String(), "\n  platform-power-user\n    "+role+"\n")
	for line := range strings.Lines(stdout.String()) {
		require.LessOrEqual(t, len(strings.TrimSuffix(line, "\n")), output.Width)
	}
}

func TestWarningStandsBesideTheExports(t *testing.T) {
	t.Parallel()
	alice := story.Person{Name: "alice", Home: "/people/alice"}
	for warning, want := range map[string]string{"": "", "Too old.": "# Too old.\n"} {
		var stdout bytes.Buffer
		require.NoError(t, printExports(Options{Stdout: &stdout}, "http://127.0.0.1:1", alice, warning))
		require.Contains(t, stdout.String(),
			"#   awsmfa sandbox code alice\n"+want+strings.Join(story.Exports(alice, "http://127.0.0.1:1"), "\n")+"\n")
	}
}
