package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssdk "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/accesskey"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const rotateLong = `Replace your access key with a new one, with a code of your MFA device.

The new key is made and tried, written to the file that has the old one
(~/.aws/credentials or ~/.aws/config, of which every other byte stays), and tried
from there. Then the old key is deactivated, and deleted. With --keep it stays
inactive for so long, in case something else still needs it; awsmfa rotate
deletes it afterwards.

It can be interrupted at any moment: one key works, and the next run goes on. It
prints the id of the new key, never its secret.

Your administrator must allow it, with 'selfServiceAccessKeys: true' in the
configuration of the stack. Profiles stay as they are, but the sessions that are
kept for them may ask for a code once more.`

const rotateExample = `  awsmfa rotate                       the key of AWS_PROFILE, or of profile default
  awsmfa rotate --profile acme        the key of another profile
  awsmfa rotate --keep 48h            delete the old key in two days
  awsmfa rotate --keep 0s             delete now what an earlier --keep has kept`

// rotateFlags are the flags as given.
type rotateFlags struct {
	sessionFlags
	keep   time.Duration
	asJSON bool
}

func newRotateCommand(env environment.Environment) *cobra.Command {
	flags := rotateFlags{sessionFlags: sessionFlags{session: true, duration: policy.DefaultSessionTokenDuration}}
	cmd := &cobra.Command{
		Use:     "rotate",
		Short:   "Replace your access key with a new one",
		Long:    rotateLong,
		Example: rotateExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			given := cmd.Flags().Changed
			return cmp.Or(
				usage.Empty(given, "profile", flags.profile),
				checkSerialNumber(given, flags.serialNumber),
				usage.If(flags.keep < 0, fmt.Sprintf("--keep %s: it must not be negative", flags.keep)),
			)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			var keep *time.Duration
			if cmd.Flags().Changed("keep") {
				keep = &flags.keep
			}
			return runRotate(cmd.Context(), flags, keep, env, realTime())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.profile, "profile", "", "the `name` of the profile that has the access key "+
		"(default AWS_PROFILE, or default)")
	f.StringVar(&flags.serialNumber, "serial-number", "", "your MFA `device` (default the one that you have)")
	f.DurationVar(&flags.keep, "keep", 0, "how long to keep the old key, inactive, such as 48h (default not at all)")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	return cmd
}

func runRotate(
	ctx context.Context, flags rotateFlags, keep *time.Duration, env environment.Environment, clock timing,
) error {
	key, files, err := flags.storedKey(ctx, env)
	if err != nil {
		return err
	}
	session, err := flags.obtain(ctx, false, env)
	if err != nil {
		return err
	}
	withMFA := withCredentials(session.settings, session.AccessKeyID, session.SecretAccessKey, session.SessionToken)
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(withMFA))
	if err := cmp.Or(err, caller.CheckUser()); err != nil {
		return err
	}
	home, err := env.Home()
	if err != nil {
		return fmt.Errorf("finding ~/.aws/awsmfa: %w", err)
	}
	noted := accesskey.NoteOf(home, caller.Account, caller.UserName)
	release, err := noted.Lock()
	if err != nil {
		return err
	}
	defer release()
	env.Sayf("Replacing access key %s of %s in account %s.", key.ID, caller.UserName, caller.Account.ID)
	rotated, err := accesskey.Rotation{
		IAM: iam.NewFromConfig(withMFA), UserName: caller.UserName, Current: key, Files: files, Note: noted,
		Keep: keep, Now: clock.now, Pause: clock.pause, Say: env.Sayf,
		Try: func(ctx context.Context, key awsconfig.AccessKey) error {
			return try(ctx, session.settings, key)
		},
		TryStored: func(ctx context.Context) (string, error) {
			stored, _, err := flags.storedKey(ctx, env)
			if err != nil {
				return "", err
			}
			return stored.ID, try(ctx, session.settings, stored)
		},
	}.Run(ctx)
	if err != nil {
		return err
	}
	return flags.printRotated(rotated, env)
}

// try asks AWS whose key it is.
func try(ctx context.Context, settings aws.Config, key awsconfig.AccessKey) error {
	_, err := identity.WhoAmI(ctx, sts.NewFromConfig(withCredentials(settings, key.ID, key.Secret, "")))
	return err
}

// storedKey is the key of the profile, and the files that it may be read from.
func (f *rotateFlags) storedKey(
	ctx context.Context, env environment.Environment,
) (awsconfig.AccessKey, accesskey.Files, error) {
	if f.profile == "" && env.Getenv("AWS_ACCESS_KEY_ID") != "" {
		return awsconfig.AccessKey{}, nil, fmt.Errorf("the access key is in the environment (AWS_ACCESS_KEY_ID), where " +
			"awsmfa cannot replace it: name the profile that has a key in a file with --profile, or have it replaced " +
			"where the variable comes from")
	}
	f.profile = cmp.Or(f.profile, env.AWSProfile(), "default")
	settings, err := readProfile(ctx, f.profile, env)
	if err != nil {
		return awsconfig.AccessKey{}, nil, err
	}
	profile := sdkconfig.Profile(settings)
	if err := f.checkProfile(profile); err != nil {
		return awsconfig.AccessKey{}, nil, err
	}
	key := awsconfig.AccessKey{ID: profile.Credentials.AccessKeyID, Secret: profile.Credentials.SecretAccessKey}
	var files accesskey.Files
	for _, path := range []func(func(string) string, func() (string, error)) (string, error){
		awsconfig.CredentialsPath, awsconfig.Path,
	} {
		if found, err := path(env.Getenv, env.Home); err == nil {
			files = append(files, found)
		}
	}
	if len(files.With(key.ID)) == 0 {
		return key, nil, fmt.Errorf("access key %s of profile %s is not found in %s: write aws_access_key_id and "+
			"aws_secret_access_key there on one line each, without a comment behind them", key.ID, f.profile,
			output.Joined(files, "or"))
	}
	return key, files, nil
}

// checkProfile refuses a profile that has no key of its own in a file.
func (f *rotateFlags) checkProfile(profile awssdk.SharedConfig) error {
	name := output.ShellWord(f.profile)
	switch {
	case profile.RoleARN != "" && profile.SourceProfileName != "":
		return fmt.Errorf("profile %s assumes role %s with the key of another profile: awsmfa rotate --profile %s",
			f.profile, profile.RoleARN, output.ShellWord(profile.SourceProfileName))
	case profile.Credentials.HasKeys() && profile.Credentials.SessionToken == "":
		return nil
	case profile.Credentials.HasKeys():
		return fmt.Errorf("profile %s has the credentials of a session, which end by themselves: name the profile that "+
			"has your access key with --profile", f.profile)
	case profile.CredentialProcess != "":
		return fmt.Errorf("profile %[1]s has its key from a credential_process, and awsmfa replaces keys in files only: "+
			"replace it with the program that keeps it, as 'aws-vault rotate %[2]s' does", f.profile, name)
	default:
		return fmt.Errorf("profile %s has no access key in a file: name the profile that has yours with --profile",
			f.profile)
	}
}

func (f *rotateFlags) printRotated(rotated accesskey.Rotated, env environment.Environment) error {
	if rotated.KeptUntil == nil {
		env.Sayf("The old access key %s is deleted.", rotated.OldAccessKeyID)
	} else {
		env.Sayf("The old access key %s is inactive, and kept until %s. Then delete it: awsmfa rotate --profile %s",
			rotated.OldAccessKeyID, rotated.KeptUntil.Local().Format("2006-01-02 15:04"), output.ShellWord(f.profile))
	}
	if f.asJSON {
		return output.JSON(env.Out, rotated)
	}
	_, err := fmt.Fprintln(env.Out, rotated.AccessKeyID)
	return err
}
