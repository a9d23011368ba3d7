package stackconfig

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// stackFile is what a stack's file says.
type stackFile struct {
	values map[string]Value // by full key
	// environment is whether the stack imports ESC environments.
	environment bool
}

// stackFileOf takes a stack's file apart (LoadProjectStackBytes in
// sdk/workspace/loaders.go).
func (p *Project) stackFileOf(path, stack string, raw any) (stackFile, error) {
	if raw == nil {
		return stackFile{}, nil
	}
	top, ok := raw.(map[string]any)
	if !ok {
		return stackFile{}, fmt.Errorf("stack file %s: expected a mapping with the key config", path)
	}
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		switch top[key].(type) {
		case map[string]any, map[any]any, []any:
			return stackFile{}, fmt.Errorf("stack file %s: %s: expected a text", path, key)
		}
	}
	values, err := p.stackValues(origin{path, stack}, top["config"])
	if err != nil {
		return stackFile{}, fmt.Errorf("stack file %s: config: %w", path, err)
	}
	return stackFile{values: values, environment: hasEnvironment(top["environment"])}, nil
}

func (p *Project) noStackFile(path string, err error) error {
	there := "there is none yet"
	if names, _ := p.Stacks(); len(names) > 0 {
		there = "the project has " + strings.Join(names, ", ")
	}
	return fmt.Errorf("there is no stack file %s (%s): name another stack, write the file, "+
		"or have awsmfa init write it: %w", path, there, err)
}

// hasEnvironment reports whether environment of a stack file asks for anything
// (Environment in sdk/workspace/project.go).
func hasEnvironment(value any) bool {
	if list, ok := value.([]any); ok {
		return len(list) > 0
	}
	return value != nil
}

// stackValues are the values under config of a stack file, by full key.
func (p *Project) stackValues(from origin, config any) (map[string]Value, error) {
	if config == nil {
		return nil, nil
	}
	found := map[string]Value{}
	spelt := map[string][]string{}
	keys, ok := config.(map[string]any)
	if !ok {
		return nil, errors.New("expected a mapping whose keys are texts")
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		full, err := fullKey(p.Name, key)
		if err != nil {
			return nil, err
		}
		if found[full], err = stackValue(from, full, keys[key]); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		spelt[full] = append(spelt[full], key)
	}
	for full, keys := range spelt {
		if len(keys) > 1 {
			// A Go map has no order, and sdk/resource/config/map.go fills one.
			found[full] = Value{fromStack: true, Problems: []Problem{{
				Key: full,
				Rule: fmt.Sprintf("%s has it as %s, and Pulumi takes one of them by chance",
					from.file, strings.Join(keys, " and ")),
				Remedy: "keep one of them",
			}}}
		}
	}
	return found, nil
}

// stackValue is one value of a stack file. YAML's null is an empty text, that of
// JSON is not (checkForEmptyConfig in sdk/workspace/loaders.go, and
// sdk/resource/config/object.go).
func stackValue(from origin, key string, raw any) (Value, error) {
	if raw == nil && filepath.Ext(from.file) != ".json" {
		return Value{fromStack: true}, nil
	}
	format := formatOf(from.file)
	raw, err := reread(raw, format.encode, format.numbers)
	if err != nil {
		return Value{}, err
	}
	kept, err := tree(raw)
	if err != nil {
		return Value{}, err
	}
	value, err := newValue(from, key, kept)
	value.fromStack = true
	return value, err
}
