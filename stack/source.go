package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Namespace is that of the configuration keys: aws-cli-mfa:roles.
const Namespace = "aws-cli-mfa"

// withoutConfig is a key in the short of its two forms: aws:config:region is
// aws:region.
func withoutConfig(key string) string { return strings.Replace(key, ":config:", ":", 1) }

// ReadFile reads the configuration of a stack from its settings file,
// Pulumi.<stack>.yaml, without Pulumi and without an account. What Pulumi would
// read otherwise, in this file or in Pulumi.yaml beside it, is a problem. The
// error is a [*ConfigError] when the configuration is bad.
func ReadFile(path, stack string) (Config, error) {
	project, err := readProject(filepath.Dir(path))
	if err != nil {
		return Config{}, err
	}
	if dir := project.StackConfigDir; dir != "" && filepath.Clean(dir) != "." {
		return Config{}, &ConfigError{Stack: stack, Problems: []Problem{{
			Key: "stackConfigDir", Value: dir, Rule: "stack files in another directory cannot be read offline yet",
			Remedy: "move them beside Pulumi.yaml and remove the key",
		}}}
	}
	settings, err := readSettings(path)
	if err != nil {
		return Config{}, err
	}
	problems := project.unread(stack, settings)
	if len(problems) > 0 { // what [Parse] finds may follow from these
		return Config{}, &ConfigError{Stack: stack, Problems: problems}
	}
	values, err := settings.values()
	if err != nil {
		return Config{}, fmt.Errorf("stack file %s: %w", path, err)
	}
	config, problems := Parse(Namespace, stack, values)
	return config, config.Error(problems)
}

// ReadRegion reads aws:region from the settings file of a stack. It is empty
// where the file has none.
func ReadRegion(path string) (string, error) {
	settings, err := readSettings(path)
	if err != nil || settings.Config[regionKey] == nil {
		return "", err
	}
	return fmt.Sprint(settings.Config[regionKey]), nil
}

// settings are those of a stack file that decide its configuration.
type settings struct {
	Config      map[string]any `yaml:"config"`
	Environment any            `yaml:"environment"`
}

func readSettings(path string) (settings, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{}, fmt.Errorf("there is no stack file %s: write one, starting from Pulumi.dev.yaml, "+
			"or have awsmfa init write it: %w", path, err)
	}
	if err != nil {
		return settings{}, fmt.Errorf("reading the stack file: %w", err)
	}
	var found settings
	if err := yaml.Unmarshal(text, &found); err != nil {
		return settings{}, fmt.Errorf("stack file %s: %w", path, err)
	}
	return found, nil
}

// values gives this project's values as Pulumi hands them to a program.
func (s settings) values() (map[string]string, error) {
	found := map[string]string{}
	for key, value := range s.Config {
		name, ours := strings.CutPrefix(key, Namespace+":")
		if !ours {
			continue
		}
		text, err := textOf(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		found[name] = text
	}
	return found, nil
}

// textOf gives a value as Pulumi hands it to a program: scalars as text, the
// rest as JSON. Where Pulumi.yaml declares a map or a list, Pulumi refuses a
// text with JSON in it; as JSON, the text is what [Parse] refuses.
func textOf(name string, value any) (string, error) {
	switch value := value.(type) {
	case map[string]any, map[any]any, []any:
	case nil:
		return "", nil
	case string:
		if name != "roles" && name != "exemptActions" {
			return value, nil
		}
	default:
		return fmt.Sprint(value), nil
	}
	text, err := json.Marshal(textKeys(value))
	return string(text), err
}

// textKeys makes a YAML value one of JSON, in which every key is text: a role
// may be named 1.
func textKeys(value any) any {
	switch value := value.(type) {
	case map[any]any:
		object := map[string]any{}
		for key, member := range value {
			object[fmt.Sprint(key)] = textKeys(member)
		}
		return object
	case map[string]any:
		object := map[string]any{}
		for key, member := range value {
			object[key] = textKeys(member)
		}
		return object
	case []any:
		list := make([]any, 0, len(value))
		for _, item := range value {
			list = append(list, textKeys(item))
		}
		return list
	}
	return value
}
