package stack

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// componentName is part of every URN: changing it replaces what is deployed.
const componentName = "cli"

// Deploy is the Pulumi program of this project, as pulumi up runs it: one
// stack for each environment. A bad configuration is a [*ConfigError], and
// documents that break a guarantee are a [*policy.ViolationError]; nothing is
// registered then.
func Deploy(ctx *pulumi.Context) error { return Program(EnvironmentKeys)(ctx) }

// Program is [Deploy] for the Automation API: an inline program has no
// language host to tell it which configuration keys there are, so its caller
// does. The keys have their namespace.
func Program(configKeys func() []string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		listed := configKeys()
		config, problems := Parse(ctx.Stack(), values(ctx, listed))
		where, err := lookUpPlace(ctx)
		if err != nil {
			return errors.Join(configError(config.Stack, problems), err)
		}
		resolved, err := resolve(config, where.account, newDirectory(inAccount(ctx)), problems)
		if err != nil {
			return err
		}
		if err := policy.Verify(resolved.Deployment).Err(); err != nil {
			return fmt.Errorf("stack %s, nothing was deployed: %w", config.Stack, err)
		}
		provider, err := newProvider(ctx, listed, where.region)
		if err != nil {
			return err
		}
		access, err := iam.NewCLIAccess(ctx, componentName, resolved.args, pulumi.Providers(provider))
		if err != nil {
			return err
		}
		export(ctx, config, where, access, resolved.users)
		return nil
	}
}

func configError(stack string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ConfigError{Stack: stack, Problems: problems}
}

func export(ctx *pulumi.Context, config Config, where place, access *iam.CLIAccess, users map[string][]string) {
	profiles := pulumi.Array{}
	for _, name := range config.RoleNames() {
		profiles = append(profiles, pulumi.Map{
			"name":            pulumi.String(config.Stack + "-" + name),
			"roleArn":         access.Role(name).ARN,
			"durationSeconds": pulumi.Int(int(config.Roles[name].MaxSessionDuration.Seconds())),
			"trustedUsers":    pulumi.ToStringArray(users[name]),
		})
	}
	ctx.Export("roleArns", access.RoleARNs)
	ctx.Export("mfaPolicyArns", access.MFAPolicyARNs)
	ctx.Export("grants", access.Grants)
	ctx.Export("exemptActions", pulumi.ToStringArray(config.ExemptActions))
	ctx.Export("clientConfig", pulumi.Map{
		"version":   pulumi.Int(ClientConfigVersion),
		"project":   pulumi.String(ctx.Project()),
		"stack":     pulumi.String(config.Stack),
		"partition": pulumi.String(where.account.Partition),
		"accountId": pulumi.String(where.account.ID),
		"region":    pulumi.String(where.region),
		"profiles":  profiles,
	})
}
