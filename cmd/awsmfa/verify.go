package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsactions"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/proof"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const verifyLong = `Prove that policies demand MFA, or show the request that gets around it.

All requests are decided, not a sample: the documents tell requests apart by
finitely many questions, and one request of each class that answers them alike
is evaluated. A guarantee is proved, broken (with such a request), or undecided.

They are those that a stack would deploy (the default; AWS is not asked), those
of a deployed stack (--outputs, read back from the account), or any policy
files (--trust, --group). Files say themselves what they are meant to do: the
users that the trust policy names are trusted, and the exact roles of an allow
of sts:AssumeRole are the group's. All --group files are the policies of one
group. Several --stack are judged together: each with the policies that the
others attach to the same groups.

Service control policies (--scp) and a permissions boundary of the members
(--boundary) restrict further. The result says with which it was decided.

It exits with 0 if all that is judged is proved, 1 if anything is broken,
undecided or could not be read, and 2 for a mistake on the command line.`

const verifyExample = `  awsmfa verify                                   stack dev, before it is deployed
  awsmfa verify --stack prod --markdown           a table for a pull request
  pulumi stack output --json | awsmfa verify --outputs -
                                                  what the account really has
  awsmfa verify --trust trust.json --group group.json
                                                  what you have today`

const scpUsage = "a `file` with a service control policy of the organization; one for each level"

// verifyFlags are the flags as given.
type verifyFlags struct {
	project, outputs, trust, boundary string
	stacks, groups, scps              []string
	asJSON, asMarkdown                bool
	intent                            intentFlags
}

// intentFlags say what is meant, where no stack configuration does.
type intentFlags struct {
	enrolment, deviceName string
	selfServiceAccessKeys bool
	noEnforce             bool
}

func intentFlagNames() []string {
	return []string{"enrolment", "mfa-device-name", "self-service-access-keys", "no-enforce"}
}

func newVerifyCommand(env environment.Environment) *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:     "verify",
		Short:   "Prove that policies demand MFA, or show what gets around it",
		Long:    verifyLong,
		Example: verifyExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVerify(cmd.Context(), flags, cmd.Flags().Changed, env)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&flags.stacks, "stack", "s", []string{"dev"},
		"the `name` of the stack; of other documents, what is meant. Repeated:\nstacks that share groups")
	usage.ProjectFlag(cmd, env, &flags.project)
	f.StringVar(&flags.outputs, "outputs", "", project.OutputsUsage)
	f.StringVar(&flags.trust, "trust", "", "a `file` with the trust policy of a role")
	f.StringArrayVar(&flags.groups, "group", nil, "a `file` with a policy of the group; may be repeated")
	f.StringVar(&flags.boundary, "boundary", "", "a `file` with the permissions boundary of the members")
	f.StringArrayVar(&flags.scps, "scp", nil, scpUsage)
	f.StringVar(&flags.intent.enrolment, "enrolment", string(policy.SelfService),
		"the `mode` of enrolment that is meant: self-service or admin")
	f.StringVar(&flags.intent.deviceName, "mfa-device-name", string(policy.UsernameDevice),
		"the `name` of devices meant to be created without MFA: username or any")
	f.BoolVar(&flags.intent.selfServiceAccessKeys, "self-service-access-keys", false,
		"users with MFA are meant to replace their own access keys")
	f.BoolVar(&flags.intent.noEnforce, "no-enforce", false, "the deny is not meant to be in force yet")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	f.BoolVar(&flags.asMarkdown, "markdown", false, "print the result as Markdown")
	usage.Complete(cmd, "enrolment", usage.Choices(enrolments()))
	usage.Complete(cmd, "mfa-device-name", usage.Choices(deviceNames()))
	return cmd
}

func (f verifyFlags) fromFiles() bool { return f.trust != "" || len(f.groups) > 0 }

// check refuses values that no flag has, and flags that exclude each other.
func (f verifyFlags) check(given func(flag string) bool) error {
	fromFiles := f.fromFiles()
	intent := slices.ContainsFunc(intentFlagNames(), given)
	elsewhere := given("stack") || f.outputs == "" && !fromFiles
	return cmp.Or(
		usage.If(slices.Contains(f.stacks, ""), "--stack is empty"),
		usage.If(
			len(f.stacks) > 1 && (f.outputs != "" || fromFiles),
			"one --stack says what other documents mean, and the policies of a group are read together anyway",
		),
		usage.If(f.asJSON && f.asMarkdown, "--json and --markdown exclude each other"),
		usage.If(f.outputs != "" && fromFiles, "--outputs is a deployed stack: it goes without --trust and --group"),
		usage.If(f.withoutName(given), "the name of a file is empty"),
		usage.If(
			intent && elsewhere,
			"--"+strings.Join(intentFlagNames(), ", --")+" say what the stack's configuration says: "+
				"they go with --outputs, --trust or --group, and without --stack",
		),
		usage.NotOneOf("enrolment", f.intent.enrolment, enrolments()),
		usage.NotOneOf("mfa-device-name", f.intent.deviceName, deviceNames()),
	)
}

// withoutName tells flags that name a file and are empty.
func (f verifyFlags) withoutName(given func(flag string) bool) bool {
	return given("outputs") && f.outputs == "" || given("trust") && f.trust == "" ||
		given("boundary") && f.boundary == "" || slices.Contains(slices.Concat(f.groups, f.scps), "")
}

func enrolments() []string {
	return []string{string(policy.SelfService), string(policy.AdminEnrolment)}
}

func deviceNames() []string { return []string{string(policy.UsernameDevice), string(policy.AnyDevice)} }

func runVerify(
	ctx context.Context, flags verifyFlags, given func(flag string) bool, env environment.Environment,
) error {
	subject, err := flags.read(ctx, given, env)
	if err := errors.Join(err, awsHas(append(subject.Beside, subject.Deployment))); err != nil {
		return err
	}
	limits, err := proof.ReadLimits(flags.scps, flags.boundary)
	if err != nil {
		return err
	}
	begin := time.Now()
	verdict := subject.Verify(limits)
	return report(env, verdict, decided{subject.Source, verdict.Notes, verdict.Classes, time.Since(begin)},
		flags.asJSON, flags.asMarkdown)
}

// decided is what people are told besides a result.
type decided struct {
	source  string
	notes   []string
	classes int
	elapsed time.Duration
}

// report prints a result, and gives the error that it stands for.
func report(env environment.Environment, result interface {
	Table(out io.Writer, color bool) error
	Markdown(out io.Writer) error
	Err() error
}, d decided, asJSON, asMarkdown bool,
) error {
	var err error
	switch {
	case asJSON:
		err = output.JSON(env.Out, result)
	case asMarkdown:
		err = result.Markdown(env.Out)
	default:
		err = result.Table(env.Out, env.WantsColor(env.Out))
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	say := &output.Lines{W: env.Err}
	for _, line := range append([]string{d.source}, d.notes...) {
		say.Linef("%s", line)
	}
	say.Linef("%s classes of requests decided in %s", output.Thousands(d.classes), d.elapsed.Round(time.Millisecond))
	return cmp.Or(say.Err, result.Err())
}

// awsHas refuses exempt actions that AWS does not have.
func awsHas(stacks []policy.Deployment) error {
	var faults []error
	for _, d := range stacks {
		for _, action := range d.ExemptActionsAtMyRisk {
			if err := awsactions.Check(action); err != nil {
				faults = append(faults, fmt.Errorf("exemptActionsAtMyRisk: %w (if AWS has it since, take a newer awsmfa)", err))
			}
		}
	}
	return errors.Join(faults...)
}

func (f verifyFlags) read(
	ctx context.Context, given func(flag string) bool, env environment.Environment,
) (proof.Subject, error) {
	switch {
	case f.fromFiles():
		subject, err := proof.ReadPolicyFiles(f.trust, f.groups)
		if err != nil {
			return proof.Subject{}, err
		}
		return f.intended(subject, given, env)
	case f.outputs != "":
		subject, said, err := readDeployed(ctx, f.outputs, env)
		if err != nil || said && !given("stack") && !slices.ContainsFunc(intentFlagNames(), given) {
			return subject, err
		}
		exempt, atMyRisk := subject.Deployment.ExemptActions, subject.Deployment.ExemptActionsAtMyRisk
		subject, err = f.intended(subject, given, env)
		subject.Deployment.ExemptActions, subject.Deployment.ExemptActionsAtMyRisk = exempt, atMyRisk
		return subject, err
	}
	return f.readStacks(env)
}

// readStacks plans stacks that are not deployed.
func (f verifyFlags) readStacks(env environment.Environment) (proof.Subject, error) {
	var plans []policy.Deployment
	for _, name := range f.stacks {
		read, err := project.ReadStack(env, f.project, name)
		if err != nil {
			return proof.Subject{}, err
		}
		resolved, err := stack.ResolveOffline(read.Config, read.Region, nil)
		if err != nil {
			return proof.Subject{}, err
		}
		if partition := resolved.Deployment.Account.Partition; len(plans) > 0 && partition != plans[0].Account.Partition {
			return proof.Subject{}, fmt.Errorf("stack %s is for partition %s, and stack %s for %s: they cannot share groups",
				f.stacks[0], plans[0].Account.Partition, name, partition)
		}
		plans = append(plans, resolved.Deployment)
	}
	return proof.Subject{
		Source: fmt.Sprintf("Stack %s as it would be deployed. AWS was not asked: ARNs, and members whom the "+
			"configuration does not name, are stand-ins.", output.Joined(f.stacks, "and")),
		Deployment: plans[0], Beside: plans[1:],
	}, nil
}

// intended adds what documents that exist are meant to do: what the stack's
// configuration says, if a stack is given, or else the flags.
func (f verifyFlags) intended(
	subject proof.Subject, given func(flag string) bool, env environment.Environment,
) (proof.Subject, error) {
	d := &subject.Deployment
	if !given("stack") {
		d.Enrolment, d.DeviceName = policy.Enrolment(f.intent.enrolment), policy.DeviceName(f.intent.deviceName)
		d.SelfServiceAccessKeys, d.WithoutDeny = f.intent.selfServiceAccessKeys, f.intent.noEnforce
		return subject, nil
	}
	read, err := project.ReadStack(env, f.project, f.stacks[0])
	d.Enrolment, d.DeviceName, d.WithoutDeny = read.Enrolment, read.DeviceName, read.WithoutDeny
	d.ExemptActions, d.ExemptActionsAtMyRisk = read.ExemptActions, read.ExemptActionsAtMyRisk
	d.SelfServiceAccessKeys, d.TrustPolicyQuota = read.SelfServiceAccessKeys, read.TrustPolicyQuota
	return subject, err
}

// readDeployed reads the stack outputs, and the documents back from the account; said
// is whether the outputs say what is meant.
func readDeployed(
	ctx context.Context, path string, env environment.Environment,
) (subject proof.Subject, said bool, err error) {
	outputs, err := project.ReadOutputs(env, path)
	if err != nil {
		return proof.Subject{}, false, err
	}
	config, err := sdkconfig.Load(ctx, env, "", outputs.ClientConfig.Region)
	if err != nil {
		return proof.Subject{}, false, err
	}
	found, err := deployed.Read(ctx, iam.NewFromConfig(config), sts.NewFromConfig(config), outputs)
	return proof.Subject{
		Source: fmt.Sprintf("The deployed stack in account %s, read back from IAM. "+
			"AWS's own managed policies are not judged.", outputs.ClientConfig.AccountID),
		Deployment: found.Deployment,
		Notes:      found.Notes,
	}, outputs.Settings != nil, err
}
