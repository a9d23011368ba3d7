package stackconfig

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// readStackFile takes a stack's file apart (LoadProjectStackBytes in
// sdk/workspace/loaders.go).
func (p *Project) readStackFile(config *Config, raw any) error {
	if raw == nil {
		return nil
	}
	top, ok := raw.(map[string]any)
	if !ok {
		return errors.New("expected a mapping with the key config")
	}
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		switch top[key].(type) {
		case map[string]any, map[any]any, []any:
			return fmt.Errorf("%s: expected a text", key)
		}
	}
	config.Environment = hasEnvironment(top["environment"])
	if top["config"] == nil {
		return nil
	}
	if err := p.readValues(config, top["config"]); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
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

func (p *Project) readValues(config *Config, values any) error {
	keys, ok := values.(map[string]any)
	if !ok {
		return errors.New("expected a mapping whose keys are texts")
	}
	spelt := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		full, err := fullKey(p.Name, key)
		if err != nil {
			return err
		}
		if config.Values[full], err = stackValue(origin{config.File, config.Stack}, full, keys[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		spelt[full] = append(spelt[full], key)
	}
	for full, keys := range spelt {
		if len(keys) > 1 {
			// A Go map has no order, and sdk/resource/config/map.go fills one.
			config.Values[full] = Value{fromStack: true, Problems: []Problem{{
				Key: full,
				Rule: fmt.Sprintf("%s has it as %s, and Pulumi takes one of them by chance",
					config.File, strings.Join(keys, " and ")),
				Remedy: "keep one of them",
			}}}
		}
	}
	return nil
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
