// Package mfadevice knows the MFA devices of IAM users: which a user has, which
// of them the AWS CLI can use, how a virtual one is enrolled, and how an
// administrator takes one away.
package mfadevice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Kind is the kind of an MFA device.
type Kind string

// The kinds of MFA devices.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
const (
	// Virtual is an authenticator app.
	Virtual Kind = "virtual"
	// Hardware is a TOTP token with a display.
	Hardware Kind = "hardware"
	// SecurityKey is a passkey or a FIDO security key. It works in the console
	// only.
	SecurityKey Kind = "security-key"
)

// Device is an MFA device that a user has enabled.
type Device struct {
	// SerialNumber is an ARN, or what is printed on a hardware token.
	SerialNumber string    `json:"serialNumber"`
	Kind         Kind      `json:"kind"`
	EnableDate   time.Time `json:"enableDate"`
}

// Usable reports whether the AWS CLI and the SDKs can use the device: STS takes
// codes only, and a security key has none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_fido_supported_configurations.html
func (d Device) Usable() bool { return d.Kind == Virtual || d.Kind == Hardware }

// KindOf tells the kind by the serial number: virtual devices have an ARN with
// mfa/, security keys one with u2f/, and what is no ARN is printed on a token.
// An ARN of any other form is taken for a device without codes; an empty serial
// number has no kind.
func KindOf(serialNumber string) Kind {
	arn, _ := policy.SplitARN(serialNumber)
	switch {
	case serialNumber == "":
		return ""
	case !strings.HasPrefix(serialNumber, "arn:"):
		return Hardware
	case strings.HasPrefix(arn.Resource, "mfa/"):
		return Virtual
	default:
		return SecurityKey
	}
}

// CheckSerialNumber refuses what names no MFA device, and a device without codes.
func CheckSerialNumber(serialNumber string) error {
	if err := policy.CheckSerialNumber(serialNumber); err != nil {
		return err
	}
	arn, isARN := policy.SplitARN(serialNumber)
	user, isUser := strings.CutPrefix(arn.Resource, "user/")
	switch {
	case isUser:
		account := policy.Account{Partition: arn.Partition, ID: arn.Account}
		return fmt.Errorf("%s is a user, not a device: the one that is named after them is %s",
			serialNumber, account.VirtualMFADeviceARN(user[strings.LastIndex(user, "/")+1:]))
	case !isARN && strings.Contains(serialNumber, "/"):
		return fmt.Errorf("%s is only the end of a serial number: that of a virtual device is its whole ARN, "+
			"arn:aws:iam::ACCOUNT:mfa/%s", serialNumber, strings.TrimPrefix(serialNumber, "mfa/"))
	case strings.HasSuffix(serialNumber, "/"):
		return fmt.Errorf("%s names no device: the serial number of a virtual one ends with its name", serialNumber)
	case (Device{Kind: KindOf(serialNumber)}).Usable():
		return nil
	}
	return fmt.Errorf("%s gives no codes, and a passkey or security key works in the console only: "+
		"run awsmfa onboard, which finds the device to use", serialNumber)
}

// UsableSerialNumbers are the serial numbers of the devices that the AWS CLI can
// use, one at least.
func UsableSerialNumbers(devices []Device) ([]string, error) {
	var usable []string
	for _, device := range devices {
		if device.Usable() {
			usable = append(usable, device.SerialNumber)
		}
	}
	switch {
	case len(devices) == 0:
		return nil, errors.New("You have no MFA device yet: run awsmfa enrol") //nolint:staticcheck // for the person
	case len(usable) == 0:
		return nil, errors.New("you have no MFA device that gives codes, only passkeys or security keys. " + signIn +
			" Or add an authenticator app in the console, under Security credentials, or have an administrator run " +
			"awsmfa reset-device --all")
	default:
		return usable, nil
	}
}

// signIn is how a passkey works with the AWS CLI.
const signIn = "To use them, sign in with 'aws login --profile signin' (AWS CLI 2.32 or newer), " +
	"then run awsmfa onboard --profile signin: no access key, no codes."

// Codes of IAM's errors, and what to say of one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
const (
	codeExists         = "EntityAlreadyExists"
	codeDeleteConflict = "DeleteConflict"
	codeWrongCodes     = "InvalidAuthenticationCode"
	noSuchUser         = "the account has no such user"
)

// List lists the devices that a user has enabled, in the order of IAM. The error
// is the API's, with the name of the operation.
func List(ctx context.Context, api iam.ListMFADevicesAPIClient, userName string) ([]Device, error) {
	var devices []Device
	pages := iam.NewListMFADevicesPaginator(api, &iam.ListMFADevicesInput{UserName: &userName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the MFA devices of %s (iam:ListMFADevices): %w", userName, err)
		}
		for _, device := range page.MFADevices {
			serial := aws.ToString(device.SerialNumber)
			devices = append(devices, Device{
				SerialNumber: serial, Kind: KindOf(serial), EnableDate: aws.ToTime(device.EnableDate),
			})
		}
	}
	return devices, nil
}
