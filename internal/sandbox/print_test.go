package sandbox

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

func TestWarningStandsBesideTheExports(t *testing.T) {
	t.Parallel()
	alice := story.Person{Name: "alice", Home: "/people/alice"}
	for warning, want := range map[string]string{"": "", "Too old.": "# Too old.\n"} {
		var stdout bytes.Buffer
		require.NoError(t, printExports(Options{Stdout: &stdout}, "http://127.0.0.1:1", alice, warning))
		require.Contains(t, stdout.String(),
			"awsmfa sandbox code alice\n"+want+strings.Join(story.Exports(alice, "http://127.0.0.1:1"), "\n")+"\n")
	}
}
