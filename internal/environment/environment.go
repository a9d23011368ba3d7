// Package environment is what a process finds around it: variables, directories,
// and the person at its terminal. Only main looks for it; all else is given it.
package environment

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Environment is that of a process.
type Environment struct {
	// Variables are NAME=value, as [os.Environ] has them.
	Variables []string
	// Executable is the path of this program; empty if it cannot be found.
	Executable string
	// Dir is the working directory; empty if it cannot be found.
	Dir      string
	Out, Err io.Writer

	in *bufio.Reader
	// stdin is what in reads, if that is a file.
	stdin *os.File
	// terminalOnly says that stdin has no answers.
	terminalOnly bool
}

// New is an environment with these streams.
func New(variables []string, dir string, in io.Reader, out, err io.Writer) Environment {
	file, _ := in.(*os.File) // nil if it is none
	return Environment{Variables: variables, Dir: dir, Out: out, Err: err, in: bufio.NewReader(in), stdin: file}
}

// Getenv is [os.Getenv]: the value of a variable, empty if there is none.
func (e Environment) Getenv(name string) string {
	for _, variable := range e.Variables {
		if found, value, _ := strings.Cut(variable, "="); isVariable(found, name) {
			return value
		}
	}
	return ""
}

// AWSProfile is the profile that the environment names, empty if there is none.
func (e Environment) AWSProfile() string {
	return cmp.Or(e.Getenv("AWS_PROFILE"), e.Getenv("AWS_DEFAULT_PROFILE"))
}

// LookPath is [exec.LookPath] on the PATH of the environment, for a name.
func (e Environment) LookPath(name string) (string, error) {
	for _, dir := range filepath.SplitList(e.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, name)); filepath.IsAbs(dir) && err == nil {
			return found, nil
		}
	}
	return "", exec.ErrNotFound
}

// Home is [os.UserHomeDir].
func (e Environment) Home() (string, error) {
	if home := e.Getenv(homeVariable); home != "" {
		return home, nil
	}
	return "", errors.New("$" + homeVariable + " is not defined")
}

// In is standard input, for a program that is started.
func (e Environment) In() io.Reader {
	if e.stdin != nil {
		return e.stdin
	}
	return e.in
}

// ReadInput reads all of standard input.
func (e Environment) ReadInput() ([]byte, error) { return io.ReadAll(e.in) }
