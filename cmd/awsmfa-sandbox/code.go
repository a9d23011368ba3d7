//go:build !windows

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const sandboxCodeLong = `Print the MFA code that the authenticator of a sandbox user shows.

It is a code that has not been used yet, for the device that the user enabled
first: the present one, or else one of its neighbours, which AWS takes as well.
Of a further device it is alice/tablet that shows the codes. For a device that
awsmfa enrol has made and not enabled yet it prints two, each on a line: the
first code, and the very next one.

It works while 'awsmfa sandbox --serve' or 'awsmfa sandbox shell' is running.`

func newSandboxCodeCommand(env environment.Environment, flags *sandboxFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "code USER",
		Short:   "Print the MFA code of a sandbox user",
		Long:    sandboxCodeLong,
		Example: "  awsmfa sandbox code alice\n  awsmfa sandbox code alice/tablet    of awsmfa enrol --another tablet",
		Args:    usage.OneArgument("whose code? give the name of a sandbox user, or alice/tablet"),

		ValidArgsFunction: completePeople(env, flags),

		RunE: func(_ *cobra.Command, args []string) error {
			_, dir, err := flags.places(env)
			if err != nil {
				return err
			}
			codes, err := sandbox.Codes(dir, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, strings.Join(codes, "\n"))
			return err
		},
	}
}

// completePeople offers the users of the sandbox's account as the one argument.
func completePeople(env environment.Environment, flags *sandboxFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		_, dir, err := flags.places(env)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return sandbox.People(dir), cobra.ShellCompDirectiveNoFileComp
	}
}
