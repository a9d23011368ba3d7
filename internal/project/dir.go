// Package project finds the Pulumi project, its stack files and the outputs of its
// stacks.
package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// Dir is the given directory, or the nearest one upwards from the working
// directory, with a Pulumi.yaml in it.
func Dir(env environment.Environment, given string) (string, error) {
	switch {
	case given != "" && hasProject(given):
		return given, nil
	case given != "":
		return "", fmt.Errorf("%s has no Pulumi.yaml: give the directory of the project with --project", given)
	case env.Dir == "":
		return "", errors.New("the working directory cannot be found: name the project with --project")
	}
	for dir := env.Dir; ; dir = filepath.Dir(dir) {
		if hasProject(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no Pulumi.yaml here or in a directory above: " +
				"run this in the project, or name it with --project")
		}
	}
}

func hasProject(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "Pulumi.yaml"))
	return err == nil
}

// StackNames lists the stacks that have a Pulumi.<stack>.yaml in the project.
func StackNames(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "Pulumi.*.yaml")) // the pattern is well-formed
	names := make([]string, 0, len(files))
	for _, file := range files {
		name := strings.TrimPrefix(filepath.Base(file), "Pulumi.")
		names = append(names, strings.TrimSuffix(name, ".yaml"))
	}
	return names
}
