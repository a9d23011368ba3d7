package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const statusLong = `Show the profiles of roles that you have, whose they are, with which MFA device,
and until when they ask for no code; the sessions of your own; and your access
keys with their age.

Profiles and sessions are read from files, but for the sessions that the AWS CLI
keeps. For each access key AWS is asked for its age (iam:ListAccessKeys); where it
may not say, that is unknown, and AWS is asked for the user alone (iam:GetUser).`

func newStatusCommand(env environment.Environment) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show your profiles, sessions and access keys",
		Long:    statusLong,
		Example: "  awsmfa status\n  awsmfa status --json | jq '.accessKeys[].ageDays'",
		Args:    usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := readStatus(cmd.Context(), env)
			switch {
			case err != nil:
				return err
			case asJSON:
				return output.JSON(env.Out, found)
			default:
				return found.print(env)
			}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the status as JSON")
	return cmd
}

// status is what a person has on this machine.
type status struct {
	Profiles   []sessionStatus `json:"profiles"`
	AccessKeys []keyStatus     `json:"accessKeys"`
}

// sessionStatus is a profile of a role, or, without one, a session of one's own.
type sessionStatus struct {
	Profile       string `json:"profile"`
	RoleARN       string `json:"roleArn,omitempty"`
	User          string `json:"user,omitempty"`
	SerialNumber  string `json:"serialNumber,omitempty"`
	SourceProfile string `json:"sourceProfile,omitempty"`
	// SignsIn says that aws login is the second factor, and no use asks.
	SignsIn bool `json:"signsIn,omitempty"`
	// NoCodeUntil is missing if the next use asks for a code.
	NoCodeUntil *time.Time `json:"noCodeUntil,omitempty"`
	// promptsInAWS says that the AWS CLI itself asks for the code.
	promptsInAWS bool
}

// keyStatus is a long-term access key; what AWS does not tell is missing.
type keyStatus struct {
	Profile     string `json:"profile"`
	AccessKeyID string `json:"accessKeyId"`
	User        string `json:"user,omitempty"`
	AgeDays     *int   `json:"ageDays,omitempty"`
}

func readStatus(ctx context.Context, env environment.Environment) (status, error) {
	found := status{Profiles: []sessionStatus{}, AccessKeys: []keyStatus{}}
	cache, err := sessionCache(env)
	if err != nil {
		return found, err
	}
	kept, err := cache.Kept()
	if err != nil {
		return found, err
	}
	for _, name := range usage.ProfileNames(env) {
		settings, err := readProfile(ctx, name, env)
		switch profile := sdkconfig.Profile(settings); {
		case err != nil:
		case profile.RoleARN != "":
			var session sessionStatus
			if session, err = roleStatus(ctx, settings, kept, env); err == nil {
				found.Profiles = append(found.Profiles, session)
			}
		case profile.Credentials.HasKeys() && profile.Credentials.SessionToken == "":
			var key keyStatus
			key, err = readKey(ctx, settings)
			found.AccessKeys = append(found.AccessKeys, key)
			found.Profiles = append(found.Profiles, ownSessions(key, kept)...)
		}
		if err != nil {
			env.Sayf("Warning: %s", awserror.Plain(err))
		}
	}
	return found, ctx.Err()
}

func roleStatus(
	ctx context.Context, settings aws.Config, kept []credentialprocess.Entry, env environment.Environment,
) (sessionStatus, error) {
	profile := sdkconfig.Profile(settings)
	w, err := sessionFlags{profile: profile.Profile}.want(ctx, settings, env)
	if err != nil {
		return sessionStatus{}, err
	}
	found := sessionStatus{
		Profile: profile.Profile, RoleARN: w.RoleARN, User: w.RoleSessionName, SerialNumber: w.SerialNumber,
		SourceProfile: w.source.Profile, SignsIn: onboarding.IsLogin(profile.Source.CredentialProcess),
		promptsInAWS: profile.MFASerial != "",
	}
	if source, serial, ok := onboarding.SessionOf(profile.Source.CredentialProcess); ok {
		found.SerialNumber = serial
		found.NoCodeUntil = oneCodeUntil(ctx, source, serial, w.Endpoint, kept, env)
		return found, nil
	}
	source := profile.Source.Credentials
	found.NoCodeUntil = keptUntil(kept, func(key credentialprocess.Key) bool {
		// The key of a credential_process is not known: it is not run, because it may ask.
		if w.SourceAccessKeyID = source.AccessKeyID; !source.HasKeys() {
			w.SourceAccessKeyID = key.SourceAccessKeyID
		}
		return key == w.Key
	})
	return found, nil
}

// keptUntil is when the last of the sessions with such a key asks again; nil if there
// is none.
func keptUntil(kept []credentialprocess.Entry, is func(credentialprocess.Key) bool) (latest *time.Time) {
	for _, k := range kept {
		until := credentialprocess.AsksAgain(k.Credentials.Expiration)
		if is(k.Key) && (latest == nil || until.After(*latest)) {
			latest = &until
		}
	}
	return latest
}

// oneCodeUntil is until when the session that serves every role is kept.
func oneCodeUntil(
	ctx context.Context, source, serial, endpoint string, kept []credentialprocess.Entry, env environment.Environment,
) *time.Time {
	settings, err := readProfile(ctx, source, env)
	keys := sdkconfig.Profile(settings).Credentials
	return keptUntil(kept, func(key credentialprocess.Key) bool {
		return key.Operation == credentialprocess.GetSessionToken && key.SerialNumber == serial &&
			key.Endpoint == endpoint && (err != nil || !keys.HasKeys() || key.SourceAccessKeyID == keys.AccessKeyID)
	})
}

// ownSessions are those that were begun with a key.
func ownSessions(key keyStatus, kept []credentialprocess.Entry) (sessions []sessionStatus) {
	for _, k := range kept {
		if k.Key.Operation == credentialprocess.GetSessionToken && k.Key.SourceAccessKeyID == key.AccessKeyID {
			until := credentialprocess.AsksAgain(k.Credentials.Expiration)
			sessions = append(sessions, sessionStatus{
				Profile: key.Profile, User: key.User, SerialNumber: k.Key.SerialNumber, NoCodeUntil: &until,
			})
		}
	}
	return sessions
}

// readKey asks AWS whose the key is, and how old.
func readKey(ctx context.Context, settings aws.Config) (keyStatus, error) {
	profile := sdkconfig.Profile(settings)
	key := keyStatus{Profile: profile.Profile, AccessKeyID: profile.Credentials.AccessKeyID}
	client := iam.NewFromConfig(settings)
	listed, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	if awserror.IsDenied(err) {
		// Without MFA the group policy lets people read their own user, and no more.
		if found, err := client.GetUser(ctx, &iam.GetUserInput{}); err == nil {
			key.User = aws.ToString(found.User.UserName)
		}
		return key, nil
	}
	if err != nil {
		return key, fmt.Errorf("the age of the access key of profile %s: %w", key.Profile, err)
	}
	for _, found := range listed.AccessKeyMetadata {
		if aws.ToString(found.AccessKeyId) == key.AccessKeyID {
			days := int(time.Since(aws.ToTime(found.CreateDate)) / (24 * time.Hour))
			key.User, key.AgeDays = aws.ToString(found.UserName), &days
		}
	}
	return key, nil
}

// print shows the status in tables.
func (s status) print(env environment.Environment) error {
	if len(s.Profiles) == 0 {
		env.Sayf("There is no profile of a role: awsmfa onboard writes them.")
	}
	if slices.ContainsFunc(s.Profiles, func(p sessionStatus) bool { return p.promptsInAWS }) {
		env.Sayf("The AWS CLI keeps sessions of its own, which are not shown.")
	}
	sessions := [][]string{{"PROFILE", "USER", "DEVICE", "NO CODE UNTIL"}}
	for _, p := range s.Profiles {
		name, asks := p.Profile, "the next use asks"
		if p.RoleARN == "" {
			name += " --session"
		}
		switch {
		case p.SignsIn:
			asks = "never: aws login"
		case p.NoCodeUntil != nil:
			asks = until(*p.NoCodeUntil)
		}
		device := strings.TrimPrefix(p.SerialNumber[strings.LastIndex(p.SerialNumber, ":")+1:], "mfa/")
		sessions = append(sessions, []string{name, cmp.Or(p.User, "unknown"), cmp.Or(device, "-"), asks})
	}
	keys := [][]string{{"ACCESS KEY", "PROFILE", "USER", "AGE"}}
	for _, k := range s.AccessKeys {
		age := "unknown"
		if k.AgeDays != nil {
			age = output.Counted(*k.AgeDays, "day")
		}
		keys = append(keys, []string{k.AccessKeyID, k.Profile, cmp.Or(k.User, "unknown"), age})
	}
	if err := output.Table(env.Out, sessions, nil); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(env.Out); err != nil {
		return err
	}
	return output.Table(env.Out, keys, nil)
}
