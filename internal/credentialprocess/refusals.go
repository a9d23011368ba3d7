package credentialprocess

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
)

// durationTooLong is what STS says about durations. It has no error code of its
// own for these.
const durationTooLong = "DurationSeconds exceeds"

// explain says what an error of STS means for the person. Errors that are not
// STS's, such as those of the network, stay what they are.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
func (s Session) explain(request Request, err error) error {
	if err == nil {
		return nil
	}
	code, message := awserror.Code(err), awserror.Message(err)
	switch {
	case awserror.IsWrongSecret(err):
		return fmt.Errorf("profile %s: %w: run 'aws configure --profile %s' to store the right one",
			s.Source, awserror.Discreet(err), ShellWord(s.Source))
	case code == "InvalidClientTokenId":
		return s.unknownKey(err)
	case awserror.IsUnknownDevice(err):
		return fmt.Errorf("AWS does not know %s as an MFA device of yours: a device that was enrolled just now works "+
			"some seconds later; is it another one, run awsmfa onboard anew, or give --serial-number (AWS says: %s)",
			request.SerialNumber, message)
	case code == "AccessDenied" && request.Operation == AssumeRole:
		return s.untrusted(request, message)
	case code == "AccessDenied":
		return fmt.Errorf("profile %s may not begin a session: run 'awsmfa explain sts:GetSessionToken --profile %s' to "+
			"see why (AWS says: %s)", s.Source, ShellWord(s.Source), message)
	case code == "ValidationError" && strings.Contains(message, durationTooLong):
		return fmt.Errorf("the session of profile %s would be too long: lower its duration_seconds, or remove it for one "+
			"hour (AWS says: %s)", s.Profile, message)
	default:
		return fmt.Errorf("beginning a session for profile %s (sts:%s): %w", s.Profile, request.Operation, err)
	}
}

// unknownKey is the error about an access key that the partition does not have.
func (s Session) unknownKey(err error) error {
	if assumed, ok := errors.AsType[*awserror.AssumedRegionError](err); ok {
		return fmt.Errorf("the access key of profile %s: %w", s.Source, assumed)
	}
	return fmt.Errorf("AWS knows no such access key as that of profile %s: it was deleted or deactivated: "+
		"create one, and run 'aws configure --profile %s' to store it (AWS says: %s)",
		s.Source, ShellWord(s.Source), awserror.Message(err))
}

// untrusted is the error about a role that may not be assumed.
func (s Session) untrusted(request Request, message string) error {
	without := ""
	if request.SerialNumber == "" {
		without = fmt.Sprintf("; a code was not asked for, since profile %s has no mfa_serial", s.Profile)
	}
	return fmt.Errorf("you may not assume %s: it does not trust you, is not there any more, or demands MFA%s: "+
		"run 'awsmfa explain sts:AssumeRole %s --profile %s' to see why, and awsmfa onboard for the profiles that you have "+
		"now (AWS says: %s)", request.RoleARN, without, request.RoleARN, ShellWord(s.Source), message)
}
