// Package accounttest is for tests with an account of the sandbox: it serves one,
// and moves its time.
package accounttest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

// Serve serves the account until the test and its cleanups have ended, and gives
// the address.
func Serve(tb testing.TB, a *account.Account) string {
	tb.Helper()
	server, err := endpoint.Start(context.WithoutCancel(tb.Context()), endpoint.Options{Account: a})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return server.URL()
}

// Seed is the secret of a device, which AWS tells nobody.
func Seed(tb testing.TB, a *account.Account, serialNumber string) string {
	tb.Helper()
	text, err := a.MarshalJSON()
	require.NoError(tb, err)
	var state struct {
		MFADevices map[string]struct{ Seed string }
	}
	require.NoError(tb, json.Unmarshal(text, &state))
	seed := state.MFADevices[strings.ToLower(serialNumber)].Seed
	require.NotEmpty(tb, seed)
	return seed
}

// Clock is the time of an account. The zero value goes with the machine, whose
// time clients sign with.
type Clock struct {
	mu     sync.Mutex
	stands time.Time // zero for a clock that goes
	ahead  time.Duration
}

// Standing is a clock that stands, until it is advanced.
func Standing(at time.Time) *Clock { return &Clock{stands: at} }

// Now is the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stands.IsZero() {
		return time.Now().Add(c.ahead)
	}
	return c.stands.Add(c.ahead)
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
