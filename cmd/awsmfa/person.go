package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// configPath is the AWS configuration file of the person.
func configPath() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding ~/.aws/config: %w", err)
	}
	return awsconfig.Path(os.Getenv, home), nil
}

// credentialsPath is the file with the person's access keys.
func credentialsPath() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding ~/.aws/credentials: %w", err)
	}
	return awsconfig.CredentialsPath(os.Getenv, home), nil
}

// completeProfiles offers the profiles of ~/.aws/config.
func completeProfiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	path, err := configPath()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	file, err := readConfigFile(path)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return file.ProfileNames(), cobra.ShellCompDirectiveNoFileComp
}

func readConfigFile(path string) (*awsconfig.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return awsconfig.Parse(text)
}

// ownCommand is what starts this program from a shell: its name, if that is
// what PATH finds, or else its path.
func ownCommand() onboarding.Command {
	const name = "awsmfa"
	self, err := os.Executable()
	if err != nil {
		return name
	}
	if found, err := exec.LookPath(name); err == nil && sameFile(found, self) {
		return name
	}
	return onboarding.Command(self)
}

func sameFile(one, other string) bool {
	a, errA := os.Stat(one)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// findPerson asks AWS who has the access key of the source profile and which
// MFA device is theirs. A person whom no role trusts is an error.
func findPerson(
	ctx context.Context, flags onboardFlags, path string, client stack.ClientConfig, std streams,
) (onboarding.Person, error) {
	person := onboarding.Person{SourceProfile: flags.source(), SerialNumber: flags.serialNumber}
	if err := checkSource(ctx, path, person.SourceProfile); err != nil {
		return person, err
	}
	config, err := awsConfig(ctx, person.SourceProfile, client.Region, std)
	if err != nil {
		return person, err
	}
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(config))
	if err != nil {
		return person, err
	}
	person.UserName = caller.UserName
	if err := trusted(client, caller, person.SourceProfile); err != nil {
		return person, err
	}
	if person.SerialNumber == "" {
		person.SerialNumber, err = findDevice(ctx, iam.NewFromConfig(config), caller, usedDevice(path, client), std)
	}
	return person, err
}

// checkSource refuses a source profile without an access key of its own. Asking
// AWS would find that out late, or ask with somebody else's credentials.
func checkSource(ctx context.Context, path, name string) error {
	credentials, err := credentialsPath()
	if err != nil {
		return err
	}
	found, err := config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{credentials}
	})
	missing := config.SharedConfigProfileNotExistError{}
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("neither %s nor %s has a profile %s: run 'aws configure --profile %s' to store your access key, "+
			"or name the profile that has it with --source-profile", path, credentials, name, name)
	case err != nil:
		return fmt.Errorf("reading profile %s: %w", name, err)
	case found.RoleARN != "":
		return fmt.Errorf("profile %s assumes role %s: name the profile that has your access key with --source-profile",
			name, found.RoleARN)
	case !found.Credentials.HasKeys() && found.CredentialProcess == "":
		return fmt.Errorf("profile %s has no access key: run 'aws configure --profile %s' to store it, "+
			"or name the profile that has it with --source-profile", name, name)
	}
	return nil
}

func trusted(client stack.ClientConfig, caller identity.Caller, source string) error {
	if caller.UserName == "" {
		return fmt.Errorf("profile %s is %s, and no IAM user: name the profile that has your access key "+
			"with --source-profile", source, caller.ARN)
	}
	if account := (policy.Account{Partition: client.Partition, ID: client.AccountID}); caller.Account != account {
		return fmt.Errorf("stack %s is in account %s (%s), profile %s has an access key of account %s (%s): "+
			"name the right profile with --source-profile", client.Stack, account.ID, account.Partition, source,
			caller.Account.ID, caller.Account.Partition)
	}
	if len(onboarding.Trusting(client, caller.UserName)) == 0 {
		return fmt.Errorf("no role of stack %s trusts you, %s: have an administrator put you into a group of the stack "+
			"and run pulumi up, then run this with the new stack outputs", client.Stack, caller.UserName)
	}
	return nil
}

// usedDevice is the device that the profiles of this stack name already.
func usedDevice(path string, client stack.ClientConfig) string {
	file, err := readConfigFile(path)
	if err != nil {
		return "" // what is wrong with it is said when it is edited
	}
	for _, name := range file.Profiles(onboarding.Owner(client)) {
		if serial, ok := file.Setting(name, "mfa_serial"); ok {
			return serial
		}
	}
	return ""
}

func findDevice(
	ctx context.Context, api iam.ListMFADevicesAPIClient, caller identity.Caller, used string, std streams,
) (string, error) {
	devices, err := mfadevice.List(ctx, api, caller.UserName)
	if awserror.IsDenied(err) {
		serial := mfadevice.NamedAfter(caller.Account, caller.UserName)
		std.sayf("You may not list your MFA devices: taking the one that is named after you, %s. "+
			"Is it another, name it with --serial-number.", serial)
		return serial, nil
	}
	if err != nil {
		return "", err
	}
	return onboarding.ChooseDevice(ctx, devices, used, std.ask)
}

// tryProfile calls AWS with a profile, as the AWS CLI would.
func tryProfile(ctx context.Context, name, region string, std streams) error {
	config, err := awsConfig(ctx, name, region, std)
	if err != nil {
		return fmt.Errorf("trying profile %s: %w", name, err)
	}
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(config))
	if err != nil {
		return fmt.Errorf("trying profile %s: %w", name, err)
	}
	std.sayf("Profile %s works: you are %s.", name, caller.ARN)
	return nil
}
