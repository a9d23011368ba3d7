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
group.

It exits with 0 if all that is judged is proved, 1 if anything is broken,
undecided or could not be read, and 2 for a mistake on the command line.`

const verifyExample = `  awsmfa verify                                   stack dev, before it is deployed
  awsmfa verify --stack prod --markdown           a table for a pull request
  pulumi stack output --json | awsmfa verify --outputs -
                                                  what the account really has
  awsmfa verify --trust trust.json --group group.json
                                                  what you have today`

// verifyFlags are the flags as given.
type verifyFlags struct {
	stack, project, outputs, trust string
	groups                         []string
	asJSON, asMarkdown             bool
	intent                         intentFlags
}

// intentFlags say what is meant, where no stack configuration does.
type intentFlags struct {
	enrolment, deviceName string
	noEnforce             bool
}

func intentFlagNames() []string { return []string{"enrolment", "mfa-device-name", "no-enforce"} }

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
	usage.StackFlags(cmd, env, &flags.stack, &flags.project)
	f.StringVar(&flags.outputs, "outputs", "", project.OutputsUsage)
	f.StringVar(&flags.trust, "trust", "", "a `file` with the trust policy of a role")
	f.StringArrayVar(&flags.groups, "group", nil, "a `file` with a policy of the group; may be repeated")
	f.StringVar(&flags.intent.enrolment, "enrolment", string(policy.SelfService),
		"the `mode` of enrolment that is meant: self-service or admin")
	f.StringVar(&flags.intent.deviceName, "mfa-device-name", string(policy.UsernameDevice),
		"the `name` of devices meant to be created without MFA: username or any")
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
		usage.If(f.stack == "", "--stack is empty"),
		usage.If(f.asJSON && f.asMarkdown, "--json and --markdown exclude each other"),
		usage.If(f.outputs != "" && fromFiles, "--outputs is a deployed stack: it goes without --trust and --group"),
		usage.If(
			given("outputs") && f.outputs == "" || given("trust") && f.trust == "" || slices.Contains(f.groups, ""),
			"the name of a file is empty",
		),
		usage.If(
			intent && elsewhere,
			"--"+strings.Join(intentFlagNames(), ", --")+" say what the stack's configuration says: "+
				"they go with --outputs, --trust or --group, and without --stack",
		),
		usage.NotOneOf("enrolment", f.intent.enrolment, enrolments()),
		usage.NotOneOf("mfa-device-name", f.intent.deviceName, deviceNames()),
	)
}

func enrolments() []string {
	return []string{string(policy.SelfService), string(policy.AdminEnrolment)}
}

func deviceNames() []string { return []string{string(policy.UsernameDevice), string(policy.AnyDevice)} }

func runVerify(
	ctx context.Context, flags verifyFlags, given func(flag string) bool, env environment.Environment,
) error {
	subject, err := flags.read(ctx, given, env)
	if err := errors.Join(err, awsHas(subject.Deployment.ExemptActionsAtMyRisk)); err != nil {
		return err
	}
	begin := time.Now()
	verdict := proof.Of(subject, policy.Verify(subject.Deployment))
	elapsed := time.Since(begin)
	if err := flags.print(verdict, env.Out, env.WantsColor(env.Out)); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	say := &output.Lines{W: env.Err}
	say.Linef("%s", subject.Source)
	for _, note := range subject.Notes {
		say.Linef("%s", note)
	}
	say.Linef("%s classes of requests decided in %s", output.Thousands(verdict.Classes), elapsed.Round(time.Millisecond))
	if say.Err != nil {
		return say.Err
	}
	return verdict.Err()
}

// awsHas refuses exempt actions that AWS does not have.
func awsHas(actions []string) error {
	var faults []error
	for _, action := range actions {
		if err := awsactions.Check(action); err != nil {
			faults = append(faults, fmt.Errorf("exemptActionsAtMyRisk: %w (if AWS has it since, take a newer awsmfa)", err))
		}
	}
	return errors.Join(faults...)
}

func (f verifyFlags) print(verdict proof.Proof, out io.Writer, color bool) error {
	switch {
	case f.asJSON:
		return output.JSON(out, verdict)
	case f.asMarkdown:
		return verdict.Markdown(out)
	default:
		return verdict.Table(out, color)
	}
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
	read, err := project.ReadStack(env, f.project, f.stack)
	if err != nil {
		return proof.Subject{}, err
	}
	resolved, err := stack.ResolveOffline(read.Config, read.Region, nil)
	return proof.Subject{
		Source: fmt.Sprintf("Stack %s as it would be deployed. AWS was not asked: ARNs, and members whom the "+
			"configuration does not name, are stand-ins.", f.stack),
		Deployment: resolved.Deployment,
	}, err
}

// intended adds what documents that exist are meant to do: what the stack's
// configuration says, if a stack is given, or else the flags.
func (f verifyFlags) intended(
	subject proof.Subject, given func(flag string) bool, env environment.Environment,
) (proof.Subject, error) {
	d := &subject.Deployment
	if !given("stack") {
		d.Enrolment, d.DeviceName = policy.Enrolment(f.intent.enrolment), policy.DeviceName(f.intent.deviceName)
		d.WithoutDeny = f.intent.noEnforce
		return subject, nil
	}
	read, err := project.ReadStack(env, f.project, f.stack)
	d.Enrolment, d.DeviceName, d.WithoutDeny = read.Enrolment, read.DeviceName, read.WithoutDeny
	d.ExemptActions, d.ExemptActionsAtMyRisk = read.ExemptActions, read.ExemptActionsAtMyRisk
	d.TrustPolicyQuota = read.TrustPolicyQuota
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
