// Package usage is how a command is called: the mistakes on its command line, and
// what a shell completes it with.
package usage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

// Error is a mistake on the command line.
type Error struct{ message string }

func (e Error) Error() string { return e.message }

// Errorf is an [Error].
func Errorf(format string, args ...any) error { return Error{fmt.Sprintf(format, args...)} }

// If is an [Error] if a mistake was made, and nil otherwise: [cmp.Or] gives the
// first of several.
func If(made bool, message string) error {
	if made {
		return Error{message}
	}
	return nil
}

// NotOneOf refuses a value of a flag that is none of the choices.
func NotOneOf(flag, value string, choices []string) error {
	return If(!slices.Contains(choices, value),
		fmt.Sprintf("--%s %q: it must be %s", flag, value, output.Joined(choices, "or")))
}

// flagMistake is a flag that does not exist, or whose value is of another type.
func flagMistake(err error) error {
	invalid, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return Errorf("%v", err)
	}
	form := "a value of another form"
	switch invalid.GetFlag().Value.Type() {
	case "bool":
		form = "true or false"
	case "duration":
		form = "a duration, such as 1h30m"
	case "float64", "int":
		form = "a number"
	}
	return Errorf("--%s %q: it must be %s", invalid.GetFlag().Name, invalid.GetValue(), form)
}

// Empty refuses an empty value of a flag that was given.
func Empty(given func(flag string) bool, flag, value string) error {
	return If(given(flag) && value == "", "--"+flag+" is empty")
}

// NoArguments is cobra's NoArgs, with an [Error].
func NoArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return Unexpected(args[0])
}

// OneArgument is cobra's ExactArgs(1), with an [Error]; the question is what is
// asked of whoever gave none.
func OneArgument(question string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || args[0] == "":
			return Error{question}
		case len(args) > 1:
			return Unexpected(args[1])
		default:
			return nil
		}
	}
}

// Unexpected refuses one argument too many.
func Unexpected(argument string) error { return Errorf("unexpected argument %q", argument) }
