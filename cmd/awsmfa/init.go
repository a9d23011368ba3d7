package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const initLong = `Write Pulumi.<stack>.yaml from the groups that the account has.

Each group gets a role with the managed policies that are attached to the group
now: what its members can do with an access key today, they can do later with
the role, and so only with MFA. The role trusts whoever is in the group at each
pulumi up.

What a role cannot have is left out, with a warning: the group's inline policies,
and a policy that itself demands MFA, which the session of a role never carries.
The policy of this project is left out, too, if the group has it already.

Nothing in the account is changed, and an existing stack file is kept unless you
give --force, which writes the roles, the account, the region and enforce anew,
says what of these the old file had otherwise, and keeps all else. The new file
passes 'awsmfa verify', can be deployed to that one account only, and begins with
enforce: false, the first of two steps, unless an earlier deployment has the deny
in force for all of the groups.

It prints the path of the file.`

const initExample = `  awsmfa init --group developers                      Pulumi.dev.yaml
  awsmfa init --group developers --force              in place of a clone's example
  awsmfa init --group developers --dry-run            print it, write nothing
  awsmfa init --stack prod --group developers --group ops --profile admin
  awsmfa init --group developers --role power-user    the role has another name`

// initFlags are the flags as given.
type initFlags struct {
	stack, project, region, profile string
	groups, roles                   []string
	dryRun, force, asJSON           bool
}

func newInitCommand(env environment.Environment) *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Write a stack file from the groups that the account has",
		Long:    initLong,
		Example: initExample,
		Args:    usage.NoArguments,
		PreRunE: func(*cobra.Command, []string) error { return flags.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runInit(cmd.Context(), flags, env)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.groups, "group", nil, "the `name` of a group that gets a role; may be repeated")
	f.StringArrayVar(&flags.roles, "role", nil,
		"the `name` of the role (default that of the group); once for each --group, in their order")
	usage.StackFlags(cmd, env, &flags.stack, &flags.project)
	f.StringVar(&flags.region, "region", "", "the `region` of the stack (default that of the AWS settings)")
	f.StringVar(&flags.profile, "profile", "", "the AWS `profile` of an administrator (default that of the AWS settings)")
	f.BoolVar(&flags.dryRun, "dry-run", false, "print the file, and write nothing")
	f.BoolVar(&flags.force, "force", false, "replace the roles, the account and the region of a stack file that is there")
	f.BoolVar(&flags.asJSON, "json", false, "print the path, the roles and the warnings as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	for _, flag := range []string{"group", "role", "region"} {
		usage.Complete(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (f initFlags) check() error {
	mistakes := []error{
		usage.If(len(f.groups) == 0, "name the groups that get a role with --group"),
		usage.If(
			len(f.roles) > 0 && len(f.roles) != len(f.groups),
			fmt.Sprintf("%d --role for %d --group: give each group its role, or none", len(f.roles), len(f.groups)),
		),
		usage.If(f.dryRun && f.asJSON, "--dry-run prints the file, --json what was written: they exclude each other"),
		usage.If(
			!stack.IsName(f.stack),
			fmt.Sprintf("--stack %q: letters, digits and _.- only, at most 100", f.stack),
		),
	}
	for _, name := range f.groups {
		mistakes = append(mistakes, badName("group", policy.CheckGroupName(name)))
	}
	for _, name := range f.roles {
		mistakes = append(mistakes, badName("role", policy.CheckRoleName(name)))
	}
	return cmp.Or(append(mistakes, namedTwice("group", f.groups), namedTwice("role", f.roles))...)
}

func badName(flag string, err error) error {
	if err != nil {
		return usage.Errorf("--%s: %v", flag, err)
	}
	return nil
}

// namedTwice finds names that IAM takes for one: it ignores their case.
func namedTwice(flag string, names []string) error {
	for i, name := range names {
		if slices.ContainsFunc(names[:i], func(other string) bool { return strings.EqualFold(name, other) }) {
			return usage.Errorf("--%s %s is given twice", flag, name)
		}
	}
	return nil
}

func (f initFlags) roleFor(i int, group string) string {
	if len(f.roles) == 0 {
		return group
	}
	return f.roles[i]
}

func runInit(ctx context.Context, flags initFlags, env environment.Environment) error {
	found, path, err := flags.place(env)
	if err != nil {
		return err
	}
	source, err := readSource(ctx, flags, env)
	if err != nil {
		return err
	}
	source.Project = found
	file, err := stackfile.New(source)
	if err != nil {
		return err
	}
	var old stackfile.Old
	if flags.force {
		if file, old, err = file.Replacing(path); err != nil {
			return err
		}
	}
	for _, role := range file.Roles {
		sayRole(role, env)
	}
	sayOld(old, env)
	if flags.dryRun {
		if _, err := env.Out.Write(file.Text); err != nil {
			return fmt.Errorf("printing the stack file: %w", err)
		}
		return nil
	}
	if err := file.Write(path, flags.force); err != nil {
		return existing(err)
	}
	if err := flags.print(path, file, old, env.Out); err != nil {
		return fmt.Errorf("printing what was written: %w", err)
	}
	flags.sayNext(env)
	return nil
}

// place is the project, and where the file goes; empty where none is written or
// replaced, which needs no project. A file that must not be replaced is an error
// before AWS is asked anything.
func (f initFlags) place(env environment.Environment) (*stackconfig.Project, string, error) {
	found, err := project.Open(env, f.project)
	nowhere := f.dryRun && !f.force
	if nowhere && f.project == "" && errors.Is(err, fs.ErrNotExist) {
		return &stackconfig.Project{Name: ownProject}, "", nil
	}
	if err != nil || nowhere {
		return found, "", err
	}
	if filepath.Ext(found.File) == ".json" {
		return nil, "", fmt.Errorf("the project file is %s, so that Pulumi reads stack files in JSON, and this one "+
			"would be YAML: print it with --dry-run, and translate it", found.File)
	}
	path, err := found.StackFile(f.stack)
	if err != nil || f.force {
		return found, path, err
	}
	return found, path, existing(stackfile.CheckNew(path))
}

// ownProject is the name of this project, as it is published.
const ownProject = "aws-cli-mfa"

func existing(err error) error {
	if errors.Is(err, stackfile.ErrExists) {
		return fmt.Errorf("%w: replace it with --force, which is right for the example that a clone has, choose another "+
			"--stack, or see what it would be with --dry-run", err)
	}
	return err
}

func readSource(ctx context.Context, flags initFlags, env environment.Environment) (stackfile.Source, error) {
	loaded, err := sdkconfig.Load(ctx, env, flags.profile, flags.region)
	if err != nil {
		return stackfile.Source{}, err
	}
	source := stackfile.Source{Stack: flags.stack, Region: flags.region}
	if source.Region == "" {
		source.Region = sdkconfig.Region(env, loaded)
	}
	if source.Region == "" {
		return stackfile.Source{}, errors.New("in which region will people work? " +
			"There is none in the AWS settings (AWS_REGION, or region of the profile): give --region")
	}
	loaded.Region = source.Region
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(loaded))
	if err != nil {
		return stackfile.Source{}, err
	}
	source.Account = caller.Account
	client := iam.NewFromConfig(loaded)
	for i, name := range flags.groups {
		found, err := deployed.ReadGroup(ctx, client, name)
		if errors.Is(err, deployed.ErrNotFound) {
			return stackfile.Source{}, noSuchGroup(ctx, client, name, source.Account.ID)
		}
		if err != nil {
			return stackfile.Source{}, err
		}
		group := stackfile.Group{Group: found, Role: flags.roleFor(i, found.Name)}
		if err := readMembers(ctx, client, &group, env); err != nil {
			return stackfile.Source{}, err
		}
		source.Groups = append(source.Groups, group)
	}
	return source, nil
}

// noSuchGroup names the groups that there are, if they may be listed.
func noSuchGroup(ctx context.Context, api iam.ListGroupsAPIClient, name, account string) error {
	message := fmt.Sprintf("account %s has no group %s", account, name)
	names, err := deployed.GroupNames(ctx, api)
	switch {
	case err != nil:
	case len(names) == 0:
		message += ", nor any other"
	default:
		message += ": it has " + strings.Join(names, ", ")
	}
	return errors.New(message + ". Correct --group, choose the account with --profile, " +
		"or create the group and add its users first")
}

// readMembers reads what the members have of their own. Not being allowed to
// read it is no failure: the file does not depend on it.
func readMembers(ctx context.Context, api deployed.IAM, group *stackfile.Group, env environment.Environment) error {
	step, done := env.Progress("The members of "+group.Name, len(group.Members))
	defer done()
	group.Own = map[string]deployed.UserPolicies{}
	for _, member := range group.Members {
		own, err := deployed.ReadUserPolicies(ctx, api, member.Name)
		if denied, ok := errors.AsType[*awserror.PermissionError](err); ok {
			group.OwnUnread = errors.New(denied.Missing())
			return nil
		}
		if err != nil {
			return err
		}
		group.Own[member.Name] = own
		step()
	}
	return nil
}

func sayRole(role stackfile.Role, env environment.Environment) {
	env.Sayf("Role %s of group %s: %s", role.Name, role.Group, strings.Join(role.Policies, ", "))
	for _, note := range role.Notes {
		if note.Warning {
			env.Sayf("  warning: %s", note.Text)
		} else {
			env.Sayf("  %s", note.Text)
		}
	}
}

// sayOld says what becomes of the settings of the file that is there.
func sayOld(old stackfile.Old, env environment.Environment) {
	if len(old.Kept) > 0 {
		env.Sayf("Kept from the file that is there: %s", strings.Join(old.Kept, ", "))
	}
	if len(old.Lost) > 0 {
		env.Sayf("The new file has other values for, or leaves out: %s", strings.Join(old.Lost, ", "))
	}
}

// sayNext is the way to the first pulumi up.
func (f initFlags) sayNext(env environment.Environment) {
	stackAndProject, profile, directory := " --stack "+f.stack, "", ""
	if f.project != "" {
		stackAndProject += " --project " + output.ShellWord(f.project)
		directory = " -C " + output.ShellWord(f.project)
	}
	if f.profile != "" {
		profile = " --profile " + output.ShellWord(f.profile)
	}
	env.Sayf(`Next:
  awsmfa verify%[1]s
      proves that its policies demand MFA
  awsmfa sandbox%[1]s
      rehearses it on this machine, if the sandbox has its policies
  awsmfa audit%[1]s%[2]s
      shows who has no MFA device yet
  pulumi login
      where Pulumi keeps what it deployed; with --local it is this machine
  export PULUMI_CONFIG_PASSPHRASE='...'
      one of your choice, unless Pulumi Cloud keeps the secrets
  pulumi%[3]s stack init %[4]s
  pulumi%[3]s up --stack %[4]s
      deploys it, with the AWS credentials of an administrator`, stackAndProject, profile, directory, f.stack)
}

// initResult is what --json prints.
type initResult struct {
	File string `json:"file"`
	// Enforce is whether the deny without MFA is in force from the start.
	Enforce  bool             `json:"enforce"`
	Roles    []stackfile.Role `json:"roles"`
	Warnings []string         `json:"warnings"`
	// Kept are keys of the file that was there, and Lost those whose values are gone.
	Kept []string `json:"kept"`
	Lost []string `json:"lost"`
}

func (f initFlags) print(path string, file stackfile.File, old stackfile.Old, out io.Writer) error {
	if !f.asJSON {
		_, err := fmt.Fprintln(out, path)
		return err
	}
	result := initResult{
		File: path, Enforce: file.Enforce, Roles: file.Roles, Warnings: []string{},
		Kept: output.NotNull(old.Kept), Lost: output.NotNull(old.Lost),
	}
	for _, role := range file.Roles {
		for _, note := range role.Notes {
			if note.Warning {
				result.Warnings = append(result.Warnings, "group "+role.Group+": "+note.Text)
			}
		}
	}
	return output.JSON(out, result)
}
