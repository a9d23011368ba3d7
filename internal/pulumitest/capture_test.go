package pulumitest_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// captured is a testing.TB that keeps failures, to prove that a check can fail.
type captured struct {
	testing.TB

	ctx      context.Context
	mu       sync.Mutex
	failures []string
	fatal    bool
}

func (c *captured) Helper() {}

func (c *captured) Context() context.Context { return c.ctx }

func (c *captured) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

func (c *captured) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	c.fatal = true
	runtime.Goexit()
}

// capture runs a check as a test of its own, and returns its failures.
func capture(t *testing.T, check func(testing.TB)) *captured {
	t.Helper()
	probe := &captured{ctx: t.Context()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(probe)
	}()
	<-done
	return probe
}

// requireFailure checks that a check fails, once, and says each of the texts.
func requireFailure(t *testing.T, check func(testing.TB), texts ...string) {
	t.Helper()
	probe := capture(t, check)
	require.Len(t, probe.failures, 1, "the check did not fail exactly once: %q", probe.failures)
	for _, text := range texts {
		require.Contains(t, probe.failures[0], text)
	}
}

// requirePass checks that a check does not fail.
func requirePass(t *testing.T, check func(testing.TB)) {
	t.Helper()
	require.Empty(t, capture(t, check).failures)
}
