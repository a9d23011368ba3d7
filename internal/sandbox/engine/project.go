package engine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
)

// saltKey is where the passphrase secrets provider keeps its salt in a stack file.
const saltKey = "encryptionsalt"

// foreignStackKeys belong to the stack's real deployment: the key that encrypts
// its secrets and the Pulumi ESC environments it imports. Kept in the copy, they
// would send the engine to AWS KMS or to Pulumi Cloud.
func foreignStackKeys() []string {
	return []string{"secretsprovider", "encryptedkey", saltKey, "environment"}
}

// ConfigKeys lists the config keys that a stack file sets, with their namespace,
// sorted, for a program that has to know them: an inline program is not told.
func ConfigKeys(stackFile string) ([]string, error) {
	_, config, err := readStackFile(stackFile)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(pairs(config))), nil
}

// copyProject puts the project file and the stack file where the engine works.
// The engine writes into its stack file, so it never gets the user's own. It
// returns the config keys left out: those to omit, and secrets, because what is
// encrypted for the real stack cannot be read here.
func copyProject(opts Options, workDir string) ([]string, error) {
	if err := os.MkdirAll(workDir, 0o700); err != nil {
		return nil, fmt.Errorf("create the work directory: %w", err)
	}
	project, err := os.ReadFile(opts.ProjectFile)
	if err != nil {
		return nil, fmt.Errorf("read the project file: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(workDir, "Pulumi.yaml"), project); err != nil {
		return nil, fmt.Errorf("copy the project file: %w", err)
	}
	return copyStackFile(opts.StackFile, filepath.Join(workDir, "Pulumi."+opts.Stack+".yaml"), opts.OmitConfig)
}

// copyStackFile copies the stack's plain config, keeping the salt that the
// engine wrote into an earlier copy: a new one each run would re-encrypt state.
func copyStackFile(from, to string, omit []string) ([]string, error) {
	document, config, err := readStackFile(from)
	if err != nil {
		return nil, err
	}
	for _, key := range foreignStackKeys() {
		remove(document, key)
	}
	left := leaveOut(config, omit)

	previous, _, err := readStackFile(to)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if salt, ok := pairs(previous)[saltKey]; ok {
		document.Content = append(document.Content, scalar(saltKey), salt)
	}

	text, err := yaml.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("copy the stack file: %w", err)
	}
	if err := atomicfile.Write(to, text); err != nil {
		return nil, fmt.Errorf("copy the stack file: %w", err)
	}
	return left, nil
}

// readStackFile returns the top mapping of a stack file and its config mapping,
// either of which may be empty but is a mapping.
func readStackFile(path string) (document, config *yaml.Node, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the stack file: %w", err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, nil, fmt.Errorf("read the stack file %s: %w", path, err)
	}
	document = &yaml.Node{Kind: yaml.MappingNode}
	if len(root.Content) > 0 && !isNull(root.Content[0]) {
		document = root.Content[0]
	}
	config = &yaml.Node{Kind: yaml.MappingNode}
	if value, ok := pairs(document)["config"]; ok && !isNull(value) {
		config = value
	}
	if document.Kind != yaml.MappingNode || config.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("read the stack file %s: want a mapping with the key config, itself a mapping", path)
	}
	return document, config, nil
}

// leaveOut takes the keys to omit and the secrets out of a config mapping and
// names those that were there.
func leaveOut(config *yaml.Node, omit []string) []string {
	var left []string
	for key, value := range pairs(config) {
		if holdsSecret(value) || slices.Contains(omit, key) {
			left = append(left, key)
		}
	}
	slices.Sort(left)
	for _, key := range left {
		remove(config, key)
	}
	return left
}

// holdsSecret reports whether a config value is or contains {secure: ciphertext}.
func holdsSecret(node *yaml.Node) bool {
	if cipher, ok := pairs(node)["secure"]; ok && len(node.Content) == 2 && cipher.Kind == yaml.ScalarNode {
		return true
	}
	return slices.ContainsFunc(node.Content, holdsSecret)
}

// pairs maps the scalar keys of a mapping node to their values; nil and other
// kinds of node have none.
func pairs(mapping *yaml.Node) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return found
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		found[mapping.Content[i].Value] = mapping.Content[i+1]
	}
	return found
}

// remove deletes a key and its value from a mapping node.
func remove(mapping *yaml.Node, key string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return
		}
	}
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == "!!null"
}

func scalar(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: value}
}
