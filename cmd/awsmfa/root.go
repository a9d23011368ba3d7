package main

import (
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const rootLong = `MFA for the AWS CLI: people work with a role that their access key cannot assume
without a code, and a stolen access key alone is denied.

You have an access key and want to work:

  awsmfa enrol                           get an MFA device: scan the code, type two codes
  awsmfa onboard --outputs outputs.json  get a profile for each role that trusts you
  aws s3 ls --profile dev-power-user     it asks for a code, and works
  awsmfa login dev-power-user            type the code now, for Pulumi, an IDE, an agent
  awsmfa exec dev-power-user -- ./old    credentials for what knows no profiles
  awsmfa status                          your profiles, sessions and keys
  awsmfa rotate                          a new access key for the old one
  awsmfa replace-device alice            a new phone, with a code of your second device
  awsmfa explain s3:ListAllMyBuckets --profile default
                                         why was this denied, and what to do?

You run the account:

  awsmfa init --group developers         a stack file from what the group may do today
  awsmfa verify --stack dev              prove that its policies demand MFA
  awsmfa diff old.json new.json          which access does a change of policies add?
  awsmfa sandbox --stack dev             deploy and try it on this machine, without AWS
  awsmfa audit --stack dev               who would be locked out?
  pulumi up --stack dev                  deploy it
  awsmfa reset-device alice              let somebody who lost their device enrol again

Region, profile, endpoint and proxy come from the usual settings of the AWS CLI:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ~/.aws/config and so on. Data goes to
standard output, everything else to standard error; --json gives data to scripts.
It exits with 0 when all went well, 1 when something failed or is not as it
should be, and 2 for a mistake on the command line. Every command has --help.`

// newRootCommand is awsmfa with all its commands, or with the one alone that SDKs run
// for each refresh: to make the others takes a twentieth of its time.
func newRootCommand(env environment.Environment, args []string) *cobra.Command {
	root := usage.Root(&cobra.Command{
		Use:   "awsmfa",
		Short: "MFA for the AWS CLI as code: deploy it, prove it, rehearse it, onboard people to it",
		Long:  rootLong,
		Args:  usage.KnownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	})
	root.AddGroup(
		&cobra.Group{ID: groupPeople, Title: "To work with MFA:"},
		&cobra.Group{ID: groupAdministrators, Title: "To run an account:"},
	)
	if len(args) > 0 && args[0] == "credentials" {
		root.CompletionOptions.DisableDefaultCmd, root.PersistentPreRun = true, nil
		addTo(root, groupPeople, newCredentialsCommand(env))
		return root
	}
	root.Version = usage.Version()
	addTo(root, groupPeople,
		newEnrolCommand(env), newReplaceDeviceCommand(env), newOnboardCommand(env), newLoginCommand(env), newExecCommand(env),
		newCredentialsCommand(env), newStatusCommand(env), newRotateCommand(env), newExplainCommand(env))
	addTo(root, groupAdministrators, newInitCommand(env), newVerifyCommand(env), newDiffCommand(env),
		newSandboxCommand(env),
		newAuditCommand(env), newResetDeviceCommand(env))
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
