package pulumitest

import (
	"errors"
	"slices"
)

// The reasons for which the monitor refuses a request. Each fails the run, even where the program ignores the error
// it got.
var (
	// ErrUnknownToken: a resource type or a function that this project does not use.
	ErrUnknownToken = errors.New("unknown token")
	// ErrDuplicateURN: a second resource with the same parent type, type and name, which the engine refuses.
	ErrDuplicateURN = errors.New("duplicate resource URN")
	// ErrInvalidRequest: a request that the engine or the provider would refuse (a missing required input, a custom
	// resource registered as a component, outputs of a resource that does not exist), or one beyond this monitor.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrDependsOnComponent: DependsOn of a component, or of what is known only later. The Go SDK expands a component
	// to the children that it has at that instant, so the dependency is missing in some runs.
	ErrDependsOnComponent = errors.New("depends on a component")
)

// ErrNoSuchEntity is the failure of a lookup of a user, group or policy that Options does not name. It fails the run
// only where the program lets it.
var ErrNoSuchEntity = errors.New("no such entity")

// runError reads as the SDK's own error, and makes the errors behind it, which gRPC reduced to text, matchable.
type runError struct {
	err    error
	causes []error
}

func (e *runError) Error() string { return e.err.Error() }

func (e *runError) Unwrap() []error { return append([]error{e.err}, e.causes...) }

// outcome is the error of a whole run: see RunErr.
func (r *Recorder) outcome(bodyErr, runErr error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if runErr == nil {
		return errors.Join(r.refusals...)
	}
	causes := slices.Concat(r.refusals, r.failures)
	if bodyErr == nil {
		return &runError{err: runErr, causes: causes}
	}
	if !errors.Is(runErr, bodyErr) {
		runErr = errors.Join(bodyErr, runErr)
	}
	return &runError{err: runErr, causes: causes}
}
