//go:build !windows

package program

import (
	"os/signal"
	"syscall"
	"time"
)

// end ends the process by the signal, so that a loop of the shell ends, too. SIGQUIT
// would have Go print its goroutines: that one gives the exit code.
func (s signalled) end() (code int) {
	number, _ := s.Signal.(syscall.Signal)
	if number != syscall.SIGQUIT {
		signal.Reset(number)
		if syscall.Kill(syscall.Getpid(), number) == nil {
			time.Sleep(time.Second) // another thread may get it
		}
	}
	return 128 + int(number)
}
