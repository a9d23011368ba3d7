package endpoint

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/uuid"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

type handler struct {
	account  *account.Account
	onChange func() error
	services map[string]service // by API version
	// signer keeps the signing key of the day of who asked last.
	signer *v4.Signer
	// unsaved says that the last onChange failed.
	unsaved atomic.Bool
}

// call is one request that has been read and whose caller is known.
type call struct {
	account *account.Account
	caller  account.Caller
	params  params
	// context has the condition keys of the request.
	context map[string]string
}

func (c *call) get(parameter string) string { return c.params.get(parameter) }

// answer is what a request gets: a result or an error, in the XML of IAM and
// STS.
type answer struct {
	// other is the whole answer to a request for another service.
	other *rendered

	namespace string
	action    string
	result    any // nil for an operation without output
	err       error
}

func newHandler(options Options) *handler {
	onChange := options.OnChange
	if onChange == nil {
		onChange = func() error { return nil }
	}
	return &handler{account: options.Account, onChange: onChange, services: services(), signer: v4.NewSigner()}
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	a := h.answer(w, r)
	rendered := a.render(requestID)
	for name, value := range rendered.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("X-Amzn-Requestid", requestID)
	// Clients that find their clock to be off sign again by this one.
	w.Header().Set("Date", h.account.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(rendered.status)
	_, _ = w.Write(rendered.body) // the client has gone: nobody is left to tell
}

// answer never panics: a fault in an operation is AWS's InternalFailure.
func (h *handler) answer(w http.ResponseWriter, r *http.Request) (a answer) {
	a.namespace = iamNamespace
	defer func() {
		if fault := recover(); fault != nil {
			slog.ErrorContext(r.Context(), "the sandbox's AWS endpoint", "action", a.action,
				"panic", fault, "stack", string(debug.Stack()))
			a.result, a.err = nil, internalFailure()
		}
	}()
	a.result, a.err = h.serve(w, r, &a)
	return a
}

// serve gives the result, and fills in what else there is to the answer.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, a *answer) (any, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if service := otherService(r); service != "" {
		a.other = new(h.answerOther(r, body, service))
		return nil, nil
	}
	p, err := readParams(r)
	if err != nil {
		return nil, err
	}
	action, version := p.get("Action"), cmp.Or(p.get("Version"), "NO_VERSION_SPECIFIED")
	svc, known := h.services[version]
	if known {
		a.namespace = svc.namespace
	}
	op, ok := svc.operations[action]
	if !ok {
		return nil, account.NewError("InvalidAction", http.StatusBadRequest,
			"Could not find operation %s for version %s", action, version)
	}
	a.action = action
	caller, s, err := h.authenticate(r, body, svc.name)
	if err != nil {
		return nil, err
	}
	c := &call{account: h.account, caller: caller, params: p, context: requestContext(r, s)}
	if err := c.authorize(svc.name, action, op.resource); err != nil {
		return nil, err
	}
	return h.run(op, c)
}

func (h *handler) run(op operation, c *call) (any, error) {
	if err := c.params.require(op.required); err != nil {
		return nil, err
	}
	if !op.writes {
		return op.handle(c)
	}
	if h.unsaved.Load() {
		if err := h.changed(); err != nil {
			return nil, err
		}
	}
	result, err := op.handle(c)
	if err != nil {
		return nil, err
	}
	return result, h.changed()
}

func (h *handler) changed() error {
	err := h.onChange()
	h.unsaved.Store(err != nil)
	if err != nil {
		return account.NewError("ServiceFailure", http.StatusInternalServerError,
			"The change could not be saved: %s", err)
	}
	return nil
}

// awsError is err as AWS would give it.
func awsError(err error) *account.Error {
	if e, ok := errors.AsType[*account.Error](err); ok {
		return e
	}
	slog.Error("the sandbox's AWS endpoint", "error", err)
	return internalFailure()
}

func internalFailure() *account.Error {
	return account.NewError("InternalFailure", http.StatusInternalServerError,
		"The request processing has failed because of an unknown error, exception or failure.")
}
