package stackconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Project is what a project file, Pulumi.yaml, says of configuration.
type Project struct {
	// Name is the project's, and the namespace of its configuration.
	Name string
	// File is the path of the project file.
	File string

	stackConfigDir string
	declared       map[string]declaration // by key as it stands in the file
}

// OpenProject reads the project file of a directory, or of the nearest one above
// it that has one.
func OpenProject(dir string) (*Project, error) {
	path, err := findProject(dir)
	if err != nil {
		return nil, err
	}
	raw, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("project file %w", err)
	}
	project := &Project{File: path}
	if err := project.read(raw); err != nil {
		return nil, fmt.Errorf("project file %s: %w", path, err)
	}
	return project, nil
}

// findProject is the path of the project file (sdk/workspace/paths.go).
func findProject(dir string) (string, error) {
	if path, ok := projectIn(dir); ok { // as it was named, for messages
		return path, nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("project directory %s: %w", dir, err)
	}
	for at := absolute; at != filepath.Dir(at); at = filepath.Dir(at) {
		if path, ok := projectIn(filepath.Dir(at)); ok {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Pulumi.yaml in %s or above it: name the project's directory with --project: %w",
		absolute, fs.ErrNotExist)
}

func projectIn(dir string) (path string, ok bool) {
	for _, extension := range []string{".json", ".yaml", ".yml"} { // Pulumi's order (sdk/encoding/marshal.go)
		path := filepath.Join(dir, "Pulumi"+extension)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, true
		}
	}
	return "", false
}

// StackFile is the path of the file that has a stack's configuration, or where a
// new one belongs. It has the extension of the project file: beside Pulumi.yml,
// Pulumi.dev.yaml is not read (sdk/workspace/paths.go).
func (p *Project) StackFile(stack string) (string, error) {
	name, err := p.bareName(stack)
	if err != nil {
		return "", err
	}
	return p.stackFile(name), nil
}

func (p *Project) stackFile(name string) string {
	return filepath.Join(p.stackDir(), "Pulumi."+name+filepath.Ext(p.File))
}

// Stacks are the names of the stacks that have a file, sorted.
func (p *Project) Stacks() ([]string, error) {
	files, err := os.ReadDir(p.stackDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for stack files: %w", err)
	}
	var names []string
	for _, file := range files {
		name, ok := strings.CutPrefix(strings.TrimSuffix(file.Name(), filepath.Ext(p.File)), "Pulumi.")
		if ok && filepath.Ext(file.Name()) == filepath.Ext(p.File) && stack.IsName(name) && !file.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (p *Project) stackDir() string { return filepath.Join(filepath.Dir(p.File), p.stackConfigDir) }

func (p *Project) read(raw any) error {
	top, ok := raw.(map[string]any)
	if !ok {
		return errors.New("expected a mapping with the key name")
	}
	if p.Name, ok = top["name"].(string); !ok || p.Name == "" {
		return errors.New("name: expected the project's name, a text that is not empty")
	}
	if err := checkTop(top); err != nil {
		return err
	}
	p.stackConfigDir, _ = top["stackConfigDir"].(string)
	switch config := top["config"].(type) {
	case nil:
		return nil
	case string: // what stackConfigDir was called before
		if _, both := top["stackConfigDir"]; both {
			return errors.New("config and stackConfigDir both name the directory of the stack files: " +
				"keep stackConfigDir only")
		}
		p.stackConfigDir = config
		return nil
	case map[string]any:
		var err error
		p.declared, err = declarations(p.Name, config, formatOf(p.File))
		return err
	}
	return errors.New("config: expected a mapping whose keys are texts")
}

// checkTop refuses values of a wrong type (sdk/workspace/project.json). What is
// inside of other mappings than config is not looked at.
func checkTop(top map[string]any) error {
	for _, key := range []string{"description", "author", "website", "license", "main", "stackConfigDir"} {
		if _, ok := top[key].(string); !ok && top[key] != nil {
			return fmt.Errorf("%s: expected a text", key)
		}
	}
	for _, key := range []string{"backend", "options", "template"} {
		if _, ok := top[key].(map[string]any); !ok && top[key] != nil {
			return fmt.Errorf("%s: expected a mapping", key)
		}
	}
	return nil
}
