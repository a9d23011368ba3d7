package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// Error is an operation of the engine that failed. It unwraps to the Automation
// API's error and to the [*CommandError] under it.
type Error struct {
	// Operation is the CLI's word for it: up, preview, destroy, refresh.
	Operation string
	// Diagnostics are the engine's error messages, as `pulumi up` shows them
	// under "Diagnostics", without colour.
	Diagnostics []string
	// Err is the Automation API's error.
	Err error
}

// Error is short: the diagnostics when there are any, else what the CLI wrote
// to standard error. The CLI's whole output is in [CommandError].
func (e *Error) Error() string {
	return fmt.Sprintf("pulumi %s failed: %s", e.Operation, e.reason())
}

func (e *Error) reason() string {
	if len(e.Diagnostics) > 0 {
		return strings.Join(e.Diagnostics, "\n")
	}
	command, ok := errors.AsType[*CommandError](e.Err)
	if !ok {
		return e.Err.Error()
	}
	if text := strings.TrimSpace(command.Stderr); text != "" {
		return text
	}
	return command.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// operationError is nil for nil.
func operationError(operation string, diagnostics []string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Operation: operation, Diagnostics: diagnostics, Err: err}
}

// outcome is what the events of one operation tell of it.
type outcome struct {
	diagnostics []string
	// changes are how many resources were created, updated and so on.
	changes map[string]int
}

func (o *outcome) add(event events.EngineEvent) {
	if said := event.DiagnosticEvent; said != nil && said.Severity == "error" {
		if text := strings.TrimSpace(colors.Never.Colorize(said.Message)); text != "" {
			o.diagnostics = append(o.diagnostics, strings.ReplaceAll(text, "\t", "  "))
		}
	}
	if event.SummaryEvent != nil {
		o.changes = map[string]int{}
		for operation, count := range event.SummaryEvent.ResourceChanges {
			o.changes[string(operation)] = count
		}
	}
}

// collect gathers the events of one operation. The returned function ends the
// collection, once the operation has returned, and gives what was collected; it
// does not wait for a stream that never started.
func collect() (chan<- events.EngineEvent, func() outcome) {
	stream := make(chan events.EngineEvent)
	stop, done := make(chan struct{}), make(chan struct{})
	var seen outcome
	go func() {
		defer close(done)
		for {
			select {
			case event, ok := <-stream:
				if !ok {
					return
				}
				seen.add(event)
			case <-stop:
				return
			}
		}
	}()
	return stream, func() outcome {
		close(stop)
		<-done
		return seen
	}
}
