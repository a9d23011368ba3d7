package pulumiconfig

import "strings"

// Problem is one thing that is wrong with the configuration, or that cannot be
// read here.
type Problem struct {
	// Key is namespace:name, with the path to a nested value as pulumi config
	// --path takes it; environment for that of the stack file.
	Key string
	// Text says what is wrong and what to do.
	Text string
}

func (p Problem) Error() string { return p.Key + ": " + p.Text }

// Problems are the error of a configuration: all that was found.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, 0, len(p))
	for _, one := range p {
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// orNil is an error if there is one.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
