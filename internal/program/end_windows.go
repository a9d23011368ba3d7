package program

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// end gives the exit code of a program that Ctrl-C ended, so that a loop of the shell
// ends, too.
func (s signalled) end() (code int) {
	if s.Signal == os.Interrupt {
		return int(windows.STATUS_CONTROL_C_EXIT)
	}
	number, _ := s.Signal.(syscall.Signal)
	return 128 + int(number)
}
