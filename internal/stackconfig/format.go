package stackconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// format reads and writes the files of one extension.
type format struct {
	decode  func(text []byte) (any, error)
	encode  func(value any) ([]byte, error)
	numbers func(text []byte) (any, error) // decode that keeps whole numbers whole
}

func formatOf(path string) format {
	if filepath.Ext(path) == ".json" {
		return format{decode: decodeJSON, encode: json.Marshal, numbers: decodeJSONNumbers}
	}
	return format{decode: decodeYAML, encode: yaml.Marshal, numbers: decodeYAML}
}

// reread is a value after a round trip through the file's format, which Pulumi
// makes after it has rewritten some keys and before it takes values
// (sdk/workspace/loaders.go): 1.0 in YAML is 1 from then on.
func reread(value any, encode func(any) ([]byte, error), decode func([]byte) (any, error)) (any, error) {
	text, err := encode(value)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

func decodeYAML(text []byte) (value any, err error) {
	return value, yaml.Unmarshal(text, &value)
}

func decodeJSON(text []byte) (value any, err error) {
	return value, json.Unmarshal(text, &value)
}

func decodeJSONNumbers(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// readFile reads a file once and decodes it. A byte order mark is no part of it.
func readFile(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	value, err := formatOf(path).decode(bytes.TrimPrefix(text, []byte("\ufeff")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return value, nil
}
