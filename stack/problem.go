package stack

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a stack's configuration.
type Problem struct {
	// Key is the configuration key, in the syntax of pulumi config --path.
	Key string
	// Value is the bad value as it was given; empty where there is none.
	Value string
	// Rule is what the value breaks.
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

// ConfigError holds every problem of a stack's configuration. When a deployment
// returns it, nothing was registered.
type ConfigError struct {
	Stack    string
	Problems []Problem
}

// Error is the error about the problems of a configuration, or nil if there are none.
func (c Config) Error(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ConfigError{Stack: c.Stack, Problems: problems}
}

// Error lists the problems, one on each line.
func (e *ConfigError) Error() string {
	var out strings.Builder
	noun := "problems"
	if len(e.Problems) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&out, "%d %s in the configuration of stack %s:", len(e.Problems), noun, e.Stack)
	for _, p := range e.Problems {
		fmt.Fprintf(&out, "\n  - %s", p)
	}
	return out.String()
}
