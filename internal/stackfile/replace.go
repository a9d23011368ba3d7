package stackfile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// Old is what becomes of the configuration of a stack file that is replaced.
type Old struct {
	// Kept are the keys that a new file says nothing about: they stay as they were.
	Kept []string
	// Lost are the keys whose values the new file does not have.
	Lost []string
}

// Replacing is the file that takes the place of the one at path, if there is one. What
// that has besides what a new file decides stays in it.
func (f File) Replacing(path string) (File, Old, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, Old{}, nil
	}
	if err != nil {
		return File{}, Old{}, fmt.Errorf("reading the stack file: %w", err)
	}
	merged, fate, err := f.merged(text)
	if err != nil {
		return File{}, Old{}, fmt.Errorf("stack file %s is there, and what it has besides the roles would be lost "+
			"(settings, and what Pulumi keeps there, encryptionsalt and such): mend or remove it: %w", path, err)
	}
	return merged, fate, nil
}

// merged is the file with the settings of the old one, and what else that has.
func (f File) merged(text []byte) (File, Old, error) {
	config, besides, err := parts(text)
	if err != nil {
		return File{}, Old{}, err
	}
	kept, fate, err := f.settle(config)
	if err != nil {
		return File{}, Old{}, err
	}
	if f.Text, err = compose(f.source, f, kept); err != nil {
		return File{}, Old{}, err
	}
	read, err := f.read()
	if err == nil {
		err = f.prove(read)
	}
	if err == nil && len(besides.Content) > 0 {
		var more []byte
		more, err = encoded(besides)
		f.Text = append(slices.Clip(f.Text), more...)
	}
	if err == nil {
		err = yaml.Unmarshal(f.Text, &yaml.Node{}) // what is kept may refer to what is not
	}
	return f, fate, err
}

// settle tells the settings of the old file that stay from those that the new one
// decides, and whose values it may not have.
func (f File) settle(old *yaml.Node) (kept []*yaml.Node, fate Old, err error) {
	var decided struct{ Config map[string]any }
	if err := yaml.Unmarshal(f.Text, &decided); err != nil {
		return nil, Old{}, err
	}
	for i := 0; i < len(old.Content); i += 2 {
		key, err := f.source.Project.FullKey(old.Content[i].Value)
		if err != nil {
			return nil, Old{}, err
		}
		now, ok := decided.Config[key]
		if !ok {
			kept = append(kept, old.Content[i], old.Content[i+1])
			fate.Kept = append(fate.Kept, key)
			continue
		}
		var before any
		if err := old.Content[i+1].Decode(&before); err != nil {
			return nil, Old{}, err
		}
		fate.Lost = append(fate.Lost, lost(key, before, now)...)
	}
	return kept, fate, nil
}

// lost are the paths to the values that there are no more.
func lost(path string, before, now any) (paths []string) {
	old, ok := before.(map[string]any)
	kept, same := now.(map[string]any)
	if !ok || !same {
		if reflect.DeepEqual(before, now) {
			return nil
		}
		return []string{path}
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		paths = append(paths, lost(path+"."+key, old[key], kept[key])...)
	}
	return paths
}

// writeOver puts the text in the place of the file that is there, if any, which a
// link may name.
func writeOver(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return atomicfile.Replace(path, text, mode)
}

// parts are the configuration of a stack file, and what it has besides: the key to the
// secrets of the stack's state, without which they cannot be read any more, and
// the environments that it imports.
//
// https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
func parts(text []byte) (config, besides *yaml.Node, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, nil, err
	}
	config, besides = mapping(), mapping()
	for _, top := range document.Content {
		if top.Tag == "!!null" {
			continue
		}
		if top.Kind != yaml.MappingNode {
			return nil, nil, errors.New("it is not a YAML mapping")
		}
		for i := 0; i < len(top.Content); i += 2 {
			switch key, value := top.Content[i], top.Content[i+1]; {
			case key.Value != "config":
				besides.Content = append(besides.Content, key, value)
			case value.Kind == yaml.MappingNode:
				config = value
			case value.Tag != "!!null":
				return nil, nil, errors.New("its config is not a YAML mapping")
			}
		}
	}
	return config, besides, nil
}
