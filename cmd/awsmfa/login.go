package main

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const loginLong = `Type the code of a profile now, for what runs later and cannot ask: Pulumi, an
IDE, an agent.

The session serves awsmfa exec, awsmfa credentials, and the profiles that take
their credentials from there (awsmfa onboard --sdk and --one-code). The AWS CLI
keeps sessions of its own. Without PROFILE it is AWS_PROFILE, or default. It
prints no secrets. awsmfa status shows what is kept, and awsmfa credentials
--clear forgets it.`

const loginExample = `  awsmfa login dev-power-user
  awsmfa login --session --duration 36h default   a session of your own`

func newLoginCommand(env environment.Environment) *cobra.Command {
	var flags sessionFlags
	cmd := &cobra.Command{
		Use:     "login [PROFILE]",
		Short:   "Type the code now, for what runs later",
		Long:    loginLong,
		Example: loginExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage.Unexpected(args[1])
			}
			return usage.If(len(args) == 1 && args[0] == "", "PROFILE is empty")
		},
		ValidArgsFunction: profileArgument(env, cobra.ShellCompDirectiveNoFileComp),
		PreRunE:           func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.profile = cmp.Or(append(args, env.AWSProfile())...)
			found, err := flags.obtain(cmd.Context(), true, env)
			if err != nil {
				return err
			}
			if found.Expiration.IsZero() {
				env.Sayf("Profile %s has a session; its credential_process does not say until when.", flags.profileName())
				return nil
			}
			env.Sayf("Profile %s asks for no code until %s.", flags.profileName(), until(found.asksAgain()))
			if !flags.session && sdkconfig.Profile(found.settings).MFASerial != "" {
				env.Sayf("The AWS CLI keeps sessions of its own: with --profile %s it may ask once more.",
					output.ShellWord(flags.profileName()))
			}
			return nil
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

// until is a time of the person's clock, and how far it is.
func until(end time.Time) string {
	return end.Local().Format("2006-01-02 15:04") + " (" + spoken(time.Until(end).Truncate(time.Minute)) + ")"
}
