package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/creack/pty"
)

// promptPattern is the question that the AWS CLI and botocore ask on the
// terminal.
var promptPattern = regexp.MustCompile(`Enter MFA code for \S+: `)

// screen is wide enough that no program breaks a line of its own accord.
var screen = pty.Winsize{Rows: 50, Cols: 1000}

// InTerminal runs a program in a pseudo-terminal of its own, because the AWS
// CLI asks for the MFA code on the terminal and not on standard input. answer
// gives the code; without it a prompt ends the program.
func InTerminal(ctx context.Context, program *exec.Cmd, answer func() (string, error)) (Result, error) {
	terminal, err := pty.StartWithSize(program, &screen)
	if err != nil {
		return Result{}, fmt.Errorf("run %s in a terminal: %w", program.Path, err)
	}
	// The program leads a process group, and with it goes what it has started. That
	// its terminal is hung up would not be enough: nohup has it ignored.
	kill := func() { killGroup(program) }
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	result, err := converse(terminal, answer)
	if err != nil || answer == nil && result.Prompts > 0 {
		kill()
	}
	_ = terminal.Close()
	failure := program.Wait()
	exit := &exec.ExitError{}
	switch {
	case ctx.Err() != nil:
		return result, fmt.Errorf("run %s in a terminal: %w\n%s", program.Path, ctx.Err(), result.Screen)
	case err != nil:
		return result, err
	case failure != nil && !errors.As(failure, &exit):
		return result, fmt.Errorf("run %s in a terminal: %w", program.Path, failure)
	}
	result.Failed = failure != nil
	return result, nil
}

// converse reads the screen until the program ends, and answers its prompts.
func converse(terminal *os.File, answer func() (string, error)) (Result, error) {
	var text strings.Builder
	var result Result
	buffer := make([]byte, 4096)
	for {
		n, ended := terminal.Read(buffer)
		text.Write(buffer[:n])
		result.Screen = strings.ReplaceAll(text.String(), "\r\n", "\n")
		if asked := len(promptPattern.FindAllString(result.Screen, -1)); asked > result.Prompts {
			result.Prompts = asked
			if answer == nil {
				return result, nil
			}
			if err := reply(terminal, answer); err != nil {
				return result, err
			}
		}
		if ended != nil {
			return result, nil //nolint:nilerr // EIO on Linux, EOF elsewhere: the program has gone
		}
	}
}

func reply(terminal *os.File, answer func() (string, error)) error {
	code, err := answer()
	if err != nil {
		return err
	}
	if _, err := terminal.WriteString(code + "\n"); err != nil {
		return fmt.Errorf("type the MFA code: %w", err)
	}
	return nil
}
