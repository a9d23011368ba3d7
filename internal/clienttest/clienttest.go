// Package clienttest finds the clients and servers of others that tests run
// against. Where one is not installed the test is skipped, and fails in CI.
package clienttest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Client is a program of others.
type Client struct {
	Name string
	// Program is what is started, and Module what Python must be able to import.
	Program, Module string
	// Tried is what the tests try with it, and Install how to get it.
	Tried, Install string
}

// Clients are all programs of others that tests need.
func Clients() []Client {
	return []Client{
		{
			Name: "aws", Tried: "the real AWS CLI on the profiles, the endpoint and the rehearsal",
			Install: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
		},
		{
			Name: "boto3", Program: "python3", Module: "boto3",
			Tried: "boto3 and botocore on the profiles and the rehearsal", Install: "pip install boto3",
		},
		{
			Name: "moto_server", Tried: "another AWS emulator as the backend of deploys and of the provider",
			Install: "pip install 'moto[server]==5.2.1'",
		},
	}
}

// Require is the path of the program of the client of that name. The test goes
// on only where it is installed; see [Missing].
func Require(tb testing.TB, name string) string {
	tb.Helper()
	clients := Clients()
	i := slices.IndexFunc(clients, func(c Client) bool { return c.Name == name })
	if i < 0 {
		tb.Fatalf("clienttest does not know %s", name)
	}
	path, err := clients[i].Find(tb.Context())
	if err != nil {
		Missing(tb, err.Error())
	}
	return path
}

// Missing skips the test because of what is not installed, and fails it where
// the environment says CI=true.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal("NOT TRIED: " + what)
	}
	tb.Skip("NOT TRIED: " + what)
}

// Find is the path of the client's program: where pyenv manages it not pyenv's
// script of that name, which takes as long as the program itself. The error says
// what is not tried without it.
func (c Client) Find(ctx context.Context) (string, error) {
	program := cmp.Or(c.Program, c.Name)
	path, err := exec.LookPath(program)
	if err != nil {
		return "", c.absent(err)
	}
	which := exec.CommandContext(ctx, "pyenv", "which", program) //nolint:gosec // a program of the list above
	if own, err := which.Output(); err == nil {
		path = strings.TrimSpace(string(own))
	}
	if c.Module == "" {
		return path, nil
	}
	//nolint:gosec // as found on PATH, and a module of the list above
	if err := exec.CommandContext(ctx, path, "-c", "import "+c.Module).Run(); err != nil {
		return "", c.absent(fmt.Errorf("%s cannot import %s", path, c.Module))
	}
	return path, nil
}

func (c Client) absent(reason error) error {
	return fmt.Errorf("%s (%w; to try it: %s)", c.Tried, reason, c.Install)
}
