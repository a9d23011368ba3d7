package provider

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// values are the properties of one message: the bare values, in which unknowns stay unknown, and which of the
// properties held a secret.
type values struct {
	plain  resource.PropertyMap
	secret map[resource.PropertyKey]bool
}

// decode reads the properties of a message. A resource reference becomes the resource's id, and null is absence.
func decode(label string, s *structpb.Struct) (values, error) {
	m, err := plugin.UnmarshalProperties(s, plugin.MarshalOptions{
		Label: label, KeepUnknowns: true, KeepSecrets: true, SkipNulls: true,
	})
	if err != nil {
		return values{}, err
	}
	v := values{plain: resource.PropertyMap{}, secret: map[resource.PropertyKey]bool{}}
	for key, value := range m {
		if value.ContainsSecrets() {
			v.secret[key] = true
		}
		v.plain[key] = withoutSecrets(value)
	}
	return v, nil
}

func withoutSecrets(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return withoutSecrets(v.SecretValue().Element)
	case v.IsOutput() && v.OutputValue().Known:
		return withoutSecrets(v.OutputValue().Element)
	case v.IsOutput():
		return unknown()
	case v.IsArray():
		elements := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			elements[i] = withoutSecrets(e)
		}
		return resource.NewProperty(elements)
	case v.IsObject():
		fields := resource.PropertyMap{}
		for key, e := range v.ObjectValue() {
			fields[key] = withoutSecrets(e)
		}
		return resource.NewProperty(fields)
	default:
		return v
	}
}

// encode writes properties, those that secret names as secrets.
func encode(label string, m resource.PropertyMap, secret map[resource.PropertyKey]bool) (*structpb.Struct, error) {
	out := maps.Clone(m)
	for key := range secret {
		if v, ok := out[key]; ok {
			out[key] = resource.MakeSecret(v)
		}
	}
	return plugin.MarshalProperties(out, plugin.MarshalOptions{Label: label, KeepUnknowns: true, KeepSecrets: true})
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

func flag(m resource.PropertyMap, key resource.PropertyKey) bool {
	v := m[key]
	return v.IsBool() && v.BoolValue()
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
	case v.IsBool():
		return !v.BoolValue()
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject():
		return len(v.ObjectValue()) == 0
	default:
		return false
	}
}

func textList(list []string) resource.PropertyValue {
	elements := make([]resource.PropertyValue, len(list))
	for i, s := range list {
		elements[i] = resource.NewProperty(s)
	}
	return resource.NewProperty(elements)
}

func sortedTextList(list []string) resource.PropertyValue {
	return textList(slices.Sorted(slices.Values(list)))
}

// encodeState writes an object's state, with the id among the properties as the real provider has it.
func encodeState(label string, o object, secret map[resource.PropertyKey]bool) (*structpb.Struct, error) {
	state := maps.Clone(o.state)
	state[idKey] = resource.NewProperty(o.id)
	return encode(label, state, secret)
}
