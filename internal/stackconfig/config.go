package stackconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Config is the configuration of a stack.
type Config struct {
	// Project is the project's name, and the namespace of its own keys.
	Project string
	// Stack is the stack's name, without organization and project.
	Stack string
	// File is the path of the stack file.
	File string
	// Values are all that are set, by namespace:name: those of the stack file,
	// and for other keys those that the project file gives.
	Values map[string]Value
	// Environment is whether the stack imports ESC environments, which may set
	// or change what the stack file does not set to a text, a number or a list.
	Environment bool
	// Refused is for what pulumi up refuses to deploy, though pulumi config
	// shows it: a key that is missing or of another type than declared.
	Refused []Problem
}

// Read resolves the configuration of a stack, whose name may have its
// organization and project before it, from the files of the project in a
// directory or above it. The error is for what Pulumi does not load at all; see
// [Config] for what is less.
func Read(projectDir, stack string) (Config, error) {
	project, err := OpenProject(projectDir)
	if err != nil {
		return Config{}, err
	}
	return project.Config(stack)
}

// Config resolves the configuration of a stack; see [Read].
func (p *Project) Config(stack string) (Config, error) {
	name, err := p.bareName(stack)
	if err != nil {
		return Config{}, err
	}
	path := p.stackFile(name)
	raw, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, p.noStackFile(path, err)
	}
	if err != nil {
		return Config{}, fmt.Errorf("stack file %w", err)
	}
	return p.resolve(name, path, raw)
}

// ConfigOf resolves what the configuration of a stack would be if its file were
// that text, in the format of the project file.
func (p *Project) ConfigOf(stack string, text []byte) (Config, error) {
	raw, err := formatOf(p.File).decode(text)
	if err != nil {
		return Config{}, err
	}
	return p.resolve(stack, p.stackFile(stack), raw)
}

func (p *Project) resolve(name, path string, raw any) (Config, error) {
	file, err := p.stackFileOf(path, name, raw)
	if err != nil {
		return Config{}, err
	}
	config := Config{
		Project: p.Name, Stack: name, File: path, Values: file.values, Environment: file.environment,
	}
	if config.Values == nil {
		config.Values = map[string]Value{}
	}
	if err := p.apply(&config); err != nil {
		return Config{}, fmt.Errorf("project file %s: config: %w", p.File, err)
	}
	return config, nil
}

// apply adds what the project file gives, and finds what pulumi up refuses
// (mergeConfig in pkg/workspace/config.go).
func (p *Project) apply(config *Config) error {
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
	value.Object = !isText(kept) && len(value.Problems) == 0
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

// Lookup is the text of a value by its full key, and whether it is set. The error
// is a [*ConfigError], for a value that is set and cannot be read here.
func (c Config) Lookup(key string) (text string, ok bool, err error) {
	value, ok := c.Values[key]
	if problems := slices.Concat(value.Problems, c.fromEnvironment(key)); len(problems) > 0 {
		return "", ok, &ConfigError{problems}
	}
	return value.Text, ok, nil
}

// Own are the values of the project's own namespace, by name without it. The error
// is a [*ConfigError], for all of them that cannot be read here.
func (c Config) Own() (map[string]string, error) {
	found := map[string]string{}
	problems := c.fromEnvironment("")
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		if name, own := strings.CutPrefix(key, c.Project+":"); own {
			found[name] = c.Values[key].Text
			problems = append(problems, c.Values[key].Problems...)
		}
	}
	if len(problems) > 0 {
		return nil, &ConfigError{problems}
	}
	return found, nil
}

// fromEnvironment is the problem of a value that an ESC environment may set. What
// the stack file has wins over it, but objects are merged (Merge in
// sdk/resource/config/object.go).
func (c Config) fromEnvironment(key string) []Problem {
	value := c.Values[key]
	merged := value.Object && strings.HasPrefix(value.Text, "{")
	if !c.Environment || value.fromStack && !merged {
		return nil
	}
	return []Problem{{
		Key: "environment",
		Rule: fmt.Sprintf("%s imports Pulumi ESC environments, which cannot be read without Pulumi Cloud, "+
			"and they may set %s", c.File, cmp.Or(key, "any key of "+c.Project)),
		Remedy: "write what they set under config of that file, and take environment out of it",
	}}
}
