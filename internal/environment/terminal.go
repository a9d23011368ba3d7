package environment

import (
	"io"
	"os"

	"golang.org/x/term"
)

// OnTerminal is the environment of a credential_process: the file that is its
// standard input belongs to the program that runs it, and is not read.
func (e Environment) OnTerminal() Environment {
	e.terminalOnly = e.stdin != nil
	return e
}

// Private is where to show a secret: the terminal, also when standard error is a
// file, which may be a log. Where there is no terminal, it is standard error, and
// ok is false.
func (e Environment) Private() (out io.Writer, done func(), ok bool) {
	if e.stdin == nil || isTerminal(e.Err) {
		return e.Err, func() {}, true
	}
	if found, err := openTerminal(); err == nil {
		return found.out, found.close, true
	}
	return e.Err, func() {}, false
}

// WantsColor reports whether w is a terminal whose user has not set NO_COLOR
// (https://no-color.org).
func (e Environment) WantsColor(w io.Writer) bool { return e.Getenv("NO_COLOR") == "" && isTerminal(w) }

// TooSmall reports whether out is a terminal that does not show so much and a
// question below it.
func TooSmall(out io.Writer, columns, lines int) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	return err == nil && (width < columns || height < lines+1)
}

// IsWide reports whether out is a terminal of that many columns at least.
func IsWide(out io.Writer, columns int) bool { return isTerminal(out) && !TooSmall(out, columns, 0) }

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminal is where a person types and reads: one file, or on Windows two.
type terminal struct{ in, out *os.File }

func (t terminal) close() {
	_ = t.in.Close()
	if t.out != t.in {
		_ = t.out.Close()
	}
}

// openForeground opens the terminal to read what is typed. The error is an
// [ErrNobodyToAsk].
func openForeground() (terminal, error) {
	found, err := openTerminal()
	if err != nil {
		return terminal{}, ErrNobodyToAsk
	}
	if inBackground(found.in) {
		found.close()
		return terminal{}, ErrBackground
	}
	return found, nil
}

// checkForeground refuses to read a terminal that others are using: the system
// would stop this process, and whoever waits for its answer would wait in vain.
// The error is [ErrBackground].
//
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap11.html
func (e Environment) checkForeground() error {
	if e.stdin != nil && inBackground(e.stdin) {
		return ErrBackground
	}
	return nil
}
