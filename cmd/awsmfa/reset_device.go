package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const resetDeviceLong = `Take away the MFA device named after a user, so that they can enrol again.

For administrators: when an enrolment was interrupted and left a device that is
made but not enabled, or when a phone is lost. Users cannot do it themselves
without MFA, and should not be able to: whoever has a stolen access key could
then replace the owner's device with their own. For the same reason, do it
together with the person, who should run 'awsmfa enrol' at once.

Other devices of the user are named and stay, unless --all takes them away, too.
It prints the serial numbers of the devices that it took away.`

const resetDeviceExample = `  awsmfa reset-device alice           the device named alice
  awsmfa reset-device --all alice     every MFA device of alice
  awsmfa reset-device --yes alice     without a question`

// resetDeviceFlags are the flags as given.
type resetDeviceFlags struct {
	profile          string
	all, yes, asJSON bool
}

func newResetDeviceCommand(env environment.Environment) *cobra.Command {
	var flags resetDeviceFlags
	cmd := &cobra.Command{
		Use:               "reset-device USER",
		Short:             "Take away a user's MFA device, so that they can enrol again",
		Long:              resetDeviceLong,
		Example:           resetDeviceExample,
		Args:              usage.OneArgument(whoseDevice),
		ValidArgsFunction: cobra.NoFileCompletions,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			return usage.Empty(cmd.Flags().Changed, "profile", flags.profile)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runResetDevice(cmd.Context(), args[0], flags, env)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.profile, "profile", "", "the `name` of an administrator's profile (default the usual AWS settings)")
	f.BoolVar(&flags.all, "all", false, "take away every MFA device of the user")
	f.BoolVar(&flags.yes, "yes", false, "do not ask")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	return cmd
}

const whoseDevice = "whose device? give the name of an IAM user"

// resetResult is the result in JSON.
type resetResult struct {
	UserName string `json:"userName"`
	// Removed are serial numbers.
	Removed []string           `json:"removed"`
	Kept    []mfadevice.Device `json:"kept"`
}

func runResetDevice(ctx context.Context, userName string, flags resetDeviceFlags, env environment.Environment) error {
	config, err := sdkconfig.Load(ctx, env, flags.profile, "")
	if err != nil {
		return err
	}
	caller, err := identity.WhoAmI(ctx, sts.NewFromConfig(config))
	if err != nil {
		return err
	}
	api := iam.NewFromConfig(config)
	plan, err := mfadevice.PlanReset(ctx, api, caller.Account, userName, flags.all)
	if err != nil {
		return err
	}
	sayKept(plan, env)
	if plan.IsEmpty() {
		env.Sayf("Nothing to take away: %s has no MFA device named after them.", userName)
	} else if err := confirmReset(ctx, plan, flags.yes, env); err != nil {
		return err
	}
	gone, err := plan.Run(ctx, api)
	for _, serialNumber := range gone {
		env.Sayf("MFA device %s was taken away.", serialNumber)
	}
	if len(gone) > 0 {
		env.Sayf("%s", nextAfterReset(plan))
	}
	return errors.Join(err, printReset(resetResult{userName, gone, plan.Kept}, flags.asJSON, env))
}

// nextAfterReset is how the person gets a device that gives codes. AWS lets nobody who has
// one make another without a code of it.
func nextAfterReset(plan mfadevice.Reset) string {
	name := output.ShellWord(plan.UserName)
	switch {
	case len(plan.Kept) == 0:
		return "Next, for " + plan.UserName + ": awsmfa enrol"
	case slices.ContainsFunc(plan.Kept, mfadevice.Device.Usable):
		return "Next, for " + plan.UserName + ": awsmfa replace-device " + name
	default:
		return "Next, with " + plan.UserName + ": awsmfa enrol --user " + name
	}
}

func sayKept(plan mfadevice.Reset, env environment.Environment) {
	for _, device := range plan.Kept {
		env.Sayf("%s keeps %s (%s, since %s); --all takes it away, too.", plan.UserName, device.SerialNumber,
			device.Kind, device.EnableDate.Format("2006-01-02"))
	}
}

// confirmReset asks, if a device would be taken away that is in use.
func confirmReset(ctx context.Context, plan mfadevice.Reset, yes bool, env environment.Environment) error {
	if plan.HalfMade != "" {
		env.Sayf("%s was made and never enabled.", plan.HalfMade)
	}
	if len(plan.Enabled) == 0 || yes {
		return nil
	}
	for _, device := range plan.Enabled {
		env.Sayf("%s uses %s (%s, since %s).", plan.UserName, device.SerialNumber, device.Kind,
			device.EnableDate.Format("2006-01-02"))
	}
	if len(plan.Kept) == 0 {
		env.Sayf("Without it, whoever holds the access key of %s can enrol a device of their own, until %s does. "+
			"Do it together with them.", plan.UserName, plan.UserName)
	}
	agreed, err := env.Confirm(ctx, "Take it away?")
	switch {
	case errors.Is(err, environment.ErrNobodyToAsk):
		return fmt.Errorf("nothing was taken away: %w; --yes takes it away without a question", err)
	case err != nil:
		return fmt.Errorf("nothing was taken away: %w", err)
	case !agreed:
		return errors.New("nothing was taken away")
	default:
		return nil
	}
}

func printReset(result resetResult, asJSON bool, env environment.Environment) error {
	if asJSON {
		result.Removed, result.Kept = output.NotNull(result.Removed), output.NotNull(result.Kept)
		return output.JSON(env.Out, result)
	}
	return printLines(env.Out, result.Removed)
}
