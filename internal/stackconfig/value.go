package stackconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Value is one value of the configuration.
type Value struct {
	// Text is what a program gets: the text of a scalar, the JSON of an object
	// or array. It is empty where Problems say that it cannot be read here.
	Text string
	// Object is whether Text is JSON. A text that the file has in quotes is none,
	// whatever stands in it.
	Object bool
	// Problems say why the value cannot be read here.
	Problems []Problem

	// fromStack is whether the stack file sets it.
	fromStack bool
	// secret is whether there is something encrypted in it.
	secret bool
}

// secret is {secure: ciphertext}.
type secret struct {
	Ciphertext string `json:"secure"`
}

// tree is a decoded value as Pulumi keeps it (sdk/resource/config/object.go): a
// date is a text, and every key is one.
func tree(value any) (any, error) {
	switch value := value.(type) {
	case nil, bool, string, int64, uint64, float64:
		return value, nil
	case int:
		return int64(value), nil
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole, nil
		}
		return value.Float64()
	case time.Time:
		return value.String(), nil
	case map[string]any:
		if ciphertext, ok := value["secure"].(string); ok && len(value) == 1 {
			return secret{ciphertext}, nil
		}
		return object(value)
	case map[any]any:
		object := make(map[string]any, len(value))
		for key, member := range value {
			object[fmt.Sprint(key)] = member
		}
		return tree(object)
	case []any:
		return array(value)
	}
	return nil, fmt.Errorf("a value of type %T is not configuration", value)
}

func object(value map[string]any) (any, error) {
	object := make(map[string]any, len(value))
	for key, member := range value {
		var err error
		if object[key], err = tree(member); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func array(value []any) (any, error) {
	list := make([]any, 0, len(value))
	for _, item := range value {
		item, err := tree(item)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// origin is where a value stands: a file, and the stack that is read.
type origin struct{ file, stack string }

// newValue is the value of key that a tree is. An object goes
// through JSON, as in Pulumi, which keeps it as text between a file and a program.
func newValue(from origin, key string, value any) (Value, error) {
	switch value := value.(type) {
	case string:
		return Value{Text: value}, nil
	case bool, int64, uint64, float64:
		text, err := json.Marshal(value)
		return Value{Text: string(text)}, err
	}
	kept, err := reread(value, json.Marshal, decodeJSONNumbers)
	if err == nil {
		kept, err = tree(kept)
	}
	if err != nil {
		return Value{}, err
	}
	if paths := secretPaths(pathTo(key), kept); len(paths) > 0 {
		return unreadable(from, paths), nil
	}
	text, err := json.Marshal(kept)
	return Value{Text: string(text), Object: true}, err
}

func unreadable(from origin, secrets []string) Value {
	value := Value{secret: true}
	for _, at := range secrets {
		value.Problems = append(value.Problems, Problem{
			Key:  at,
			Rule: fmt.Sprintf("it is a Pulumi secret, encrypted in %s, and cannot be read without Pulumi", from.file),
			Remedy: fmt.Sprintf("if whoever reads that file may read it, put there in its place what this prints: "+
				"pulumi config get --stack %s --path '%s'", from.stack, at),
		})
	}
	return value
}

// secretPaths are the paths to what is encrypted in the tree at path.
func secretPaths(path string, value any) []string {
	var paths []string
	switch value := value.(type) {
	case secret:
		return []string{path}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			paths = append(paths, secretPaths(member(path, name), value[name])...)
		}
	case []any:
		for index, one := range value {
			paths = append(paths, secretPaths(fmt.Sprintf("%s[%d]", path, index), one)...)
		}
	}
	return paths
}

func (v Value) content() any {
	if !v.Object {
		return v.Text
	}
	content, _ := decodeJSON([]byte(v.Text)) // it was written as JSON
	return content
}

// shown is the beginning of the value, for a message.
func (v Value) shown() string {
	const long = 60
	if len(v.Text) <= long {
		return v.Text
	}
	return strings.ToValidUTF8(v.Text[:long], "") + "…"
}
