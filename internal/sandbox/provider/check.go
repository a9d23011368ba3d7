package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// defaultsKey is the input in which the Terraform bridge, and so the real provider, lists the inputs that Check
// filled in (pulumi-terraform-bridge, pkg/tfbridge/schema.go).
const defaultsKey resource.PropertyKey = "__defaults"

// Check validates the inputs of a resource as the real provider's schema and the IAM API reference do, and fills in
// the defaults and the name.
func (p *provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	rt, err := p.resourceType(req.GetUrn(), "Check")
	if err != nil {
		return nil, err
	}
	olds, err := decode("Check.olds", req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := decode("Check.news", req.GetNews())
	if err != nil {
		return nil, err
	}
	inputs, failures := checkInputs(rt.schema(), olds.plain, news.plain, req)
	if len(failures) > 0 {
		return &pulumirpc.CheckResponse{Failures: withoutSecretValues(failures, news.secret)}, nil
	}
	if _, tagged := rt.schema().find(tagsAllKey); tagged {
		mergeTags(p.session(ctx).current().defaultTags, inputs)
		if news.secret[tagsKey] {
			news.secret[tagsAllKey] = true
		}
	}
	encoded, err := encode("Check.inputs", inputs, news.secret)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: encoded}, nil
}

func checkInputs(
	s schema, olds, news resource.PropertyMap, req *pulumirpc.CheckRequest,
) (resource.PropertyMap, []*pulumirpc.CheckFailure) {
	var failures []*pulumirpc.CheckFailure
	inputs := maps.Clone(news)
	delete(inputs, defaultsKey)
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		if p, ok := s.find(key); !ok || !p.isGiven() {
			failures = append(failures, failure(key, "unknown or read-only property"))
		}
	}
	for _, p := range s.inputs() {
		if reason := checkProperty(p, inputs); reason != "" {
			failures = append(failures, failure(p.key, reason))
		}
	}
	defaulted, reason := fillDefaults(s, olds, inputs, req)
	if reason != "" {
		failures = append(failures, failure(nameKey, reason))
	}
	inputs[defaultsKey] = textList(defaulted)
	return inputs, failures
}

// checkProperty says what is wrong with one input, and turns a document given as an object into JSON.
func checkProperty(p property, inputs resource.PropertyMap) string {
	value, given := inputs[p.key]
	if !given {
		if p.use == required {
			return "missing required property"
		}
		return ""
	}
	if _, both := inputs[p.excludes]; both {
		return fmt.Sprintf("conflicts with %s: give one of the two", p.excludes)
	}
	if value.ContainsUnknowns() {
		if p.kind == documentKind {
			inputs[p.key] = unknown()
		}
		return ""
	}
	if p.kind == documentKind && value.IsObject() {
		document, err := json.Marshal(value.Mappable())
		if err != nil {
			return fmt.Sprintf("cannot be written as JSON: %v", err)
		}
		value = resource.NewProperty(string(document))
		inputs[p.key] = value
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
		documentKind: {"a JSON string or an object", value.IsString},
		numberKind:   {"a number", value.IsNumber},
		flagKind:     {"a boolean", value.IsBool},
		textMapKind:  {"a map of strings", value.IsObject},
	}[k]
	if ok && !expected.is() {
		return fmt.Sprintf("expected %s, got %s", expected.name, value.TypeString())
	}
	return ""
}

// fillDefaults adds the schema's defaults and the name to inputs. It returns which inputs it added, in order, and
// why it could not make up a name.
func fillDefaults(
	s schema, olds, inputs resource.PropertyMap, req *pulumirpc.CheckRequest,
) (defaulted []string, reason string) {
	defaulted = []string{}
	for _, p := range s.inputs() {
		if _, given := inputs[p.key]; !given && !p.fallback.IsNull() {
			inputs[p.key] = p.fallback
			defaulted = append(defaulted, string(p.key))
		}
	}
	name, err := autoname(s, olds, inputs, req)
	if err != nil {
		return defaulted, err.Error()
	}
	if name != "" {
		inputs[nameKey] = resource.NewProperty(name)
		defaulted = append(defaulted, string(nameKey))
	}
	slices.Sort(defaulted)
	return defaulted, ""
}

// wasDefaulted reports whether Check, and not the program, set an input. When the list is missing, every input
// counts as defaulted, as in the bridge.
func wasDefaulted(inputs resource.PropertyMap, key resource.PropertyKey) bool {
	list := inputs[defaultsKey]
	if !list.IsArray() {
		return true
	}
	return slices.ContainsFunc(list.ArrayValue(), func(v resource.PropertyValue) bool {
		return v.IsString() && v.StringValue() == string(key)
	})
}

func failure(key resource.PropertyKey, reason string) *pulumirpc.CheckFailure {
	return &pulumirpc.CheckFailure{Property: string(key), Reason: reason}
}

// withoutSecretValues keeps the reasons, which quote the values, from showing a secret.
func withoutSecretValues(
	failures []*pulumirpc.CheckFailure, secret map[resource.PropertyKey]bool,
) []*pulumirpc.CheckFailure {
	for _, f := range failures {
		if secret[resource.PropertyKey(f.GetProperty())] {
			f.Reason = "invalid value; why is not shown because the value is a secret"
		}
	}
	return failures
}
