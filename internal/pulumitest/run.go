// Package pulumitest runs a Pulumi program against an in-process resource monitor and records everything that the
// program asked of it: registrations with their options, invokes, component outputs, stack outputs and log lines.
//
// The recorder stands behind the same gRPC services that the real engine offers a program
// (https://github.com/pulumi/pulumi/tree/master/proto/pulumi), not behind pulumi.WithMocks: mocks hide the outputs
// that components and the stack register, accept two resources with one URN, and drop unknown inputs in a preview.
//
// The monitor is strict. A resource or function it does not know, a second resource with the same URN, a missing
// required input and a DependsOn that names a component are errors that fail the run, even where the program swallows
// them. It plays one AWS account, and computes what IAM would: ARNs and unique ids, each from the resource's own name,
// so that no two resources share one.
//
// Run ends when the program and every request it made have ended, so tests assert on the Recorder after it returned
// and never inside an ApplyT, where a failing assertion hangs the run and a skipped one goes unnoticed.
package pulumitest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Defaults of the Options fields that are left empty.
const (
	DefaultProject   = "aws-cli-mfa"
	DefaultStack     = "dev"
	DefaultAccount   = "111122223333"
	DefaultPartition = "aws"
	DefaultRegion    = "eu-west-1"
)

// rootDirectory is what pulumi.Context.RootDirectory answers. No such directory exists, so a program which reads
// files beside its Pulumi.yaml fails in the test as it would on another machine.
const rootDirectory = "/nonexistent/aws-cli-mfa"

// Options says which stack is run, and in which account. The zero value is stack dev of project aws-cli-mfa in an
// account without users and groups.
type Options struct {
	// Project and Stack default to DefaultProject and DefaultStack.
	Project, Stack string
	// Config is the stack's configuration. A key without a namespace belongs to the project, as in `pulumi config`.
	// A structured value is its JSON text.
	Config map[string]string
	// SecretKeys are the keys of Config that are secrets.
	SecretKeys []string
	// DryRun makes the run a preview: resources get no id and no computed outputs.
	DryRun bool

	// Account, Partition and Region are what the caller-identity, partition and region functions answer. They
	// default to DefaultAccount, DefaultPartition and DefaultRegion.
	Account, Partition, Region string
	// Groups are the account's groups by name, with their members.
	Groups map[string][]User
	// Users are the account's users, besides the members of Groups.
	Users []User
	// ManagedPolicies are the documents of customer managed policies, by ARN.
	ManagedPolicies map[string]string

	// Fail is asked before each registration (token and logical name) and before each invoke (token and the user or
	// group asked for, or ""). Its error makes that call fail, and errors.Is finds it in the error of RunErr. Calls
	// to it are serialised.
	Fail func(token, name string) error
}

// User is an IAM user of the account.
type User struct {
	Name string
	// Path defaults to "/".
	Path string
	// PermissionsBoundary is the ARN of the boundary, if there is one.
	PermissionsBoundary string
	Tags                map[string]string
}

func (o Options) withDefaults() Options {
	for field, value := range map[*string]string{
		&o.Project:   DefaultProject,
		&o.Stack:     DefaultStack,
		&o.Account:   DefaultAccount,
		&o.Partition: DefaultPartition,
		&o.Region:    DefaultRegion,
	} {
		if *field == "" {
			*field = value
		}
	}
	return o
}

func (o Options) qualified(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return o.Project + ":" + key
}

// runInfo is built whole and never from the environment, so that an ambient PULUMI_DRY_RUN or PULUMI_CONFIG cannot
// change what a test means.
func (o Options) runInfo(address string) pulumi.RunInfo {
	info := pulumi.RunInfo{
		Project:       o.Project,
		RootDirectory: rootDirectory,
		Stack:         o.Stack,
		Config:        make(map[string]string, len(o.Config)),
		Parallel:      16,
		DryRun:        o.DryRun,
		MonitorAddr:   address,
		EngineAddr:    address,
		Organization:  "organization",
	}
	for key, value := range o.Config {
		info.Config[o.qualified(key)] = value
	}
	for _, key := range o.SecretKeys {
		info.ConfigSecretKeys = append(info.ConfigSecretKeys, o.qualified(key))
	}
	return info
}

// Run runs the program as one deployment (or preview, see Options.DryRun) and returns what it did. The test fails at
// once when the program fails, and when a component never registered its outputs.
func Run(t testing.TB, opts Options, program pulumi.RunFunc) *Recorder {
	t.Helper()
	recorder, err := RunErr(t, opts, program)
	if err != nil {
		t.Fatalf("the program failed: %v", err)
	}
	recorder.AllComponentsRegisteredOutputs(t)
	return recorder
}

// RunErr is Run for a program that may fail: it also returns the program's error, and the recorder is never nil.
//
// The error holds everything that went wrong: what the SDK reports, the error that the program's function returned
// (which the SDK hides behind a failed request), the errors of Options.Fail, and the monitor's own refusals
// (ErrUnknownToken and the others). Tell them apart with errors.Is.
func RunErr(t testing.TB, opts Options, program pulumi.RunFunc) (*Recorder, error) {
	t.Helper()
	opts = opts.withDefaults()
	recorder := newRecorder(opts)
	simulated, err := newAccount(opts)
	if err != nil {
		return recorder, err
	}
	service := &monitor{recorder: recorder, account: simulated, opts: opts}
	address, stop, err := serve(t.Context(), service)
	if err != nil {
		return recorder, err
	}
	defer stop()

	bodyErr, runErr := runProgram(t.Context(), opts.runInfo(address), recorder.guarded(program))
	return recorder, recorder.outcome(bodyErr, runErr)
}

// runProgram returns the error of the program's own function apart from that of the whole run, because
// RunWithContext drops the former when a request failed too.
func runProgram(ctx context.Context, info pulumi.RunInfo, program pulumi.RunFunc) (bodyErr, runErr error) {
	pulumiContext, err := pulumi.NewContext(ctx, info)
	if err != nil {
		return nil, fmt.Errorf("connecting the program to the monitor: %w", err)
	}
	runErr = pulumi.RunWithContext(pulumiContext, func(ctx *pulumi.Context) error {
		bodyErr = program(ctx)
		return bodyErr
	})
	return bodyErr, errors.Join(runErr, pulumiContext.Close())
}

// guarded adds a look at each resource's DependsOn. By the time a request reaches the monitor, the SDK has replaced
// components by their children.
func (r *Recorder) guarded(program pulumi.RunFunc) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if err := ctx.RegisterStackTransformation(r.checkDependsOn); err != nil {
			return fmt.Errorf("watching DependsOn: %w", err)
		}
		return program(ctx)
	}
}

func (r *Recorder) checkDependsOn(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	options, err := pulumi.NewResourceOptions(args.Opts...)
	if err != nil {
		_ = r.refuse(fmt.Errorf("%w: options of %s (%s): %w", ErrInvalidRequest, args.Name, args.Type, err))
		return nil
	}
	concrete := len(options.DependsOnInputs) == 0
	for _, dependency := range options.DependsOn {
		_, custom := dependency.(pulumi.CustomResource)
		concrete = concrete && custom
	}
	if !concrete {
		_ = r.refuse(fmt.Errorf("%w: %s (%s)", ErrDependsOnComponent, args.Name, args.Type))
	}
	return nil
}

// serve starts the two services a program talks to, on a port of the loopback interface which the kernel chooses.
func serve(ctx context.Context, service *monitor) (address string, stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("starting the resource monitor: %w", err)
	}
	server := grpc.NewServer()
	pulumirpc.RegisterResourceMonitorServer(server, service)
	pulumirpc.RegisterEngineServer(server, &engine{recorder: service.recorder})
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	return listener.Addr().String(), func() { server.Stop(); <-stopped }, nil
}
