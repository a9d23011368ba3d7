//go:build !windows

package environment

import (
	"os"

	"golang.org/x/sys/unix"
)

// openTerminal opens the terminal that the process was started in.
func openTerminal() (terminal, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return terminal{file, file}, err
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
