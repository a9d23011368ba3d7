package stackconfig

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the configuration, or that cannot be
// read here. It has the fields of stack.Problem, to be converted to it.
type Problem struct {
	// Key is namespace:name, with the path to a nested value as pulumi config
	// --path takes it; environment for that of the stack file.
	Key string
	// Value is the bad value; empty where there is none to show.
	Value string
	// Rule is what is wrong.
	Rule string
	// Remedy is what to do about it.
	Remedy string
}

// String is the problem on one line.
func (p Problem) String() string {
	text := p.Key + ": "
	if p.Value != "" {
		text += fmt.Sprintf("%q: ", p.Value)
	}
	return text + p.Rule + "; " + p.Remedy
}

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
