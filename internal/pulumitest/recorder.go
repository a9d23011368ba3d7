package pulumitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
)

// Recorder has what one run did. It is safe for concurrent use, and hands out copies only, so that one test cannot
// change what the next one sees. Lookups fail the test when they find nothing, or more than was asked for.
type Recorder struct {
	project, stack string

	mu            sync.Mutex
	registrations []*registration
	outputs       map[resource.URN]resource.PropertyMap
	invokes       []Invoke
	logs          []LogEntry
	refusals      []error // by the monitor: these fail the run
	failures      []error // injected, or of a lookup: these fail the run if the program lets them
}

// registration is one accepted resource; it is never changed after it was added.
type registration struct {
	urn     resource.URN
	id      string
	request *pulumirpc.RegisterResourceRequest
	inputs  resource.PropertyMap
	state   resource.PropertyMap
	// entity is what must be unique in the account: kind and name in lower case. It is empty where AWS has no such
	// rule, and in a preview.
	entity string
}

// Key names a resource as tests do: by its type token and its logical name.
type Key struct{ Token, Name string }

// String is the end of the resource's URN.
func (k Key) String() string { return k.Token + "::" + k.Name }

// Resource is a copy of one registration.
type Resource struct {
	Key

	URN    resource.URN
	Parent resource.URN
	// Custom is false for a component.
	Custom bool
	// ID is empty for a component, and in a preview.
	ID string
	// Inputs are the properties that the program gave; in a preview some may be unknown (IsComputed).
	Inputs resource.PropertyMap
	// State has the inputs and what AWS computed; it is empty for a component.
	State resource.PropertyMap
	// Dependencies are the resources that must exist before this one, explicit (DependsOn) and by data, sorted.
	Dependencies []resource.URN
	// PropertyDependencies are those by data, for each input property.
	PropertyDependencies map[resource.PropertyKey][]resource.URN
	// Options are the other resource options.
	Options ResourceOptions
	// Request is all that the program sent.
	Request *pulumirpc.RegisterResourceRequest
}

// ResourceOptions are the resource options that change what happens to a resource; the zero value is a resource
// without any. See https://www.pulumi.com/docs/iac/concepts/options/.
type ResourceOptions struct {
	Protect, RetainOnDelete bool `json:",omitempty"`
	// DeleteBeforeReplace is nil where the provider decides.
	DeleteBeforeReplace *bool `json:",omitempty"`

	IgnoreChanges, ReplaceOnChanges, AdditionalSecretOutputs []string `json:",omitempty"`
	// Aliases are URNs, or for an alias by parts its text form.
	Aliases []string `json:",omitempty"`
	// Provider is the reference (URN::id) of an explicit provider.
	Provider    string `json:",omitempty"`
	ImportID    string `json:",omitempty"`
	DeletedWith string `json:",omitempty"`
}

// String lists the options for failure messages.
func (o ResourceOptions) String() string {
	encoded, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

// Invoke is one call of a provider function.
type Invoke struct {
	Token    string
	Args     resource.PropertyMap
	Provider string
}

// LogEntry is one message that the program, or the SDK for it, sent to the engine's log.
type LogEntry struct {
	// Severity is DEBUG, INFO, WARNING or ERROR.
	Severity string
	Message  string
	// URN is the resource that the message is about, if any.
	URN resource.URN
}

func newRecorder(opts Options) *Recorder {
	return &Recorder{
		project: opts.Project,
		stack:   opts.Stack,
		outputs: make(map[resource.URN]resource.PropertyMap),
	}
}

func (r *Recorder) addResource(entry *registration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.find(entry.urn) != nil {
		return fmt.Errorf("%w %q; try giving it a unique name", ErrDuplicateURN, entry.urn)
	}
	for _, other := range r.registrations {
		if entry.entity != "" && entry.entity == other.entity {
			return fmt.Errorf("%w: EntityAlreadyExists: %s is the %s of %s already",
				ErrInvalidRequest, text(entry.state["name"]), entry.request.GetType(), other.urn)
		}
	}
	r.registrations = append(r.registrations, entry)
	return nil
}

// find needs the lock.
func (r *Recorder) find(urn resource.URN) *registration {
	for _, entry := range r.registrations {
		if entry.urn == urn {
			return entry
		}
	}
	return nil
}

func (r *Recorder) addOutputs(urn resource.URN, outputs resource.PropertyMap) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, again := r.outputs[urn]; again {
		return fmt.Errorf("%w: the outputs of %s are registered twice", ErrInvalidRequest, urn)
	}
	if r.find(urn) == nil {
		return fmt.Errorf("%w: outputs of %s, which is not registered", ErrInvalidRequest, urn)
	}
	r.outputs[urn] = outputs
	return nil
}

func (r *Recorder) addInvoke(invoke Invoke) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invokes = append(r.invokes, invoke)
}

func (r *Recorder) addLog(entry LogEntry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs = append(r.logs, entry)
}

// refuse notes an error that fails the run whatever the program makes of it, and returns it.
func (r *Recorder) refuse(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusals = append(r.refusals, err)
	return err
}

// failed notes an error that the program is meant to deal with, and returns it.
func (r *Recorder) failed(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, err)
	return err
}

// Resources returns every registered resource and component, sorted by URN, without the stack itself.
func (r *Recorder) Resources() []Resource {
	return r.selected(func(entry *registration) bool { return !isStack(entry) })
}

// All returns the resources with this type token, sorted by URN; there may be none.
func (r *Recorder) All(token string) []Resource {
	return r.selected(func(entry *registration) bool { return entry.request.GetType() == token })
}

// Components returns the registered components, sorted by URN.
func (r *Recorder) Components() []Resource {
	return r.selected(func(entry *registration) bool { return !isStack(entry) && !entry.request.GetCustom() })
}

// ChildrenOf returns the resources whose parent is exactly this one, sorted by URN.
func (r *Recorder) ChildrenOf(parent resource.URN) []Resource {
	return r.selected(func(entry *registration) bool { return entry.request.GetParent() == string(parent) })
}

// One returns the only resource with this type token and logical name. It fails the test when there is none, or more
// than one.
func (r *Recorder) One(t testing.TB, token, name string) Resource {
	t.Helper()
	key := Key{Token: token, Name: name}
	found := r.selected(func(entry *registration) bool { return entry.key() == key })
	if len(found) == 1 {
		return found[0]
	}
	registered := make([]string, 0, len(found))
	for _, other := range r.Resources() {
		registered = append(registered, other.Key.String())
	}
	t.Fatalf("want one %s, found %d; registered are:\n%s", key, len(found), strings.Join(registered, "\n"))
	return Resource{}
}

// StackURN is the URN of the stack, the parent of every resource that has no other.
func (r *Recorder) StackURN() resource.URN {
	return resource.DefaultRootStackURN(tokens.QName(r.stack), tokens.PackageName(r.project))
}

// Invokes returns the calls of one function, or of all when the token is empty. Their order means nothing.
func (r *Recorder) Invokes(token string) []Invoke {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Invoke
	for _, invoke := range r.invokes {
		if token == "" || invoke.Token == token {
			found = append(found, Invoke{Token: invoke.Token, Args: cloneMap(invoke.Args), Provider: invoke.Provider})
		}
	}
	return found
}

// Logs returns the messages that reached the engine's log. Their order means nothing.
func (r *Recorder) Logs() []LogEntry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.logs)
}

// ComponentOutputs returns what a component gave to RegisterResourceOutputs. It fails the test when the component
// never called it.
func (r *Recorder) ComponentOutputs(t testing.TB, urn resource.URN) resource.PropertyMap {
	t.Helper()
	outputs, registered := r.registeredOutputs()[urn]
	if !registered {
		t.Fatalf("%s never registered outputs", urn)
	}
	return outputs
}

// StackOutputs returns the stack's exports.
func (r *Recorder) StackOutputs(t testing.TB) resource.PropertyMap {
	t.Helper()
	return r.ComponentOutputs(t, r.StackURN())
}

func (r *Recorder) registeredOutputs() map[resource.URN]resource.PropertyMap {
	r.mu.Lock()
	defer r.mu.Unlock()
	outputs := make(map[resource.URN]resource.PropertyMap, len(r.outputs))
	for urn, properties := range r.outputs {
		outputs[urn] = cloneMap(properties)
	}
	return outputs
}

// selected copies the registrations that match, sorted by URN.
func (r *Recorder) selected(match func(*registration) bool) []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Resource
	for _, entry := range r.registrations {
		if match(entry) {
			found = append(found, entry.copy())
		}
	}
	slices.SortFunc(found, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	return found
}

func isStack(entry *registration) bool {
	return entry.request.GetType() == string(resource.RootStackType)
}

func (e *registration) key() Key {
	return Key{Token: e.request.GetType(), Name: e.request.GetName()}
}

func (e *registration) copy() Resource {
	request := proto.CloneOf(e.request)
	byProperty := make(map[resource.PropertyKey][]resource.URN)
	for property, dependencies := range request.GetPropertyDependencies() {
		if urns := sortedURNs(dependencies.GetUrns()); len(urns) > 0 {
			byProperty[resource.PropertyKey(property)] = urns
		}
	}
	return Resource{
		Key:                  e.key(),
		URN:                  e.urn,
		Parent:               resource.URN(request.GetParent()),
		Custom:               request.GetCustom(),
		ID:                   e.id,
		Inputs:               cloneMap(e.inputs),
		State:                cloneMap(e.state),
		Dependencies:         sortedURNs(request.GetDependencies()),
		PropertyDependencies: byProperty,
		Options:              resourceOptions(request),
		Request:              request,
	}
}

func resourceOptions(request *pulumirpc.RegisterResourceRequest) ResourceOptions {
	aliases := slices.Clone(request.GetAliasURNs())
	for _, alias := range request.GetAliases() {
		if urn := alias.GetUrn(); urn != "" {
			aliases = append(aliases, urn)
		} else {
			aliases = append(aliases, alias.GetSpec().String())
		}
	}
	var deleteBeforeReplace *bool
	if request.GetDeleteBeforeReplaceDefined() {
		deleteBeforeReplace = new(request.GetDeleteBeforeReplace())
	}
	return ResourceOptions{
		Protect:                 request.GetProtect(),
		RetainOnDelete:          request.GetRetainOnDelete(),
		DeleteBeforeReplace:     deleteBeforeReplace,
		IgnoreChanges:           request.GetIgnoreChanges(),
		ReplaceOnChanges:        request.GetReplaceOnChanges(),
		AdditionalSecretOutputs: request.GetAdditionalSecretOutputs(),
		Aliases:                 aliases,
		Provider:                request.GetProvider(),
		ImportID:                request.GetImportId(),
		DeletedWith:             request.GetDeletedWith(),
	}
}

func sortedURNs(values []string) []resource.URN {
	urns := make([]resource.URN, 0, len(values))
	for _, value := range values {
		urns = append(urns, resource.URN(value))
	}
	slices.Sort(urns)
	return slices.Compact(urns)
}
