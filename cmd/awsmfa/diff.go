package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/proof"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const diffLong = `Say what access a change of policies adds and what it takes away, each with a
request that one side allows and the other does not.

OLD and NEW are identity-based policies, or trust policies of a role; which, is
seen from what is in them. An empty file, such as /dev/null, is no policy. With
--stack and --outputs, OLD is what the account has of a deployed stack, and NEW
what its stack file would deploy now.

All requests are decided, as by awsmfa verify: with nothing else attached to the
caller, and with AdministratorAccess, which stands for whatever else is.

It exits with 0 if nothing is added; 1 if something is, if that is undecided, or
if something could not be read; and 2 for a mistake on the command line.`

const diffExample = `  awsmfa diff old.json new.json
  git show HEAD:trust.json >old.json && awsmfa diff old.json trust.json --markdown
  awsmfa diff --stack prod --outputs outputs.json`

// diffFlags are the flags as given.
type diffFlags struct {
	stack, project, outputs string
	scps                    []string
	asJSON, asMarkdown      bool
}

func newDiffCommand(env environment.Environment) *cobra.Command {
	var flags diffFlags
	cmd := &cobra.Command{
		Use:     "diff [OLD NEW]",
		Short:   "Say what access a change of policies adds and takes away",
		Long:    diffLong,
		Example: diffExample,
		PreRunE: func(cmd *cobra.Command, args []string) error { return flags.check(args, cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDiff(cmd.Context(), flags, args, env)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&flags.stack, "stack", "s", "", "the `name` of the stack whose file is compared with what is deployed")
	usage.ProjectFlag(cmd, env, &flags.project)
	f.StringVar(&flags.outputs, "outputs", "", project.OutputsUsage)
	f.StringArrayVar(&flags.scps, "scp", nil, scpUsage)
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	f.BoolVar(&flags.asMarkdown, "markdown", false, "print the result as Markdown")
	return cmd
}

func (f diffFlags) check(args []string, given func(flag string) bool) error {
	ofStack := given("stack") || given("outputs")
	return cmp.Or(
		usage.If(f.asJSON && f.asMarkdown, "--json and --markdown exclude each other"),
		usage.If(ofStack && len(args) > 0, "two files or a stack: leave out the files, or --stack and --outputs"),
		usage.If(ofStack && (f.stack == "" || f.outputs == ""),
			"--stack is the stack file and --outputs what is deployed: give both"),
		usage.If(given("project") && !ofStack, "--project goes with --stack"),
		usage.If(!ofStack && len(args) != 2, "which policies? For example: awsmfa diff old.json new.json"),
	)
}

func runDiff(ctx context.Context, flags diffFlags, args []string, env environment.Environment) error {
	begin := time.Now()
	difference, err := flags.decide(ctx, args, env)
	if err != nil {
		return err
	}
	return report(env, difference, decided{
		difference.Before + " before, " + difference.After + " after.",
		difference.Notes, difference.Classes, time.Since(begin),
	}, flags.asJSON, flags.asMarkdown)
}

func (f diffFlags) decide(ctx context.Context, args []string, env environment.Environment) (proof.Difference, error) {
	limits, err := proof.ReadLimits(f.scps, "")
	if err != nil {
		return proof.Difference{}, err
	}
	if f.stack == "" {
		return proof.OfFiles(args[0], args[1], limits)
	}
	return f.ofStack(ctx, limits, env)
}

// ofStack compares a stack file with what the account has.
func (f diffFlags) ofStack(
	ctx context.Context, limits proof.Limits, env environment.Environment,
) (proof.Difference, error) {
	read, err := project.ReadStack(env, f.project, f.stack)
	if err != nil {
		return proof.Difference{}, err
	}
	outputs, err := project.ReadOutputs(env, f.outputs)
	if err != nil {
		return proof.Difference{}, err
	}
	if outputs.ClientConfig.Stack != read.Stack {
		return proof.Difference{}, fmt.Errorf("the outputs are of stack %s, not of %s: give those of one stack",
			outputs.ClientConfig.Stack, read.Stack)
	}
	config, err := sdkconfig.Load(ctx, env, "", outputs.ClientConfig.Region)
	if err != nil {
		return proof.Difference{}, err
	}
	api := iam.NewFromConfig(config)
	found, err := deployed.Read(ctx, api, sts.NewFromConfig(config), outputs)
	if err != nil {
		return proof.Difference{}, err
	}
	plan, err := stack.Resolve(read.Config, found.Deployment.Account, deployed.Source(ctx, api), nil)
	if err != nil {
		return proof.Difference{}, err
	}
	difference := proof.Difference{
		Before: "Stack " + read.Stack + " as the account has it", After: "as its file would deploy it", Notes: found.Notes,
	}
	return difference, difference.AddStack(found.Deployment, outputs, plan.Deployment, limits,
		func(arn string) (policy.Document, error) { return deployed.ManagedDocument(ctx, api, arn) })
}
