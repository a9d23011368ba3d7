package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const replaceDeviceLong = `Replace an MFA device that you lost, with a code of another one that you have.

DEVICE is its serial number, or the end of it as awsmfa status shows it: alice, or
alice/tablet. The device is taken away, and a new one of the same serial number
is enrolled as by awsmfa enrol, so that profiles stay as they are.

A device that is not named after you, such as one that was made in the console,
keeps its serial number where the group policy lets you make it (mfaDeviceName:
any). Otherwise the new one gets its name below yours, alice/phone for phone, and
the command says how awsmfa onboard puts it into your profiles.

If it is interrupted, run it again. If you have no other device that gives codes,
an administrator has to help: awsmfa reset-device, or this command with --user.`

const replaceDeviceExample = `  awsmfa replace-device alice            a new phone, with a code of the tablet
  awsmfa replace-device alice/tablet     a new tablet, with a code of the phone
  awsmfa replace-device --user alice alice/tablet    as an administrator, with alice`

const whichDevice = "which device is lost? Give its serial number, or the end of it as 'awsmfa status' shows it"

func newReplaceDeviceCommand(env environment.Environment) *cobra.Command {
	var flags enrolFlags
	cmd := &cobra.Command{
		Use:               "replace-device DEVICE",
		Short:             "Replace an MFA device that you lost, with a code of another",
		Long:              replaceDeviceLong,
		Example:           replaceDeviceExample,
		Args:              usage.OneArgument(whichDevice),
		ValidArgsFunction: cobra.NoFileCompletions,
		PreRunE: func(cmd *cobra.Command, args []string) error {
			flags.lost = args[0]
			return flags.check(cmd.Flags().Changed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runEnrol(cmd.Context(), flags, env, realTime())
		},
	}
	flags.add(cmd, env)
	cmd.Flags().StringVar(&flags.user, "user", "",
		"the `name` of the user who lost it, for administrators (default yourself)")
	usage.Complete(cmd, "user", cobra.NoFileCompletions)
	cmd.Flags().StringVar(&flags.serialNumber, "serial-number", "",
		"the `device` that gives the code (default the only other one)")
	return cmd
}

// checkName refuses what cannot be the name of a further device.
func (f enrolFlags) checkName() error {
	if f.another == "" {
		return nil
	}
	if err := policy.CheckMFADeviceName(f.another); err != nil {
		return usage.Errorf("--another: %v", err)
	}
	return nil
}

// further is an enrolment of a device besides another one. Who does it for themselves
// gives a code of that, for a session that ends soon.
func (f enrolFlags) further(
	ctx context.Context, settings aws.Config, e mfadevice.Enrolment, env environment.Environment,
) (mfadevice.Enrolment, error) {
	e.WithMFA, e.Further, e.Lost, e.Again = true, f.another, f.lost, f.again()+e.Flags
	if f.user != "" {
		return e, nil
	}
	devices, err := mfadevice.List(ctx, e.API, e.UserName)
	if awserror.IsDenied(err) {
		return e, &awserror.PermissionError{
			Permission: "iam:ListMFADevices", Doing: "enrolling", Object: e.UserName, Err: err,
			Remedy: fmt.Sprintf("With 'enrolment: admin' in the stack, an administrator has to run '%s' with you.",
				f.byAdministrator(e.UserName)),
		}
	}
	if err != nil {
		return e, err
	}
	if f.lost != "" {
		e.Lost = mfadevice.SerialNumberOf(f.lost, devices, e.Account)
	}
	code, err := f.codeDevice(devices, e)
	if err != nil {
		return e, err
	}
	source := cmp.Or(f.profile, env.AWSProfile(), "default")
	begun, err := credentialprocess.Session{
		STS: sts.NewFromConfig(settings), IAM: iam.NewFromConfig(settings), Ask: env.AskForCode,
		Profile: source, Source: source,
	}.Begin(ctx, credentialprocess.Request{
		Operation: credentialprocess.GetSessionToken, SerialNumber: code,
		DurationSeconds: int32(policy.MinSTSDuration.Seconds()),
	})
	if err != nil {
		return e, err
	}
	e.API = iam.NewFromConfig(
		withCredentials(settings, begun.AccessKeyID, begun.SecretAccessKey, begun.SessionToken))
	return e, nil
}

// again is the command to run again, without the flags of whose credentials it takes.
func (f enrolFlags) again() string {
	user := ""
	if f.user != "" {
		user = "--user " + output.ShellWord(f.user) + " "
	}
	if f.lost != "" {
		return "awsmfa replace-device " + user + output.ShellWord(f.lost)
	}
	return "awsmfa enrol " + user + "--another " + f.another
}

// byAdministrator is the command that an administrator runs instead.
func (f enrolFlags) byAdministrator(userName string) string {
	if f.lost == "" {
		f.another = "NAME"
	}
	f.user = userName
	return f.again()
}

// codeDevice is the device that gives the code.
func (f enrolFlags) codeDevice(devices []mfadevice.Device, e mfadevice.Enrolment) (string, error) {
	if f.serialNumber != "" {
		if f.serialNumber == e.Lost {
			return "", fmt.Errorf("%s is the device that is lost: name another one with --serial-number", f.serialNumber)
		}
		return f.serialNumber, nil
	}
	usable := []string{}
	for _, d := range devices {
		if d.Usable() && d.SerialNumber != e.Lost {
			usable = append(usable, d.SerialNumber)
		}
	}
	switch {
	case len(usable) == 1:
		return usable[0], nil
	case len(usable) > 1:
		return "", fmt.Errorf("%s has several MFA devices: name the one that gives the code with --serial-number: %s",
			e.UserName, strings.Join(usable, ", "))
	case e.Lost != "":
		return "", fmt.Errorf("%s has no other MFA device that gives codes: an administrator has to run "+
			"'awsmfa reset-device %s', and then you 'awsmfa enrol'", e.UserName, whatToReset(devices, e))
	default:
		return "", fmt.Errorf("%s has no MFA device that gives codes: run 'awsmfa enrol' first", e.UserName)
	}
}

// whatToReset are the arguments of reset-device that let a user enrol again, which takes
// that they have no device at all.
func whatToReset(devices []mfadevice.Device, e mfadevice.Enrolment) string {
	named := e.Account.VirtualMFADeviceARN(e.UserName)
	if slices.ContainsFunc(devices, func(d mfadevice.Device) bool { return d.SerialNumber != named }) {
		return "--all " + e.UserName
	}
	return e.UserName
}
