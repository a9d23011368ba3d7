// Package awserror says what an error of IAM or STS means.
package awserror

import (
	"errors"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// ErrNotAWS is about an answer without what AWS puts into each.
var ErrNotAWS = errors.New("what answered is not AWS: look at HTTPS_PROXY and AWS_ENDPOINT_URL")

// Code is the code of an error that AWS answered with, such as AccessDenied;
// empty for any other error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Message is what AWS said, without the spaces around it. It is empty for what
// [Discreet] withholds.
func Message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok && !IsWrongSecret(err) {
		return strings.TrimSpace(api.ErrorMessage())
	}
	return ""
}

// otherSignatureErrors begin what AWS says of a signature where the secret
// access key is not the reason: of a clock that is wrong, and of a wrong region,
// service or date. None of it quotes the request.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
func otherSignatureErrors() []string {
	return []string{
		"Signature expired", "Signature not yet current", "Credential should be scoped", "Date in Credential scope",
	}
}

// IsWrongSecret reports whether a request was not signed with the secret access key
// of its access key id.
func IsWrongSecret(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorCode() == "SignatureDoesNotMatch" &&
		!slices.ContainsFunc(otherSignatureErrors(), func(beginning string) bool {
			return strings.HasPrefix(strings.TrimSpace(api.ErrorMessage()), beginning)
		})
}

// Discreet is the error; of one that [IsWrongSecret], in which AWS may quote the
// request with its session token, the text is another.
func Discreet(err error) error {
	if IsWrongSecret(err) {
		return discreetError{err}
	}
	return err
}

type discreetError struct{ error }

func (discreetError) Error() string {
	return "the secret access key is not that of its access key id, or the request was changed on its way " +
		"(AWS says: SignatureDoesNotMatch)"
}

func (e discreetError) Unwrap() error { return e.error }

// IsDenied reports whether the credentials lack a permission.
func IsDenied(err error) bool {
	return slices.Contains([]string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}, Code(err))
}

// IsNotFound reports whether the account has no such thing.
func IsNotFound(err error) bool { return Code(err) == "NoSuchEntity" }

// IsWrongCode reports whether STS took an MFA code for wrong, or for one that was
// used before. STS has no error code of its own for that, nor for an unknown
// device.
func IsWrongCode(err error) bool {
	return IsDenied(err) && strings.Contains(Message(err), "invalid MFA one time pass code")
}

// IsUnknownDevice reports whether STS does not know the MFA device as the
// caller's. It learns of a new one after some seconds.
func IsUnknownDevice(err error) bool {
	return IsDenied(err) && strings.Contains(Message(err), "unable to validate MFA code")
}
