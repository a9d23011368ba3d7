package stackconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Problem is one thing that is wrong with the configuration, or that cannot be
// read here. Its key is that of the file's environment for ESC.
type Problem = stack.Problem

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
func Read(projectDir, stackName string) (Config, error) {
	project, err := OpenProject(projectDir)
	if err != nil {
		return Config{}, err
	}
	return project.Config(stackName)
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

// FullKey is namespace:name of a key as it stands in a stack file.
func (p *Project) FullKey(key string) (string, error) { return fullKey(p.Name, key) }

// ConfigOf resolves what the configuration of a stack would be if its file were
// that text, in the format of the project file.
func (p *Project) ConfigOf(stack string, text []byte) (Config, error) {
	raw, err := formatOf(p.File).decode(text)
	if err != nil {
		return Config{}, err
	}
	return p.resolve(stack, p.stackFile(stack), raw)
}

// resolve is the configuration of a stack file and, for what it does not set, of the
// project file.
func (p *Project) resolve(name, path string, raw any) (Config, error) {
	config := Config{Project: p.Name, Stack: name, File: path, Values: map[string]Value{}}
	if err := p.readStackFile(&config, raw); err != nil {
		return Config{}, fmt.Errorf("stack file %s: %w", path, err)
	}
	if err := p.applyDefaults(&config); err != nil {
		return Config{}, fmt.Errorf("project file %s: config: %w", p.File, err)
	}
	return config, nil
}

// Lookup is the text of a value by its full key, and whether it is set. A value
// that is set and cannot be read here has problems.
func (c Config) Lookup(key string) (text string, ok bool, problems []Problem) {
	value, ok := c.Values[key]
	if problems := slices.Concat(value.Problems, c.fromEnvironment(key)); len(problems) > 0 {
		return "", ok, problems
	}
	return value.Text, ok, nil
}

// Own are the values of the project's own namespace, by name without it, and the
// problems of all of them that cannot be read here.
func (c Config) Own() (map[string]string, []Problem) {
	found := map[string]string{}
	problems := c.fromEnvironment("")
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		if name, own := strings.CutPrefix(key, c.Project+":"); own {
			found[name] = c.Values[key].Text
			problems = append(problems, c.Values[key].Problems...)
		}
	}
	return found, problems
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
