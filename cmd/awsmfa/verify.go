package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const verifyLong = `Prove that policies demand MFA, or show the request that gets around it.

All requests are decided, not a sample: the documents tell requests apart by
finitely many questions, and one request of each class that answers them alike
is evaluated. A guarantee is proved, broken (with such a request), or undecided.

They are those that a stack would deploy (the default; AWS is not asked), those
of a deployed stack (--outputs, read back from the account), or any policy
files (--trust, --group). Of files, what is meant is read from the files: the
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

func newVerifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:     "verify",
		Short:   "Prove that policies demand MFA, or show what gets around it",
		Long:    verifyLong,
		Example: verifyExample,
		Args:    noArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVerify(cmd.Context(), flags, cmd.Flags().Changed("stack"), streamsOf(cmd))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&flags.stack, "stack", "s", "dev", "the `name` of the stack; of other documents, what is meant")
	f.StringVar(&flags.project, "project", "", "the `directory` of Pulumi.yaml (default the nearest one upwards)")
	f.StringVar(&flags.outputs, "outputs", "", outputsUsage)
	f.StringVar(&flags.trust, "trust", "", "a `file` with the trust policy of a role")
	f.StringArrayVar(&flags.groups, "group", nil, "a `file` with a policy of the group; may be repeated")
	f.StringVar(&flags.intent.enrolment, "enrolment", string(policy.SelfService),
		"the `mode` of enrolment that is meant: self-service or admin")
	f.StringVar(&flags.intent.deviceName, "mfa-device-name", string(policy.UsernameDevice),
		"the `name` of devices meant to be created without MFA: username or any")
	f.BoolVar(&flags.intent.noEnforce, "no-enforce", false, "the deny is not meant to be in force yet")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	f.BoolVar(&flags.asMarkdown, "markdown", false, "print the result as Markdown")
	mustComplete(cmd, "stack", completeStacks(&flags.project))
	mustComplete(cmd, "enrolment", cobra.FixedCompletions(enrolments(), cobra.ShellCompDirectiveNoFileComp))
	mustComplete(cmd, "mfa-device-name", cobra.FixedCompletions(deviceNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func mustComplete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // only when the flag is not registered
	}
}

func (f verifyFlags) fromFiles() bool { return f.trust != "" || len(f.groups) > 0 }

// check refuses values that no flag has, and flags that exclude each other.
func (f verifyFlags) check(given func(flag string) bool) error {
	fromFiles := f.fromFiles()
	intent := slices.ContainsFunc(intentFlagNames(), given)
	elsewhere := given("stack") || f.outputs == "" && !fromFiles
	return firstOf([]mistake{
		{f.stack == "", "--stack is empty"},
		{f.asJSON && f.asMarkdown, "--json and --markdown exclude each other"},
		{f.outputs != "" && fromFiles, "--outputs is a deployed stack: it goes without --trust and --group"},
		{
			given("outputs") && f.outputs == "" || given("trust") && f.trust == "" || slices.Contains(f.groups, ""),
			"the name of a file is empty",
		},
		{
			intent && elsewhere,
			"--" + strings.Join(intentFlagNames(), ", --") + " say what the stack's configuration says: " +
				"they go with --outputs, --trust or --group, and without --stack",
		},
		notOneOf("enrolment", f.intent.enrolment, enrolments()),
		notOneOf("mfa-device-name", f.intent.deviceName, deviceNames()),
	})
}

func notOneOf(flag, value string, choices []string) mistake {
	return mistake{
		!slices.Contains(choices, value), fmt.Sprintf("--%s %q: it must be %s", flag, value, joined(choices, "or")),
	}
}

func enrolments() []string {
	return []string{string(policy.SelfService), string(policy.AdminEnrolment)}
}

func deviceNames() []string { return []string{string(policy.UsernameDevice), string(policy.AnyDevice)} }

// judged is what to verify, and what a person should know about it.
type judged struct {
	// source says in a few words where the documents come from.
	source     string
	deployment policy.Deployment
	notes      []string
	// missing says why guarantees are not judged, if documents are missing.
	missing string
}

func runVerify(ctx context.Context, flags verifyFlags, stackGiven bool, std streams) error {
	subject, err := flags.read(ctx, stackGiven, std)
	if err != nil {
		return err
	}
	begin := time.Now()
	proof := proofOf(subject, policy.Verify(subject.deployment))
	elapsed := time.Since(begin)
	if err := flags.print(proof, std.out); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	say := &lines{w: std.err}
	say.linef("%s", subject.source)
	for _, note := range subject.notes {
		say.linef("%s", note)
	}
	say.linef("%s classes of requests decided in %s", thousands(proof.Classes), elapsed.Round(time.Millisecond))
	if say.err != nil {
		return say.err
	}
	return proof.err()
}

func (f verifyFlags) print(proof proof, out io.Writer) error {
	switch {
	case f.asJSON:
		return proof.json(out)
	case f.asMarkdown:
		return proof.markdown(out)
	default:
		return proof.table(out, wantsColor(out))
	}
}

// read finds the documents.
func (f verifyFlags) read(ctx context.Context, stackGiven bool, std streams) (judged, error) {
	if f.outputs == "" && !f.fromFiles() {
		resolved, err := resolveOffline(f.project, f.stack, nil)
		return judged{
			source: fmt.Sprintf("Stack %s as it would be deployed. AWS was not asked: ARNs, and members whom the "+
				"configuration does not name, are stand-ins.", f.stack),
			deployment: resolved.Deployment,
		}, err
	}
	intent, err := f.intended(stackGiven)
	if err != nil {
		return judged{}, err
	}
	var subject judged
	if f.fromFiles() {
		subject, err = readPolicyFiles(f.trust, f.groups)
		subject.deployment.ExemptActions = intent.ExemptActions
		subject.deployment.TrustPolicyQuota = intent.TrustPolicyQuota
	} else {
		subject, err = readDeployed(ctx, f.outputs, std)
	}
	d := &subject.deployment
	d.Enrolment, d.DeviceName, d.WithoutDeny = intent.Enrolment, intent.DeviceName, intent.WithoutDeny
	return subject, err
}

// intended is what documents that exist are meant to do: what the stack's
// configuration says, if a stack is given, or else the flags.
func (f verifyFlags) intended(stackGiven bool) (stack.Config, error) {
	if !stackGiven {
		return stack.Config{
			Access: stack.Access{
				Enrolment:   policy.Enrolment(f.intent.enrolment),
				DeviceName:  policy.DeviceName(f.intent.deviceName),
				WithoutDeny: f.intent.noEnforce,
			},
		}, nil
	}
	config, _, err := readStackFile(f.project, f.stack)
	return config, err
}

// stackFilePath is where the configuration of a stack is, or goes.
func stackFilePath(project, name string) (string, error) {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return "", fmt.Errorf("stack %s: the stack file has the last part of the name only: write --stack %s",
			name, name[i+1:])
	}
	dir, err := projectDir(project)
	return filepath.Join(dir, "Pulumi."+name+".yaml"), err
}

// readStackFile reads the configuration and the region of a stack.
func readStackFile(project, name string) (stack.Config, string, error) {
	path, err := stackFilePath(project, name)
	if err != nil {
		return stack.Config{}, "", err
	}
	config, err := stack.ReadFile(path, name)
	if err != nil {
		return stack.Config{}, "", err
	}
	region, err := stack.ReadRegion(path)
	return config, region, err
}

func resolveOffline(project, name string, members map[string][]string) (stack.Plan, error) {
	config, region, err := readStackFile(project, name)
	if err != nil {
		return stack.Plan{}, err
	}
	return stack.ResolveOffline(config, region, members)
}

// readDeployed reads the stack outputs, and the documents back from the account.
func readDeployed(ctx context.Context, path string, std streams) (judged, error) {
	outputs, err := readOutputs(path, std)
	if err != nil {
		return judged{}, err
	}
	config, err := awsConfig(ctx, "", outputs.ClientConfig.Region, std)
	if err != nil {
		return judged{}, err
	}
	found, err := deployed.Read(ctx, iam.NewFromConfig(config), sts.NewFromConfig(config), outputs)
	return judged{
		source: fmt.Sprintf("The deployed stack in account %s, read back from IAM. "+
			"AWS's own managed policies are not judged.", outputs.ClientConfig.AccountID),
		deployment: found.Deployment,
		notes:      found.Notes,
	}, err
}
