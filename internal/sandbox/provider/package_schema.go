package provider

import (
	"context"
	"encoding/json"
	"fmt"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// typeSpec, resourceSpec and packageSpec are the little of a package schema
// (https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/) that the engine needs to know of a
// provider whose SDK already exists.
type typeSpec struct {
	Type       string    `json:"type,omitempty"`
	Ref        string    `json:"$ref,omitempty"`
	Items      *typeSpec `json:"items,omitempty"`
	Additional *typeSpec `json:"additionalProperties,omitempty"`
}

type resourceSpec struct {
	InputProperties map[string]typeSpec `json:"inputProperties"`
	RequiredInputs  []string            `json:"requiredInputs,omitempty"`
	Properties      map[string]typeSpec `json:"properties"`
}

type packageSpec struct {
	Name      string                  `json:"name"`
	Version   string                  `json:"version"`
	Resources map[string]resourceSpec `json:"resources"`
	Functions map[string]struct{}     `json:"functions"`
}

// GetSchema describes the resource types and names the functions.
func (p *provider) GetSchema(
	context.Context, *pulumirpc.GetSchemaRequest,
) (*pulumirpc.GetSchemaResponse, error) {
	spec := packageSpec{
		Name:      "aws",
		Version:   p.options.Version,
		Resources: map[string]resourceSpec{},
		Functions: map[string]struct{}{},
	}
	for token, rt := range p.resources {
		spec.Resources[token] = specOf(rt.schema())
	}
	for token := range p.functions {
		spec.Functions[token] = struct{}{}
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	return &pulumirpc.GetSchemaResponse{Schema: string(text)}, nil
}

func specOf(s schema) resourceSpec {
	spec := resourceSpec{InputProperties: map[string]typeSpec{}, Properties: map[string]typeSpec{}}
	for _, p := range s.properties {
		key := string(p.key)
		spec.Properties[key] = typeOf(p.kind)
		if p.isGiven() {
			spec.InputProperties[key] = typeOf(p.kind)
		}
		if p.use == required {
			spec.RequiredInputs = append(spec.RequiredInputs, key)
		}
	}
	return spec
}

func typeOf(k kind) typeSpec {
	switch k {
	case numberKind:
		return typeSpec{Type: "integer"}
	case flagKind:
		return typeSpec{Type: "boolean"}
	case textMapKind:
		return typeSpec{Type: "object", Additional: &typeSpec{Type: "string"}}
	case listKind:
		return typeSpec{Type: "array", Items: &typeSpec{Ref: "pulumi.json#/Any"}}
	default:
		return typeSpec{Type: "string"}
	}
}
