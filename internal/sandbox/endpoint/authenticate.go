package endpoint

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// authenticate says who makes a request to a service (iam or sts). It is the
// one place where a request is tied to a caller: it believes the access key
// id that the request is signed with, and does not verify the signature. The
// body of r can be read.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func (h *handler) authenticate(r *http.Request, service string) (account.Caller, error) {
	text, err := credential(r)
	if err != nil {
		return account.Caller{}, err
	}
	// AKID/date/region/service/aws4_request
	parts := strings.Split(text, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return account.Caller{}, incompleteSignature(
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term")
	}
	if parts[3] != service {
		return account.Caller{}, &account.Error{
			Code: "SignatureDoesNotMatch", Status: http.StatusForbidden,
			Message: fmt.Sprintf("Credential should be scoped to correct service: '%s'.", service),
		}
	}
	return h.account.CallerByAccessKey(parts[0])
}

// credential is the credential of a Signature Version 4, from the header or
// from a presigned URL.
func credential(r *http.Request) (string, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		if text := r.URL.Query().Get("X-Amz-Credential"); text != "" {
			return text, nil
		}
		return "", &account.Error{
			Code: "MissingAuthenticationToken", Status: http.StatusForbidden,
			Message: "Request is missing Authentication Token",
		}
	}
	fields, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok {
		return "", incompleteSignature("Authorization header requires the algorithm AWS4-HMAC-SHA256.")
	}
	for field := range strings.SplitSeq(fields, ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(field), "Credential="); ok {
			return text, nil
		}
	}
	return "", incompleteSignature("Authorization header requires 'Credential' parameter.")
}

func incompleteSignature(message string) *account.Error {
	return &account.Error{Code: "IncompleteSignature", Status: http.StatusBadRequest, Message: message}
}
