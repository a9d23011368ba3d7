package main

import (
	"cmp"
	"context"
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
	"github.com/spf13/pflag"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// sessionFlags say which session is wanted.
type sessionFlags struct {
	profile, serialNumber string
	session               bool
	duration              time.Duration
}

func (f *sessionFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.session, "session", false, "begin a session of your own (sts:GetSessionToken) and assume no role")
	flags.StringVar(&f.serialNumber, "serial-number", "",
		"with --session, your MFA `device` (default the one that you have)")
	flags.DurationVar(&f.duration, "duration", policy.DefaultSessionTokenDuration,
		"with --session, how long it lasts: 15m to 36h")
}

// check refuses values that no flag has, and flags that exclude each other.
func (f sessionFlags) check(given func(flag string) bool) error {
	return cmp.Or(
		usage.If(
			!f.session && slices.ContainsFunc([]string{"serial-number", "duration"}, given),
			"--serial-number and --duration go with --session: a role's are in its profile, mfa_serial and duration_seconds",
		),
		checkSerialNumber(given, f.serialNumber),
		usage.If(
			f.duration < policy.MinSTSDuration || f.duration > policy.MaxSessionTokenDuration || f.duration%time.Second != 0,
			fmt.Sprintf("--duration %s: it must be from 15m to 36h, in whole seconds", f.duration),
		),
	)
}

// profileName is default where none is given, whatever AWS_PROFILE is: that is
// the profile that runs awsmfa credentials.
func (f sessionFlags) profileName() string { return cmp.Or(f.profile, "default") }

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

// wanted is a session, and how to get it.
type wanted struct {
	credentialprocess.Key
	source   credentialprocess.Source
	settings aws.Config
}

// want resolves what a profile says. Where no region is configured, it is one of the
// partition. The key lacks the access key, which a command may have to give.
func (f sessionFlags) want(ctx context.Context, settings aws.Config, env environment.Environment) (wanted, error) {
	request, source, err := f.request(sdkconfig.Profile(settings))
	if err != nil {
		return wanted{}, err
	}
	if region := request.Region(); region != "" && sdkconfig.Region(env, settings) == "" {
		if settings, err = sdkconfig.Load(ctx, env, f.profileName(), region); err != nil {
			return wanted{}, err
		}
	}
	endpoint, err := credentialprocess.Endpoint(ctx, sts.NewFromConfig(settings))
	return wanted{credentialprocess.Key{Request: request, Endpoint: endpoint}, source, settings}, err
}

// obtained is a session, and the profile as it was read.
type obtained struct {
	credentialprocess.Credentials
	settings aws.Config
	// renewable is until when another one begins without a code, if that is known.
	renewable time.Time
}

// asksAgain is when the next code is needed.
func (o obtained) asksAgain() time.Time {
	if o.renewable.After(o.Expiration) {
		return credentialprocess.AsksAgain(o.renewable)
	}
	return credentialprocess.AsksAgain(o.Expiration)
}

// obtain gives the session that is kept, or begins one. Of a profile without a role,
// its credential_process may give it, if that is to be run.
func (f sessionFlags) obtain(ctx context.Context, runProcess bool, env environment.Environment) (obtained, error) {
	settings, err := readProfile(ctx, f.profileName(), env)
	if err != nil {
		return obtained{}, err
	}
	profile := sdkconfig.Profile(settings)
	if runProcess && !f.session && profile.RoleARN == "" && profile.CredentialProcess != "" {
		found, err := credentialprocess.OfProcess(ctx, profile, env.Variables)
		return obtained{Credentials: found, settings: settings}, err
	}
	cache, err := sessionCache(env)
	if err != nil {
		return obtained{}, err
	}
	w, err := f.want(ctx, settings, env)
	if err != nil {
		return obtained{}, err
	}
	keys, err := w.source.Retrieve(ctx, w.Operation, f.profileName(), env.Variables)
	if err != nil {
		return obtained{}, err
	}
	w.SourceAccessKeyID, w.settings.Credentials = keys.AccessKeyID, credentials.StaticCredentialsProvider{Value: keys}
	found, err := cache.Get(ctx, w.Key, func(ctx context.Context) (credentialprocess.Credentials, error) {
		return credentialprocess.Session{
			STS: sts.NewFromConfig(w.settings), IAM: iam.NewFromConfig(w.settings), Ask: env.AskForCode,
			Profile: f.profileName(), Source: w.source.Profile,
		}.Begin(ctx, w.Request)
	})
	if errors.Is(err, environment.ErrNobodyToAsk) {
		return obtained{}, fmt.Errorf("%w: run '%s' in a terminal, and type the code there; then this works without "+
			"asking for %s", err, f.login(), spoken(w.Lasts()))
	}
	if w.SerialNumber != "" {
		keys.Expires = time.Time{} // another session needs a code
	}
	return obtained{found, settings, keys.Expires}, err
}

// readProfile reads a profile, and says what is wrong with its source.
func readProfile(ctx context.Context, name string, env environment.Environment) (aws.Config, error) {
	settings, err := sdkconfig.Load(ctx, env, name, "")
	broken, ok := errors.AsType[config.SharedConfigAssumeRoleError](err)
	switch {
	case ok && sdkconfig.SignsIn(ctx, env, broken.Profile):
		err = fmt.Errorf("profile %s: its source profile %s signs in with aws login, which the SDK does not take for a "+
			"source: awsmfa onboard --profile %s writes one that it takes", name, broken.Profile,
			output.ShellWord(broken.Profile))
	case ok:
		err = fmt.Errorf("profile %s: its source profile %s is not there or has no credentials: "+
			"run 'aws configure --profile %s' to store your access key; %s",
			name, broken.Profile, output.ShellWord(broken.Profile), awserror.KeptElsewhere(broken.Profile))
	}
	return settings, err
}

// request is what to ask STS for, and with whose credentials.
func (f sessionFlags) request(
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

// login is the command that begins this session beforehand.
func (f sessionFlags) login() string {
	words := []string{"awsmfa login"}
	if f.session {
		words = append(words, "--session")
	}
	if f.serialNumber != "" {
		words = append(words, "--serial-number "+output.ShellWord(f.serialNumber))
	}
	if f.session {
		words = append(words, "--duration "+spoken(f.duration))
	}
	return strings.Join(append(words, output.ShellWord(f.profileName())), " ")
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

// withCredentials are the settings with these credentials in place of their own.
func withCredentials(settings aws.Config, id, secret, token string) aws.Config {
	settings = settings.Copy()
	settings.Credentials = credentials.NewStaticCredentialsProvider(id, secret, token)
	return settings
}
