package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/blang/semver"
)

// ErrNoCLI says that there is no AWS CLI that the story can use.
var ErrNoCLI = errors.New("no AWS CLI to use")

// commandTimeout ends a command that hangs.
const commandTimeout = time.Minute

// AWSCLI is the real AWS CLI.
type AWSCLI struct{ path, endpoint, version string }

// FindAWSCLI finds the aws on PATH and has it use the endpoint. The error wraps
// [ErrNoCLI] when there is none, or as that of [NewAWSCLI].
func FindAWSCLI(ctx context.Context, endpoint string, person Person) (*AWSCLI, error) {
	path, err := exec.LookPath("aws")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCLI, err)
	}
	return NewAWSCLI(ctx, path, endpoint, person)
}

// NewAWSCLI has the aws at path use the endpoint. The error wraps [ErrNoCLI]
// when it does not start in the person's environment, and is an [*OldCLIError]
// as well when it is older than AWS_ENDPOINT_URL.
func NewAWSCLI(ctx context.Context, path, endpoint string, person Person) (*AWSCLI, error) {
	c := &AWSCLI{path: path, endpoint: endpoint}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	text, err := c.Command(ctx, person, "--version").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s does not start: %w", ErrNoCLI, path, err)
	}
	c.version, err = usableVersion(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoCLI, path, err)
	}
	return c, nil
}

// OldCLIError is an AWS CLI that does not know AWS_ENDPOINT_URL: it would send
// the sandbox's requests to the real AWS.
type OldCLIError struct {
	// Version is the CLI's, Oldest the first that would do.
	Version, Oldest string
}

func (e *OldCLIError) Error() string {
	return fmt.Sprintf("version %s does not know AWS_ENDPOINT_URL, version %s does", e.Version, e.Oldest)
}

// usableVersion reads what aws --version prints.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func usableVersion(text string) (string, error) {
	found := regexp.MustCompile(`^aws-cli/(\d+)(\.\d+\.\d+)`).FindStringSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("it is not the AWS CLI: %q", strings.TrimSpace(text))
	}
	oldest := map[string]string{"0": "1.29.0", "1": "1.29.0"}[found[1]]
	if oldest == "" {
		oldest = "2.13.0"
	}
	version := found[1] + found[2]
	if semver.MustParse(version).LT(semver.MustParse(oldest)) {
		return "", &OldCLIError{Version: version, Oldest: oldest}
	}
	return version, nil
}

// Name is the program and its version, for example aws-cli/2.31.0.
func (c *AWSCLI) Name() string { return "aws-cli/" + c.version }

// Command is aws with these arguments in the person's environment.
func (c *AWSCLI) Command(ctx context.Context, person Person, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // whoever runs the sandbox chose their aws
	command.Env = Environment(os.Environ(), person, c.endpoint)
	return command
}

// Run runs the command in a terminal.
func (c *AWSCLI) Run(ctx context.Context, person Person, command Command) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return InTerminal(ctx, c.Command(ctx, person, command.Args...), command.Code)
}

// Forget removes the CLI's cache of temporary credentials.
func (c *AWSCLI) Forget(person Person) error { return os.RemoveAll(person.Cache()) }
