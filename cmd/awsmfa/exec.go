package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const execLong = `Run a command with temporary credentials in its environment, for containers and
tools that know no profiles.

It asks for the code on the terminal, unless a session is kept, and then becomes
the command: input, output, signals and exit code are the command's. The command
has AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
AWS_CREDENTIAL_EXPIRATION, the region and the endpoints of the profile, and
neither AWS_PROFILE nor other credentials. It cannot renew them: they end when
the session does, as awsmfa status shows.`

const execExample = `  awsmfa exec dev-power-user -- ./deploy.sh prod
  awsmfa exec dev-power-user -- docker run -e AWS_ACCESS_KEY_ID \
      -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN -e AWS_REGION image
  awsmfa exec --session default -- env            a session of your own, with MFA`

func newExecCommand(env environment.Environment) *cobra.Command {
	var flags sessionFlags
	cmd := &cobra.Command{
		Use:     "exec PROFILE -- COMMAND [ARGUMENT...]",
		Short:   "Run a command with temporary credentials in its environment",
		Long:    execLong,
		Example: execExample,
		Args: func(cmd *cobra.Command, args []string) error {
			return checkExec(args, cmd.ArgsLenAtDash())
		},
		ValidArgsFunction: profileArgument(env, cobra.ShellCompDirectiveDefault),
		PreRunE:           func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.profile = args[0]
			return runExec(cmd.Context(), flags, args[1:], env.OnTerminal())
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

// profileArgument completes the profile, and what comes after it as rest says.
func profileArgument(env environment.Environment, rest cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, rest
		}
		return usage.Profiles(env)(cmd, args, typed)
	}
}

func checkExec(args []string, beforeDash int) error {
	switch {
	case len(args) == 0 || beforeDash == 0 || args[0] == "":
		return usage.Errorf("which profile? For example: awsmfa exec dev-power-user -- aws s3 ls")
	case beforeDash < 0 && len(args) > 1 || beforeDash > 1:
		return usage.Errorf("-- goes between the profile and the command: awsmfa exec %s -- %s", args[0],
			strings.Join(args[1:], " "))
	case len(args) == 1 || args[1] == "":
		return usage.Errorf("which command? For example: awsmfa exec %s -- aws s3 ls", args[0])
	}
	return nil
}

// runExec becomes the command, so that there is nobody between it and those who send
// it signals or wait for it.
func runExec(ctx context.Context, flags sessionFlags, command []string, env environment.Environment) error {
	path, err := command[0], error(nil)
	if filepath.Base(path) == path {
		path, err = env.LookPath(path)
	}
	if err != nil {
		return fmt.Errorf("there is no command %s on PATH", command[0])
	}
	found, err := flags.obtain(ctx, true, env)
	if err := cmp.Or(err, ctx.Err()); err != nil { // a signal that came meanwhile
		return err
	}
	environ := append(found.Environ(env.Variables, sdkconfig.Region(env, found.settings)),
		endpoints(sdkconfig.Profile(found.settings), env)...)
	return fmt.Errorf("running %s: %w", path, become(path, command, environ))
}

// endpoints are the variables for those of the profile, which the command does not
// read. Those of the environment go before them.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func endpoints(profile config.SharedConfig, env environment.Environment) (variables []string) {
	urls := map[string]string{"AWS_ENDPOINT_URL": profile.BaseEndpoint}
	for service, settings := range profile.Services.ServiceValues {
		urls["AWS_ENDPOINT_URL_"+strings.ToUpper(service)] = settings["endpoint_url"]
	}
	for name, url := range urls {
		if url != "" && env.Getenv("AWS_ENDPOINT_URL") == "" && env.Getenv(name) == "" {
			variables = append(variables, name+"="+url)
		}
	}
	return variables
}
