package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// configPath is the AWS configuration file of the person.
func configPath() (string, error) {
	return awsconfig.Path(os.Getenv, os.UserHomeDir)
}

// currentConfig is the file at configPath, which can be edited: the SDK's own
// errors about it tell less. One that is not there is empty.
func currentConfig() (path string, file *awsconfig.File, err error) {
	if path, err = configPath(); err != nil {
		return "", nil, err
	}
	_, _, err = awsconfig.Preview(path, func(current *awsconfig.File) error {
		file = current
		return nil
	})
	return path, file, err
}

// credentialsPath is the file with the person's access keys.
func credentialsPath() (string, error) {
	return awsconfig.CredentialsPath(os.Getenv, os.UserHomeDir)
}

// completeProfiles offers the profiles of ~/.aws/config and ~/.aws/credentials.
func completeProfiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []string
	if path, err := configPath(); err == nil {
		if file, err := readConfigFile(path); err == nil {
			names = file.ProfileNames()
		}
	}
	if path, err := credentialsPath(); err == nil {
		if file, err := readConfigFile(path); err == nil {
			names = append(names, missing(file.CredentialsNames(), names)...)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func readConfigFile(path string) (*awsconfig.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return awsconfig.Parse(text)
}

// command is the awsmfa that the profiles start. It warns of one that will not
// stay.
func (f onboardFlags) command(std streams) onboarding.Command {
	self, err := os.Executable()
	if err != nil {
		return commandName
	}
	if f.mode() != onboarding.Prompt && isBelow(self, os.TempDir()) {
		std.sayf("Warning: the profiles start this awsmfa, %s, which is a temporary file: they stop working when it goes. "+
			"Install awsmfa, and run this again with it.", self)
	}
	return ownCommand(self)
}

const commandName = "awsmfa"

// ownCommand is what starts this program from a shell: its name, if that is
// what PATH finds, or else its path.
func ownCommand(self string) onboarding.Command {
	if found, err := exec.LookPath(commandName); err == nil && sameFile(found, self) {
		return commandName
	}
	return onboarding.Command(self)
}

// isBelow tells whether a path leads to what is in the directory.
func isBelow(path, directory string) bool {
	realPath, errPath := filepath.EvalSymlinks(path)
	realDirectory, errDirectory := filepath.EvalSymlinks(directory)
	if errPath != nil || errDirectory != nil {
		return false
	}
	relative, err := filepath.Rel(realDirectory, realPath)
	return err == nil && filepath.IsLocal(relative)
}

func sameFile(one, other string) bool {
	a, errA := os.Stat(one)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// findPerson asks AWS who has the access key of the source profile and which
// MFA device is theirs. A person whom no role trusts is an error.
func findPerson(
	ctx context.Context, flags onboardFlags, path string, file *awsconfig.File, client stack.ClientConfig, std streams,
) (onboarding.Person, error) {
	person := onboarding.Person{SourceProfile: flags.source(), SerialNumber: flags.serialNumber}
	source, err := ownProfile(ctx, path, person.SourceProfile)
	if err != nil {
		return person, err
	}
	person.EndpointURL, person.Services = source.BaseEndpoint, source.ServicesSectionName
	config, err := awsConfig(ctx, person.SourceProfile, client.Region, std)
	if err != nil {
		return person, err
	}
	if err := checkLongTerm(ctx, config.Credentials, person.SourceProfile); err != nil {
		return person, err
	}
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(config))
	if err != nil {
		return person, err
	}
	person.UserName = caller.UserName
	if err := trusted(client, caller, path, file, person.SourceProfile); err != nil {
		return person, err
	}
	if person.SerialNumber == "" {
		used := onboarding.UsedDevice(client, caller.UserName, file)
		person.SerialNumber, err = findDevice(ctx, iam.NewFromConfig(config), caller, used, std)
	}
	return person, err
}

// ownProfile refuses a source profile without an access key of its own. Asking
// AWS would find that out late, or ask with somebody else's credentials.
func ownProfile(ctx context.Context, path, name string) (config.SharedConfig, error) {
	credentials, err := credentialsPath()
	if err != nil {
		return config.SharedConfig{}, err
	}
	found, err := config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{credentials}
	})
	missing := config.SharedConfigProfileNotExistError{}
	switch {
	case errors.As(err, &missing):
		return found, fmt.Errorf("neither %s nor %s has a profile %s: run 'aws configure --profile %s' to store your access "+
			"key, or name the profile that has it with --source-profile", path, credentials, name, name)
	case err != nil:
		return found, fmt.Errorf("reading profile %s: %w", name, err)
	}
	if _, err := credentialprocess.SessionSource(found); err != nil {
		return found, fmt.Errorf("%w (here the flag is --source-profile)", err)
	}
	return found, nil
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

// checkShadows refuses profiles whose names the credentials file has: the keys
// there win over what the configuration file says.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html#cli-configure-files-precedence
func checkShadows(path string, block awsconfig.Block) error {
	credentials, err := credentialsPath()
	if err != nil || sameFile(credentials, path) {
		return err
	}
	file, err := readConfigFile(credentials)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("reading %s: %w", credentials, err)
	}
	for _, profile := range block.Profiles {
		if file.Has(profile.Name) {
			return fmt.Errorf("%s has a section %s, whose keys would be used instead of the role's profile of that name: "+
				"remove or rename that section", credentials, profile.Name)
		}
	}
	return nil
}

func trusted(
	client stack.ClientConfig, caller identity.Caller, path string, file *awsconfig.File, source string,
) error {
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
		advice := ""
		if len(file.Profiles(onboarding.Owner(client))) > 0 {
			advice = fmt.Sprintf("; the profiles that you have of it in %s do not work any more: "+
				"awsmfa onboard --remove --stack %s/%s takes them out", path, client.Project, client.Stack)
		}
		return fmt.Errorf("no role of stack %s trusts you, %s: have an administrator put you into a group of the stack "+
			"and run pulumi up, then run this with the new stack outputs%s", client.Stack, caller.UserName, advice)
	}
	return nil
}

func findDevice(
	ctx context.Context, api iam.ListMFADevicesAPIClient, caller identity.Caller, used string, std streams,
) (string, error) {
	devices, err := mfadevice.List(ctx, api, caller.UserName)
	switch {
	case err == nil:
		return onboarding.ChooseDevice(ctx, devices, used, std.ask)
	case !awserror.IsDenied(err):
		return "", err
	}
	serial, which := used, "your profiles have"
	if used == "" {
		serial, which = caller.Account.VirtualMFADeviceARN(caller.UserName), "is named after you"
	}
	std.sayf("You may not list your MFA devices: taking the one that %s, %s. "+
		"Is it another, name it with --serial-number.", which, serial)
	return serial, nil
}

// codeTries is how often a person may mistype the code.
const codeTries = 3

// tryProfile calls AWS with a profile, as the AWS CLI would.
func tryProfile(ctx context.Context, name, region string, std streams) error {
	for tried := 1; ; tried++ {
		caller, err := callerOf(ctx, name, region, std)
		switch {
		case err == nil:
			std.sayf("Profile %s works: you are %s.", name, caller.ARN)
			return nil
		case !awserror.IsWrongCode(err) || tried == codeTries:
			return fmt.Errorf("trying profile %s: %w", name, shortly(err))
		}
		std.sayf("%s", mfadevice.WrongCode)
	}
}

// callerOf asks AWS whose credentials a profile gives. It loads the configuration
// anew, so that each call asks for a code.
func callerOf(ctx context.Context, profile, region string, std streams) (identity.Caller, error) {
	config, err := awsConfig(ctx, profile, region, std)
	if err != nil {
		return identity.Caller{}, err
	}
	return identity.WhoAmI(ctx, sts.NewFromConfig(config))
}

// shortly is the error of assuming a role without the chain of what the SDK did
// until then, and with what to do.
func shortly(err error) error {
	message := awserror.Message(err)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, errBackground):
		return errBackground
	case errors.Is(err, errNobodyToAsk):
		return fmt.Errorf("%w for the code: run this where there is one", errNobodyToAsk)
	case awserror.IsWrongCode(err):
		return errors.New("AWS took none of the codes: is the clock of the device right, and is it this one? " +
			"Name another with --serial-number")
	case awserror.IsUnknownDevice(err):
		return fmt.Errorf("AWS says: %s: wait ten seconds if the device is new, or name yours with --serial-number", message)
	case awserror.IsDenied(err):
		return fmt.Errorf("AWS says: %s: have an administrator run pulumi up, and run this again with the new stack outputs",
			message)
	case message != "":
		return fmt.Errorf("AWS says: %s (%s): mend that, and run this again", message, awserror.Code(err))
	default:
		return err
	}
}
