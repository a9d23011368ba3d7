package usage

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Root gives the root command of a program what all have in common: its mistakes
// are [Error], and the context waits for signals before the command does anything.
func Root(root *cobra.Command) *cobra.Command {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2 // cobra's own default, which it does not set for SuggestionsFor
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) { cmd.Context().Done() }
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagMistake(err) })
	return root
}

// released is the version, the commit and its date, which make release has the linker
// write. Builds of the go command say them without that, as far as it knows them.
var released string

// Version is that of this program.
func Version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// Strict has the commands that cobra adds, completion and help, refuse what they
// do not know as the others do. Cobra would print help, with 0 for the exit code:
// of a misspelt shell, a script would take that for the completion.
func Strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "help":
			command.Args = knownTopic
			command.RunE = func(help *cobra.Command, args []string) error {
				found, rest, _ := help.Root().Find(args) // which knownTopic has tried
				if !found.DisableFlagParsing {
					command.Run(help, args)
					return nil
				}
				found.SetContext(help.Context()) // another program's topics, which it knows itself
				return found.RunE(found, append(slices.Clip(rest), "--help"))
			}
		case "completion":
			command.Args = KnownCommand
			command.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range command.Commands() {
				shell.Args = NoArguments
			}
		}
	}
}

// knownTopic refuses the help about what is no command.
func knownTopic(help *cobra.Command, args []string) error {
	found, rest, err := help.Root().Find(args)
	if err != nil {
		return Errorf("%v", err)
	}
	if found.DisableFlagParsing {
		return nil
	}
	return KnownCommand(found, rest)
}

// KnownCommand refuses what is left when no command's name matched.
func KnownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(": did you mean %s?", strings.Join(near, " or "))
	}
	return Errorf("%s", message)
}
