package awserror

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

// durationTooLong is what STS says about durations. It has no error code of its
// own for these.
const durationTooLong = "DurationSeconds exceeds"

// Refusal is about a session that STS did not begin.
type Refusal struct {
	// Profile is whose session it was to be, and Source whose credentials asked
	// for it.
	Profile, Source string
	// Operation is that of STS.
	Operation             string
	RoleARN, SerialNumber string
}

// Explain says what an error of STS means for the person. Errors that are not
// STS's, such as those of the network, stay what they are.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
func (r Refusal) Explain(err error) error {
	if err == nil {
		return nil
	}
	code, message := Code(err), Message(err)
	switch {
	case IsWrongSecret(err) && ClockSkew(err) == 0:
		return fmt.Errorf("profile %s: %w: run 'aws configure --profile %s' to store the right one",
			r.Source, Discreet(err), output.ShellWord(r.Source))
	case code == "InvalidClientTokenId":
		return r.unknownKey(err)
	case IsUnknownDevice(err):
		return fmt.Errorf("AWS does not know %s as an MFA device of yours: a device that was enrolled just now works "+
			"a few seconds later; if yours is another, run awsmfa onboard again, or give --serial-number (AWS says: %s)",
			r.SerialNumber, message)
	case code == "AccessDenied" && r.Operation == "AssumeRole":
		return r.untrusted(message)
	case code == "AccessDenied":
		return fmt.Errorf("profile %s may not begin a session: run 'awsmfa explain sts:GetSessionToken --profile %s' to "+
			"see why (AWS says: %s)", r.Source, output.ShellWord(r.Source), message)
	case code == "ValidationError" && strings.Contains(message, durationTooLong):
		return fmt.Errorf("the session of profile %s would be too long: lower its duration_seconds, or remove it for one "+
			"hour (AWS says: %s)", r.Profile, message)
	default:
		return fmt.Errorf("beginning a session for profile %s (sts:%s): %w", r.Profile, r.Operation, err)
	}
}

func (r Refusal) unknownKey(err error) error {
	if assumed, ok := errors.AsType[*AssumedRegionError](err); ok {
		return fmt.Errorf("the access key of profile %s: %w", r.Source, assumed)
	}
	return fmt.Errorf("AWS knows no such access key as that of profile %s: it was deleted or deactivated: "+
		"create one, and run 'aws configure --profile %s' to store it (AWS says: %s)",
		r.Source, output.ShellWord(r.Source), Message(err))
}

func (r Refusal) untrusted(message string) error {
	without := ""
	if r.SerialNumber == "" {
		without = fmt.Sprintf("; a code was not asked for, since profile %s has no mfa_serial", r.Profile)
	}
	return fmt.Errorf("you may not assume %s: it does not trust you, no longer exists, or demands MFA%s: "+
		"run 'awsmfa explain sts:AssumeRole %s --profile %s' to see why, and awsmfa onboard for the profiles that you have "+
		"now (AWS says: %s)", r.RoleARN, without, r.RoleARN, output.ShellWord(r.Source), message)
}

// OfTrial is the error of assuming a role without the chain of what the SDK did
// until then, and with what to do.
func OfTrial(err error) error {
	message := Message(err)
	switch {
	case IsWrongCode(err):
		return errors.New("AWS accepted none of the codes: is the clock of the device right, and is it this device? " +
			"Name another with --serial-number")
	case IsUnknownDevice(err):
		return fmt.Errorf("AWS says: %s: wait ten seconds if the device is new, or name yours with --serial-number", message)
	case IsDenied(err):
		return fmt.Errorf("AWS says: %s: have an administrator run pulumi up, and run this again with the new stack outputs",
			message)
	case message != "":
		return fmt.Errorf("AWS says: %s (%s): correct that, and run this again", message, Code(err))
	default:
		return err
	}
}
