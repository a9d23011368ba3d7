package environment

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

// Sayf writes a line for the person to read; what can not be written must not
// stop a command.
func (e Environment) Sayf(format string, args ...any) {
	_, _ = fmt.Fprintln(e.Err, output.Printable(fmt.Sprintf(format, args...)))
}

// Spin shows a spinner with the message until the function that it returns is
// called; where there is no terminal, the message alone.
func (e Environment) Spin(message string) (stop func()) {
	if !isTerminal(e.Err) {
		e.Sayf("%s", message)
		return func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(e.Err), progressbar.OptionSetDescription(message),
		progressbar.OptionSpinnerType(14), progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true))
	bar.StartWithoutRender()
	return func() { _ = bar.Finish() }
}

// Progress shows how many of total are done, if standard error is a terminal:
// step counts one more and may be called from anywhere, done takes the bar away.
func (e Environment) Progress(message string, total int) (step, done func()) {
	if !isTerminal(e.Err) {
		return func() {}, func() {}
	}
	bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(e.Err), progressbar.OptionSetDescription(message),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(65*time.Millisecond), progressbar.OptionFullWidth())
	return func() { _ = bar.Add(1) }, func() { _ = bar.Finish() }
}
