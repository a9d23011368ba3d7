package project

import (
	"path/filepath"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// StackFile is where the configuration of a stack is, or goes.
func StackFile(env environment.Environment, given, name string) (string, error) {
	dir, err := Dir(env, given)
	return filepath.Join(dir, "Pulumi."+name+".yaml"), err
}

// ReadStackFile reads the configuration and the region of a stack.
func ReadStackFile(env environment.Environment, given, name string) (stack.Config, string, error) {
	path, err := StackFile(env, given, name)
	if err != nil {
		return stack.Config{}, "", err
	}
	config, err := stack.ReadFile(path, name)
	if err != nil {
		return stack.Config{}, "", err
	}
	region, err := stack.ReadRegion(path)
	return config, region, err
}
