package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const credentialsLong = `Print temporary credentials for programs that cannot ask for an MFA code.

Terraform, Pulumi and the AWS SDKs run it as the credential_process of a
profile, which awsmfa onboard --sdk and --one-code write. It asks for the code
on the terminal, even if its input and output belong to the program.

With --profile it assumes the role of that profile; with --session it begins a
session of your own, with the access key of that profile. The AWS settings are
those of the profile or of the environment.

The session is kept in ~/.aws/awsmfa/cache, readable by you alone, until five
minutes before it ends. When several programs need it at once, one of them asks
and the others wait. AWS SDKs give a credential_process one minute, and Pulumi
runs its providers where they cannot ask: run this, or an aws command with the
profile, in a terminal first.

It prints your secrets: in a terminal, send the output to /dev/null.`

//nolint:gosec // G101: these are the names of profiles
const credentialsExample = `  awsmfa credentials --profile dev-power-user > /dev/null
                                                  type the code now, for what runs later
  awsmfa credentials --session --duration 36h     one code for a day and a half
  awsmfa credentials --clear                      forget all sessions on this machine

  ~/.aws/config:
    [profile dev-power-user-sdk]
    credential_process = awsmfa credentials --profile dev-power-user`

// credentialsFlags are the flags as given.
type credentialsFlags struct {
	profile, serialNumber string
	session, clear        bool
	duration              time.Duration
}

func newCredentialsCommand(env environment.Environment) *cobra.Command {
	var flags credentialsFlags
	cmd := &cobra.Command{
		Use:     "credentials",
		Short:   "Give Terraform, Pulumi and SDKs credentials that need MFA",
		Long:    credentialsLong,
		Example: credentialsExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			env := env.OnTerminal()
			cache, err := sessionCache(env)
			if err != nil {
				return err
			}
			if flags.clear {
				return clearSessions(cache, env)
			}
			return printCredentials(cmd.Context(), flags, cache, env)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.profile, "profile", "",
		"the `profile` that has the role; with --session, the one that has your access key (default \"default\")")
	f.BoolVar(&flags.session, "session", false, "begin a session of your own (sts:GetSessionToken) and assume no role")
	f.StringVar(&flags.serialNumber, "serial-number", "",
		"with --session, your MFA `device` (default the one that you have)")
	f.DurationVar(&flags.duration, "duration", policy.DefaultSessionTokenDuration,
		"with --session, how long it lasts: 15m to 36h")
	f.BoolVar(&flags.clear, "clear", false, "remove the sessions that are kept on this machine")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	return cmd
}

// check refuses values that no flag has, and flags that exclude each other.
func (f credentialsFlags) check(given func(flag string) bool) error {
	ofSession := slices.ContainsFunc([]string{"serial-number", "duration"}, given)
	whose := slices.ContainsFunc([]string{"profile", "session"}, given)
	return cmp.Or(
		usage.If(f.clear && (whose || ofSession), "--clear removes all sessions: give it alone"),
		usage.Empty(given, "profile", f.profile),
		usage.If(!f.clear && !f.session && f.profile == "", "whose credentials? give --profile, or --session"),
		usage.If(
			ofSession && !f.session,
			"--serial-number and --duration go with --session: a role's are in its profile, mfa_serial and duration_seconds",
		),
		checkSerialNumber(given, f.serialNumber),
		usage.If(
			!isSessionDuration(f.duration),
			fmt.Sprintf("--duration %s: it must be from 15m to 36h, in whole seconds", f.duration),
		),
	)
}

func isSessionDuration(d time.Duration) bool {
	return d >= policy.MinSTSDuration && d <= policy.MaxSessionTokenDuration && d%time.Second == 0
}

// profileName is default where none is given, whatever AWS_PROFILE is: that is
// the profile that runs this.
func (f credentialsFlags) profileName() string { return cmp.Or(f.profile, "default") }

func sessionCache(env environment.Environment) (credentialprocess.Cache, error) {
	home, err := env.Home()
	if err != nil {
		return credentialprocess.Cache{}, fmt.Errorf("finding ~/.aws/awsmfa/cache: %w", err)
	}
	return credentialprocess.Cache{
		Dir: credentialprocess.CacheDir(home), Now: time.Now,
		Waiting: func() { env.Sayf("Another awsmfa is asking for the code of this session: waiting for it.") },
	}, nil
}

func clearSessions(cache credentialprocess.Cache, env environment.Environment) error {
	removed, err := cache.Clear()
	if err != nil {
		return err
	}
	env.Sayf("Removed %d cached sessions from %s. Credentials that AWS has issued already work until they expire.",
		removed, cache.Dir)
	return nil
}

func printCredentials(
	ctx context.Context, flags credentialsFlags, cache credentialprocess.Cache, env environment.Environment,
) error {
	settings, err := readProfile(ctx, flags.profileName(), env)
	if err != nil {
		return err
	}
	request, source, err := flags.request(sdkconfig.Profile(settings))
	if err != nil {
		return err
	}
	if region := request.Region(); region != "" && sdkconfig.Region(env, settings) == "" {
		if settings, err = sdkconfig.Load(ctx, env, flags.profileName(), region); err != nil {
			return err
		}
	}
	keys, err := source.Retrieve(ctx, request.Operation, flags.profileName(), env.Variables)
	if err != nil {
		return err
	}
	settings.Credentials = credentials.StaticCredentialsProvider{Value: keys}
	client := sts.NewFromConfig(settings)
	endpoint, err := credentialprocess.Endpoint(ctx, client)
	if err != nil {
		return err
	}
	session := credentialprocess.Session{
		STS: client, IAM: iam.NewFromConfig(settings), Ask: env.AskForCode,
		Profile: flags.profileName(), Source: source.Profile,
	}
	key := credentialprocess.Key{Request: request, SourceAccessKeyID: keys.AccessKeyID, Endpoint: endpoint}
	found, err := cache.Get(ctx, key, func(ctx context.Context) (credentialprocess.Credentials, error) {
		return session.Begin(ctx, request)
	})
	if errors.Is(err, environment.ErrNobodyToAsk) {
		return fmt.Errorf("%w: run '%s > /dev/null' in a terminal, and type the code there; then this works without "+
			"asking for %s", err, flags.command(), spoken(request.Lasts()))
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(env.Out).Encode(found); err != nil { //nolint:gosec // G117: this is what it is for
		return fmt.Errorf("printing the credentials: %w", err)
	}
	return nil
}

// readProfile reads a profile, and says what is wrong with its source.
func readProfile(ctx context.Context, name string, env environment.Environment) (aws.Config, error) {
	settings, err := sdkconfig.Load(ctx, env, name, "")
	if broken, ok := errors.AsType[config.SharedConfigAssumeRoleError](err); ok {
		err = fmt.Errorf("profile %s: its source profile %s is not there or has no credentials: "+
			"run 'aws configure --profile %s' to store your access key",
			name, broken.Profile, output.ShellWord(broken.Profile))
	}
	return settings, err
}

// request is what to ask STS for, and with whose credentials.
func (f credentialsFlags) request(
	profile config.SharedConfig,
) (credentialprocess.Request, credentialprocess.Source, error) {
	if !f.session {
		return credentialprocess.RoleRequest(profile)
	}
	source, err := credentialprocess.SessionSource(profile)
	return credentialprocess.Request{
		Operation: credentialprocess.GetSessionToken, SerialNumber: f.serialNumber,
		DurationSeconds: int32(f.duration / time.Second), //nolint:gosec // 36 hours at most
	}, source, err
}

// command is the command line that was given.
func (f credentialsFlags) command() string {
	words := []string{"awsmfa credentials"}
	if f.session {
		words = append(words, "--session")
	}
	words = append(words, "--profile "+output.ShellWord(f.profileName()))
	if f.serialNumber != "" {
		words = append(words, "--serial-number "+output.ShellWord(f.serialNumber))
	}
	if f.session {
		words = append(words, "--duration "+spoken(f.duration))
	}
	return strings.Join(words, " ")
}

// spoken is a duration without the zeros at its end.
func spoken(d time.Duration) string {
	text := d.String()
	if trimmed, ok := strings.CutSuffix(text, "m0s"); ok {
		text = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(text, "h0m"); ok {
		text = trimmed + "h"
	}
	return text
}
