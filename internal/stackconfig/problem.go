package stackconfig

import (
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Problem is one thing that is wrong with the configuration, or that cannot be
// read here. Its key is that of the file's environment for ESC.
type Problem = stack.Problem

// ConfigError is the error of a configuration: all the problems that were found.
type ConfigError struct{ Problems []Problem }

// Error lists the problems, one on each line.
func (e *ConfigError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, one := range e.Problems {
		lines = append(lines, one.String())
	}
	return strings.Join(lines, "\n")
}
