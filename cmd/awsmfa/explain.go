package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsactions"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/explain"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const explainLong = `Say whether a request is allowed, which statement decides, and what to do.

By default it judges by the policies that a stack would deploy, for a member of
one of its groups, and AWS is not asked. With --profile it judges by the policies
that the caller of an AWS profile really has, as far as they may be read.

ACTION is an action of AWS such as s3:GetObject, RESOURCE an ARN. Without one
it is *, and for sts:AssumeRole the first role that trusts the user.

It exits with 0 if the request is allowed; 1 if it is denied, if it is undecided
because a policy could not be read, or if something failed; and 2 for a mistake
on the command line.

CREDENTIAL is one of
  `

const explainExample = `  awsmfa explain s3:ListAllMyBuckets
  awsmfa explain sts:AssumeRole --as assume-role-code
  awsmfa explain ec2:RunInstances --attached AdministratorAccess --as console-mfa
  awsmfa explain iam:DeactivateMFADevice arn:aws:iam::111122223333:user/bob --user alice
  awsmfa explain s3:GetObject arn:aws:s3:::bucket/key --profile default`

// nothingAttached is the value of --attached that attaches nothing.
const nothingAttached = "nothing"

// explainFlags are the flags as given.
type explainFlags struct {
	explain.Question

	as     string
	asJSON bool
}

func newExplainCommand(env environment.Environment) *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:               "explain ACTION [RESOURCE]",
		Short:             "Say why a request is allowed or denied, and what to do",
		Long:              explainLong + strings.Join(credentialNames(), "\n  "),
		Example:           explainExample,
		Args:              actionAndResource,
		ValidArgsFunction: cobra.NoFileCompletions,
		PreRunE: func(cmd *cobra.Command, args []string) error {
			return flags.check(args, cmd.Flags().Changed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runExplain(cmd.Context(), flags, args, env)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.as, "as", "",
		"the kind of `CREDENTIAL` of the request (default long-term-key; with --profile the profile's)")
	usage.StackFlags(cmd, env, &flags.Stack, &flags.Project)
	f.StringVar(&flags.User, "user", "", "the `name` of the user (default the group's first member)")
	f.StringVar(&flags.Group, "group", "", "the `name` of a group that the user is in (default all that they are in)")
	f.StringVar(&flags.Attached, "attached", nothingAttached,
		"a `policy` that the user has as well: "+output.Joined(attachable(), "or"))
	f.StringVar(&flags.Profile, "profile", "", "explain for the caller of this AWS `profile`")
	f.BoolVar(&flags.asJSON, "json", false, "print the explanation as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	usage.Complete(cmd, "as", usage.Choices(credentialNames()))
	usage.Complete(cmd, "attached", usage.Choices(attachable()))
	return cmd
}

func credentialNames() []string {
	var names []string
	for _, credential := range policy.Credentials() {
		names = append(names, string(credential))
	}
	return names
}

func attachable() []string {
	return []string{nothingAttached, "PowerUserAccess", "AdministratorAccess"}
}

var actionPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9]+$`) })

// isResource reports whether a text is * or the ARN of one resource.
func isResource(text string) bool {
	arn, ok := policy.SplitARN(text)
	return text == "*" || ok && !strings.ContainsAny(text, "*?") &&
		arn.Partition != "" && arn.Service != "" && arn.Resource != ""
}

func actionAndResource(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage.Errorf("which action? For example: awsmfa explain s3:GetObject")
	case len(args) > 2:
		return usage.Unexpected(args[2])
	case !actionPattern().MatchString(args[0]):
		return usage.Errorf("action %q: it must be one action, such as s3:GetObject", args[0])
	case len(args) == 2 && !isResource(args[1]):
		return usage.Errorf("resource %q: it must be the ARN of one resource, or *", args[1])
	}
	return nil
}

// check refuses values that no flag has, and flags that exclude each other.
func (f explainFlags) check(args []string, given func(flag string) bool) error {
	ofProfile, assuming := f.Profile != "", explain.AssumesRole(args[0])
	var unknown error
	if given("as") {
		unknown = usage.NotOneOf("as", f.as, credentialNames())
	}
	return cmp.Or(
		unknown,
		usage.If(f.Stack == "", "--stack is empty"),
		usage.Empty(given, "profile", f.Profile),
		usage.If(
			f.as == string(policy.AssumeRoleCode) && !assuming,
			"--as assume-role-code is a call of sts:AssumeRole with a code: it goes with no other action",
		),
		usage.NotOneOf("attached", f.Attached, attachable()),
		usage.If(
			ofProfile && slices.ContainsFunc([]string{"stack", "user", "group"}, given),
			"--profile explains what its caller has: leave out --stack, --user and --group",
		),
		usage.If(ofProfile && assuming && len(args) < 2, "which role? With --profile give its ARN"),
	)
}

func runExplain(ctx context.Context, flags explainFlags, args []string, env environment.Environment) error {
	question := flags.Question
	question.Action, question.As = args[0], policy.Credential(flags.as)
	if len(args) == 2 {
		question.Resource = args[1]
	}
	e, notes, err := question.Answer(ctx, env)
	if err != nil {
		return err
	}
	if flags.asJSON {
		err = output.JSON(env.Out, e)
	} else {
		out := &output.Lines{W: env.Out}
		out.Linef("%s", e.Text)
		err = out.Err
	}
	say := &output.Lines{W: env.Err}
	say.Linef("%s on %s, asked by %s with credential %s", e.Action, e.Resource, e.Caller, e.Credential)
	for _, note := range notes {
		say.Linef("%s", note)
	}
	if err := awsactions.Check(e.Action); err != nil {
		say.Linef("%v", err)
	}
	if err := errors.Join(err, say.Err); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	if !e.Allowed {
		return program.ExitError(program.Failure) // it was printed
	}
	return nil
}
