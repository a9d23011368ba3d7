package pulumitest

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Unwrap removes the secret (and output) wrapping of a value, at every depth. On a secret, StringValue and the others
// panic and IsString is false. Assert IsSecret beforehand where secrecy matters.
func Unwrap(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return Unwrap(value.SecretValue().Element)
	case value.IsOutput() && value.OutputValue().Known:
		return Unwrap(value.OutputValue().Element)
	default:
		return descend(value, Unwrap)
	}
}

// clone copies a value so deeply that no change to the copy reaches the original.
func clone(value resource.PropertyValue) resource.PropertyValue {
	if value.IsSecret() {
		return resource.MakeSecret(clone(value.SecretValue().Element))
	}
	return descend(value, clone)
}

func cloneMap(properties resource.PropertyMap) resource.PropertyMap {
	result := make(resource.PropertyMap, len(properties))
	for key, value := range properties {
		result[key] = clone(value)
	}
	return result
}

// descend rebuilds an array or object from f of its elements, and returns anything else as it is.
func descend(
	value resource.PropertyValue, f func(resource.PropertyValue) resource.PropertyValue,
) resource.PropertyValue {
	switch {
	case value.IsArray():
		elements := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, element := range value.ArrayValue() {
			elements[i] = f(element)
		}
		return resource.NewProperty(elements)
	case value.IsObject():
		object := make(resource.PropertyMap, len(value.ObjectValue()))
		for key, element := range value.ObjectValue() {
			object[key] = f(element)
		}
		return resource.NewProperty(object)
	default:
		return value
	}
}

// text is the string that a value holds, secret or not, or "".
func text(value resource.PropertyValue) string {
	if plain := Unwrap(value); plain.IsString() {
		return plain.StringValue()
	}
	return ""
}

// emptyStrings returns the paths of all empty strings at and below a value.
func emptyStrings(path string, value resource.PropertyValue) []string {
	plain := Unwrap(value)
	var found []string
	switch {
	case plain.IsString() && plain.StringValue() == "":
		found = append(found, path)
	case plain.IsArray():
		for i, element := range plain.ArrayValue() {
			found = append(found, emptyStrings(fmt.Sprintf("%s[%d]", path, i), element)...)
		}
	case plain.IsObject():
		for _, key := range plain.ObjectValue().StableKeys() {
			found = append(found, emptyStrings(path+"."+string(key), plain.ObjectValue()[key])...)
		}
	}
	return found
}

// Text returns the string that a value holds, secret or not. It fails the test when the value is something else,
// an unknown of a preview included.
func Text(t testing.TB, value resource.PropertyValue) string {
	t.Helper()
	plain := Unwrap(value)
	if !plain.IsString() {
		t.Fatalf("want a string, got %s: %v", plain.TypeString(), plain)
	}
	return plain.StringValue()
}

// JSON decodes the JSON text that a value holds, secret or not, such as a policy document.
func JSON[T any](t testing.TB, value resource.PropertyValue) T {
	t.Helper()
	var decoded T
	document := Text(t, value)
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		t.Fatalf("decoding %T from %q: %v", decoded, document, err)
	}
	return decoded
}

// Await returns the value of an output of a finished run. It fails the test when the output was rejected or is
// unknown, or holds another type.
func Await[T any](t testing.TB, output pulumi.Output) T {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), output)
	if err != nil {
		t.Fatalf("the output was rejected: %v", err)
	}
	value, ok := result.Value.(T)
	if !result.Known || !ok {
		t.Fatalf("want a known %T, got %T (known: %t): %v", value, result.Value, result.Known, result.Value)
	}
	return value
}

// IsKnown tells whether an output of a finished run has a value. In a preview, what AWS computes has none.
func IsKnown(t testing.TB, output pulumi.Output) bool {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), output)
	if err != nil {
		t.Fatalf("the output was rejected: %v", err)
	}
	return result.Known
}
