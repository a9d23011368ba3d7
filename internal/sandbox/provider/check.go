package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Check validates the inputs of a resource as the real provider's schema and the IAM API reference do, and fills in
// the defaults.
func (p *provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	rt, inputs, _, err := open(req.GetUrn(), "Check", req.GetNews(), nil)
	if err != nil {
		return nil, err
	}
	if failures := checkInputs(rt.schema(), inputs); len(failures) > 0 {
		return &pulumirpc.CheckResponse{Failures: failures}, nil
	}
	if _, tagged := rt.schema().find(tagsAllKey); tagged {
		mergeTags(p.session(ctx).settings.Load().defaultTags, inputs)
	}
	encoded, err := encode("Check.inputs", inputs)
	return &pulumirpc.CheckResponse{Inputs: encoded}, err
}

// checkInputs says what is wrong with the inputs, and adds the schema's defaults to them.
func checkInputs(s schema, inputs resource.PropertyMap) []*pulumirpc.CheckFailure {
	delete(inputs, "__defaults") // in which the Terraform bridge lists the inputs that its Check filled in
	var failures []*pulumirpc.CheckFailure
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		if p, ok := s.find(key); !ok || !p.isGiven() {
			failures = append(failures, failure(key, "unknown or read-only property"))
		}
	}
	for _, p := range s.inputs() {
		if _, given := inputs[p.key]; !given && !p.fallback.IsNull() {
			inputs[p.key] = p.fallback
		}
		if reason := checkProperty(p, inputs); reason != "" {
			failures = append(failures, failure(p.key, reason))
		}
	}
	return failures
}

// checkProperty says what is wrong with one input.
func checkProperty(p property, inputs resource.PropertyMap) string {
	value, given := inputs[p.key]
	if !given {
		if p.use == required {
			return "missing required property"
		}
		return ""
	}
	if value.ContainsUnknowns() {
		return ""
	}
	if reason := checkKind(p.kind, value); reason != "" {
		return reason
	}
	if p.refuse == nil {
		return ""
	}
	return p.refuse(value)
}

func checkKind(k kind, value resource.PropertyValue) string {
	expected, ok := map[kind]struct {
		name string
		is   func() bool
	}{
		textKind:     {"a string", value.IsString},
		documentKind: {"a JSON string", value.IsString},
		numberKind:   {"a number", value.IsNumber},
		textMapKind:  {"a map of strings", value.IsObject},
	}[k]
	if ok && !expected.is() {
		return fmt.Sprintf("expected %s, got %s", expected.name, value.TypeString())
	}
	return ""
}

func failure(key resource.PropertyKey, reason string) *pulumirpc.CheckFailure {
	return &pulumirpc.CheckFailure{Property: string(key), Reason: reason}
}
