package credentialprocess

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// maxCodes is how many codes a person may try.
const maxCodes = 3

// STS are the operations of STS that begin a session: [sts.Client] has them.
type STS interface {
	identity.API
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	GetSessionToken(
		context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options),
	) (*sts.GetSessionTokenOutput, error)
}

// Session begins sessions, asking the person for codes.
type Session struct {
	STS STS
	// IAM finds the device of a request that names none.
	IAM iam.ListMFADevicesAPIClient
	// Ask asks for a code of a device; before is what to tell first, if it is
	// not empty.
	Ask func(ctx context.Context, serialNumber, before string) (string, error)
	// Profile is whose request it is, and Source whose credentials: errors name
	// them.
	Profile, Source string
}

// Begin begins a session. A wrong code may be corrected twice; what is no code is
// not sent to AWS, and does not count. The error is
// that of Ask, or says what STS or IAM refused, and what to do.
func (s Session) Begin(ctx context.Context, request Request) (Credentials, error) {
	request, err := s.complete(ctx, request)
	if err != nil {
		return Credentials{}, err
	}
	if request.SerialNumber == "" {
		begun, err := s.call(ctx, request, "")
		return begun, s.explain(request, err)
	}
	before := ""
	ask := func(ctx context.Context, before string) (string, error) {
		return s.Ask(ctx, request.SerialNumber, before)
	}
	for range maxCodes {
		code, err := mfadevice.AskForCode(ctx, before, ask)
		if err != nil {
			return Credentials{}, err
		}
		begun, err := s.call(ctx, request, code)
		if !awserror.IsWrongCode(err) {
			return begun, s.explain(request, err)
		}
		before = mfadevice.WrongCode
	}
	return Credentials{}, fmt.Errorf("none of %d codes for %s was right: is it this device's entry in your app, "+
		"and is the clock of your phone set automatically?", maxCodes, request.SerialNumber)
}

// complete finds what the request leaves out. It asks STS before it asks the
// person: an access key that does not work needs no code.
func (s Session) complete(ctx context.Context, request Request) (Request, error) {
	nameless := request.Operation == AssumeRole && request.RoleSessionName == ""
	deviceless := request.Operation == GetSessionToken && request.SerialNumber == ""
	if !nameless && !deviceless {
		return request, nil
	}
	caller, err := identity.WhoAmI(ctx, s.STS)
	if err != nil {
		return Request{}, s.explain(request, err)
	}
	if nameless {
		request.RoleSessionName = sessionName(caller)
	}
	if deviceless {
		request.SerialNumber, err = s.onlyDevice(ctx, caller)
	}
	return request, err
}

// sessionName is what CloudTrail shows: the user, whose name has no characters
// that are not a session's, but may have one only, which is too few for STS. That
// is why awsmfa onboard writes no role_session_name for such a user: the AWS CLI
// makes up a name then, and this package takes its own.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func sessionName(caller identity.Caller) string {
	if policy.IsRoleSessionName(caller.UserName) {
		return caller.UserName
	}
	return "awsmfa"
}

func (s Session) onlyDevice(ctx context.Context, caller identity.Caller) (string, error) {
	if caller.UserName == "" {
		return "", fmt.Errorf("profile %s is %s, not an IAM user: name the profile that has your access key",
			s.Source, caller.ARN)
	}
	devices, err := mfadevice.List(ctx, s.IAM, caller.UserName)
	if err != nil {
		return "", fmt.Errorf("%w: name your device with --serial-number", err)
	}
	usable, err := mfadevice.UsableSerialNumbers(devices)
	switch {
	case err != nil:
		return "", err
	case len(usable) > 1:
		return "", fmt.Errorf("%s has several MFA devices: name one with --serial-number: %s",
			caller.UserName, strings.Join(usable, ", "))
	}
	return usable[0], nil
}

func (s Session) explain(request Request, err error) error {
	return awserror.Refusal{
		Profile: s.Profile, Source: s.Source,
		Operation: string(request.Operation), RoleARN: request.RoleARN, SerialNumber: request.SerialNumber,
	}.Explain(err)
}

// call is one call of STS; without a code it has no MFA.
func (s Session) call(ctx context.Context, request Request, code string) (Credentials, error) {
	var serial, token *string
	if code != "" {
		serial, token = aws.String(request.SerialNumber), aws.String(code)
	}
	if request.Operation == GetSessionToken {
		out, err := s.STS.GetSessionToken(ctx, &sts.GetSessionTokenInput{
			SerialNumber: serial, TokenCode: token, DurationSeconds: given(request.DurationSeconds),
		})
		if err != nil {
			return Credentials{}, err
		}
		return credentialsOf(out.Credentials), nil
	}
	out, err := s.STS.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(request.RoleARN), RoleSessionName: aws.String(request.RoleSessionName),
		ExternalId: given(request.ExternalID), DurationSeconds: given(request.DurationSeconds),
		SerialNumber: serial, TokenCode: token,
	})
	if err != nil {
		return Credentials{}, err
	}
	return credentialsOf(out.Credentials), nil
}

// given is nil for nothing.
func given[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
