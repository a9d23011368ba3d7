package mfadevice

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ResetAPI are the operations of IAM that taking devices away calls:
// [iam.Client] has them.
type ResetAPI interface {
	iam.ListMFADevicesAPIClient
	iam.ListVirtualMFADevicesAPIClient
	DeactivateMFADevice(
		context.Context, *iam.DeactivateMFADeviceInput, ...func(*iam.Options),
	) (*iam.DeactivateMFADeviceOutput, error)
	DeleteVirtualMFADevice(
		context.Context, *iam.DeleteVirtualMFADeviceInput, ...func(*iam.Options),
	) (*iam.DeleteVirtualMFADeviceOutput, error)
}

// Reset is what stands between a user and a new enrolment.
type Reset struct {
	UserName string
	// Enabled are the devices to take away that the user has enabled, and
	// HalfMade is the serial number of one that was made and never enabled, or
	// empty.
	Enabled  []Device
	HalfMade string
	// Kept are the other devices of the user.
	Kept []Device
}

// IsEmpty reports whether there is nothing to take away.
func (r Reset) IsEmpty() bool { return len(r.Enabled) == 0 && r.HalfMade == "" }

// PlanReset finds the virtual device that is named after the user, in whatever
// spelling (IAM tells names apart by more than case), and with all the other
// devices that the user has enabled. The error is a [awserror.PermissionError],
// or the API's.
func PlanReset(
	ctx context.Context, api ResetAPI, account policy.Account, userName string, all bool,
) (Reset, error) {
	devices, err := List(ctx, api, userName)
	switch {
	case awserror.IsNotFound(err):
		return Reset{}, fmt.Errorf("resetting the MFA device of %s: %s", userName, noSuchUser)
	case err != nil:
		return Reset{}, resetting(userName, "iam:ListMFADevices", err)
	}
	plan := Reset{UserName: userName}
	named := account.VirtualMFADeviceARN(userName)
	found := false
	for _, device := range devices {
		isNamed := strings.EqualFold(device.SerialNumber, named)
		found = found || isNamed
		if isNamed || all {
			plan.Enabled = append(plan.Enabled, device)
		} else {
			plan.Kept = append(plan.Kept, device)
		}
	}
	if !found {
		plan.HalfMade, err = halfMade(ctx, api, named, userName)
	}
	return plan, err
}

// halfMade is the serial number of the device of that name if it is nobody's, or
// empty if there is none. One that is the user's was enabled since their devices
// were listed: it is not half made.
func halfMade(ctx context.Context, api ResetAPI, named, userName string) (string, error) {
	pages := iam.NewListVirtualMFADevicesPaginator(api, &iam.ListVirtualMFADevicesInput{
		AssignmentStatus: types.AssignmentStatusTypeAny,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", resetting(userName, "iam:ListVirtualMFADevices", err)
		}
		for _, device := range page.VirtualMFADevices {
			serial := aws.ToString(device.SerialNumber)
			switch {
			case !strings.EqualFold(serial, named):
			case device.User == nil:
				return serial, nil
			case strings.EqualFold(aws.ToString(device.User.UserName), userName):
				return "", nil
			default:
				return "", fmt.Errorf("MFA device %s is in use by %s (%s), not by %s: it stays. Take it away with "+
					"'awsmfa reset-device --all %[2]s', if that is meant", serial, aws.ToString(device.User.UserName),
					aws.ToString(device.User.Arn), userName)
			}
		}
	}
	return "", nil
}

// Run takes the devices away and gives the serial numbers of those that are gone,
// which may be some when there is an error. Those that are gone already are no
// error. Of one that could be deactivated and not deleted, the error says how it
// is deleted: it is nobody's then, and a second run finds it only if it is named
// after the user.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_disable.html
func (r Reset) Run(ctx context.Context, api ResetAPI) (gone []string, err error) {
	for _, device := range r.Enabled {
		_, err := api.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{
			UserName: &r.UserName, SerialNumber: &device.SerialNumber,
		})
		if err != nil && !awserror.IsNotFound(err) {
			return gone, resetting(r.UserName, "iam:DeactivateMFADevice", err)
		}
		if device.Kind == Virtual {
			if err := r.delete(ctx, api, device.SerialNumber); err != nil {
				return gone, r.orphaned(device.SerialNumber, err)
			}
		}
		gone = append(gone, device.SerialNumber)
	}
	if r.HalfMade != "" {
		if err := r.delete(ctx, api, r.HalfMade); err != nil {
			return gone, err
		}
		gone = append(gone, r.HalfMade)
	}
	return gone, nil
}

// orphaned is the error about a device that was deactivated and not deleted.
// Whoever enabled it anew meanwhile has it: then it is none.
func (r Reset) orphaned(serialNumber string, err error) error {
	if awserror.Code(err) == codeDeleteConflict {
		return err
	}
	return fmt.Errorf("%w; MFA device %s was deactivated and still exists: delete it with "+
		"'aws iam delete-virtual-mfa-device --serial-number %s'", err, serialNumber, serialNumber)
}

func (r Reset) delete(ctx context.Context, api ResetAPI, serialNumber string) error {
	_, err := api.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serialNumber})
	switch {
	case awserror.IsNotFound(err):
		return nil
	case awserror.Code(err) == codeDeleteConflict:
		return fmt.Errorf("MFA device %s was enabled meanwhile: run 'awsmfa reset-device %s' again (%w)",
			serialNumber, r.UserName, err)
	}
	if err != nil {
		return resetting(r.UserName, "iam:DeleteVirtualMFADevice", err)
	}
	return nil
}

// resetting is the error of a call.
func resetting(userName, permission string, err error) error {
	const doing = "resetting the MFA device of"
	if awserror.IsDenied(err) {
		return &awserror.PermissionError{
			Permission: permission, Doing: doing, Object: userName, Err: err,
			Remedy: "Use the profile of an administrator (--profile), with MFA; one's own device takes MFA in any case.",
		}
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s %s was interrupted: run it again", doing, userName)
	}
	return fmt.Errorf("%s %s (%s): %w", doing, userName, permission, err)
}
