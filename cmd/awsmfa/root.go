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

const rootLong = `MFA for the AWS CLI: people work with a role that their access key cannot assume
without a code, and a stolen access key can do nothing.

You have an access key and want to work:

  awsmfa enrol                           get an MFA device: scan the code, type two codes
  awsmfa onboard --outputs outputs.json  get a profile for each role that trusts you
  aws s3 ls --profile dev-power-user     it asks for a code, and works
  awsmfa explain s3:ListAllMyBuckets --profile default
                                         why was this denied, and what to do?

You run the account:

  awsmfa init --group developers         a stack file from what the group may do today
  awsmfa verify --stack dev              prove that its policies demand MFA
  awsmfa sandbox --stack dev             deploy and try it on this machine, without AWS
  awsmfa audit --stack dev               who would be locked out?
  pulumi up --stack dev                  deploy it
  awsmfa reset-device alice              let somebody enrol anew who lost their device

Region, profile, endpoint and proxy come from the usual settings of the AWS CLI:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ~/.aws/config and so on. Data goes to
standard output, everything else to standard error; --json gives data to scripts.
It exits with 0 when all went well, 1 when something failed or is not as it
should be, and 2 for a mistake on the command line. Every command has --help.`

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "awsmfa",
		Short:         "MFA for the AWS CLI as code: deploy it, prove it, rehearse it, onboard people to it",
		Long:          rootLong,
		Version:       version(),
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2, // cobra's own default, which it does not set for SuggestionsFor
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.AddGroup(
		&cobra.Group{ID: groupPeople, Title: "To work with MFA:"},
		&cobra.Group{ID: groupAdministrators, Title: "To run an account:"},
	)
	addTo(root, groupPeople, newEnrolCommand(), newOnboardCommand(), newCredentialsCommand(), newExplainCommand())
	addTo(root, groupAdministrators, newInitCommand(), newVerifyCommand(), newSandboxCommand(), newAuditCommand(),
		newResetDeviceCommand())
	return root
}

// The groups of commands that the help shows.
const (
	groupPeople         = "people"
	groupAdministrators = "administrators"
)

func addTo(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, command := range commands {
		command.GroupID = group
		root.AddCommand(command)
	}
}

// strict has the commands that cobra adds, completion and help, refuse what they
// do not know as the others do. Cobra would print help, with 0 for the exit code:
// of a misspelt shell, a script would take that for the completion.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "help":
			command.Args = knownTopic
		case "completion":
			command.Args = knownCommand
			command.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range command.Commands() {
				shell.Args = noArguments
			}
		}
	}
}

// knownTopic refuses the help about what is no command.
func knownTopic(help *cobra.Command, args []string) error {
	found, rest, err := help.Root().Find(args)
	if err != nil {
		return usageError{err.Error()}
	}
	return knownCommand(found, rest)
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

// oneArgument is cobra's ExactArgs(1) as a mistake in the command line; the
// question is what is asked of whoever gave none.
func oneArgument(question string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usageError{question}
		case 1:
			return nil
		default:
			return usageError{fmt.Sprintf("unexpected argument %q", args[1])}
		}
	}
}

// version is that of the module this program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
