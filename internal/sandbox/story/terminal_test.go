package story_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

const asks = `printf 'Enter MFA code for arn:aws:iam::111122223333:mfa/alice: '; read -r code; `

func shell(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), "sh", "-c", "stty -echo; "+script)
}

func codes(list ...string) func() (string, error) {
	return func() (string, error) {
		code := list[0]
		list = list[1:]
		return code, nil
	}
}

func TestTerminalAnswersPrompts(t *testing.T) {
	t.Parallel()
	const prompt = "Enter MFA code for arn:aws:iam::111122223333:mfa/alice: "
	for _, test := range []struct {
		name, script string
		answer       func() (string, error)
		want         story.Result
	}{
		{"no prompt", `echo fine`, nil, story.Result{Screen: "fine\n"}},
		{"failure", `echo no >&2; exit 254`, nil, story.Result{Screen: "no\n", Failed: true}},
		{"one prompt", asks + `echo "got $code"`, codes("123456"), story.Result{
			Screen: prompt + "got 123456\n", Prompts: 1,
		}},
		{"two prompts", asks + asks + `echo "got $code"; false`, codes("111111", "222222"), story.Result{
			Screen: prompt + prompt + "got 222222\n", Prompts: 2, Failed: true,
		}},
		{"nobody to answer", asks + `echo "got $code"`, nil, story.Result{Screen: prompt, Prompts: 1, Failed: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := story.InTerminal(t.Context(), shell(t, test.script), test.answer)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestTerminalReportsWhatCannotBeRun(t *testing.T) {
	t.Parallel()
	_, err := story.InTerminal(t.Context(), exec.CommandContext(t.Context(), "/does/not/exist"), nil)
	require.ErrorContains(t, err, "/does/not/exist")

	lost := errors.New("the telephone is lost")
	_, err = story.InTerminal(t.Context(), shell(t, asks), func() (string, error) { return "", lost })
	require.ErrorIs(t, err, lost)

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err = story.InTerminal(ctx, shell(t, "trap '' HUP; sleep 60; true"), nil) // as nohup has it
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(started), time.Minute)
}
