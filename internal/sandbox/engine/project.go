package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// ConfigKeys lists the config keys of a stack that are set, with their namespace,
// sorted, for a program that has to know them: an inline program is not told.
func ConfigKeys(projectDir, stack string) ([]string, error) {
	config, err := stackconfig.Read(projectDir, stack)
	return slices.Sorted(maps.Keys(config.Values)), err
}

// copyProject puts the project file and the stack file where the engine works.
// The engine writes into its stack file, so it never gets the user's own. It
// returns the config keys left out: those to omit, and what cannot be read here,
// as secrets that are encrypted for the real stack. So are the key to those and
// the stack's ESC environments: they would send the engine to AWS KMS or to
// Pulumi Cloud.
func copyProject(opts Options, workDir string) ([]string, error) {
	project, err := stackconfig.OpenProject(opts.ProjectDir)
	if err != nil {
		return nil, err
	}
	config, err := project.Config(opts.Stack)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(project.File)
	if err != nil {
		return nil, fmt.Errorf("read the project file: %w", err)
	}
	from := filepath.Dir(project.File)
	stackFile, err := filepath.Rel(from, config.File)
	if err != nil {
		return nil, fmt.Errorf("copy the stack file %s: %w", config.File, err)
	}
	stackFile = filepath.Join(workDir, stackFile)
	if err := os.MkdirAll(filepath.Dir(stackFile), 0o700); err != nil {
		return nil, fmt.Errorf("create the work directory: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(workDir, filepath.Base(project.File)), text); err != nil {
		return nil, fmt.Errorf("copy the project file: %w", err)
	}
	kept, left := plain(config, opts.OmitConfig)
	return left, writeStackFile(stackFile, kept)
}

// plain are the values that the engine is given, and the keys of the others.
func plain(config stackconfig.Config, omit []string) (kept map[string]any, left []string) {
	kept = map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(config.Values)) {
		value := config.Values[key]
		switch {
		case len(value.Problems) > 0 || slices.Contains(omit, key):
			left = append(left, key)
		case value.Object:
			kept[key] = json.RawMessage(value.Text)
		default:
			kept[key] = value.Text
		}
	}
	return kept, left
}

// writeStackFile keeps the salt that the engine wrote into an earlier copy: a new
// one each run would re-encrypt the state. JSON is YAML, too.
func writeStackFile(path string, config map[string]any) error {
	var file struct {
		Config map[string]any `json:"config"                   yaml:"-"`
		Salt   string         `json:"encryptionsalt,omitempty" yaml:"encryptionsalt"`
	}
	previous, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(previous, &file)
	}
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read the engine's stack file %s, remove it: %w", path, err)
	}
	file.Config = config
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("copy the stack file: %w", err)
	}
	if err := atomicfile.Write(path, append(text, '\n')); err != nil {
		return fmt.Errorf("copy the stack file: %w", err)
	}
	return nil
}
