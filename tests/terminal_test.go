package tests

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// reply is what a person types when a question stands on the screen.
type reply struct {
	question *regexp.Regexp
	// answer sees what was printed since the reply before.
	answer func(t *testing.T, screen string) string
}

// patience is how long a program may take that waits for nobody.
const patience = 2 * time.Minute

// inTerminal runs a program in a pseudo-terminal and types the replies one after
// the other. It wants all questions to be asked and no other, and gives the
// screen and whether the program failed.
func inTerminal(t *testing.T, program *exec.Cmd, replies ...reply) (screen string, failed bool) {
	t.Helper()
	terminal, err := pty.StartWithSize(program, &pty.Winsize{Rows: 60, Cols: 250})
	require.NoError(t, err)
	defer func() { _ = terminal.Close() }()
	// A question that nobody answers would be waited for.
	impatient := time.AfterFunc(patience, func() { _ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) })
	var text strings.Builder
	from := 0
	buffer := make([]byte, 4096)
	for {
		n, ended := terminal.Read(buffer)
		text.Write(buffer[:n])
		if len(replies) > 0 && replies[0].question.MatchString(text.String()[from:]) {
			answer := replies[0].answer(t, text.String()[from:])
			from, replies = text.Len(), replies[1:]
			_, err := terminal.WriteString(answer + "\n")
			require.NoError(t, err)
		}
		if ended != nil { // EIO on Linux, EOF elsewhere: the program has gone
			break
		}
	}
	screen = strings.ReplaceAll(text.String(), "\r\n", "\n")
	err = program.Wait()
	require.True(t, impatient.Stop(), "it took longer than %s:\n%s", patience, screen)
	exit := &exec.ExitError{}
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err, screen)
	}
	require.Empty(t, replies, "questions that were not asked:\n%s", screen)
	return screen, err != nil
}
