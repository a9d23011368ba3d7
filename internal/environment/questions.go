package environment

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrNobodyToAsk is a question when there is no terminal and no input.
var ErrNobodyToAsk = errors.New("there is no terminal to ask on")

// ErrBackground is an [ErrNobodyToAsk]: there is a terminal, but not for a process
// in the background of it.
var ErrBackground = fmt.Errorf("%w from the background, where Pulumi, too, runs its plugins", ErrNobodyToAsk)

// Ask asks the person a question and reads a line, without the spaces around it.
// As the AWS CLI does, it asks on the terminal itself, also when standard input
// and output are files; without a terminal it reads standard input and asks on
// standard error. The error wraps [ErrNobodyToAsk] when nothing can be read, or is
// that of ctx.
func (e Environment) Ask(ctx context.Context, question string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	interrupted := ctx.Done() // before the question is seen, which ^C may answer
	in, out, done, err := e.dialogue()
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
	case <-interrupted:
		if in != e.in {
			_, _ = io.WriteString(out, "\n") // the error may go elsewhere
		}
		return "", ctx.Err()
	case got := <-answers:
		if got.err != nil && got.line == "" {
			return "", e.unanswered(question, got.err, in, out)
		}
		return strings.TrimSpace(got.line), nil
	}
}

// unanswered is the error about a question whose answer could not be read. It
// quotes the last line: what comes before it explains.
func (e Environment) unanswered(question string, err error, in *bufio.Reader, out io.Writer) error {
	question = strings.TrimSpace(question)
	question = question[strings.LastIndex(question, "\n")+1:]
	if errors.Is(err, io.EOF) && (in != e.in || e.stdin != nil && isTerminal(e.stdin)) {
		_, _ = io.WriteString(out, "\n")
		return fmt.Errorf("no answer to %q", question) // Ctrl-D
	}
	return fmt.Errorf("%w: the answer to %q: %w", ErrNobodyToAsk, question, err)
}

// dialogue is where answers come from, and where questions go. The error is an
// [ErrNobodyToAsk].
func (e Environment) dialogue() (in *bufio.Reader, out io.Writer, done func(), err error) {
	ours := e.stdin == nil || isTerminal(e.stdin) && isTerminal(e.Err)
	if !ours || e.terminalOnly {
		found, err := openForeground()
		if err == nil {
			return bufio.NewReader(found.in), found.out, found.close, nil
		}
		if e.terminalOnly || errors.Is(err, ErrBackground) {
			return nil, nil, nil, err
		}
	}
	return e.in, e.Err, func() {}, e.checkForeground()
}

// AskForCode asks in the words of the AWS CLI. Other than there, the code is seen
// while it is typed: it serves once. What to tell before, if it is not empty, is
// told on the terminal: the program whose credential_process this is may show
// nothing of standard error.
func (e Environment) AskForCode(ctx context.Context, serialNumber, before string) (string, error) {
	if before != "" {
		before += "\n"
	}
	return e.Ask(ctx, fmt.Sprintf("%sEnter MFA code for %s: ", before, serialNumber))
}

// Confirm asks a question of yes or no; anything but yes is no.
func (e Environment) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := e.Ask(ctx, question+" [y/N] ")
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), err
}

// CheckPerson refuses a standard input that has no person at its other end,
// such as /dev/null in a job, where there is no terminal: the codes that are to
// be typed are not known beforehand. The error is an [ErrNobodyToAsk].
func (e Environment) CheckPerson() error {
	if e.stdin == nil {
		return nil
	}
	if isTerminal(e.stdin) {
		return e.checkForeground()
	}
	if info, err := e.stdin.Stat(); err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0 {
		return nil
	}
	found, err := openForeground()
	if err != nil {
		return err
	}
	found.close()
	return nil
}
