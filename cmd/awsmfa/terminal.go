package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// errNobodyToAsk is a question when there is no terminal and no input.
var errNobodyToAsk = errors.New("there is no terminal to ask on")

// streams are those of a process.
type streams struct {
	in       *bufio.Reader
	out, err io.Writer
	// stdin is what in reads, if that is a file.
	stdin *os.File
}

func streamsOf(cmd *cobra.Command) streams {
	in := cmd.InOrStdin()
	file, _ := in.(*os.File) // nil if it is none
	return streams{in: bufio.NewReader(in), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), stdin: file}
}

// ask asks the person a question and reads a line, without the spaces around it.
// As the AWS CLI does, it asks on the terminal itself, also when standard input
// and output are files; without a terminal it reads standard input and asks on
// standard error. The error wraps [errNobodyToAsk] when nothing can be read, or
// is that of ctx.
func (s streams) ask(ctx context.Context, question string) (string, error) {
	in, out := s.in, s.err
	if s.stdin != nil && (!isTerminal(s.stdin) || !isTerminal(s.err)) {
		if terminal, err := openTerminal(); err == nil {
			defer func() { _ = terminal.Close() }()
			in, out = bufio.NewReader(terminal), terminal
		}
	}
	if _, err := io.WriteString(out, question); err != nil {
		return "", fmt.Errorf("asking %q: %w", question, err)
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := in.ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-answers:
		if got.err != nil && got.line == "" {
			return "", fmt.Errorf("%w: the answer to %q: %w", errNobodyToAsk, strings.TrimSpace(question), got.err)
		}
		return strings.TrimSpace(got.line), nil
	}
}

// openTerminal opens the terminal that the process was started in.
func openTerminal() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }

// confirm asks a question of yes or no; anything but yes is no.
func (s streams) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := s.ask(ctx, question+" [y/N] ")
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), err
}

// sayf writes a line for the person to read; what can not be written must not
// stop a command.
func (s streams) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, format+"\n", args...)
}

// spin shows a spinner with the message until the function that it returns is
// called; where there is no terminal, the message alone.
func (s streams) spin(message string) (stop func()) {
	if !isTerminal(s.err) {
		s.sayf("%s", message)
		return func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(message),
		progressbar.OptionSpinnerType(14), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true),
		progressbar.OptionThrottle(100*time.Millisecond))
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-stopped:
				_ = bar.Finish()
				return
			case <-ticker.C:
				_ = bar.Add(1)
			}
		}
	}()
	return func() { close(stopped); <-done }
}

// progress shows how many of total are done, if standard error is a terminal:
// step counts one more and may be called from anywhere, done takes the bar away.
func (s streams) progress(message string, total int) (step, done func()) {
	if !isTerminal(s.err) {
		return func() {}, func() {}
	}
	bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(message),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(65*time.Millisecond), progressbar.OptionFullWidth())
	return func() { _ = bar.Add(1) }, func() { _ = bar.Finish() }
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// wantsColor tells whether w is a terminal whose user has not set NO_COLOR
// (https://no-color.org).
func wantsColor(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }
