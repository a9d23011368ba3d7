package story

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// AccessKey is the user's active access key with its secret, a new one when
// there is none.
func AccessKey(a *account.Account, user string) (account.AccessKey, error) {
	keys, err := a.ListAccessKeys(user)
	if err != nil {
		return account.AccessKey{}, fmt.Errorf("list the access keys of %s: %w", user, err)
	}
	for _, key := range keys {
		if key.Status != account.AccessKeyActive {
			continue
		}
		key.SecretAccessKey, _, err = a.Credentials(key.AccessKeyID, "")
		if err != nil {
			return account.AccessKey{}, fmt.Errorf("read the access key of %s: %w", user, err)
		}
		return key, nil
	}
	key, err := a.CreateAccessKey(user)
	if err != nil {
		return account.AccessKey{}, fmt.Errorf("create an access key for %s: %w", user, err)
	}
	return key, nil
}

// MFADevice is the serial number of the device that the user enabled first. A
// user without one gets one that is named after them.
func MFADevice(a *account.Account, user string) (string, error) {
	devices, err := a.ListMFADevices(user)
	if err != nil {
		return "", fmt.Errorf("list the MFA devices of %s: %w", user, err)
	}
	if len(devices) > 0 {
		return devices[0].SerialNumber, nil
	}
	// What is left of a device that was taken from them would be in the way, and
	// IAM tells its seed to nobody. Is it in use, then creating it fails too.
	_ = a.DeleteVirtualMFADevice(fmt.Sprintf("arn:%s:iam::%s:mfa/%s", a.Partition(), a.ID(), user))
	return AddMFADevice(a, user, user)
}

// AddMFADevice is the serial number of a new virtual device of that name, which
// the user has enabled.
func AddMFADevice(a *account.Account, user, deviceName string) (string, error) {
	device, err := a.CreateVirtualMFADevice(deviceName, "", nil)
	if err != nil {
		return "", fmt.Errorf("create an MFA device for %s: %w", user, err)
	}
	first, second, err := consecutive(device.Base32StringSeed, a.Now())
	if err != nil {
		return "", fmt.Errorf("enable the MFA device of %s: %w", user, err)
	}
	err = a.EnableMFADevice(account.MFADeviceInput{
		UserName: user, SerialNumber: device.SerialNumber, AuthenticationCode1: first, AuthenticationCode2: second,
	})
	if err != nil {
		return "", fmt.Errorf("enable the MFA device of %s: %w", user, err)
	}
	return device.SerialNumber, nil
}

// Homes has a home directory for each of the sandbox's people.
type Homes struct {
	// Dir has the homes in it.
	Dir      string
	Endpoint string
	Account  *account.Account
	// Client says which profiles everybody gets.
	Client stack.ClientConfig
	// Newcomer is a user who gets an access key and nothing else, until they have
	// enrolled a device; empty if everybody has one.
	Newcomer string
}

// Settle writes the AWS CLI's files into the user's home: their access key, and
// the profiles that awsmfa onboard would write, of every role though, also of
// those that do not trust them. Every profile names the endpoint, so that
// none of this ever reaches the real AWS. Who has no access key or MFA device
// gets one, but for the newcomer. An endpoint's port is another in each run: settle everybody anew.
func (h Homes) Settle(user string) (Person, error) {
	person, err := h.settle(user)
	if err != nil {
		return Person{}, fmt.Errorf("make a home for %s: %w", user, err)
	}
	return person, nil
}

func (h Homes) settle(user string) (Person, error) {
	key, keyErr := AccessKey(h.Account, user)
	serial, deviceErr := h.device(user)
	dir, err := filepath.Abs(h.Dir)
	if err := errors.Join(keyErr, deviceErr, err); err != nil {
		return Person{}, err
	}
	person := Person{Name: user, Home: filepath.Join(dir, user)}
	if filepath.Dir(person.Home) != dir { // IAM allows the name ..
		return Person{}, errors.New("there is no directory of that name")
	}
	config, err := h.config(user, serial)
	if err != nil {
		return Person{}, err
	}
	return person, errors.Join(write(person.Config(), config), write(person.Credentials(), fmt.Sprintf(
		"[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey)))
}

// device is the serial number of the user's device; empty for a newcomer without one.
func (h Homes) device(user string) (string, error) {
	if user == h.Newcomer {
		if devices, err := h.Account.ListMFADevices(user); err != nil || len(devices) == 0 {
			return "", err
		}
	}
	return MFADevice(h.Account, user)
}

// config is the person's AWS CLI configuration: what they have before they run
// awsmfa onboard, and what that adds. The endpoint of STS is named once more, in a
// services section, which is what the AWS SDK for Go assumes a role by.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (h Homes) config(user, serial string) (string, error) {
	own := fmt.Sprintf("[default]\nregion = %s\nendpoint_url = %s\nservices = sandbox\n\n"+
		"[services sandbox]\nsts =\n  endpoint_url = %[2]s\niam =\n  endpoint_url = %[2]s\n", h.Client.Region, h.Endpoint)
	file, err := awsconfig.Parse([]byte(own))
	if err != nil {
		return "", err
	}
	if serial == "" {
		return own, nil
	}
	client := h.Client
	client.Profiles = nil
	for _, profile := range h.Client.Profiles {
		profile.TrustedUsers = []string{user}
		client.Profiles = append(client.Profiles, profile)
	}
	block, err := onboarding.Block(client, onboarding.Person{
		UserName: user, SerialNumber: serial, SourceProfile: "default", EndpointURL: h.Endpoint, Services: "sandbox",
	}, onboarding.Prompt, "awsmfa")
	if err == nil {
		err = file.Put(block, false)
	}
	return string(file.Bytes()), err
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, []byte(text))
}
