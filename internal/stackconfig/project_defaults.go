package stackconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// applyDefaults adds what the project file gives, and finds what pulumi up refuses
// (mergeConfig in pkg/workspace/config.go).
func (p *Project) applyDefaults(config *Config) error {
	for _, key := range slices.Sorted(maps.Keys(p.declared)) {
		full, err := fullKey(p.Name, key)
		if err != nil {
			return err
		}
		if p.applyPath(config, full) {
			continue
		}
		if err := p.applyKey(config, full, p.declared[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	// Not before all are there: a key may be declared twice.
	for _, key := range slices.Sorted(maps.Keys(p.declared)) {
		full, _ := fullKey(p.Name, key) // it was read above
		if value, ok := config.Values[full]; ok {
			config.Refused = append(config.Refused, p.refusals(full, value, p.declared[key])...)
		}
	}
	return nil
}

// applyPath reports whether a declared key is a path to a nested value. Pulumi
// puts the default there; here, the whole value counts as not readable.
func (p *Project) applyPath(config *Config, full string) bool {
	namespace, name, _ := strings.Cut(full, ":")
	at := strings.IndexAny(name, ".[")
	if at < 0 {
		return false
	}
	root := namespace + ":" + name[:at]
	config.Values[root] = Value{Problems: []Problem{{
		Key:    root,
		Rule:   fmt.Sprintf("%s declares %s, a path into it, which is not understood here", p.File, full),
		Remedy: fmt.Sprintf("declare %s as a whole", root),
	}}}
	return true
}

func (p *Project) applyKey(config *Config, full string, declared declaration) error {
	if _, ok := config.Values[full]; ok {
		return nil
	}
	if declared.given == nil {
		if !config.Environment {
			config.Refused = append(config.Refused, Problem{
				Key:    pathTo(full),
				Rule:   fmt.Sprintf("it is not set, and %s declares it without a default", p.File),
				Remedy: "set it in " + config.File,
			})
		}
		return nil
	}
	kept, err := declared.value()
	if err != nil {
		return err
	}
	value, err := newValue(origin{p.File, config.Stack}, full, kept)
	_, isText := kept.(string)
	value.Object = !isText && len(value.Problems) == 0
	config.Values[full] = value
	return err
}

// refusals are why pulumi up refuses a value that is declared so
// (validateStackConfigValue in pkg/workspace/config.go).
func (p *Project) refusals(full string, value Value, declared declaration) []Problem {
	if declared.kind == nil {
		return nil
	}
	if declared.secret && !value.secret {
		return []Problem{{
			Key:    pathTo(full),
			Rule:   fmt.Sprintf("%s declares it secret, and it is not encrypted", p.File),
			Remedy: "take secret: true away there, or set it with pulumi config set --secret",
		}}
	}
	if len(value.Problems) > 0 || declared.kind.has(value.content()) {
		return nil
	}
	return []Problem{{
		Key: pathTo(full), Value: value.shown(),
		Rule:   fmt.Sprintf("it must be of type %s, as %s declares it", declared.kind, p.File),
		Remedy: "write " + declared.kind.words(),
	}}
}

// value is what a stack gets that sets no other (createConfigValue in
// pkg/workspace/config.go).
func (d declaration) value() (any, error) {
	switch given := d.given.(type) {
	case string:
		return given, nil
	case int, bool:
		return fmt.Sprint(given), nil
	}
	value, err := reread(d.given, json.Marshal, decodeJSONNumbers)
	if err != nil {
		return nil, fmt.Errorf("the default or value is not JSON: every key must be a text: %w", err)
	}
	return tree(value)
}
