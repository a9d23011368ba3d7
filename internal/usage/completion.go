package usage

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
)

// Complete has a shell complete the value of a flag.
func Complete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // only when the flag is not registered
	}
}

// StackFlags adds --stack and --project, which name a stack file.
func StackFlags(cmd *cobra.Command, env environment.Environment, stack, projectDir *string) {
	cmd.Flags().StringVarP(stack, "stack", "s", "dev", "the `name` of the stack")
	ProjectFlag(cmd, env, projectDir)
}

// ProjectFlag adds --project, where stack files are, and has --stack completed.
func ProjectFlag(cmd *cobra.Command, env environment.Environment, projectDir *string) {
	cmd.Flags().StringVar(projectDir, "project", "", "the `directory` of Pulumi.yaml (default the nearest one upwards)")
	Complete(cmd, "stack", Stacks(env, projectDir))
}

// Choices offers these.
func Choices(choices []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
}

// Stacks offers the stacks that have a Pulumi.<stack>.yaml.
func Stacks(env environment.Environment, givenProject *string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return project.StackNames(env, *givenProject), cobra.ShellCompDirectiveNoFileComp
	}
}

// Profiles offers [ProfileNames].
func Profiles(env environment.Environment) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return ProfileNames(env), cobra.ShellCompDirectiveNoFileComp
	}
}

// ProfileNames are the profiles of ~/.aws/config and ~/.aws/credentials.
func ProfileNames(env environment.Environment) []string {
	var names []string
	if path, err := awsconfig.Path(env.Getenv, env.Home); err == nil {
		if file, err := awsconfig.Read(path); err == nil {
			names = file.ProfileNames()
		}
	}
	if path, err := awsconfig.CredentialsPath(env.Getenv, env.Home); err == nil {
		if file, err := awsconfig.Read(path); err == nil {
			for _, name := range file.CredentialsNames() {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}
