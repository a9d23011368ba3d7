package mfadevice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// SerialNumberOf is that of the device which was given by it, or by the end of the ARN of
// a virtual one: the user may not have it any more.
func SerialNumberOf(given string, devices []Device, account policy.Account) string {
	if strings.HasPrefix(given, "arn:") || has(devices, given) {
		return given
	}
	return account.VirtualMFADeviceARN(strings.TrimPrefix(given, "mfa/"))
}

func has(devices []Device, serial string) bool {
	return slices.ContainsFunc(devices, func(d Device) bool { return d.SerialNumber == serial })
}

// inPlace settles the name of the device that takes the place of the lost one: the
// same, where the credentials may make that, or else one below the user's, which the
// group policy lets them make.
func (e Enrolment) inPlace(ctx context.Context, devices []Device) (Enrolment, error) {
	e.Lost = SerialNumberOf(e.Lost, devices, e.Account)
	name, virtual := strings.CutPrefix(e.Lost, e.Account.VirtualMFADeviceARN(""))
	further, below := strings.CutPrefix(name, e.UserName+"/")
	switch {
	case virtual && name == e.UserName:
		return e, nil
	case virtual && below && policy.CheckMFADeviceName(further) == nil:
		e.Further = further
		return e, nil
	case !virtual && !has(devices, e.Lost):
		return e, e.notTheirs(devices)
	}
	if virtual {
		may, err := e.mayKeep(ctx, name, devices)
		if may || err != nil {
			e.kept = name
			return e, err
		}
	}
	e.Further = e.Lost[strings.LastIndexAny(e.Lost, "/:")+1:]
	return e, nil
}

// mayKeep reports whether the credentials may make a device of the name of the lost one.
// If the user has that, none is made, and IAM says so only to those who may; if not, it
// may be half made, which shows later.
func (e Enrolment) mayKeep(ctx context.Context, name string, devices []Device) (bool, error) {
	if !has(devices, e.Lost) {
		return true, nil
	}
	input := named(name)
	_, err := e.API.CreateVirtualMFADevice(ctx, &input)
	switch {
	case err == nil, awserror.Code(err) == codeExists:
		return true, nil
	case awserror.IsDenied(err):
		return false, nil
	default:
		return false, fmt.Errorf("making another MFA device %s (iam:CreateVirtualMFADevice): %w", e.Lost, err)
	}
}

// keepsSerialNumber reports whether the new device has that of the lost one.
func (e Enrolment) keepsSerialNumber() bool { return e.Lost == e.SerialNumber() }

// retire takes the lost device away, when another one is there. Who may not delete it
// leaves it behind as nobody's: it gives no codes then.
func (e Enrolment) retire(ctx context.Context) error {
	if err := e.deactivate(ctx, e.Lost); err != nil {
		return err
	}
	if KindOf(e.Lost) == Virtual {
		_, err := e.API.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &e.Lost})
		if err != nil && !awserror.IsNotFound(err) {
			e.Say("MFA device %s is nobody's any more. It was not deleted (%s): if it is in the way, an administrator runs "+
				"'aws iam delete-virtual-mfa-device --serial-number %[1]s'.", e.Lost, awserror.Plain(err))
			return nil
		}
	}
	e.Say("MFA device %s was taken away.", e.Lost)
	return nil
}

// byAdministrator is what always works.
func (e Enrolment) byAdministrator() string {
	return fmt.Sprintf("An administrator has to run 'awsmfa replace-device --user %s %s' with you.",
		output.ShellWord(e.UserName), output.ShellWord(e.Lost))
}

// notTheirs is about a lost device that the user does not have.
func (e Enrolment) notTheirs(devices []Device) error {
	if len(devices) == 0 {
		return fmt.Errorf("%s is no MFA device of %s, who has none", e.Lost, e.UserName)
	}
	serials := make([]string, 0, len(devices))
	for _, d := range devices {
		serials = append(serials, d.SerialNumber)
	}
	return fmt.Errorf("%s is no MFA device of %s, who has %s", e.Lost, e.UserName, strings.Join(serials, ", "))
}
