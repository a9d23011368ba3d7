package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// OutputsUsage describes a flag --outputs.
const OutputsUsage = "what pulumi stack output --json prints: a `file`, or - for stdin"

// ReadOutputs reads the stack outputs from a file, or from standard input if
// its name is -.
func ReadOutputs(env environment.Environment, path string) (stack.Outputs, error) {
	var text []byte
	var err error
	name := path
	if path == "-" {
		name = "standard input"
		text, err = env.ReadInput()
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return stack.Outputs{}, fmt.Errorf("reading the stack outputs: %w", err)
	}
	outputs, err := stack.ParseOutputs(text)
	if err != nil {
		return stack.Outputs{}, fmt.Errorf("%s: %w", name, err)
	}
	return outputs, nil
}

// OutputsOfStack has the Pulumi CLI print the outputs of a stack of the project.
//
// https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_output/
func OutputsOfStack(ctx context.Context, env environment.Environment, given, name string) (stack.Outputs, error) {
	found, err := Open(env, given)
	if err != nil {
		return stack.Outputs{}, err
	}
	var printed, said bytes.Buffer
	args := []string{"stack", "output", "--json", "--non-interactive", "--stack=" + name}
	pulumi := exec.CommandContext(ctx, "pulumi", args...) //nolint:gosec // G204: the stack is what the person asks for
	pulumi.Dir, pulumi.Stdin, pulumi.Stdout, pulumi.Stderr = filepath.Dir(found.File), nil, &printed, &said
	err = pulumi.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return stack.Outputs{}, errors.New("reading the outputs of stack " + name + ": there is no pulumi on PATH: " +
			"install it (https://www.pulumi.com/docs/install/), or have somebody who has it run " +
			"'pulumi stack output --json' and give its output with --outputs FILE")
	case err != nil:
		return stack.Outputs{}, fmt.Errorf("reading the outputs of stack %s (pulumi stack output --json): %w: %s",
			name, err, strings.TrimSpace(said.String()))
	}
	outputs, err := stack.ParseOutputs(printed.Bytes())
	if err != nil {
		return stack.Outputs{}, fmt.Errorf("stack %s: %w", name, err)
	}
	return outputs, nil
}
