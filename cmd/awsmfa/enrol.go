package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/usage"
)

const enrolLong = `Give yourself an MFA device that the AWS CLI can use: an authenticator app.

It makes a virtual device named after you, the one that the group policy of a
stack lets you make without MFA, shows its QR code in the terminal, and enables
it with two consecutive codes. Then it waits until AWS accepts its codes
everywhere, which takes about ten seconds. Without MFA you can do this once: if
you have a device already, or one that is half made, it says what to do.

The secret is shown once and kept nowhere. --png FILE writes AWS's own image of
the QR code to a file instead, which is removed when the command ends; --secret
shows the secret as text as well, to type in. Where there is no terminal to show
it on, give one of the two.

With --user an administrator enrols somebody else, who must be there with their
phone. Stacks with 'enrolment: admin' need this.

It prints the serial number of the device, an ARN, or with --json a little more.`

const enrolExample = `  awsmfa enrol                       scan the QR code, type two codes
  awsmfa enrol --profile acme        with the access key of another profile
  awsmfa enrol --png code.png        for terminals that show no QR code
  awsmfa enrol --user alice          as an administrator, with alice`

// enrolFlags are the flags as given.
type enrolFlags struct {
	profile, user, png string
	secret, asJSON     bool
}

// timing is the time and how it passes.
type timing struct {
	now   func() time.Time
	pause func(context.Context, time.Duration) error
}

// realTime is that of this computer.
func realTime() timing {
	return timing{now: time.Now, pause: smithytime.SleepWithContext}
}

func newEnrolCommand(env environment.Environment) *cobra.Command {
	var flags enrolFlags
	cmd := &cobra.Command{
		Use:     "enrol",
		Short:   "Give yourself an MFA device: scan a QR code, type two codes",
		Long:    enrolLong,
		Example: enrolExample,
		Args:    usage.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return flags.check(cmd.Flags().Changed) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runEnrol(cmd.Context(), flags, env, realTime())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.profile, "profile", "", "the `name` of the profile with the access key "+
		"(default the usual AWS settings)")
	f.StringVar(&flags.user, "user", "", "the `name` of the user to enrol, for administrators (default yourself)")
	f.StringVar(&flags.png, "png", "", "write the QR code as an image to this `file`, which is removed at the end")
	f.BoolVar(&flags.secret, "secret", false, "show the secret as text, to type it into the app")
	f.BoolVar(&flags.asJSON, "json", false, "print the result as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
	usage.Complete(cmd, "user", cobra.NoFileCompletions)
	return cmd
}

func (f enrolFlags) check(given func(flag string) bool) error {
	return cmp.Or(
		usage.Empty(given, "profile", f.profile),
		usage.Empty(given, "user", f.user),
		usage.If(given("png") && f.png == "", "--png: the name of the file is empty"),
	)
}

func runEnrol(ctx context.Context, flags enrolFlags, env environment.Environment, clock timing) error {
	config, err := sdkconfig.Load(ctx, env, flags.profile, "")
	if err != nil {
		return err
	}
	tokens := sts.NewFromConfig(config)
	caller, err := identity.WhoAmI(ctx, tokens)
	if err != nil {
		return err
	}
	enrolment := mfadevice.Enrolment{
		API: iam.NewFromConfig(config), Account: caller.Account, UserName: flags.user, Now: clock.now,
		Ask: env.Ask, Say: env.Sayf,
	}
	if flags.user == "" {
		if err := caller.CheckUser(); err != nil {
			return err
		}
		enrolment.UserName = caller.UserName
	}
	enrolment.Own = enrolment.UserName == caller.UserName
	device, err := enrol(ctx, enrolment, flags, env)
	if err != nil {
		return err
	}
	sayEnrolled(ctx, device, enrolment.Own, tokens, env, clock)
	if flags.asJSON {
		return output.JSON(env.Out, device)
	}
	_, err = fmt.Fprintln(env.Out, device.SerialNumber)
	return err
}

// enrol runs the enrolment, and keeps the image while it runs.
func enrol(
	ctx context.Context, e mfadevice.Enrolment, flags enrolFlags, env environment.Environment,
) (device mfadevice.Enrolled, err error) {
	image := &temporaryImage{path: flags.png}
	defer func() { err = errors.Join(err, image.remove()) }()
	e.Ready = func() error {
		if err := env.CheckPerson(); err != nil {
			return err
		}
		if err := flags.checkPrivacy(env); err != nil {
			return err
		}
		return image.create()
	}
	e.Show = func(made mfadevice.NewDevice) { show(made, e, flags, image, env) }
	e.ShowAgain = func(made mfadevice.NewDevice) { showAgain(made, e, flags, env) }
	return e.Run(ctx)
}

// checkPrivacy refuses to show the seed where it may be logged, unless a flag
// says where to show it.
func (f enrolFlags) checkPrivacy(env environment.Environment) error {
	_, done, private := env.Private()
	done()
	if private || f.secret || f.png != "" {
		return nil
	}
	return errors.New("there is no terminal to show the secret on, and what is written here may be kept in a log: " +
		"--png FILE puts it into a file, which is removed at the end, and --secret shows it here anyway")
}

// show shows the seed, as the flags say.
func show(
	made mfadevice.NewDevice, e mfadevice.Enrolment, flags enrolFlags, image *temporaryImage, env environment.Environment,
) {
	out, done, private := env.Private()
	defer done()
	again := ""
	if private {
		again = " Press Enter alone to see it again, with the secret as text."
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	say("MFA device %s was made. Its secret is shown only now.", made.SerialNumber)
	inTerminal := flags.png == ""
	if flags.png != "" {
		if err := image.write(made.QRCodePNG); err != nil {
			say("%v; here it is instead.", err)
			inTerminal = true
		} else {
			say("Scan the QR code in %s, which is removed when this command ends.%s", flags.png, again)
		}
	}
	if flags.secret {
		writeSecret(out, made, e)
	}
	if inTerminal {
		writeQRCode(env, out, made, e, again, 0)
	}
}

// showAgain shows the seed once more, both ways, to a person who could not take
// it. Where it may be logged, it is shown as the flags allow.
func showAgain(made mfadevice.NewDevice, e mfadevice.Enrolment, flags enrolFlags, env environment.Environment) {
	out, done, private := env.Private()
	defer done()
	if !private && !flags.secret {
		_, _ = fmt.Fprintf(out, "Scan the QR code in %s.\n", flags.png)
		return
	}
	writeQRCode(env, out, made, e, "", secretLines)
	writeSecret(out, made, e)
}

// secretLines is how many lines writeSecret writes.
const secretLines = 2

func writeSecret(out io.Writer, made mfadevice.NewDevice, e mfadevice.Enrolment) {
	_, _ = fmt.Fprintf(out, "Type this secret into the authenticator app, as a time-based entry %s@%s:\n%s\n",
		e.UserName, e.Account.ID, made.Seed.Reveal())
}

// writeQRCode draws the QR code, below which so many lines follow before the
// question.
func writeQRCode(
	env environment.Environment, out io.Writer, made mfadevice.NewDevice, e mfadevice.Enrolment, hint string, below int,
) {
	picture, columns, lines := mfadevice.QRCode(made.Seed.URI(e.Account, e.UserName), env.WantsColor(out))
	if lines += below; environment.TooSmall(out, columns, lines) {
		_, _ = fmt.Fprintf(out, "The window is too small for the QR code: make it %d columns wide and %d lines high.\n",
			columns, lines+1)
	}
	_, _ = fmt.Fprintf(out, "Scan this QR code with the authenticator app.%s\n%s", hint, picture)
}

// nextCommand is what follows an enrolment.
const nextCommand = "awsmfa onboard --outputs FILE, with the stack outputs from your administrator"

// sayEnrolled waits until AWS takes the codes of a new device, which only its
// user can try, and says how to go on.
func sayEnrolled(
	ctx context.Context, device mfadevice.Enrolled, own bool, api mfadevice.TokenAPI, env environment.Environment,
	clock timing,
) {
	next := "Next: " + nextCommand
	if !own {
		next = "Next, for " + device.UserName + ": " + nextCommand
	}
	if device.Outcome == mfadevice.AlreadyEnabled {
		env.Sayf("%s has an MFA device that the AWS CLI can use, %s: nothing to do. %s",
			device.UserName, device.SerialNumber, next)
		return
	}
	env.Sayf("MFA device %s is enabled.", device.SerialNumber)
	if own {
		stop := env.Spin("Waiting until AWS accepts its codes everywhere, which takes about ten seconds")
		err := mfadevice.AwaitSTS(ctx, api, device, clock.pause)
		stop()
		if ctx.Err() != nil {
			env.Sayf("\nIt may take a minute until AWS accepts its codes everywhere.") // behind ^C
		} else if err != nil {
			env.Sayf("It may take a minute until AWS accepts its codes everywhere: %v", err)
		}
	}
	env.Sayf("%s", next)
}

// temporaryImage is a file that exists while the command runs. Without a path it
// is nothing.
type temporaryImage struct {
	path string
	file *os.File
}

// create makes the empty file, which must not exist.
func (i *temporaryImage) create() error {
	if i.path == "" {
		return nil
	}
	file, err := os.OpenFile(i.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("--png %s: the file exists and is not overwritten: give another name", i.path)
	}
	if err != nil {
		return fmt.Errorf("--png: %w", err)
	}
	i.file = file
	return nil
}

func (i *temporaryImage) write(image []byte) error {
	if _, err := i.file.Write(image); err != nil {
		return fmt.Errorf("writing the QR code to %s: %w", i.path, err)
	}
	return nil
}

// remove removes the file, if this command made it.
func (i *temporaryImage) remove() error {
	if i.file == nil {
		return nil
	}
	if err := errors.Join(i.file.Close(), os.Remove(i.path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the QR code, which holds the secret: remove %s yourself: %w", i.path, err)
	}
	return nil
}
