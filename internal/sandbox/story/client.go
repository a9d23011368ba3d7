package story

import (
	"context"
	"path/filepath"
)

// Command is one command of the AWS CLI.
type Command struct {
	// Args follow aws, for example s3 ls --profile dev-power-user.
	Args []string
	// Code answers the prompt for the MFA code. Without it a prompt ends the
	// command.
	Code func() (string, error)
}

// Result is what came of a [Command].
type Result struct {
	// Screen is what the person sees: the prompts, the output, the error.
	Screen string
	// Failed tells an exit status other than 0.
	Failed bool
	// Prompts counts how often the MFA code was asked for.
	Prompts int
}

// Client runs commands for people.
type Client interface {
	// Name is the program and its version, for example aws-cli/2.31.0.
	Name() string
	// Run runs the command as that person. A command that fails is no error: the
	// error is for one that could not be run.
	Run(ctx context.Context, person Person, command Command) (Result, error)
	// Forget removes the person's temporary credentials, so that the next
	// command with a profile asks for a code again.
	Forget(person Person) error
}

// Person is a user of the sandbox's AWS with a home directory of their own: the
// AWS CLI's cache of temporary credentials does not tell endpoints apart, and
// is always in the home directory.
type Person struct {
	Name string
	// Home is an absolute path.
	Home string
}

// Config is the person's AWS CLI configuration.
func (p Person) Config() string { return filepath.Join(p.Home, ".aws", "config") }

// Credentials is the person's file of access keys.
func (p Person) Credentials() string { return filepath.Join(p.Home, ".aws", "credentials") }

// Cache is where the AWS CLI keeps the person's temporary credentials.
func (p Person) Cache() string { return filepath.Join(p.Home, ".aws", "cli", "cache") }
