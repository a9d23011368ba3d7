package environment

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

// Sayf writes a line for the person to read; what can not be written must not
// stop a command.
func (e Environment) Sayf(format string, args ...any) {
	_, _ = fmt.Fprintln(e.Err, output.Printable(fmt.Sprintf(format, args...)))
}

// Spin shows the message, and how long it has been there, until the function that
// it returns is called; where there is no terminal, the message alone.
func (e Environment) Spin(message string) (stop func()) {
	if !isTerminal(e.Err) {
		e.Sayf("%s", message)
		return func() {}
	}
	return e.redraw(func(elapsed time.Duration) string {
		return fmt.Sprintf("%s (%s)", message, elapsed.Truncate(time.Second))
	})
}

// Progress shows how many of total are done, if standard error is a terminal:
// step counts one more and may be called from anywhere, done takes the line away.
func (e Environment) Progress(message string, total int) (step, done func()) {
	if !isTerminal(e.Err) {
		return func() {}, func() {}
	}
	var count atomic.Int64
	return func() { count.Add(1) }, e.redraw(func(elapsed time.Duration) string {
		n := count.Load()
		left := elapsed * time.Duration(int64(total)-n) / time.Duration(max(n, 1))
		return fmt.Sprintf("%s %d/%d (%s left)", message, n, total, left.Truncate(time.Second))
	})
}

// redraw shows a line anew, ten times a second, until the function that it returns is
// called, which takes the line away.
func (e Environment) redraw(line func(elapsed time.Duration) string) (stop func()) {
	start, ended := time.Now(), make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		tick := time.Tick(100 * time.Millisecond)
		for width := 0; ; {
			text := line(time.Since(start))
			width = max(width, len(text))
			_, _ = fmt.Fprintf(e.Err, "\r%-*s", width, text)
			select {
			case <-tick:
			case <-ended:
				_, _ = fmt.Fprintf(e.Err, "\r%*s\r", width, "")
				return
			}
		}
	})
	return func() { close(ended); drawing.Wait() }
}
