package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
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

The secret is shown once, on the terminal, and kept nowhere. --secret shows it as
text as well, to type in. --png FILE writes AWS's own image of the QR code to a
file instead, and --secret-file FILE the secret as text: where there is no
terminal, give one of these. The file is removed when the command ends, and if
that is killed, by the next 'awsmfa enrol'.

With --another NAME you get a further device, so that losing one locks nobody out:
another phone, say, or an app on this machine. It takes a code of a device that
you have. If you lose one, 'awsmfa replace-device' replaces it.

With --user an administrator enrols somebody else, who must be there with their
phone. Stacks with 'enrolment: admin' need this, for a further device, too.

It prints the serial number of the device, an ARN, or with --json a little more.`

const enrolExample = `  awsmfa enrol                       scan the QR code, type two codes
  awsmfa enrol --profile acme        with the access key of another profile
  awsmfa enrol --png code.png        for terminals that show no QR code
  awsmfa enrol --another tablet      a second device, with a code of the first
  awsmfa enrol --user alice          as an administrator, with alice`

// enrolFlags are the flags as given.
type enrolFlags struct {
	profile, user, png, secretFile string
	secret, asJSON                 bool
	// another is the name of a further device, and lost says which device to replace.
	another, lost string
	// serialNumber is the device that gives the code for either.
	serialNumber string
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
	flags.add(cmd, env)
	f.StringVar(&flags.user, "user", "", "the `name` of the user to enrol, for administrators (default yourself)")
	f.StringVar(&flags.another, "another", "", "make a further device of this `name`, with a code of one that you have")
	f.StringVar(&flags.serialNumber, "serial-number", "",
		"with --another, the `device` that gives the code (default the one that you have)")
	usage.Complete(cmd, "user", cobra.NoFileCompletions)
	usage.Complete(cmd, "another", cobra.NoFileCompletions)
	return cmd
}

// add adds the flags of every command that makes a device.
func (f *enrolFlags) add(cmd *cobra.Command, env environment.Environment) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", "", "the `name` of the profile with the access key "+
		"(default the usual AWS settings)")
	flags.StringVar(&f.png, "png", "", "write the QR code as an image to this `file`, which is removed at the end")
	flags.StringVar(&f.secretFile, "secret-file", "", "write the secret as text to this `file`, removed at the end")
	flags.BoolVar(&f.secret, "secret", false, "show the secret as text, to type it into the app")
	flags.BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	usage.Complete(cmd, "profile", usage.Profiles(env))
}

func (f enrolFlags) check(given func(flag string) bool) error {
	return cmp.Or(
		usage.Empty(given, "profile", f.profile),
		usage.Empty(given, "user", f.user),
		usage.Empty(given, "png", f.png),
		usage.Empty(given, "secret-file", f.secretFile),
		usage.If(f.png != "" && f.secretFile != "", "--png and --secret-file exclude each other"),
		usage.Empty(given, "another", f.another),
		usage.If(given("serial-number") && (f.another == "" && f.lost == "" || f.user != ""),
			"--serial-number goes with --another, and without --user: it is your own device that gives the code"),
		checkSerialNumber(given, f.serialNumber),
		f.checkName(),
	)
}

func runEnrol(ctx context.Context, flags enrolFlags, env environment.Environment, clock timing) error {
	config, err := sdkconfig.Load(ctx, env, flags.profile, "")
	if err != nil {
		return err
	}
	if err := flags.checkProfile(sdkconfig.Profile(config), env); err != nil {
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
	if flags.profile != "" {
		enrolment.Flags = " --profile " + output.ShellWord(flags.profile)
	}
	if flags.user == "" {
		if err := caller.CheckUser(); err != nil {
			return err
		}
		enrolment.UserName = caller.UserName
	}
	enrolment.Own = enrolment.UserName == caller.UserName
	if flags.another != "" || flags.lost != "" {
		if enrolment, err = flags.further(ctx, config, enrolment, env); err != nil {
			return err
		}
	}
	env.Sayf("Enrolling %s in account %s, with the credentials of %s.", enrolment.UserName, caller.Account.ID,
		sdkconfig.Source(env, flags.profile))
	device, err := enrol(ctx, enrolment, flags, env)
	if err != nil {
		return err
	}
	sayEnrolled(ctx, device, enrolment.Own, flags, tokens, env, clock)
	if flags.asJSON {
		return output.JSON(env.Out, device)
	}
	_, err = fmt.Fprintln(env.Out, device.SerialNumber)
	return err
}

// checkProfile refuses the profile of a role where a person enrols: it would ask for a
// code of the device that is to be made.
func (f enrolFlags) checkProfile(profile awssdk.SharedConfig, env environment.Environment) error {
	if f.user != "" || f.profile == "" && env.Getenv("AWS_ACCESS_KEY_ID") != "" {
		return nil
	}
	if path, err := awsconfig.Path(env.Getenv, env.Home); err == nil {
		if file, err := awsconfig.Read(path); err == nil {
			if err := onboarding.CheckSource(file, profile.Profile, "--profile"); err != nil {
				return err
			}
		}
	}
	if profile.RoleARN != "" {
		return fmt.Errorf("profile %s assumes role %s: name the profile that has your access key with --profile",
			profile.Profile, profile.RoleARN)
	}
	return nil
}

// enrol runs the enrolment, and keeps the file with the secret while it runs.
func enrol(
	ctx context.Context, e mfadevice.Enrolment, flags enrolFlags, env environment.Environment,
) (device mfadevice.Enrolled, err error) {
	home, noHome := env.Home()
	if noHome == nil {
		for _, path := range mfadevice.RemoveSecretFiles(mfadevice.NotesDir(home)) {
			env.Sayf("Removed %s: an enrolment that was killed had left it, with its secret.", path)
		}
	}
	var file *mfadevice.SecretFile
	defer func() { err = errors.Join(err, file.Remove()) }()
	e.Ready = func() error {
		if err := env.CheckPerson(); err != nil {
			return err
		}
		if err := flags.checkPrivacy(env); err != nil || flags.file() == "" {
			return err
		}
		if noHome != nil {
			return fmt.Errorf("finding ~/.aws/awsmfa: %w", noHome)
		}
		file, err = mfadevice.CreateSecretFile(flags.file(), mfadevice.NotesDir(home))
		return err
	}
	e.Show = func(made mfadevice.NewDevice) { show(made, e, flags, file, env) }
	e.ShowAgain = func(made mfadevice.NewDevice) { showAgain(made, e, flags, env) }
	return e.Run(ctx)
}

// file is where the secret is to be written, if it is.
func (f enrolFlags) file() string { return cmp.Or(f.png, f.secretFile) }

// checkPrivacy refuses to show the seed where it may be logged, unless a flag
// says in which file to show it.
func (f enrolFlags) checkPrivacy(env environment.Environment) error {
	_, done, private := env.Private()
	done()
	if private || f.file() != "" && !f.secret {
		return nil
	}
	return errors.New("there is no terminal to show the secret on, and what is written here may be kept in a log: " +
		"--secret-file FILE puts it into a file, and --png FILE its QR code, which is removed at the end")
}

// show shows the seed, as the flags say: on a terminal, or in the file.
func show(
	made mfadevice.NewDevice, e mfadevice.Enrolment, flags enrolFlags, file *mfadevice.SecretFile,
	env environment.Environment,
) {
	out, done, private := env.Private()
	defer done()
	again := ""
	if private {
		again = " Press Enter alone to see it again, with the secret as text."
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	say("MFA device %s was made. Its secret is shown only now.", made.SerialNumber)
	inTerminal := file == nil
	if file != nil {
		secret := made.QRCodePNG
		if flags.secretFile != "" {
			secret = []byte(made.Seed.Reveal() + "\n")
		}
		if err := file.Write(secret); err != nil {
			inTerminal = private
			say("%v.", err)
		} else {
			say("%s, which is removed when this command ends.%s", flags.whereSecretIs(), again)
		}
	}
	if flags.secret {
		writeSecret(out, made, e)
	}
	if inTerminal {
		writeQRCode(env, out, made, e, again, 0)
	}
}

func (f enrolFlags) whereSecretIs() string {
	if f.png != "" {
		return "Scan the QR code in " + f.png
	}
	return "Type the secret in " + f.secretFile + " into the authenticator app"
}

// showAgain shows the seed once more, both ways, to a person who could not take
// it. Where it may be logged, it says where the files are.
func showAgain(made mfadevice.NewDevice, e mfadevice.Enrolment, flags enrolFlags, env environment.Environment) {
	out, done, private := env.Private()
	defer done()
	if !private {
		_, _ = fmt.Fprintln(out, flags.whereSecretIs()+".")
		return
	}
	writeQRCode(env, out, made, e, "", secretLines)
	writeSecret(out, made, e)
}

// secretLines is how many lines writeSecret writes.
const secretLines = 2

func writeSecret(out io.Writer, made mfadevice.NewDevice, e mfadevice.Enrolment) {
	_, _ = fmt.Fprintf(out, "Type this secret into the authenticator app, as a time-based entry %s@%s:\n%s\n",
		e.Entry(), e.Account.ID, made.Seed.Reveal())
}

// writeQRCode draws the QR code, below which so many lines follow before the
// question.
func writeQRCode(
	env environment.Environment, out io.Writer, made mfadevice.NewDevice, e mfadevice.Enrolment, hint string, below int,
) {
	picture, columns, lines := mfadevice.QRCode(made.Seed.URI(e.Account, e.Entry()), env.WantsColor(out))
	if lines += below; environment.TooSmall(out, columns, lines) {
		_, _ = fmt.Fprintf(out, "The window is too small for the QR code: make it %d columns wide and %d lines high.\n",
			columns, lines+1)
	}
	text := "Scan this QR code with the authenticator app." + hint
	if !environment.IsWide(out, output.Width) {
		_, _ = fmt.Fprintf(out, "%s\n%s", text, picture)
		return
	}
	_, _ = fmt.Fprint(out, beside(picture, columns, text))
}

// beside has a text to the right of a picture, where an ordinary terminal shows both
// and the question.
func beside(picture string, columns int, text string) string {
	const gap = 2
	indent := strings.Repeat(" ", columns+gap)
	lines := strings.Split(picture, "\n")
	for i, line := range strings.Split(output.Wrapped(text, indent), "\n") {
		lines[i+1] += "  " + strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// next is what follows an enrolment.
func (f enrolFlags) next(device mfadevice.Enrolled, own bool) string {
	switch {
	case f.lost != "" && device.Replaced == device.SerialNumber:
		return "Profiles that name this device stay as they are."
	case f.another != "" || f.lost != "":
		return "Profiles ask for codes of the device that they name: to have this one there, " + f.nextCommand() +
			" and --serial-number " + output.ShellWord(device.SerialNumber)
	case !own:
		return "Next, for " + device.UserName + ": " + f.nextCommand()
	default:
		return "Next: " + f.nextCommand()
	}
}

func (f enrolFlags) nextCommand() string {
	command := "awsmfa onboard --outputs FILE"
	if f.user == "" && f.profile != "" {
		command += " --profile " + output.ShellWord(f.profile)
	}
	return command + ", with the stack outputs from your administrator"
}

// sayEnrolled waits until AWS takes the codes of a new device, which only its
// user can try, and says how to go on.
func sayEnrolled(
	ctx context.Context, device mfadevice.Enrolled, own bool, flags enrolFlags, api mfadevice.TokenAPI,
	env environment.Environment, clock timing,
) {
	next := flags.next(device, own)
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
			env.Sayf("It may take a minute until AWS accepts its codes everywhere: %s", awserror.Plain(err))
		}
	}
	env.Sayf("%s", next)
}
