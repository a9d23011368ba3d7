package endpoint

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// Fault is how a request goes wrong.
type Fault struct {
	// Error is answered; without one the connection is closed, or the client waits
	// until it gives up.
	Error  *account.Error
	Silent bool
	// AfterEffect says that the request is served, and only its answer is lost.
	AfterEffect bool
}

// Faults have the endpoint behave as AWS does on a bad day, for tests. The zero
// value is a good day.
type Faults struct {
	// Strike, when there is one, says how a request for an action goes wrong; nil
	// for one that does not.
	Strike func(action string) *Fault
	// Lag, when there is one, says for how many reads after a write IAM answers as
	// before it.
	Lag func() int
	// Newcomer is how often a trust policy that names a user is refused after the
	// user was created.
	Newcomer int
}

// faulty is a handler with faults.
type faulty struct {
	Faults
	live    *handler
	mu      sync.Mutex
	stale   *handler
	reads   int            // that stale answers
	refused map[string]int // by the name of the user, how often yet
}

// with puts the faults before the handler, if there are any.
func (f Faults) with(h *handler) http.Handler {
	if f.Strike == nil && f.Lag == nil && f.Newcomer == 0 {
		return h
	}
	return &faulty{Faults: f, live: h, refused: map[string]int{}}
}

// ServeHTTP answers one request, or does not.
func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes)) // one that is too large has no action
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	form, _ := url.ParseQuery(string(body))
	fault, next := f.choose(form)
	if fault == nil {
		next.ServeHTTP(w, r)
		return
	}
	if fault.AfterEffect {
		next.ServeHTTP(lost{http.Header{}}, r)
	}
	switch {
	case fault.Error != nil:
		w.Header().Set("Content-Type", xmlHeader()["Content-Type"])
		w.WriteHeader(fault.Error.Status)
		_, _ = w.Write(answer{namespace: iamNamespace}.renderError(fault.Error, "fault"))
	case fault.Silent:
		<-r.Context().Done()
	default:
		panic(http.ErrAbortHandler)
	}
}

// choose says how a request goes wrong, and who serves it if it does not.
func (f *faulty) choose(form url.Values) (*Fault, *handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	action := form.Get("Action")
	if f.Strike != nil {
		if fault := f.Strike(action); fault != nil {
			return fault, f.live
		}
	}
	switch {
	case form.Get("Version") != iamVersion:
		return nil, f.live
	case !isWrite(action) && f.reads > 0:
		f.reads--
		return nil, f.stale
	case !isWrite(action):
		return nil, f.live
	case f.Lag == nil:
	case f.reads == 0:
		f.stale = newHandler(Options{Account: f.live.account.Copy()})
		fallthrough
	default:
		f.reads = f.Lag()
	}
	if action == "CreateUser" {
		f.refused[form.Get("UserName")] = 0
	}
	return f.newcomer(cmp.Or(form.Get("AssumeRolePolicyDocument"), form.Get("PolicyDocument"))), f.live
}

// newcomer refuses a trust policy whose principal IAM does not know everywhere yet.
func (f *faulty) newcomer(document string) *Fault {
	for name, times := range f.refused {
		if times < f.Newcomer && strings.Contains(document, `/`+name+`"`) && strings.Contains(document, `"Principal"`) {
			f.refused[name]++
			return &Fault{Error: account.NewError("MalformedPolicyDocument", http.StatusBadRequest,
				"Invalid principal in policy: %q", "AWS")}
		}
	}
	return nil
}

func isWrite(action string) bool {
	return action != "" && !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List")
}

// lost is where an answer goes that nobody gets.
type lost struct{ header http.Header }

func (l lost) Header() http.Header       { return l.header }
func (lost) Write(p []byte) (int, error) { return len(p), nil }
func (lost) WriteHeader(int)             {}
