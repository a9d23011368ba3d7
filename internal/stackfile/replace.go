package stackfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// Replacing is the text that replaces the file at path, if there is one: it keeps
// what is in that besides the configuration.
func (f File) Replacing(path string) ([]byte, error) {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.Text, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	kept, err := besidesConfig(old)
	text := append(slices.Clip(f.Text), kept...)
	if err == nil {
		err = yaml.Unmarshal(text, &yaml.Node{}) // what is kept may refer to the configuration
	}
	if err != nil {
		return nil, fmt.Errorf("stack file %s is there, and what Pulumi keeps in it (encryptionsalt and such) would be lost"+
			": mend or remove it: %w", path, err)
	}
	return text, nil
}

// writeOver puts the text in the place of the file that is there, if any, which a
// link may name.
func writeOver(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return atomicfile.Replace(path, text, mode)
}

// besidesConfig is what a stack file has besides the configuration: the key to the
// secrets of the stack's state, without which they cannot be read any more, and
// the environments that it imports.
//
// https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
func besidesConfig(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	kept := mapping()
	for _, top := range document.Content {
		if top.Tag == "!!null" {
			continue
		}
		if top.Kind != yaml.MappingNode {
			return nil, errors.New("it is not a YAML mapping")
		}
		for i := 0; i < len(top.Content); i += 2 {
			if top.Content[i].Value != "config" {
				kept.Content = append(kept.Content, top.Content[i], top.Content[i+1])
			}
		}
	}
	if len(kept.Content) == 0 {
		return nil, nil
	}
	return encoded(kept)
}
