package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const auditLong = `Report who could still work with the AWS CLI once the groups are denied without
MFA, and who would be locked out. It reads IAM and changes nothing.

Groups and roles come from a stack's configuration (the default; the stack need
not be deployed), from the stack outputs (--outputs), or are groups alone
(--group). Credentials of another account than the stack's are refused: the
outputs name it, and a stack file may, with aws:allowedAccountIds or
aws:forbiddenAccountIds.

A table shows each member's MFA devices, whether the CLI can use one (it cannot
use passkeys and security keys), the access keys with their age and last use,
and the verdict:

  ok                    has a device that the CLI can use
  LOCKED OUT, no role trusts them
                        is denied without MFA now, and the stack has no role that
                        lets them in
  LOCKED OUT            has an active access key and no such device: with
                        enforce: true, all that the key can do is enrol one.
                        'can enrol' means that awsmfa enrol works for them; it
                        does not with enrolment admin, for somebody who has a
                        security key, or after an enrolment that stopped half-way
  no active access key  has neither such a device nor a key to use the CLI with:
                        listed, but not counted as locked out. In the console,
                        enforce: true denies them, too, until they enrol
  unknown               could not be read

'no role' after it means that the users of each role leave this person out. It
is a warning and does not count as locked out: with a device they can get a
session with MFA by hand (aws sts get-session-token).

Below the table stands, with what to do, how the account differs from what the
stack means: the deny detached or changed, a trust policy that lets others in or
works without MFA, policies that a role lacks or has besides, users whom a role
trusts although they are gone, leaving (until the next pulumi up) or in none of
its groups, and members whom no role trusts yet. So do members whom another stack
denies, too, with the exemptions of this one that are void for them, names of
policies that are taken, groups near their quota of 10 policies, and keys that
were not used for 90 days. What a key is used for, AWS does not say: a program
that works with the key of a member who has a device is denied as well.

It exits with 0 if nobody is locked out or would be, and no door is open; 1 if
somebody is, one is, or anything could not be read; and 2 for a mistake on the
command line. The permissions it needs are in AWS's policy IAMReadOnlyAccess.`

const auditExample = `  awsmfa audit --stack prod
  pulumi stack output --json | awsmfa audit --outputs -
  awsmfa audit --group developers --group operators
  awsmfa audit --json | jq -r '.lockedOut[]'`

// progressFrom is how many users it takes for a progress bar.
const progressFrom = 20

// auditFlags are the flags as given.
type auditFlags struct {
	stack, project, outputs, profile, enrolment string
	groups                                      []string
	rate                                        float64
	asJSON                                      bool
}

func newAuditCommand(env environment.Environment) *cobra.Command {
	var flags auditFlags
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Report who would be locked out, and whom roles should no longer trust",
		Long:    auditLong,
		Example: auditExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAudit(cmd.Context(), flags, env)
		},
	}
	f := cmd.Flags()
	usage.StackFlags(cmd, env, &flags.stack, &flags.project)
	f.StringVar(&flags.outputs, "outputs", "", project.OutputsUsage)
	f.StringArrayVar(&flags.groups, "group", nil, "the `name` of an IAM group, instead of a stack; may be repeated")
	f.StringVar(&flags.enrolment, "enrolment", string(policy.SelfService),
		"the `mode` of enrolment, where neither stack file nor outputs say it: self-service or admin")
	f.StringVar(&flags.profile, "profile", "", "the `name` of an administrator's profile (default the usual AWS settings)")
	f.Float64Var(&flags.rate, "rate", audit.DefaultRate, "the most IAM `calls` a second. IAM throttles all calls of an "+
		"account together\nand publishes no number: lower it if others are throttled")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	usage.Complete(cmd, "enrolment", usage.Choices(enrolments()))
	usage.Complete(cmd, "profile", usage.Profiles(env))
	usage.Complete(cmd, "group", cobra.NoFileCompletions)
	return cmd
}

// check refuses values that no flag has, and flags that exclude each other.
func (f auditFlags) check(given func(flag string) bool) error {
	elsewhere := f.outputs != "" || len(f.groups) > 0
	return cmp.Or(
		usage.If(f.stack == "", "--stack is empty"),
		usage.If(given("outputs") && f.outputs == "", "the name of a file is empty"),
		usage.If(slices.Contains(f.groups, ""), "the name of a group is empty"),
		usage.Empty(given, "profile", f.profile),
		usage.If(f.outputs != "" && len(f.groups) > 0, "--outputs and --group exclude each other"),
		usage.If(
			elsewhere && (given("stack") || given("project")),
			"--stack and --project say which stack file to read: leave out --outputs and --group",
		),
		usage.If(
			given("enrolment") && !elsewhere,
			"--enrolment goes with --outputs or --group: a stack file says it itself",
		),
		usage.NotOneOf("enrolment", f.enrolment, enrolments()),
		// Written so that it refuses NaN, too.
		usage.If(!(f.rate > 0), fmt.Sprintf("--rate %v: it must be more than 0", f.rate)),
	)
}

func runAudit(ctx context.Context, flags auditFlags, env environment.Environment) error {
	subject, region, err := flags.subject(env)
	if err != nil {
		return err
	}
	config, err := sdkconfig.Load(ctx, env, flags.profile, region)
	if err != nil {
		return err
	}
	report, err := audit.Run(ctx, audit.Options{
		IAM: iam.NewFromConfig(config, audit.Pace(flags.rate)), STS: sts.NewFromConfig(config),
		Subject: subject, Now: time.Now, Progress: func(users int) (step, done func()) {
			if users < progressFrom {
				return func() {}, func() {}
			}
			return env.Progress("Reading users", users)
		},
	})
	if err != nil {
		return err
	}
	if flags.asJSON {
		err = output.JSON(env.Out, report)
	} else {
		err = report.WriteText(env.Out, env.WantsColor(env.Out))
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the audit: %w", err)
	case report.Failed():
		return program.ExitError(program.Failure) // the findings were printed
	}
	return nil
}

// subject is what to look at, and the region of the stack.
func (f auditFlags) subject(env environment.Environment) (audit.Subject, string, error) {
	switch {
	case len(f.groups) > 0:
		subject := audit.Subject{Enrolment: policy.Enrolment(f.enrolment)}
		names := slices.Sorted(slices.Values(f.groups))
		for _, name := range slices.Compact(names) {
			subject.Groups = append(subject.Groups, audit.Group{Name: name})
		}
		return subject, "", nil
	case f.outputs != "":
		outputs, err := project.ReadOutputs(env, f.outputs)
		if err != nil {
			return audit.Subject{}, "", err
		}
		subject, err := audit.SubjectOfOutputs(outputs, policy.Enrolment(f.enrolment))
		return subject, outputs.ClientConfig.Region, err
	default:
		read, err := project.ReadStack(env, f.project, f.stack)
		subject := audit.SubjectOfConfig(read.Config)
		subject.AllowedAccountIDs, subject.ForbiddenAccountIDs = read.AllowedAccountIDs, read.ForbiddenAccountIDs
		return subject, read.Region, err
	}
}
