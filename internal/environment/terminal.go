package environment

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
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
	if terminal, err := openTerminal(); err == nil {
		return terminal, func() { _ = terminal.Close() }, true
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

// openTerminal opens the terminal that the process was started in.
func openTerminal() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }

// openForeground opens the terminal to read what is typed. The error is an
// [ErrNobodyToAsk].
func openForeground() (*os.File, error) {
	terminal, err := openTerminal()
	if err != nil {
		return nil, ErrNobodyToAsk
	}
	if inBackground(terminal) {
		_ = terminal.Close()
		return nil, ErrBackground
	}
	return terminal, nil
}

// inBackground reports whether another process group has the terminal that this
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
