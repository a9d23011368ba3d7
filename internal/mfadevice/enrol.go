package mfadevice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// maxAttempts is how often two codes are asked for: AWS verifies about nine
// codes of a device in three minutes.
const maxAttempts = 5

var (
	errSeedLost = errors.New("no authenticator app has an entry for it")
	errGone     = errors.New("it was deleted meanwhile")
	errNotFound = errors.New("AWS finds no device of that name in this spelling")
)

// EnrolAPI are the operations of IAM that enrolling calls: [iam.Client] has them.
// The group policy allows users all of them on themselves, but the last two only with
// MFA.
type EnrolAPI interface {
	iam.ListMFADevicesAPIClient
	CreateVirtualMFADevice(
		context.Context, *iam.CreateVirtualMFADeviceInput, ...func(*iam.Options),
	) (*iam.CreateVirtualMFADeviceOutput, error)
	EnableMFADevice(
		context.Context, *iam.EnableMFADeviceInput, ...func(*iam.Options),
	) (*iam.EnableMFADeviceOutput, error)
	DeactivateMFADevice(
		context.Context, *iam.DeactivateMFADeviceInput, ...func(*iam.Options),
	) (*iam.DeactivateMFADeviceOutput, error)
	DeleteVirtualMFADevice(
		context.Context, *iam.DeleteVirtualMFADeviceInput, ...func(*iam.Options),
	) (*iam.DeleteVirtualMFADeviceOutput, error)
}

// NewDevice is a device that was just made, with what AWS shows only then.
type NewDevice struct {
	SerialNumber string
	Seed         Seed
	// QRCodePNG is AWS's own image of a QR code that holds the seed.
	QRCodePNG []byte
}

// Enrolment gives a user a virtual MFA device.
type Enrolment struct {
	API      EnrolAPI
	Account  policy.Account
	UserName string
	// Further is the name of a further device, below the user's; empty for the one that
	// is named after the user.
	Further string
	// Lost is the serial number, or the end of it, of a device that this one replaces, if
	// there is one. It settles the name of this one.
	Lost string
	// kept is the name of a lost device that is not named after the user, and whose
	// serial number the new one keeps.
	kept string
	// WithMFA says that the user has used another device, or that an administrator
	// gives them this one besides: either may take away what is half made.
	WithMFA bool
	// Again is the command to run again after an enrolment with MFA was interrupted.
	Again string
	// Own says that the credentials are the user's own access key, and not an
	// administrator's.
	Own bool
	// Flags are those that a command needs to run with the same credentials, with a
	// space before each.
	Flags string
	// Now is the time for answers of AWS that carry none.
	Now func() time.Time
	// Ready is called before a device is made; its error stops the enrolment
	// while there is nothing that an administrator would have to take away.
	Ready func() error
	// Show shows the seed of a device that was made.
	Show func(NewDevice)
	// ShowAgain shows it once more, to a person who could not take it.
	ShowAgain func(NewDevice)
	// Ask asks the person a question.
	Ask func(ctx context.Context, question string) (string, error)
	// Say tells the person a line.
	Say func(format string, args ...any)
}

// Outcome says what an enrolment did.
type Outcome string

// The outcomes of an enrolment.
const (
	// Enabled is a device that this enrolment enabled.
	Enabled Outcome = "enabled"
	// AlreadyEnabled is one that was enabled before.
	AlreadyEnabled Outcome = "already-enabled"
)

// Enrolled is a device that the user can use.
type Enrolled struct {
	UserName     string  `json:"userName"`
	SerialNumber string  `json:"serialNumber"`
	Outcome      Outcome `json:"outcome"`
	// Replaced is the serial number of the lost device in whose place it is.
	Replaced string `json:"replaced,omitempty"`
	// olderCode is the first of those that enabled it.
	olderCode string
}

// Run makes the device that is named after the user, shows its seed, and enables
// it with two codes; or it goes on with one that was made before, and if the seed of
// that is lost, makes it again where the credentials may delete it. It does nothing
// for a user who has a usable device. The error is a [awserror.PermissionError], says
// how to go on, or is the API's or Ready's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_cliapi.html
func (e Enrolment) Run(ctx context.Context) (Enrolled, error) {
	devices, err := e.list(ctx)
	if err != nil {
		return Enrolled{}, err
	}
	if e.Lost != "" {
		if e, err = e.inPlace(ctx, devices); err != nil {
			return Enrolled{}, err
		}
	}
	enrolled, ok := e.usable(devices)
	if !ok || e.keepsSerialNumber() {
		if err := e.prepare(ctx, devices, ok); err != nil {
			return Enrolled{}, err
		}
		enrolled, err = e.make(ctx)
	}
	if err == nil && e.Lost != "" && !e.keepsSerialNumber() {
		err = e.retire(ctx)
	}
	enrolled.Replaced = e.Lost
	return enrolled, err
}

// list is [List], with errors for the person who enrols.
func (e Enrolment) list(ctx context.Context) ([]Device, error) {
	devices, err := List(ctx, e.API, e.UserName)
	switch {
	case awserror.IsNotFound(err):
		return nil, fmt.Errorf("enrolling %s: %s", e.UserName, noSuchUser)
	case awserror.IsDenied(err):
		return nil, e.denied("iam:ListMFADevices", err)
	}
	return devices, err
}

// make creates and enables the device, a second time if the seed of one that was made
// before is lost and it can be deleted.
func (e Enrolment) make(ctx context.Context) (Enrolled, error) {
	enrolled, err := e.createAndEnable(ctx)
	if errors.Is(err, errSeedLost) && e.deleteHalfMade(ctx) {
		return e.createAndEnable(ctx)
	}
	return enrolled, err
}

func (e Enrolment) createAndEnable(ctx context.Context) (Enrolled, error) {
	device, err := e.create(ctx)
	if err != nil {
		return Enrolled{}, err
	}
	return e.enable(ctx, device)
}

// prepare sees to it that the device can be made, and takes away the one that it
// replaces.
func (e Enrolment) prepare(ctx context.Context, devices []Device, replaces bool) error {
	switch {
	case e.Own && !e.WithMFA && len(devices) > 0:
		return e.onlySecurityKeys()
	case !replaces && len(devices) >= maxDevices:
		return e.full(len(devices))
	}
	if err := e.Ready(); err != nil {
		return fmt.Errorf("enrolling %s (nothing was made): %w", e.UserName, err)
	}
	switch {
	case replaces:
		return e.remove(ctx)
	// Half made by a replacement that was interrupted, or never the user's.
	case e.kept != "" && !e.deleteHalfMade(ctx):
		return e.notTheirs(devices)
	}
	return nil
}

// full is about a user who has no room for another device.
func (e Enrolment) full(devices int) error {
	remedy := "replace one that is not needed any more, with 'awsmfa replace-device'"
	if e.Lost != "" && !e.keepsSerialNumber() {
		remedy = fmt.Sprintf("take %s away first ('aws iam deactivate-mfa-device --user-name %s --serial-number %[1]s', "+
			"with MFA or by an administrator), and give its place to 'awsmfa enrol --another NAME'", e.Lost, e.UserName)
	}
	return fmt.Errorf("%s has %d MFA devices, as many as IAM allows: %s", e.UserName, devices, remedy)
}

// deleteHalfMade reports whether the device is gone. IAM deletes none that somebody
// has, and with the group's policy a user without MFA may delete none at all, so that
// an administrator is told of in the error that stands.
func (e Enrolment) deleteHalfMade(ctx context.Context) bool {
	serial := e.SerialNumber()
	_, err := e.API.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial})
	if err != nil {
		return false
	}
	e.Say("MFA device %s, which nobody could use, was deleted.", serial)
	return true
}

// maxDevices is IAM's quota for one user.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxDevices = 8

// SerialNumber is that of the device.
func (e Enrolment) SerialNumber() string {
	return e.Account.VirtualMFADeviceARN(e.Entry())
}

// Entry is what the authenticator app calls the device.
func (e Enrolment) Entry() string {
	switch {
	case e.kept != "":
		return e.kept
	case e.Further != "":
		return e.UserName + "/" + e.Further
	default:
		return e.UserName
	}
}

// usable is the first device that the AWS CLI can use; with MFA, that of the name.
func (e Enrolment) usable(devices []Device) (Enrolled, bool) {
	at := slices.IndexFunc(devices, func(d Device) bool {
		return d.Usable() && (!e.WithMFA || d.SerialNumber == e.SerialNumber())
	})
	if at < 0 {
		return Enrolled{}, false
	}
	return Enrolled{UserName: e.UserName, SerialNumber: devices[at].SerialNumber, Outcome: AlreadyEnabled}, true
}

// onlySecurityKeys: whoever has a device must use it to add another, and an
// access key cannot use a security key.
//
// https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
func (e Enrolment) onlySecurityKeys() error {
	return fmt.Errorf("%[1]s has only passkeys or security keys, which give no codes. %[2]s For codes instead: AWS lets "+
		"an access key without MFA add no second device, so sign in to the console and add an authenticator app there "+
		"(My security credentials), or have an administrator run 'awsmfa enrol --user %[1]s' with you, or "+
		"'awsmfa reset-device --all %[1]s', which takes the security keys away", e.UserName, signIn)
}

// create makes the device, or finds that it was made before: then its seed is
// not known, and its name has the user's spelling, as far as one can tell who may
// not list the devices of the account.
func (e Enrolment) create(ctx context.Context) (NewDevice, error) {
	input := named(e.Entry())
	created, err := e.API.CreateVirtualMFADevice(ctx, &input)
	if awserror.Code(err) == codeExists && e.WithMFA {
		if err := e.delete(ctx); err != nil {
			return NewDevice{}, err
		}
		created, err = e.API.CreateVirtualMFADevice(ctx, &input)
	}
	switch {
	case awserror.Code(err) == codeExists:
		device := NewDevice{SerialNumber: e.SerialNumber()}
		e.Say("MFA device %s was made before and never enabled. AWS showed its secret only then.", device.SerialNumber)
		e.Say("If the authenticator app has the entry, two codes of it enable the device. " +
			"If not, press Enter without a code.")
		return device, nil
	case awserror.IsDenied(err):
		return NewDevice{}, e.denied("iam:CreateVirtualMFADevice", err)
	case err != nil:
		return NewDevice{}, fmt.Errorf("making the MFA device of %s (iam:CreateVirtualMFADevice): %w", e.UserName, err)
	}
	device := NewDevice{
		SerialNumber: aws.ToString(created.VirtualMFADevice.SerialNumber),
		Seed:         Seed{string(created.VirtualMFADevice.Base32StringSeed)},
		QRCodePNG:    created.VirtualMFADevice.QRCodePNG,
	}
	e.Show(device)
	return device, nil
}

// named asks for the virtual device whose serial number ends so.
func named(entry string) iam.CreateVirtualMFADeviceInput {
	slash := strings.LastIndexByte(entry, '/')
	input := iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String(entry[slash+1:])}
	if slash > 0 {
		input.Path = aws.String("/" + entry[:slash+1])
	}
	return input
}

// remove takes the device away.
func (e Enrolment) remove(ctx context.Context) error {
	if err := e.deactivate(ctx, e.SerialNumber()); err != nil {
		return err
	}
	return e.delete(ctx)
}

func (e Enrolment) deactivate(ctx context.Context, serial string) error {
	_, err := e.API.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &e.UserName, SerialNumber: &serial})
	switch {
	case awserror.IsDenied(err):
		return e.denied("iam:DeactivateMFADevice", err)
	case err != nil && !awserror.IsNotFound(err):
		return fmt.Errorf("taking away MFA device %s (iam:DeactivateMFADevice): %w", serial, err)
	}
	return nil
}

// delete deletes the device, which is nobody's.
func (e Enrolment) delete(ctx context.Context) error {
	serial := e.SerialNumber()
	_, err := e.API.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial})
	switch {
	case awserror.IsDenied(err):
		return e.denied("iam:DeleteVirtualMFADevice", err)
	case err != nil && !awserror.IsNotFound(err):
		return fmt.Errorf("deleting MFA device %s, which was never enabled (iam:DeleteVirtualMFADevice): %w", serial, err)
	}
	return nil
}

// denied is the error of a call that the credentials may not make.
func (e Enrolment) denied(permission string, err error) error {
	denied := &awserror.PermissionError{
		Permission: permission, Doing: "enrolling", Object: e.UserName, Err: err,
		Remedy: "Use the profile of an administrator (--profile).",
	}
	switch {
	case e.Own && e.Lost != "":
		denied.Remedy = e.byAdministrator()
	case e.Own && e.WithMFA:
		denied.Remedy = "With 'enrolment: self-service' people may do this with MFA: ask your administrator to deploy the " +
			"stack as this version of aws-cli-mfa has it ('pulumi up'), or to give you the device."
	case e.Own:
		denied.Remedy = fmt.Sprintf("With 'enrolment: admin' in the stack, nobody enrols without MFA: "+
			"an administrator has to run 'awsmfa enrol --user %s' with you.", e.UserName)
	}
	return denied
}

// enable asks for two codes until AWS takes them.
func (e Enrolment) enable(ctx context.Context, device NewDevice) (Enrolled, error) {
	for range maxAttempts {
		codes, err := e.askForCodes(ctx, device)
		if err != nil {
			return Enrolled{}, e.unfinished(device, err)
		}
		out, err := e.API.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: &e.UserName, SerialNumber: &device.SerialNumber,
			AuthenticationCode1: &codes.first, AuthenticationCode2: &codes.second,
		})
		switch {
		case err == nil:
			now, ok := middleware.GetServerTime(out.ResultMetadata)
			if !ok {
				now = e.Now()
			}
			e.mentionClock(codes, device.Seed, now)
			return Enrolled{
				UserName: e.UserName, SerialNumber: device.SerialNumber, Outcome: Enabled, olderCode: codes.first,
			}, nil
		case awserror.Code(err) == codeWrongCodes:
			e.mentionMistake(codes, device.Seed, e.timeOf(err))
		default:
			return e.settle(ctx, device, err)
		}
	}
	return Enrolled{}, e.unfinished(device, fmt.Errorf("wrong codes, %d times", maxAttempts))
}

// unfinished says of a device that was made why it is not enabled, and how to go on.
func (e Enrolment) unfinished(device NewDevice, err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if e.WithMFA {
		return fmt.Errorf("MFA device %s was made, but is not enabled: %w. Run '%s' again, which makes it anew",
			device.SerialNumber, err, e.Again)
	}
	again, reset := "awsmfa enrol"+e.Flags, fmt.Sprintf("an administrator has to run 'awsmfa reset-device %s'", e.UserName)
	because := "AWS advises against letting users delete a device without MFA, so "
	if !e.Own {
		again, because = fmt.Sprintf("awsmfa enrol --user %s%s", e.UserName, e.Flags), ""
		reset = fmt.Sprintf("run 'awsmfa reset-device %s%s'", e.UserName, e.Flags)
	}
	advice := fmt.Sprintf("%s%s first; then '%s' makes a new one.", because, reset, again)
	switch {
	case errors.Is(err, errGone):
		advice = fmt.Sprintf("Run '%s' again.", again)
	case errors.Is(err, errNotFound):
		advice = fmt.Sprintf("If it was deleted meanwhile, '%s' makes a new one. If that ends here again, its name has "+
			"other capital letters: %s first, which finds it.", again, reset)
	case !errors.Is(err, errSeedLost):
		advice = fmt.Sprintf("If the authenticator app has its entry, go on with '%s': two codes enable it. "+
			"If not: ", again) + advice
	}
	return fmt.Errorf("MFA device %s was made, but is not enabled: %w. %s%s", device.SerialNumber, err,
		strings.ToUpper(advice[:1]), advice[1:])
}

// timeOf is AWS's time of an error, for this computer's clock may be off too.
func (e Enrolment) timeOf(err error) time.Time {
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && answer.Response != nil {
		if at, err := smithyhttp.ParseTime(answer.Response.Header.Get("Date")); err == nil {
			return at
		}
	}
	return e.Now()
}

func (e Enrolment) mentionMistake(codes pair, seed Seed, now time.Time) {
	if seed == (Seed{}) {
		e.Say("AWS does not accept these codes: they must come from the entry of this very device, the older one first.")
		return
	}
	e.Say("%s", codes.diagnose(seed, now))
}

// mentionClock says when AWS has noted that the authenticator's clock is off.
func (e Enrolment) mentionClock(codes pair, seed Seed, now time.Time) {
	if ahead, ok := codes.skew(seed, now); ok && isOff(ahead) {
		e.Say("The clock of your authenticator is %s. AWS has taken note and accepts its codes. "+
			"Should they fail after you have set it right: aws iam resync-mfa-device.", describeSkew(ahead))
	}
}

// settle explains why AWS does not enable the device: somebody may have done it
// meanwhile. AWS then refuses the access key before it says that the device is
// enabled.
func (e Enrolment) settle(ctx context.Context, device NewDevice, refusal error) (Enrolled, error) {
	switch {
	case awserror.IsNotFound(refusal) && device.Seed == (Seed{}):
		return Enrolled{}, e.unfinished(device, errNotFound)
	case awserror.IsNotFound(refusal):
		return Enrolled{}, e.unfinished(device, errGone)
	case awserror.Code(refusal) != codeExists && !awserror.IsDenied(refusal):
		return Enrolled{}, e.unfinished(device, fmt.Errorf("iam:EnableMFADevice: %w", refusal))
	}
	devices, err := List(ctx, e.API, e.UserName)
	if err != nil {
		return Enrolled{}, e.unfinished(device, errors.Join(refusal, err))
	}
	if found, ok := e.usable(devices); ok {
		return found, nil
	}
	if awserror.Code(refusal) == codeExists {
		return Enrolled{}, fmt.Errorf("MFA device %s, meant for %s, belongs to another user: an administrator has to find "+
			"out whose it is ('awsmfa reset-device %s' says)", device.SerialNumber, e.UserName, e.UserName)
	}
	return Enrolled{}, e.unfinished(device, e.denied("iam:EnableMFADevice", refusal))
}

// askForCodes asks until there are two different codes.
func (e Enrolment) askForCodes(ctx context.Context, device NewDevice) (pair, error) {
	var codes pair
	var err error
	again := func() { e.ShowAgain(device) }
	if codes.first, err = e.askForCode(ctx, "First code: ", device, again); err != nil {
		return pair{}, err
	}
	for {
		codes.second, err = e.askForCode(ctx, "Second code, the very next one: ", device, e.sayDigits)
		if err != nil || codes.first != codes.second {
			return codes, err
		}
		e.Say("That is the first code again: wait for the next one, it changes every 30 seconds.")
	}
}

func (e Enrolment) sayDigits() { e.Say(aboutDigits) }

// askForCode asks until there is a code. No answer means that there is no entry,
// for a device whose seed is not known; for others, empty says how to go on.
func (e Enrolment) askForCode(
	ctx context.Context, question string, device NewDevice, empty func(),
) (string, error) {
	for {
		typed, err := e.Ask(ctx, question)
		if err != nil {
			return "", err
		}
		if code, ok := ParseCode(typed); ok {
			return code, nil
		}
		switch {
		case typed != "":
			e.sayDigits()
		case device.Seed == (Seed{}):
			return "", errSeedLost
		default:
			empty()
		}
	}
}
