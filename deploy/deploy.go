// Package deploy is the Pulumi program of this project: look up, plan, prove,
// register, export.
package deploy

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// componentName is part of every URN: changing it replaces what is deployed.
const componentName = "cli"

// Deploy is the Pulumi program of this project, as pulumi up runs it: one
// stack for each environment. A bad configuration is a [*stack.ConfigError], and
// documents that break a guarantee are a [*policy.ViolationError]; nothing is
// registered then.
func Deploy(ctx *pulumi.Context) error { return Program(EnvironmentKeys)(ctx) }

// Program is [Deploy] for the Automation API: an inline program has no
// language host to tell it which configuration keys there are, so its caller
// does. The keys have their namespace.
func Program(configKeys func() []string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		listed := configKeys()
		config, problems := stack.Parse(ctx.Project(), ctx.Stack(), values(ctx, listed))
		problems = append(problems, defaultTags(ctx, config)...)
		region, _ := ctx.GetConfig(regionKey)
		problems = append(problems, stack.CheckRegion(region)...)
		where, err := lookUpPlace(ctx)
		if err != nil {
			return errors.Join(config.Error(problems), err)
		}
		plan, err := stack.Resolve(config, where.account, account{ctx}.source(), problems)
		if err != nil {
			return fmt.Errorf("refusing to deploy: %w", err)
		}
		if err := policy.Verify(plan.Deployment).Err(); err != nil {
			return fmt.Errorf("refusing to deploy stack %s: %w", config.Stack, err)
		}
		for _, text := range config.Warnings(plan) {
			if err := ctx.Log.Warn(text, nil); err != nil {
				return err
			}
		}
		provider, err := newProvider(ctx, listed, where.region)
		if err != nil {
			return err
		}
		access, err := iam.NewPlannedCLIAccess(ctx, componentName, plan, nil, pulumi.Providers(provider))
		if err != nil {
			return err
		}
		export(ctx, config, where.region, access, plan)
		return nil
	}
}
