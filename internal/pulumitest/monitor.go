package pulumitest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// componentPrefix begins the type tokens of this project's components.
const componentPrefix = "aws-cli-mfa:iam:"

// monitor is the resource monitor's end of a run. What it does not implement (reads, method calls, transforms,
// hooks, packages) answers "unimplemented", which fails the program.
type monitor struct {
	pulumirpc.UnimplementedResourceMonitorServer

	recorder *Recorder
	account  *account
	opts     Options

	failing sync.Mutex // serialises opts.Fail
}

// engine is the engine's end of a run: it keeps the log.
type engine struct {
	pulumirpc.UnimplementedEngineServer

	recorder *Recorder
}

// Log records a message that the program or the SDK logged.
func (e *engine) Log(_ context.Context, in *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.recorder.addLog(LogEntry{
		Severity: in.GetSeverity().String(),
		Message:  in.GetMessage(),
		URN:      resource.URN(in.GetUrn()),
	})
	return &emptypb.Empty{}, nil
}

// GetDeploymentInfo lists what a current engine supports, as far as it changes what a program sends.
func (m *monitor) GetDeploymentInfo(context.Context, *emptypb.Empty) (*pulumirpc.DeploymentInfo, error) {
	return &pulumirpc.DeploymentInfo{
		Project: m.opts.Project,
		Stack:   m.opts.Stack,
		SupportedFeatures: []pulumirpc.ResourceMonitorFeature{
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_SECRETS,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_DELETED_WITH,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
		},
	}, nil
}

// RegisterResource records the resource, and answers as the engine does after a create, or before one in a preview.
func (m *monitor) RegisterResource(
	_ context.Context, in *pulumirpc.RegisterResourceRequest,
) (*pulumirpc.RegisterResourceResponse, error) {
	entry := &registration{
		urn:     m.newURN(in.GetParent(), in.GetType(), in.GetName()),
		request: proto.CloneOf(in),
	}
	if err := checkSupported(in); err != nil {
		return nil, m.recorder.refuse(err)
	}
	var err error
	if entry.inputs, err = unmarshal(in.GetObject()); err != nil {
		return nil, m.recorder.refuse(fmt.Errorf("%w: inputs of %s: %w", ErrInvalidRequest, entry.urn, err))
	}
	if err := checkKnown(in, entry.inputs); err != nil {
		return nil, m.recorder.refuse(err)
	}
	if err := m.fail(in.GetType(), in.GetName()); err != nil {
		return nil, err
	}
	m.create(entry)
	object, err := marshal(entry.state)
	if err != nil {
		return nil, m.recorder.refuse(fmt.Errorf("%w: state of %s: %w", ErrInvalidRequest, entry.urn, err))
	}
	if err := m.recorder.addResource(entry); err != nil {
		return nil, m.recorder.refuse(err)
	}
	return &pulumirpc.RegisterResourceResponse{Urn: string(entry.urn), Id: entry.id, Object: object}, nil
}

// create computes the id and the state that the provider would report. Components have neither: a state would fill
// output fields that the component forgot to set.
func (m *monitor) create(entry *registration) {
	known, custom := resources[entry.request.GetType()]
	if !custom {
		return
	}
	entry.state = cloneMap(entry.inputs)
	if !m.opts.DryRun {
		known.create(m.account, entry)
	}
}

// newURN is the URN as the engine builds it: from the parent's type, not its name.
// See https://www.pulumi.com/docs/iac/concepts/resources/names/#urns.
func (m *monitor) newURN(parent, token, name string) resource.URN {
	var parentType tokens.Type
	if urn := resource.URN(parent); urn != "" && urn.QualifiedType() != resource.RootStackType {
		parentType = urn.QualifiedType()
	}
	stack, project := tokens.QName(m.opts.Stack), tokens.PackageName(m.opts.Project)
	return resource.NewURN(stack, project, parentType, tokens.Type(token), name)
}

// RegisterResourceOutputs records the outputs of a component, or of the stack.
func (m *monitor) RegisterResourceOutputs(
	_ context.Context, in *pulumirpc.RegisterResourceOutputsRequest,
) (*emptypb.Empty, error) {
	outputs, err := unmarshal(in.GetOutputs())
	if err != nil {
		return nil, m.recorder.refuse(fmt.Errorf("%w: outputs of %s: %w", ErrInvalidRequest, in.GetUrn(), err))
	}
	if err := m.recorder.addOutputs(resource.URN(in.GetUrn()), outputs); err != nil {
		return nil, m.recorder.refuse(err)
	}
	return &emptypb.Empty{}, nil
}

// Invoke records the call and answers it from the account.
func (m *monitor) Invoke(
	_ context.Context, in *pulumirpc.ResourceInvokeRequest,
) (*pulumirpc.ResourceInvokeResponse, error) {
	function, known := functions[in.GetTok()]
	if !known {
		return nil, m.recorder.refuse(fmt.Errorf("%w: function %q", ErrUnknownToken, in.GetTok()))
	}
	args, err := unmarshal(in.GetArgs())
	if err != nil {
		return nil, m.recorder.refuse(fmt.Errorf("%w: arguments of %s: %w", ErrInvalidRequest, in.GetTok(), err))
	}
	m.recorder.addInvoke(Invoke{Token: in.GetTok(), Args: args, Provider: in.GetProvider()})
	name := ""
	if function.subject != "" {
		if name = text(args[function.subject]); name == "" {
			err := fmt.Errorf("%w: %s without %s", ErrInvalidRequest, in.GetTok(), function.subject)
			return nil, m.recorder.refuse(err)
		}
	}
	if err := m.fail(in.GetTok(), name); err != nil {
		return nil, err
	}
	result, err := function.answer(m.account, name)
	if err != nil {
		return nil, m.recorder.failed(invocationError(in.GetTok(), err))
	}
	answer, err := marshal(result)
	if err != nil {
		return nil, m.recorder.refuse(fmt.Errorf("%w: answer of %s: %w", ErrInvalidRequest, in.GetTok(), err))
	}
	return &pulumirpc.ResourceInvokeResponse{Return: answer}, nil
}

// invocationError words a failed data source as the engine and the bridged provider do together.
func invocationError(token string, err error) error {
	return fmt.Errorf("invocation of %[1]s returned an error: invoking %[1]s: 1 error occurred:\n\t* %[2]w", token, err)
}

// fail asks Options.Fail.
func (m *monitor) fail(token, name string) error {
	if m.opts.Fail == nil {
		return nil
	}
	m.failing.Lock()
	defer m.failing.Unlock()
	if err := m.opts.Fail(token, name); err != nil {
		return m.recorder.failed(err)
	}
	return nil
}

// checkSupported refuses what this monitor would silently ignore.
func checkSupported(in *pulumirpc.RegisterResourceRequest) error {
	for feature, used := range map[string]bool{
		"remote components": in.GetRemote(),
		"transforms":        len(in.GetTransforms()) > 0,
		"hooks":             in.GetHooks() != nil,
	} {
		if used {
			return fmt.Errorf("%w: %s (%s) uses %s, which this monitor does not run",
				ErrInvalidRequest, in.GetName(), in.GetType(), feature)
		}
	}
	return nil
}

// checkKnown refuses types that this project does not use, and requests that the type does not allow.
func checkKnown(in *pulumirpc.RegisterResourceRequest, inputs resource.PropertyMap) error {
	token := in.GetType()
	known, custom := resources[token]
	component := token == string(resource.RootStackType) || strings.HasPrefix(token, componentPrefix)
	if !custom && !component {
		return fmt.Errorf("%w: resource %q of type %q", ErrUnknownToken, in.GetName(), token)
	}
	if in.GetCustom() != custom {
		return fmt.Errorf("%w: %s (%s) is registered with custom=%t",
			ErrInvalidRequest, in.GetName(), token, in.GetCustom())
	}
	missing := slices.DeleteFunc(slices.Clone(known.required), func(key resource.PropertyKey) bool {
		return inputs.HasValue(key)
	})
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s (%s) misses the required %v", ErrInvalidRequest, in.GetName(), token, missing)
	}
	return nil
}

// wire keeps what the engine keeps: unknown values, secrets and references.
var wire = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

func unmarshal(object *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(object, wire)
}

func marshal(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, wire)
}
