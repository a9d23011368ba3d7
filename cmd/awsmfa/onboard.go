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

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const onboardLong = `Write a profile into ~/.aws/config for each role of a stack that trusts you.

With the access key of the source profile it asks AWS who you are and which MFA
device you have. It writes role_arn, source_profile, mfa_serial, region and
duration_seconds, and your name as the name of your sessions. From then on use
--profile: the command asks for a code and works, where a plain one is denied as
soon as the deny is in force.

What it writes stands in a block of its own, which the next run brings up to
date and --remove takes out again. It changes no other byte of the file, and
leaves profiles of the same name that it did not write alone, unless you give
--force.

Terraform, Pulumi and the SDKs cannot ask for a code. There are two ways:

  --sdk       adds a profile <name>-sdk to each, whose credential_process is
              awsmfa credentials: it asks on the terminal, and keeps the
              session for as long as the role allows
  --one-code  lets one code serve every role and every program for 36 hours.
              The price: AWS ends the session of a role after an hour, and a
              new one begins, without a question

The next run keeps to it, and to --prefix: --sdk=false and --one-code=false take
it back.

A profile that signs in with aws login (AWS CLI 2.32), as people with a passkey do,
serves as the source profile, too: the sign-in is the second factor, and nothing
asks for a code.`

const onboardExample = `  awsmfa onboard --outputs outputs.json           from what an administrator gave you
  pulumi stack output --json | awsmfa onboard --outputs -
  awsmfa onboard --stack dev                      has the Pulumi CLI print the outputs
  awsmfa onboard --stack dev --dry-run            show the changes
  awsmfa onboard --stack dev --sdk --check        for Terraform as well, and try it
  awsmfa onboard --stack dev --profile signin     a profile that aws login signs in
  awsmfa onboard --remove                         take all of it out again`

// onboardFlags are the flags as given.
type onboardFlags struct {
	stack, project, outputs              string
	sourceProfile, serialNumber, prefix  string
	sdk, oneCode                         bool
	dryRun, check, remove, force, asJSON bool
	// given reports whether a flag was.
	given func(flag string) bool
}

func newOnboardCommand(env environment.Environment) *cobra.Command {
	var flags onboardFlags
	cmd := &cobra.Command{
		Use:     "onboard",
		Short:   "Write the profiles of your roles into ~/.aws/config",
		Long:    onboardLong,
		Example: onboardExample,
		Args:    usage.NoArguments,
		PreRunE: func(*cobra.Command, []string) error { return flags.mistakes() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			run := runOnboard
			if flags.remove {
				run = runOnboardRemove
			}
			return untilInterrupted(cmd.Context(), func() error { return run(cmd.Context(), flags, env) })
		},
	}
	f := cmd.Flags()
	flags.given = f.Changed
	f.StringVarP(&flags.stack, "stack", "s", "", "the `name` of the stack, whose outputs the Pulumi CLI prints")
	f.StringVar(&flags.project, "project", "", "the `directory` of Pulumi.yaml (default the nearest one upwards)")
	f.StringVar(&flags.outputs, "outputs", "", project.OutputsUsage)
	f.StringVar(&flags.sourceProfile, "source-profile", "",
		"the `name` of the profile with your access key, or of aws login (default $AWS_PROFILE, or default)")
	f.StringVar(&flags.sourceProfile, "profile", "", "the same as --source-profile, as in other commands")
	f.StringVar(&flags.serialNumber, "serial-number", "", "the `serial` number of your MFA device (default AWS is asked)")
	f.StringVar(&flags.prefix, "prefix", "", "what the names of the profiles begin with")
	f.BoolVar(&flags.sdk, "sdk", false, "add profiles for Terraform, Pulumi and SDKs, which cannot ask")
	f.BoolVar(&flags.oneCode, "one-code", false, "let one code a day serve every role")
	f.BoolVar(&flags.dryRun, "dry-run", false, "show the changes, and write nothing")
	f.BoolVar(&flags.check, "check", false, "try the first profile, also with the AWS CLI, before they are printed")
	f.BoolVar(&flags.remove, "remove", false, "take the profiles out again, of --stack or of all stacks")
	f.BoolVar(&flags.force, "force", false, "replace profiles of the same name, and remove what was added to ours")
	f.BoolVar(&flags.asJSON, "json", false, "print what was done as JSON")
	usage.Complete(cmd, "stack", usage.Stacks(env, &flags.project))
	usage.Complete(cmd, "source-profile", usage.Profiles(env))
	usage.Complete(cmd, "profile", usage.Profiles(env))
	return cmd
}

func (f onboardFlags) mistakes() error {
	ofWriting := []string{"outputs", "source-profile", "profile", "serial-number", "prefix", "sdk", "one-code", "check"}
	return cmp.Or(
		f.badValue(),
		usage.If(f.stack != "" && f.outputs != "", "--stack and --outputs exclude each other"),
		usage.If(
			f.stack == "" && f.outputs == "" && !f.remove,
			"which roles? Give the stack outputs with --outputs FILE, or the stack with --stack NAME",
		),
		usage.If(f.given("profile") && f.given("source-profile"), "--profile and --source-profile are the same: give one"),
		usage.If(f.sdk && f.oneCode, "--sdk and --one-code exclude each other: the profiles of --one-code serve SDKs, too"),
		usage.If(f.dryRun && f.asJSON, "--dry-run prints a diff: leave out --json"),
		usage.If(f.dryRun && f.check, "--dry-run writes nothing that --check could try"),
		usage.If(
			f.remove && slices.ContainsFunc(ofWriting, f.given),
			"--remove goes with --stack, --dry-run, --force and --json only",
		),
	)
}

// badValue is about a value that no flag of its name can have.
func (f onboardFlags) badValue() error {
	return cmp.Or(
		usage.Empty(f.given, "stack", f.stack),
		usage.If(f.given("outputs") && f.outputs == "", "--outputs is empty: name a file, or - for stdin"),
		usage.Empty(f.given, "source-profile", f.sourceProfile),
		usage.Empty(f.given, "profile", f.sourceProfile),
		checkSerialNumber(f.given, f.serialNumber),
	)
}

// checkSerialNumber is about the value of --serial-number, if it was given.
func checkSerialNumber(given func(flag string) bool, serialNumber string) error {
	if !given("serial-number") {
		return nil
	}
	err := usage.Empty(given, "serial-number", serialNumber)
	if bad := mfadevice.CheckSerialNumber(serialNumber); err == nil && bad != nil {
		err = usage.Errorf("--serial-number: %v", bad)
	}
	return err
}

// onboarded is what --json prints.
type onboarded struct {
	File         string   `json:"file"`
	Changed      bool     `json:"changed"`
	UserName     string   `json:"userName,omitempty"`
	SerialNumber string   `json:"serialNumber,omitempty"`
	Profiles     []string `json:"profiles"`
	Removed      []string `json:"removed"`
}

func runOnboard(ctx context.Context, flags onboardFlags, env environment.Environment) error {
	client, err := flags.client(ctx, env)
	if err != nil {
		return err
	}
	path, err := awsconfig.Path(env.Getenv, env.Home)
	if err != nil {
		return err
	}
	person, mode, err := flags.search(ctx, path, client, env)
	if err != nil {
		return err
	}
	block, err := onboarding.Block(client, person, mode, onboarding.OwnCommand(env, mode))
	if err != nil {
		return err
	}
	if err := onboarding.CheckShadows(env, path, block); err != nil {
		return err
	}
	done := onboarded{UserName: person.UserName, SerialNumber: person.SerialNumber, Profiles: namesOf(block.Profiles)}
	edit := func(file *awsconfig.File) error {
		for _, other := range onboarding.Others(client, file) {
			env.Sayf("You have profiles of stack %s, too: if it was renamed to %s, awsmfa onboard --remove --stack %[1]s "+
				"removes them.", other, client.Stack)
		}
		done.Removed = slices.DeleteFunc(namesOf(file.Profiles(block.Owner)), func(name string) bool {
			return slices.Contains(done.Profiles, name)
		})
		return file.Put(block, flags.force)
	}
	diff, err := flags.change(ctx, path, &done, edit, env)
	if err != nil {
		return err
	}
	first := onboarding.Trusting(client, person.UserName)[0]
	first.Name = person.Prefix + first.Name
	if !flags.asJSON && !flags.dryRun {
		advise(first.Name, person.SourceProfile, mode, env)
	}
	if flags.check {
		if err := onboarding.Try(ctx, env, first, person, mode, client.Region); err != nil {
			return err
		}
	}
	return flags.print(done, diff, env)
}

// search is for the person, and how they want the profiles: as the file has them,
// unless flags say otherwise.
func (f onboardFlags) search(
	ctx context.Context, path string, client stack.ClientConfig, env environment.Environment,
) (onboarding.Person, onboarding.Mode, error) {
	file, err := awsconfig.Read(path)
	if err != nil {
		return onboarding.Person{}, "", err
	}
	person, err := onboarding.Search{
		Env: env, Path: path, File: file, Client: client, SerialNumber: f.serialNumber,
		SourceProfile: cmp.Or(f.sourceProfile, env.AWSProfile(), "default"), // as the AWS CLI finds it
	}.Run(ctx)
	if err != nil {
		return person, "", err
	}
	mode, prefix := onboarding.Used(client, file)
	if f.given("prefix") {
		prefix = f.prefix
	}
	person.Prefix = prefix
	env.Sayf("You are %s, by the %s of profile %s.", person.UserName, person.Proof(), person.SourceProfile)
	if f.sourceProfile == "" && env.Getenv("AWS_ACCESS_KEY_ID") != "" {
		env.Sayf("Warning: AWS_ACCESS_KEY_ID is set, and most commands take that key; profiles cannot.")
	}
	mode, err = f.mode(person, mode)
	return person, mode, err
}

// mode is the one that flags ask for, or the one that was used.
func (f onboardFlags) mode(person onboarding.Person, used onboarding.Mode) (onboarding.Mode, error) {
	switch {
	case person.SignsIn && (f.sdk || f.oneCode):
		return "", fmt.Errorf("profile %s signs in with aws login: its profiles ask for no code, and serve "+
			"Terraform, Pulumi and SDKs as they are: leave out --sdk and --one-code", person.SourceProfile)
	case person.SignsIn:
		return onboarding.Login, nil
	case f.sdk:
		return onboarding.SDK, nil
	case f.oneCode:
		return onboarding.OneCode, nil
	case f.given("sdk") || f.given("one-code"):
		return onboarding.Prompt, nil
	default:
		return used, nil
	}
}

func runOnboardRemove(ctx context.Context, flags onboardFlags, env environment.Environment) error {
	path, err := awsconfig.Path(env.Getenv, env.Home)
	if err != nil {
		return err
	}
	done := onboarded{Profiles: []string{}}
	diff, err := flags.change(ctx, path, &done, func(file *awsconfig.File) error {
		for _, owner := range file.Owners() {
			if flags.stack != "" && !onboarding.IsOf(owner, flags.stack) {
				continue
			}
			removed, err := file.Remove(owner, flags.force)
			if err != nil {
				return err
			}
			done.Removed = append(done.Removed, removed...)
		}
		return nil
	}, env)
	if err != nil {
		return err
	}
	return flags.print(done, diff, env)
}

// patience is how long an interrupted command may clean up.
const patience = 2 * time.Second

// untilInterrupted does not wait for work that looks at no context for long, as the
// SDK reads a file of a million lines.
func untilInterrupted(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return ctx.Err()
	}
}

// client is what the stack offers.
func (f onboardFlags) client(ctx context.Context, env environment.Environment) (stack.ClientConfig, error) {
	var outputs stack.Outputs
	var err error
	if f.outputs != "" {
		outputs, err = project.ReadOutputs(env, f.outputs)
	} else {
		outputs, err = project.OutputsOfStack(ctx, env, f.project, f.stack)
	}
	if err == nil && outputs.ClientConfig.Project == "" {
		err = errors.New("the stack outputs: clientConfig has no project: run pulumi up with this version of the program")
	}
	return outputs.ClientConfig, err
}

// change makes the change of the file, or says what it would be, and says what
// was done.
func (f onboardFlags) change(
	ctx context.Context, path string, done *onboarded, edit func(*awsconfig.File) error, env environment.Environment,
) (diff string, err error) {
	var before, after []byte
	if f.dryRun {
		before, after, err = awsconfig.Preview(path, edit)
	} else {
		before, after, err = awsconfig.Update(ctx, path, edit)
	}
	if err != nil {
		return "", err
	}
	if done.Removed == nil {
		done.Removed = []string{}
	}
	done.File, done.Changed = path, string(before) != string(after)
	done.say(f, env)
	if f.dryRun {
		diff = awsconfig.Diff(path, before, after)
	}
	return diff, nil
}

// print is what scripts get, once all has gone well.
func (f onboardFlags) print(done onboarded, diff string, env environment.Environment) (err error) {
	switch {
	case f.dryRun:
		_, err = fmt.Fprint(env.Out, diff)
	case f.asJSON:
		err = output.JSON(env.Out, done)
	default:
		err = printLines(env.Out, done.Profiles)
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func (o onboarded) say(flags onboardFlags, env environment.Environment) {
	switch {
	case flags.remove && !o.Changed && flags.stack != "":
		env.Sayf("There are no profiles of stack %s in %s: nothing was changed.", flags.stack, o.File)
	case flags.remove && !o.Changed:
		env.Sayf("There are no profiles that awsmfa wrote in %s: nothing was changed.", o.File)
	case flags.dryRun && o.Changed:
		env.Sayf("Nothing was written: this is what would change in %s.", o.File)
	case !o.Changed:
		env.Sayf("%s is up to date: nothing was changed.", o.File)
	default:
		if len(o.Profiles) > 0 {
			env.Sayf("Wrote into %s: profile %s.", o.File, strings.Join(o.Profiles, ", "))
		}
		if len(o.Removed) > 0 {
			env.Sayf("Removed from %s: profile %s.", o.File, strings.Join(o.Removed, ", "))
		}
	}
}

// advise says how the profiles are used.
func advise(profile, source string, mode onboarding.Mode, env environment.Environment) {
	env.Sayf("Try it: aws sts get-caller-identity --profile %s", profile)
	switch mode {
	case onboarding.SDK:
		env.Sayf("For Terraform, Pulumi and SDKs: AWS_PROFILE=%s", onboarding.SDKProfile(profile))
		adviseAsking(onboarding.SDKProfile(profile), env)
	case onboarding.OneCode:
		env.Sayf("One code serves every role for %d hours, in the AWS CLI, Terraform, Pulumi and SDKs. "+
			"The session of a role ends after an hour and is renewed without a question.",
			int(onboarding.SessionDuration.Hours()))
		adviseAsking(profile, env)
	case onboarding.Login:
		env.Sayf("No profile asks for a code, in the AWS CLI, Terraform, Pulumi and SDKs, while you are signed in. "+
			"When they say that you are not: aws login --profile %s", output.ShellWord(source))
	case onboarding.Prompt:
		env.Sayf("Terraform, Pulumi and SDKs cannot ask for a code: --sdk or --one-code serves them.")
	}
}

// adviseAsking says what to do for those that run awsmfa credentials where it
// cannot ask.
func adviseAsking(profile string, env environment.Environment) {
	env.Sayf("Pulumi's providers and programs without a terminal cannot ask for the code: type it beforehand, with "+
		"aws sts get-caller-identity --profile %s", profile)
}

// printLines prints a line for each, for scripts.
func printLines(out io.Writer, lines []string) error {
	text := output.Lines{W: out}
	for _, line := range lines {
		text.Linef("%s", line)
	}
	return text.Err
}

func namesOf(profiles []awsconfig.Profile) []string {
	names := make([]string, 0, len(profiles))
	for _, profile := range profiles {
		names = append(names, profile.Name)
	}
	return names
}
