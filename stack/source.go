package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"go.yaml.in/yaml/v3"
)

// EnvironmentKeys lists the configuration keys that the Pulumi CLI gave to
// this process, each with its namespace. A Pulumi program can ask for a key
// but not for the list of them, and without the list a misspelt key would
// pass unseen. It is nil in a program that no language host started.
func EnvironmentKeys() []string {
	var config map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &config) != nil {
		return nil
	}
	return slices.Collect(maps.Keys(config))
}

// values are this project's configuration values by key without namespace:
// the known keys that are set, and those of listed that are not known.
func values(ctx *pulumi.Context, listed []string) map[string]string {
	found := map[string]string{}
	for key := range keys() {
		if value, ok := ctx.GetConfig(Namespace + ":" + key); ok {
			found[key] = value
		}
	}
	for _, key := range listed {
		key = strings.Replace(key, ":config:", ":", 1)
		if name, ours := strings.CutPrefix(key, Namespace+":"); ours {
			if _, ok := found[name]; !ok {
				found[name] = ""
			}
		}
	}
	return found
}

// ReadFile reads the configuration of a stack from its settings file,
// Pulumi.<stack>.yaml, without Pulumi and without an account. The error is a
// [*ConfigError] when the configuration is bad.
func ReadFile(path, stack string) (Config, error) {
	values, err := fileValues(path)
	if err != nil {
		return Config{}, err
	}
	config, problems := Parse(stack, values)
	if len(problems) > 0 {
		return Config{}, &ConfigError{Stack: stack, Problems: problems}
	}
	return config, nil
}

// ReadRegion reads aws:region from the settings file of a stack. It is empty
// where the file has none.
func ReadRegion(path string) (string, error) {
	config, err := fileConfig(path)
	if err != nil || config["aws:region"] == nil {
		return "", err
	}
	return fmt.Sprint(config["aws:region"]), nil
}

func fileConfig(path string) (map[string]any, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no stack file %s: write one, starting from Pulumi.dev.yaml, "+
			"or have awsmfa init write it: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	var settings struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("stack file %s: %w", path, err)
	}
	return settings.Config, nil
}

// fileValues gives the values as Pulumi hands them to a program: scalars as
// text, the rest as JSON.
func fileValues(path string) (map[string]string, error) {
	config, err := fileConfig(path)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for key, value := range config {
		name, ours := strings.CutPrefix(key, Namespace+":")
		if !ours {
			continue
		}
		switch value.(type) {
		case map[string]any, map[any]any, []any:
			text, err := json.Marshal(textKeys(value))
			if err != nil {
				return nil, fmt.Errorf("stack file %s: %s: %w", path, key, err)
			}
			found[name] = string(text)
		default:
			found[name] = fmt.Sprint(value)
		}
	}
	return found, nil
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
