// Package project finds the Pulumi project, and reads its stacks: their files as
// Pulumi reads them, and their outputs.
package project

import (
	"errors"
	"fmt"
	"os"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// Open is the project of the given directory, or else of the working directory; it
// may be in a directory above.
func Open(env environment.Environment, given string) (*stackconfig.Project, error) {
	switch {
	case given != "":
		if info, err := os.Stat(given); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--project %s: there is no such directory", given)
		}
		return stackconfig.OpenProject(given)
	case env.Dir == "":
		return nil, errors.New("the working directory cannot be found: name the project with --project")
	}
	return stackconfig.OpenProject(env.Dir)
}

// StackNames are the stacks of the project that have a file: none if there is no
// project, or it cannot be read.
func StackNames(env environment.Environment, given string) []string {
	found, err := Open(env, given)
	if err != nil {
		return nil
	}
	names, _ := found.Stacks() // nothing to choose from
	return names
}
