package awserror_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
)

func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	answered := func(code, message string) error {
		return fmt.Errorf("operation error: %w", &smithy.GenericAPIError{Code: code, Message: message})
	}
	const (
		wrong   = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
		unknown = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number"
	)
	for _, test := range []struct {
		err                                   error
		code, message                         string
		denied, notFound, wrong, unknownThing bool
	}{
		{err: nil},
		{err: errors.New("AccessDenied: " + wrong)},
		{err: answered("AccessDenied", " no "), code: "AccessDenied", message: "no", denied: true},
		{err: answered("AccessDeniedException", ""), code: "AccessDeniedException", denied: true},
		{err: answered("UnauthorizedOperation", ""), code: "UnauthorizedOperation", denied: true},
		{err: answered("NoSuchEntity", wrong), code: "NoSuchEntity", message: wrong[:len(wrong)-1], notFound: true},
		{err: answered("AccessDenied", wrong), code: "AccessDenied", message: wrong[:len(wrong)-1], denied: true, wrong: true},
		{err: answered("AccessDenied", unknown), code: "AccessDenied", message: unknown, denied: true, unknownThing: true},
	} {
		require.Equal(t, test.code, awserror.Code(test.err))
		require.Equal(t, test.message, awserror.Message(test.err))
		require.Equal(t, test.denied, awserror.IsDenied(test.err))
		require.Equal(t, test.notFound, awserror.IsNotFound(test.err))
		require.Equal(t, test.wrong, awserror.IsWrongCode(test.err))
		require.Equal(t, test.unknownThing, awserror.IsUnknownDevice(test.err))
		require.Equal(t, test.err, awserror.Discreet(test.err))
	}
}

func TestARequestThatAWSQuotesIsWithheld(t *testing.T) {
	t.Parallel()
	quoted := fmt.Errorf("operation error: %w", &smithy.GenericAPIError{
		Code: "SignatureDoesNotMatch", Message: "The Canonical String was x-amz-security-token:TOKEN",
	})
	require.True(t, awserror.IsWrongSecret(quoted))
	require.Empty(t, awserror.Message(quoted))
	discreet := awserror.Discreet(quoted)
	require.NotContains(t, discreet.Error(), "TOKEN")
	require.ErrorIs(t, discreet, quoted)
	require.Equal(t, "SignatureDoesNotMatch", awserror.Code(discreet))

	for _, message := range []string{
		"Signature expired: 20260101T000000Z is now earlier than",
		"Signature not yet current: 20260101T000000Z is still later than",
		"Credential should be scoped to a valid region, not 'us-east-2'.",
		"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
	} {
		other := &smithy.GenericAPIError{Code: "SignatureDoesNotMatch", Message: message}
		require.False(t, awserror.IsWrongSecret(other))
		require.Equal(t, error(other), awserror.Discreet(other))
		require.Equal(t, message, awserror.Message(other))
	}
}
