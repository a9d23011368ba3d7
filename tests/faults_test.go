package tests

import (
	"net/http"
	"strings"
	"sync"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

// fault is the write that fails, counted from one, when, and how. The zero value is
// none; a fault without a name is a denial, which no client tries again.
type fault struct {
	n           int
	afterEffect bool
	name        string
	// once has the write succeed when it is tried again.
	once bool
}

// kindsOfFaults are those that have a name. Those that are killed have the engine
// killed, with the connection that it waits for.
func kindsOfFaults() map[string]endpoint.Fault {
	injected := func(code string, status int) endpoint.Fault {
		return endpoint.Fault{Error: account.NewError(code, status, "injected")}
	}
	return map[string]endpoint.Fault{
		"":           injected("AccessDenied", http.StatusForbidden),
		"500":        injected("ServiceFailure", http.StatusInternalServerError),
		"throttling": injected("Throttling", http.StatusBadRequest),
		"reset":      {},
		"silence":    {Silent: true},
		"killed":     {},
	}
}

// failure makes one write fail.
type failure struct {
	mu    sync.Mutex
	armed fault
	// countdown to the write that fails; nothing fails at zero.
	countdown int
	// action is the one that failed, and lasting says that it does so again.
	action  string
	lasting bool
	// kill ends the engine.
	kill func()
}

// arm makes a write from now fail.
func (f *failure) arm(one fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed, f.countdown, f.action, f.lasting = one, one.n, "", false
}

// rest lets the write succeed that has failed, and gives its action.
func (f *failure) rest() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lasting = false
	return f.action
}

// fired is the action that failed, or empty when there were too few writes.
func (f *failure) fired() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.countdown = 0
	return f.action
}

// strike is how the endpoint asks.
func (f *failure) strike(action string) *endpoint.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if action == "" || strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List") {
		return nil
	}
	if !f.lasting || action != f.action {
		if f.countdown == 0 {
			return nil
		}
		if f.countdown--; f.countdown > 0 {
			return nil
		}
		f.action, f.lasting = action, !f.armed.once
	}
	struck := kindsOfFaults()[f.armed.name]
	struck.AfterEffect = f.armed.afterEffect
	if f.armed.name == "killed" && f.kill != nil {
		f.kill()
	}
	return &struck
}
