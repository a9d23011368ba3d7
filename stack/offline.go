package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// regionKey decides the partition that a stack deploys to.
const regionKey = "aws:region"

// project is what Pulumi.yaml says about where configuration comes from.
type project struct {
	Name           string `yaml:"name"`
	StackConfigDir string `yaml:"stackConfigDir"`
	// Config is the declarations, or the stack files' directory as older
	// projects name it.
	Config any `yaml:"config"`
}

// readProject reads the Pulumi.yaml in that directory. A stack file without one
// is of this program's own project.
func readProject(dir string) (project, error) {
	path := filepath.Join(dir, "Pulumi.yaml")
	found := project{Name: Namespace}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err == nil {
		err = yaml.Unmarshal(text, &found)
	}
	if err != nil {
		return project{}, fmt.Errorf("project file %s: %w", path, err)
	}
	if text, ok := found.Config.(string); ok {
		found.StackConfigDir = text
	}
	return found, nil
}

// unread are the problems of what Pulumi reads and this package does not: the
// program would be deployed with another configuration than the one judged.
func (p project) unread(stack string, settings settings) []Problem {
	var problems []Problem
	if settings.Environment != nil {
		problems = append(problems, Problem{
			Key: "environment", Rule: "what a Pulumi ESC environment adds cannot be read offline yet",
			Remedy: "write the configuration in the stack file and remove the key, " +
				"or judge what is deployed with awsmfa verify --outputs",
		})
	}
	for _, key := range slices.Sorted(maps.Keys(settings.Config)) {
		problems = append(problems, p.unreadKey(key, settings.Config[key])...)
	}
	return append(problems, p.unreadDefaults(stack, settings.Config)...)
}

// unreadKey are the problems of one key of the stack file.
func (p project) unreadKey(key string, value any) []Problem {
	full := p.fullKey(key)
	name, ours := strings.CutPrefix(full, Namespace+":")
	switch {
	case !ours && full != regionKey:
		return p.othersKey(key)
	case full == key:
		return secrets(key, value)
	}
	remedy := "write " + full
	if _, known := keys()[name]; ours && !known {
		remedy = "write it with its namespace, as in " + regionKey
	}
	return []Problem{{Key: key, Rule: "to Pulumi this is " + full + ", which cannot be read offline yet", Remedy: remedy}}
}

// othersKey refuses a key of a project of another name, if it has the name of
// one of ours: the program reads the keys of one namespace, whatever its project
// is called.
func (p project) othersKey(key string) []Problem {
	name, ofProject := strings.CutPrefix(p.fullKey(key), p.Name+":")
	if _, known := keys()[name]; !ofProject || !known {
		return nil
	}
	return []Problem{{
		Key: key, Rule: fmt.Sprintf("the program does not read the keys of project %s", p.Name),
		Remedy: "write " + Namespace + ":" + name,
	}}
}

// fullKey is the key as Pulumi takes it: one without a namespace is the
// project's, and namespace:config:name is the older form of namespace:name.
func (p project) fullKey(key string) string {
	if !strings.Contains(key, ":") {
		return p.Name + ":" + key
	}
	return strings.Replace(key, ":config:", ":", 1)
}

// unreadDefaults are the values in Pulumi.yaml that the stack file does not
// replace and that are not what the program does without them.
func (p project) unreadDefaults(stack string, config map[string]any) []Problem {
	declared, _ := p.Config.(map[string]any)
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(declared)) {
		full, value := p.fullKey(key), declaredValue(declared[key])
		name, ours := strings.CutPrefix(full, Namespace+":")
		_, replaced := config[full]
		switch {
		case value == nil || replaced:
		case !ours && full != regionKey:
			problems = append(problems, p.othersKey(key)...)
		case !ours || !isDefault(stack, name, value):
			problems = append(problems, Problem{
				Key: key, Value: show(textKeys(value)), Rule: "a value in Pulumi.yaml cannot be read offline yet",
				Remedy: fmt.Sprintf("write %s in Pulumi.%s.yaml", full, stack),
			})
		}
	}
	return problems
}

// declaredValue is the value that a declaration in Pulumi.yaml gives to stacks
// which have none: its default or value, or all of it in the short form.
func declaredValue(declaration any) any {
	object, ok := declaration.(map[string]any)
	if !ok {
		return declaration
	}
	if value := object["value"]; value != nil {
		return value
	}
	return object["default"]
}

// isDefault tells whether the value changes nothing.
func isDefault(stack, name string, value any) bool {
	text, err := textOf(name, value)
	if err != nil {
		return false
	}
	without, missing := Parse(Namespace, stack, nil) // no roles
	with, problems := Parse(Namespace, stack, map[string]string{name: text})
	return reflect.DeepEqual(with, without) && len(problems) == len(missing)
}

// secrets are the problems of what is encrypted in a value.
func secrets(key string, value any) []Problem {
	var problems []Problem
	switch value := textKeys(value).(type) {
	case map[string]any:
		if _, encrypted := value["secure"].(string); encrypted && len(value) == 1 {
			return []Problem{{
				Key: key, Rule: "a Pulumi secret cannot be read offline yet",
				Remedy: "write it as it is: nothing that this program reads is secret",
			}}
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			problems = append(problems, secrets(key+"."+name, value[name])...)
		}
	case []any:
		for i, item := range value {
			problems = append(problems, secrets(fmt.Sprintf("%s[%d]", key, i), item)...)
		}
	}
	return problems
}
