// Package pulumitest runs a Pulumi program under Pulumi's own mocks (pulumi.WithMocks) and records what it registers
// and looks up. Assert on the [Recorder] after the run, never inside an ApplyT, where a failing assertion hangs the run
// and a skipped one goes unnoticed. Which outputs a component registers is not visible here, as in all mocks.
package pulumitest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// The types of resource that are known, besides the project's components.
const (
	RoleToken                  = "aws:iam/role:Role"
	PolicyToken                = "aws:iam/policy:Policy"
	GroupPolicyAttachmentToken = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	RolePolicyAttachmentToken  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	ProviderToken              = "pulumi:providers:aws"
)

// computed has the known types, each with the ARN that AWS computes, if it does.
var computed = map[string]string{
	RoleToken:                  "arn:%s:iam::%s:role%s",
	PolicyToken:                "arn:%s:iam::%s:policy%s",
	GroupPolicyAttachmentToken: "",
	RolePolicyAttachmentToken:  "",
	ProviderToken:              "",
}

// functions that look something up: the argument that says what, and the real provider's words when it is not there.
var functions = map[string]struct {
	subject resource.PropertyKey
	missing string
}{
	"aws:iam/getGroup:getGroup": {"groupName", "getting group: operation error IAM: GetGroup, https response error " +
		"StatusCode: 404, RequestID: none, NoSuchEntity: The group with name %s cannot be found."},
	"aws:iam/getUser:getUser": {"userName", "getting user: operation error IAM: GetUser, https response error " +
		"StatusCode: 404, RequestID: none, NoSuchEntity: The user with name %s cannot be found."},
	"aws:iam/getPolicy:getPolicy":            {"arn", "reading IAM policy (%s): couldn't find resource"},
	"aws:iam/getRole:getRole":                {"name", "reading IAM Role (%s): couldn't find resource"},
	"aws:iam/getRoles:getRoles":              {"nameRegex", "reading IAM roles: there is no answer for %s"},
	"pulumi:pulumi:readStackOutputs":         {"name", "unknown stack %q"},
	"pulumi:pulumi:readStackResourceOutputs": {"stackName", "unknown stack %q"},
}

// Key is a resource's type token and logical name, or a function's token and the name or ARN that it is asked for.
type Key struct{ Token, Name string }

// String is the end of the resource's URN.
func (k Key) String() string { return k.Token + "::" + k.Name }

// Options says what is run. The zero value is stack dev of project aws-cli-mfa, in account 111122223333 of aws.
type Options struct {
	Project, Stack, Partition, Account string
	// Config is by key with its namespace; a structured value is its JSON text. SecretKeys are keys of it.
	Config     map[string]string
	SecretKeys []string
	DryRun     bool // a preview: resources get no id and no computed state
	// Answers are what provider functions return. What is not in the table does not exist.
	Answers map[Key]map[string]any
	// Fail is asked before each registration and function call, one at a time. Its error makes that call fail.
	Fail func(Key) error
}

// Resource is a copy of one registration.
type Resource struct {
	Key

	URN, Parent resource.URN
	ID          string // none for a component, and none in a preview
	// Inputs are what the program gave, unknowns included. State adds what AWS computed; a component has none.
	Inputs, State resource.PropertyMap
	Request       *pulumirpc.RegisterResourceRequest
}

// Call is a call of a provider function; Name is what was asked for.
type Call struct{ Token, Name, Provider string }

// Recorder is the mocks of one run. It refuses what this project does not use, and URNs that are there already, which
// the mocks take; a refusal fails the run even if the program ignores it. It hands out copies only.
type Recorder struct {
	opts Options

	mu        sync.Mutex
	requests  []*pulumirpc.RegisterResourceRequest
	calls     []Call
	refusals  []error
	completed int // components that registered outputs, the stack among them
	exports   pulumi.Map
}

// Run runs the program. The test fails when the program does, and when a component did not register outputs.
func Run(t testing.TB, opts Options, program pulumi.RunFunc) *Recorder {
	t.Helper()
	recorder, err := RunErr(t, opts, program)
	require.NoError(t, err)
	components := slices.DeleteFunc(recorder.Resources(), func(r Resource) bool { return r.Request.GetCustom() })
	require.Equal(t, len(components)+1, recorder.completed, "a component, or the stack, did not register outputs")
	return recorder
}

// RunErr is Run for a program that may fail. The error has all that went wrong: what the SDK reports, the program's own
// error, which the SDK hides behind a failed request, and the recorder's refusals.
func RunErr(t testing.TB, opts Options, program pulumi.RunFunc) (*Recorder, error) {
	t.Helper()
	opts.Project, opts.Stack = cmp.Or(opts.Project, "aws-cli-mfa"), cmp.Or(opts.Stack, "dev")
	opts.Partition, opts.Account = cmp.Or(opts.Partition, "aws"), cmp.Or(opts.Account, "111122223333")
	if opts.Fail == nil {
		opts.Fail = func(Key) error { return nil }
	}
	recorder := &Recorder{opts: opts}
	// All fields are set here: pulumi.RunErr would take those that are not from PULUMI_DRY_RUN and its kind.
	info := pulumi.RunInfo{
		RootDirectory: "/nonexistent", Organization: "organization", Parallel: 16, DryRun: opts.DryRun,
		Config: maps.Clone(opts.Config), ConfigSecretKeys: slices.Clone(opts.SecretKeys),
	}
	pulumi.WithMocks(opts.Project, opts.Stack, recorder)(&info)
	ctx, err := pulumi.NewContext(t.Context(), info)
	require.NoError(t, err)
	var own error
	err = pulumi.RunWithContext(ctx, func(ctx *pulumi.Context) error {
		own = errors.Join(ctx.RegisterStackTransformation(recorder.checkDependsOn), program(ctx))
		recorder.exports = ctx.GetCurrentExportMap()
		return own
	})
	for _, hidden := range append(recorder.refusals, own) {
		if hidden != nil && !errors.Is(err, hidden) {
			err = errors.Join(err, hidden)
		}
	}
	return recorder, errors.Join(err, ctx.Close())
}

// checkDependsOn refuses dependencies on components, which the SDK expands to the children that there are by then.
func (r *Recorder) checkDependsOn(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	options, err := pulumi.NewResourceOptions(args.Opts...)
	isComponent := func(dependency pulumi.Resource) bool {
		_, custom := dependency.(pulumi.CustomResource)
		return !custom
	}
	if err != nil || len(options.DependsOnInputs) > 0 || slices.ContainsFunc(options.DependsOn, isComponent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		_ = r.refuse("%s::%s depends on a component", args.Type, args.Name)
	}
	return nil
}

// NewResource implements [pulumi.MockResourceMonitor].
func (r *Recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := Key{args.TypeToken, args.Name}
	_, custom := computed[key.Token] // A read says that it is not, and so is refused.
	component := strings.HasPrefix(key.Token, "aws-cli-mfa:iam:") && !args.RegisterRPC.GetRemote()
	if custom != args.Custom || custom == component {
		return "", nil, r.refuse("unknown resource %s, custom=%t", key, args.Custom)
	}
	if err := r.opts.Fail(key); err != nil {
		return "", nil, err
	}
	request := proto.CloneOf(args.RegisterRPC)
	created, err := r.read(request)
	for _, other := range r.requests {
		if r.urn(other) == created.URN {
			err = errors.New("duplicate resource URN")
		}
	}
	if err != nil {
		return "", nil, r.refuse("%s: %w", created.URN, err)
	}
	r.requests = append(r.requests, request)
	return created.ID, created.State, nil
}

// Call implements [pulumi.MockResourceMonitor] for functions.
func (r *Recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	function := functions[args.Token]
	key := Key{args.Token, text(args.Args[function.subject])}
	r.calls = append(r.calls, Call{key.Token, key.Name, args.Provider})
	if err := r.opts.Fail(key); err != nil {
		return nil, err
	}
	if answer, exists := r.opts.Answers[key]; exists {
		return resource.NewPropertyMapFromMap(answer), nil
	}
	if function.missing == "" {
		return nil, r.refuse("no answer for %s", key)
	}
	return nil, fmt.Errorf("invocation of %[1]s returned an error: invoking %[1]s: 1 error occurred:\n\t* "+
		function.missing, key.Token, key.Name)
}

// RegisterResourceOutputs is what the mocks call for each component, and for the stack.
func (r *Recorder) RegisterResourceOutputs() (*emptypb.Empty, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.completed++
	return &emptypb.Empty{}, nil
}

// refuse needs the lock.
func (r *Recorder) refuse(format string, values ...any) error {
	err := fmt.Errorf(format, values...)
	r.refusals = append(r.refusals, err)
	return err
}

// urn is built as the engine does it: from the parent's type, not its name.
func (r *Recorder) urn(request *pulumirpc.RegisterResourceRequest) resource.URN {
	parent := resource.URN(request.GetParent()).QualifiedType()
	if parent == resource.RootStackType {
		parent = ""
	}
	stack, project := tokens.QName(r.opts.Stack), tokens.PackageName(r.opts.Project)
	return resource.NewURN(stack, project, parent, tokens.Type(request.GetType()), request.GetName())
}

// read decodes a request, anew for each copy. The mocks decode it, too, but drop what is unknown.
func (r *Recorder) read(request *pulumirpc.RegisterResourceRequest) (Resource, error) {
	copied := proto.CloneOf(request)
	inputs, err := plugin.UnmarshalProperties(copied.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true,
	})
	found := Resource{
		Key: Key{copied.GetType(), copied.GetName()}, URN: r.urn(copied), Parent: resource.URN(copied.GetParent()),
		Inputs: inputs, State: resource.PropertyMap{}, Request: copied,
	}
	arn, custom := computed[found.Token]
	if custom {
		found.State = inputs.Copy()
	}
	if custom && !r.opts.DryRun {
		found.ID = "id-of-" + found.Name
	}
	if arn != "" && !r.opts.DryRun {
		name := cmp.Or(text(inputs["path"]), "/") + cmp.Or(text(inputs["name"]), found.Name+"-auto")
		found.State["arn"] = resource.NewProperty(fmt.Sprintf(arn, r.opts.Partition, r.opts.Account, name))
	}
	return found, err
}

// text is what a property says, or nothing where it is no plain text.
func text(value resource.PropertyValue) string {
	text, _ := value.V.(string)
	return text
}

// Resources are all resources and components, sorted by URN, without the stack.
func (r *Recorder) Resources() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Resource
	for _, request := range r.requests {
		registered, _ := r.read(request) // It was read before, without an error.
		found = append(found, registered)
	}
	slices.SortFunc(found, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	return found
}

// All are the resources of a type, sorted by URN.
func (r *Recorder) All(token string) []Resource {
	return slices.DeleteFunc(r.Resources(), func(found Resource) bool { return found.Token != token })
}

// One is the only resource of that key. The test fails when there is none, or more than one.
func (r *Recorder) One(t testing.TB, key Key) Resource {
	t.Helper()
	found := slices.DeleteFunc(r.Resources(), func(found Resource) bool { return found.Key != key })
	require.Len(t, found, 1, "resources that are %s", key)
	return found[0]
}

// StackURN is the parent of every resource that has no other.
func (r *Recorder) StackURN() resource.URN {
	return resource.DefaultRootStackURN(tokens.QName(r.opts.Stack), tokens.PackageName(r.opts.Project))
}

// Calls are those of one provider function, in no order that means anything.
func (r *Recorder) Calls(token string) []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.calls), func(call Call) bool { return call.Token != token })
}

// Exports are the stack outputs; in a preview some may be unknown.
func (r *Recorder) Exports() pulumi.Map { return maps.Clone(r.exports) }
