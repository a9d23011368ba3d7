package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// errUsage marks a command line that is not understood.
var errUsage = errors.New("usage")

// usageError is a mistake in the command line; it is an [errUsage].
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func (e usageError) Is(target error) bool { return target == errUsage }

// mistake is one that may have been made on the command line.
type mistake struct {
	made    bool
	message string
}

// firstOf is the first mistake that was made, as an error.
func firstOf(mistakes []mistake) error {
	for _, m := range mistakes {
		if m.made {
			return usageError{m.message}
		}
	}
	return nil
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "awsmfa",
		Short:         "MFA for the AWS CLI as code: deploy it, prove it, rehearse it",
		Version:       version(),
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2, // cobra's own default, which it does not set for SuggestionsFor
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.AddCommand(newSandboxCommand(), newVerifyCommand(), newExplainCommand())
	return root
}

// knownCommand refuses what is left when no command's name matched.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
	}
	return usageError{message}
}

// noArguments is cobra's NoArgs as a mistake in the command line.
func noArguments(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return usageError{fmt.Sprintf("unexpected argument %q", args[0])}
	}
	return nil
}

// version is that of the module this program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
