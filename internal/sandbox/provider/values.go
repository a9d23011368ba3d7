package provider

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// decode reads the properties of a message: unknowns stay unknown, a resource reference becomes the resource's id, and
// null is absence. Secrets are bare values here: the engine keeps track of them for a provider that does not.
func decode(label string, s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, plugin.MarshalOptions{Label: label, KeepUnknowns: true, SkipNulls: true})
}

func encode(label string, m resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(m, plugin.MarshalOptions{Label: label, KeepUnknowns: true})
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// text is a property's string, or "" if it is absent, unknown or not a string.
func text(m resource.PropertyMap, key resource.PropertyKey) string {
	if v := m[key]; v.IsString() {
		return v.StringValue()
	}
	return ""
}

// given is a property's string for a request, nil if the property is absent or empty.
func given(m resource.PropertyMap, key resource.PropertyKey) *string {
	if s := text(m, key); s != "" {
		return &s
	}
	return nil
}

// number is a property's integer, or 0 if it is absent, unknown or not a number.
func number(m resource.PropertyMap, key resource.PropertyKey) int32 {
	if v := m[key]; v.IsNumber() {
		return int32(v.NumberValue())
	}
	return 0
}

// isZero reports whether a value says no more than an absent one.
func isZero(v resource.PropertyValue) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsString():
		return v.StringValue() == ""
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject():
		return len(v.ObjectValue()) == 0
	default:
		return false
	}
}

// entries are those of a map, none for any other value.
func entries(v resource.PropertyValue) resource.PropertyMap {
	if !v.IsObject() {
		return resource.PropertyMap{}
	}
	return v.ObjectValue()
}

// encodeState writes an object's state, with the id among the properties as the real provider has it.
func encodeState(label, id string, state resource.PropertyMap) (*structpb.Struct, error) {
	state = maps.Clone(state)
	state[idKey] = resource.NewProperty(id)
	return encode(label, state)
}
