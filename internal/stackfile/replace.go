package stackfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/google/renameio/v2"
	"gopkg.in/yaml.v3"
)

// writeOver puts the text in the place of the file that is there, if any.
func writeOver(path string, text []byte) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept, err := besidesConfig(old)
	if err != nil {
		return fmt.Errorf("%s is there, and what Pulumi keeps in it (encryptionsalt and such) would be lost: "+
			"mend or remove it: %w", path, err)
	}
	return renameio.WriteFile(path, append(slices.Clip(text), kept...), mode)
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
		if top.Kind != yaml.MappingNode {
			return nil, errors.New("it is no YAML mapping")
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
