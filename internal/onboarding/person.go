package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Search is for a [Person].
type Search struct {
	Env environment.Environment
	// Path is that of the configuration file, and File what is in it.
	Path string
	File *awsconfig.File
	// Client is the stack whose roles the person wants.
	Client stack.ClientConfig
	// SourceProfile has the person's access key, or signs in with aws login.
	SourceProfile string
	// SerialNumber is that of the MFA device; if it is empty, AWS is asked.
	SerialNumber string
}

// Run asks AWS whose the source profile is and, unless it signs in, which MFA device
// is theirs. A person whom no role trusts is an error.
func (s Search) Run(ctx context.Context) (Person, error) {
	person := Person{SourceProfile: s.SourceProfile, SerialNumber: s.SerialNumber}
	config, err := s.ownProfile(ctx)
	if err != nil {
		return person, err
	}
	source := sdkconfig.Profile(config)
	person.SignsIn = sdkconfig.HasSignIn(source)
	person.EndpointURL, person.Services = source.BaseEndpoint, source.ServicesSectionName
	if err := s.checkKeys(ctx, config.Credentials, person.SignsIn); err != nil {
		return person, err
	}
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(config))
	if err != nil {
		return person, err
	}
	person.UserName = caller.UserName
	if err := cmp.Or(s.trusted(caller), s.checkSerialNumber(caller)); err != nil {
		return person, err
	}
	if person.SerialNumber == "" && !person.SignsIn {
		person.SerialNumber, err = s.device(ctx, iam.NewFromConfig(config), caller)
	}
	return person, err
}

// ownProfile is the configuration of the source profile, and refuses one without an
// access key of its own. Asking AWS would find that out late, or ask with somebody
// else's credentials.
func (s Search) ownProfile(ctx context.Context) (aws.Config, error) {
	if err := CheckSource(s.File, s.SourceProfile, "--source-profile"); err != nil {
		return aws.Config{}, err
	}
	loaded, err := sdkconfig.Load(ctx, s.Env, s.SourceProfile, s.Client.Region)
	found := sdkconfig.Profile(loaded)
	if err != nil { // what the profile is in itself says more
		var broken error
		if found, broken = s.read(ctx); broken != nil {
			return loaded, broken
		}
	}
	if sdkconfig.HasSignIn(found) {
		return loaded, err
	}
	if _, bad := credentialprocess.SessionSource(found); bad != nil {
		return loaded, fmt.Errorf("%w (here the flag is --source-profile)", bad)
	}
	return loaded, err
}

// read reads the source profile alone.
func (s Search) read(ctx context.Context) (config.SharedConfig, error) {
	credentials, err := awsconfig.CredentialsPath(s.Env.Getenv, s.Env.Home)
	if err != nil {
		return config.SharedConfig{}, err
	}
	name := s.SourceProfile
	found, err := config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{s.Path}, []string{credentials}
	})
	missing := config.SharedConfigProfileNotExistError{}
	switch {
	case errors.As(err, &missing) && missing.Profile == name:
		return found, fmt.Errorf("neither %s nor %s has a profile %s: run 'aws configure --profile %s' to store your access "+
			"key, or name the profile that has it with --source-profile; %s", s.Path, credentials, name,
			output.ShellWord(name), awserror.KeptElsewhere(name))
	case errors.As(err, &missing):
		return found, fmt.Errorf("profile %s takes its credentials from profile %s, which neither %s nor %s has: "+
			"name the profile that has your access key with --source-profile", name, missing.Profile, s.Path, credentials)
	case err != nil:
		return found, fmt.Errorf("reading profile %s: %w", name, err)
	}
	return found, nil
}

// checkKeys refuses credentials with which no profile of a role works.
func (s Search) checkKeys(ctx context.Context, keys aws.CredentialsProvider, signsIn bool) error {
	switch {
	case !signsIn:
		return checkLongTerm(ctx, keys, s.SourceProfile)
	case s.SerialNumber != "":
		return fmt.Errorf("profile %s signs in with aws login, and is asked for no code: leave out --serial-number",
			s.SourceProfile)
	}
	_, err := keys.Retrieve(ctx)
	return err
}

// checkLongTerm refuses an access key that is a session's, as a credential_process
// may give it: with it no other session begins, and that of a role ends after an
// hour.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html
func checkLongTerm(ctx context.Context, keys aws.CredentialsProvider, source string) error {
	found, err := keys.Retrieve(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("reading the access key of profile %s: %w", source, err)
	case found.SessionToken != "":
		return fmt.Errorf("the credential_process of profile %s gives the credentials of a session, and a session with MFA "+
			"begins with a long-term access key: have it give that (aws-vault: --no-session), or name the profile that has "+
			"yours with --source-profile", source)
	}
	return nil
}

func (s Search) trusted(caller identity.Caller) error {
	client, source := s.Client, s.SourceProfile
	if caller.UserName == "" {
		return fmt.Errorf("profile %s is %s, not an IAM user: name the profile that has your access key "+
			"with --source-profile", source, caller.ARN)
	}
	if account := (policy.Account{Partition: client.Partition, ID: client.AccountID}); caller.Account != account {
		return fmt.Errorf("stack %s is in account %s (%s), profile %s has an access key of account %s (%s): "+
			"name the right profile with --source-profile", client.Stack, account.ID, account.Partition, source,
			caller.Account.ID, caller.Account.Partition)
	}
	if len(Trusting(client, caller.UserName)) == 0 {
		advice := ""
		if len(s.File.Profiles(Owner(client))) > 0 {
			advice = fmt.Sprintf("; the profiles that you have of it in %s no longer work: "+
				"awsmfa onboard --remove --stack %s/%s removes them", s.Path, client.Project, client.Stack)
		}
		return fmt.Errorf("no role of stack %s trusts you, %s: have an administrator put you into a group of the stack "+
			"and run pulumi up, then run this with the new stack outputs%s", client.Stack, caller.UserName, advice)
	}
	return nil
}

// checkSerialNumber refuses a device of another account: devices without an ARN have
// none.
func (s Search) checkSerialNumber(caller identity.Caller) error {
	arn, isARN := policy.SplitARN(s.SerialNumber)
	if !isARN || caller.Account == (policy.Account{Partition: arn.Partition, ID: arn.Account}) {
		return nil
	}
	return fmt.Errorf("--serial-number %s is a device of another account, not of yours: that of the device named after "+
		"you is %s", s.SerialNumber, caller.Account.VirtualMFADeviceARN(caller.UserName))
}

func (s Search) device(ctx context.Context, api iam.ListMFADevicesAPIClient, caller identity.Caller) (string, error) {
	used := UsedDevice(s.Client, caller.UserName, s.File)
	devices, err := mfadevice.List(ctx, api, caller.UserName)
	switch {
	case err == nil:
		return ChooseDevice(ctx, devices, used, s.Env.Ask)
	case !awserror.IsDenied(err):
		return "", err
	}
	serial, which := used, "your profiles have"
	if used == "" {
		serial, which = caller.Account.VirtualMFADeviceARN(caller.UserName), "is named after you"
	}
	s.Env.Sayf("You may not list your MFA devices: using the one that %s, %s. "+
		"If yours is another, name it with --serial-number.", which, serial)
	return serial, nil
}
