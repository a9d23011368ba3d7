package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const credentialsLong = `Print temporary credentials for programs that cannot ask for an MFA code.

Terraform, Pulumi and the AWS SDKs run it as the credential_process of a
profile, which awsmfa onboard --sdk and --one-code write. It asks for the code
on the terminal, even if its input and output belong to the program.

With --profile it assumes the role of that profile; with --session it begins a
session of your own, with the access key of that profile. The AWS settings are
those of the profile or of the environment.

The session is kept in ~/.aws/awsmfa/cache, readable by you alone, until five
minutes before it ends. When several programs need it at once, one of them asks
and the others wait. AWS SDKs give a credential_process one minute, and Pulumi
runs its providers where they cannot ask: run awsmfa login in a terminal first.

For tools that know no profiles, awsmfa exec runs a command with credentials, and
--format env, fish or powershell prints what sets them in a shell. These are your
secrets: keep them out of terminals and logs.`

//nolint:gosec // G101: these are the names of profiles
const credentialsExample = `  eval "$(awsmfa credentials --profile dev-power-user --format env)"
                                                this shell has them while they last
  awsmfa credentials --session --duration 36h   one code for a day and a half
  awsmfa credentials --clear                    forget all sessions on this machine

  ~/.aws/config:
    [profile dev-power-user-sdk]
    credential_process = awsmfa credentials --profile dev-power-user`

// credentialsFlags are the flags as given.
type credentialsFlags struct {
	sessionFlags
	clear  bool
	format string
}

func newCredentialsCommand(env environment.Environment) *cobra.Command {
	var flags credentialsFlags
	cmd := &cobra.Command{
		Use:     "credentials",
		Short:   "Give Terraform, Pulumi and SDKs credentials that need MFA",
		Long:    credentialsLong,
		Example: credentialsExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.clear {
				return clearSessions(env)
			}
			return printCredentials(cmd.Context(), flags, env.OnTerminal())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.profile, "profile", "",
		"the `profile` that has the role; with --session, the one that has your access key (default \"default\")")
	flags.add(f)
	f.StringVar(&flags.format, "format", credentialprocess.Formats()[0],
		"print them for a credential_process or a `SHELL`: "+output.Joined(credentialprocess.Formats(), "or"))
	f.BoolVar(&flags.clear, "clear", false, "remove the sessions that are kept on this machine")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	usage.Complete(cmd, "format", usage.Choices(credentialprocess.Formats()))
	return cmd
}

// check refuses values that no flag has, and flags that exclude each other.
func (f credentialsFlags) check(given func(flag string) bool) error {
	return cmp.Or(
		usage.If(f.clear && slices.ContainsFunc([]string{"profile", "session", "serial-number", "duration", "format"}, given),
			"--clear removes all sessions: give it alone"),
		usage.Empty(given, "profile", f.profile),
		usage.If(!f.clear && !f.session && f.profile == "", "whose credentials? give --profile, or --session"),
		usage.NotOneOf("format", f.format, credentialprocess.Formats()),
		f.sessionFlags.check(given),
	)
}

func clearSessions(env environment.Environment) error {
	cache, err := sessionCache(env)
	if err != nil {
		return err
	}
	removed, err := cache.Clear()
	if err != nil {
		return err
	}
	env.Sayf("Removed %s from %s. Credentials that AWS has issued already work until they expire.",
		output.Counted(removed, "cached session"), cache.Dir)
	return nil
}

func printCredentials(ctx context.Context, flags credentialsFlags, env environment.Environment) error {
	found, err := flags.obtain(ctx, false, env)
	if err != nil {
		return err
	}
	if err := found.Print(env.Out, flags.format, sdkconfig.Region(env, found.settings)); err != nil {
		return fmt.Errorf("printing the credentials: %w", err)
	}
	return nil
}
