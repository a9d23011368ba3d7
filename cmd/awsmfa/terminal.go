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
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// errNobodyToAsk is a question when there is no terminal and no input.
var errNobodyToAsk = errors.New("there is no terminal to ask on")

// errBackground is an [errNobodyToAsk]: there is a terminal, but not for a process
// in the background of it.
var errBackground = fmt.Errorf("%w from the background, where Pulumi, too, runs its plugins", errNobodyToAsk)

// errNoAnswer is a question to which somebody at a terminal gave no answer: Ctrl-D.
var errNoAnswer = errors.New("no answer")

// streams are those of a process.
type streams struct {
	in       *bufio.Reader
	out, err io.Writer
	// stdin is what in reads, if that is a file.
	stdin *os.File
	// terminalOnly tells that stdin has no answers.
	terminalOnly bool
}

func streamsOf(cmd *cobra.Command) streams {
	in := cmd.InOrStdin()
	file, _ := in.(*os.File) // nil if it is none
	return streams{in: bufio.NewReader(in), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), stdin: file}
}

// onTerminal are the streams of a credential_process: the file that is its
// standard input belongs to the program that runs it, and is not read.
func (s streams) onTerminal() streams {
	s.terminalOnly = s.stdin != nil
	return s
}

// ask asks the person a question and reads a line, without the spaces around it.
// As the AWS CLI does, it asks on the terminal itself, also when standard input
// and output are files; without a terminal it reads standard input and asks on
// standard error. The error wraps [errNobodyToAsk] when nothing can be read, and
// [errNoAnswer] when the person ends the input, or is that of ctx.
func (s streams) ask(ctx context.Context, question string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	in, out, done, err := s.dialogue()
	if err != nil {
		return "", err
	}
	defer done()
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
		if in != s.in {
			_, _ = io.WriteString(out, "\n") // the error may go elsewhere
		}
		return "", ctx.Err()
	case got := <-answers:
		if got.err != nil && got.line == "" {
			return "", s.unanswered(question, got.err, in, out)
		}
		return strings.TrimSpace(got.line), nil
	}
}

// unanswered is the error about a question whose answer could not be read. It
// quotes the last line: what comes before it explains.
func (s streams) unanswered(question string, err error, in *bufio.Reader, out io.Writer) error {
	question = strings.TrimSpace(question)
	question = question[strings.LastIndex(question, "\n")+1:]
	if errors.Is(err, io.EOF) && (in != s.in || s.stdin != nil && isTerminal(s.stdin)) {
		_, _ = io.WriteString(out, "\n")
		return fmt.Errorf("%w to %q", errNoAnswer, question)
	}
	return fmt.Errorf("%w: the answer to %q: %w", errNobodyToAsk, question, err)
}

// dialogue is where answers come from, and where questions go. The error is an
// [errNobodyToAsk].
func (s streams) dialogue() (in *bufio.Reader, out io.Writer, done func(), err error) {
	ours := s.stdin == nil || isTerminal(s.stdin) && isTerminal(s.err)
	if !ours || s.terminalOnly {
		terminal, err := openForeground()
		if err == nil {
			return bufio.NewReader(terminal), terminal, func() { _ = terminal.Close() }, nil
		}
		if s.terminalOnly || errors.Is(err, errBackground) {
			return nil, nil, nil, err
		}
	}
	return s.in, s.err, func() {}, s.checkForeground()
}

// checkForeground refuses to read a terminal that others are using: the system
// would stop this process, and whoever waits for its answer would wait in vain.
// The error is [errBackground].
//
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap11.html
func (s streams) checkForeground() error {
	if s.stdin != nil && inBackground(s.stdin) {
		return errBackground
	}
	return nil
}

// askForCode asks in the words of the AWS CLI. Other than there, the code is seen
// while it is typed: it serves once. What to tell before, if it is not empty, is
// told on the terminal: the program whose credential_process this is may show
// nothing of standard error.
func (s streams) askForCode(ctx context.Context, serialNumber, before string) (string, error) {
	if before != "" {
		before += "\n"
	}
	return s.ask(ctx, fmt.Sprintf("%sEnter MFA code for %s: ", before, serialNumber))
}

// openTerminal opens the terminal that the process was started in.
func openTerminal() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }

// openForeground opens the terminal to read what is typed. The error is an
// [errNobodyToAsk].
func openForeground() (*os.File, error) {
	terminal, err := openTerminal()
	if err != nil {
		return nil, errNobodyToAsk
	}
	if inBackground(terminal) {
		_ = terminal.Close()
		return nil, errBackground
	}
	return terminal, nil
}

// inBackground tells whether another process group has the terminal that this
// process was started in.
func inBackground(terminal *os.File) bool {
	raw, err := terminal.SyscallConn()
	if err != nil {
		return false
	}
	foreground := int32(0)
	_ = raw.Control(func(fd uintptr) {
		if found, err := unix.IoctlGetInt(int(fd), unix.TIOCGPGRP); err == nil { // else it is another terminal
			foreground = int32(found) //nolint:gosec // the system writes 32 bits
		}
	})
	return foreground != 0 && int(foreground) != unix.Getpgrp()
}

// checkPerson refuses a standard input that has no person at its other end,
// such as /dev/null in a job, where there is no terminal: the codes that are to
// be typed are not known beforehand. The error is an [errNobodyToAsk].
func (s streams) checkPerson() error {
	if s.stdin == nil {
		return nil
	}
	if isTerminal(s.stdin) {
		return s.checkForeground()
	}
	if info, err := s.stdin.Stat(); err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0 {
		return nil
	}
	terminal, err := openForeground()
	if err != nil {
		return err
	}
	_ = terminal.Close()
	return nil
}

// private is where to show a secret: the terminal, also when standard error is a
// file, which may be a log. Where there is no terminal, it is standard error, and
// ok is false.
func (s streams) private() (out io.Writer, done func(), ok bool) {
	if s.stdin == nil || isTerminal(s.err) {
		return s.err, func() {}, true
	}
	if terminal, err := openTerminal(); err == nil {
		return terminal, func() { _ = terminal.Close() }, true
	}
	return s.err, func() {}, false
}

// tooSmall tells whether out is a terminal that does not show so much and a
// question below it.
func tooSmall(out io.Writer, columns, lines int) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	return err == nil && (width < columns || height < lines+1)
}

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
		progressbar.OptionSpinnerType(14), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true))
	bar.StartWithoutRender()
	return func() { _ = bar.Finish() }
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
