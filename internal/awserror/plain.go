package awserror

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Plain is what a person should read of an error: in the place of what the SDK says
// of its calls, what AWS or the network said, and what to do about it.
func Plain(err error) string {
	switch e := err.(type) { //nolint:errorlint // each layer has its own words
	case *smithy.OperationError:
		return withoutSearch(Plain(e.Err))
	case *retry.MaxAttemptsError:
		return Plain(e.Err)
	case *smithy.CanceledError:
		return Plain(e.Err)
	case *awshttp.ResponseError:
		return Plain(e.ResponseError)
	case *smithyhttp.ResponseError:
		return ofResponse(e)
	case *smithyhttp.RequestSendError:
		return unreached(e.Err)
	case discreetError:
		if behind := ClockSkew(e); behind != 0 {
			return skewed(e, behind)
		}
	case smithy.APIError:
		return said(e)
	}
	text := err.Error()
	for _, inner := range wrapped(err) {
		text = strings.Replace(text, inner.Error(), Plain(inner), 1)
	}
	return text
}

func wrapped(err error) []error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return several.Unwrap()
	}
	if one := errors.Unwrap(err); one != nil {
		return []error{one}
	}
	return nil
}

// withoutSearch leaves out what the SDK did when it had no credentials yet, and what it
// makes of times that differ: [ClockSkew] knows better.
func withoutSearch(text string) string {
	for _, search := range []string{
		"get identity: ", "get credentials: ", "failed to refresh cached credentials, ", "Probable clock skew error: ",
	} {
		text = strings.TrimPrefix(text, search)
	}
	return text
}

// unknownError is what the SDK takes for a code and for a message where it finds none.
const unknownError = "UnknownError"

// said is what AWS answered, with its code.
func said(e smithy.APIError) string {
	message := strings.TrimSpace(e.ErrorMessage())
	if e.ErrorCode() == "RegionDisabledException" {
		message += ": choose another region (AWS_REGION), or have an administrator enable this one for the account"
	}
	if message == "" || message == e.ErrorCode() || message == unknownError {
		return e.ErrorCode()
	}
	return fmt.Sprintf("%s (%s)", message, e.ErrorCode())
}

// ofResponse is what an answer says. One that is no answer of AWS's comes from
// something in between.
func ofResponse(e *smithyhttp.ResponseError) string {
	var header http.Header
	if e.Response != nil && e.Response.Response != nil {
		header = e.Response.Header
	}
	_, garbled := errors.AsType[*smithy.DeserializationError](e.Err)
	_, noXML := errors.AsType[*xml.SyntaxError](e.Err)
	if garbled || noXML || isPage(header) {
		kind := ""
		if isPage(header) {
			kind = ", a web page"
		}
		return fmt.Sprintf("what answered is not AWS (HTTP %d%s): there is a proxy, or the sign-in page of a network, "+
			"in between: look at it with a web browser, or set HTTPS_PROXY", e.HTTPStatusCode(), kind)
	}
	if behind := ClockSkew(e); behind != 0 {
		return skewed(e, behind)
	}
	if Code(e) == unknownError {
		return fmt.Sprintf("AWS, or a proxy in between, answered with HTTP %d and no reason: try again, "+
			"and look at HTTPS_PROXY", e.HTTPStatusCode())
	}
	return Plain(e.Err)
}

func isPage(header http.Header) bool {
	return strings.HasPrefix(header.Get("Content-Type"), "text/html")
}

func unreached(err error) string {
	if errors.Is(err, context.Canceled) {
		return err.Error()
	}
	where := "AWS"
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err
		if target, parseErr := url.Parse(request.URL); parseErr == nil {
			where = target.Host
		}
	}
	remedy := "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
	if _, unknown := errors.AsType[*net.DNSError](err); unknown {
		remedy = "check the region (AWS_REGION), the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		remedy = "a proxy may stand in between: name the file with its certificate in AWS_CA_BUNDLE"
	}
	return fmt.Sprintf("%s cannot be reached (%v): %s", where, err, remedy)
}
