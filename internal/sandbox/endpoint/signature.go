package endpoint

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// How far the time of a signature may be off.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const (
	signatureLifetime = 5 * time.Minute
	amzDateFormat     = "20060102T150405Z"
)

const signingAlgorithm = "AWS4-HMAC-SHA256"

// signature is a Signature Version 4, from the Authorization header.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
type signature struct {
	accessKeyID, date, region, service string
	signedHeaders                      []string
	value                              string
	token                              string
	amzDate                            string
	signer                             *v4.Signer
}

// authenticate says who makes a request to a service, and fails unless the
// request bears a valid signature of that caller. The body is that of r.
func (h *handler) authenticate(r *http.Request, body []byte, service string) (account.Caller, signature, error) {
	s, err := parseSignature(r)
	if err != nil {
		return account.Caller{}, s, err
	}
	if s.service != service {
		return account.Caller{}, s, mismatch("Credential should be scoped to correct service: '%s'.", service)
	}
	s.signer = h.signer
	secret, caller, err := h.account.Credentials(s.accessKeyID, s.token)
	if err != nil {
		return account.Caller{}, s, err
	}
	if err := s.verify(r, body, secret, h.account.Now()); err != nil {
		return account.Caller{}, s, err
	}
	if !caller.Temporary() {
		h.account.NoteAccessKeyUse(s.accessKeyID, s.service, s.region)
	}
	return caller, s, nil
}

// verify holds the signature to the request, and its time to now.
func (s signature) verify(r *http.Request, body []byte, secret string, now time.Time) error {
	signed, err := time.Parse(amzDateFormat, s.amzDate)
	if err != nil {
		return incompleteSignature("Date must be in ISO-8601 'basic format'. Got '" + s.amzDate +
			"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	if day := signed.Format("20060102"); s.date != day {
		return mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "+
			"'%s' != '%s', from '%s'.", s.date, day, s.amzDate)
	}
	if err := s.checkHeaders(r); err != nil {
		return err
	}
	if err := s.compare(r, body, secret, signed); err != nil {
		return err
	}
	return s.checkTime(signed, now)
}

// checkHeaders refuses x-amz headers that the signature does not cover: what
// they say could have been added by anybody.
func (s signature) checkHeaders(r *http.Request) error {
	for name := range r.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.signedHeaders, lower) {
			return mismatch("There were headers present in the request which were not signed: %s", lower)
		}
	}
	return nil
}

func (s signature) checkTime(signed, now time.Time) error {
	now = now.UTC().Truncate(time.Second)
	expired, early := now.Sub(signed) > signatureLifetime, signed.Sub(now) > signatureLifetime
	switch {
	case !expired && !early:
		return nil
	case early:
		return mismatch("Signature not yet current: %s is still later than %s (%s + %d min.)", s.amzDate,
			now.Add(signatureLifetime).Format(amzDateFormat), now.Format(amzDateFormat),
			int(signatureLifetime/time.Minute))
	}
	return mismatch("Signature expired: %s is now earlier than %s (%s - %d min.)", s.amzDate,
		now.Add(-signatureLifetime).Format(amzDateFormat), now.Format(amzDateFormat), int(signatureLifetime/time.Minute))
}

// parseSignature reads the signature of r without judging it.
func parseSignature(r *http.Request) (signature, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return signature{}, account.NewError("MissingAuthenticationToken", http.StatusForbidden,
			"Request is missing Authentication Token")
	}
	fields, ok := strings.CutPrefix(header, signingAlgorithm+" ")
	if !ok {
		return signature{}, incompleteSignature("Authorization header requires the algorithm " + signingAlgorithm + ".")
	}
	given := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		given[name] = value
	}
	s := signature{
		value: given["Signature"], signedHeaders: strings.Split(given["SignedHeaders"], ";"),
		token: r.Header.Get("X-Amz-Security-Token"), amzDate: r.Header.Get("X-Amz-Date"),
	}
	if err := s.setCredential(given["Credential"]); err != nil {
		return signature{}, err
	}
	for _, name := range []string{"Signature", "SignedHeaders"} {
		if given[name] == "" {
			return s, incompleteSignature("Authorization header requires '" + name + "' parameter.")
		}
	}
	return s, nil
}

// setCredential reads AKID/date/region/service/aws4_request.
func (s *signature) setCredential(text string) error {
	if text == "" {
		return incompleteSignature("Authorization header requires 'Credential' parameter.")
	}
	parts := strings.Split(text, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return incompleteSignature(
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term")
	}
	s.accessKeyID, s.date, s.region, s.service = parts[0], parts[1], parts[2], parts[3]
	return nil
}

func incompleteSignature(message string) *account.Error {
	return account.NewError("IncompleteSignature", http.StatusBadRequest, "%s", message)
}

func mismatch(format string, args ...any) *account.Error {
	return account.NewError("SignatureDoesNotMatch", http.StatusForbidden, format, args...)
}

// compare signs the request again with the SDK's signer and the secret, and
// fails unless that gives the same signature.
func (s signature) compare(r *http.Request, body []byte, secret string, signed time.Time) error {
	payload := sha256.Sum256(body)
	again, err := s.sign(r, hex.EncodeToString(payload[:]), secret, signed)
	if err != nil || subtle.ConstantTimeCompare([]byte(again), []byte(s.value)) != 1 {
		return mismatch("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func (s signature) sign(r *http.Request, payload, secret string, signed time.Time) (string, error) {
	// The token, where there is one, is among the signed headers.
	credentials := aws.Credentials{AccessKeyID: s.accessKeyID, SecretAccessKey: secret}
	request := s.signedPart(r)
	err := s.signer.SignHTTP(r.Context(), credentials, request, payload, s.service, s.region, signed)
	_, value, _ := strings.Cut(request.Header.Get("Authorization"), "Signature=")
	return value, err
}

// signedPart is the request as its sender had it before signing: without the
// signature, and of the headers only those that are signed.
func (s signature) signedPart(r *http.Request) *http.Request {
	location := *r.URL
	location.Host = r.Host
	request := (&http.Request{
		Method: r.Method, URL: &location, Host: r.Host, Header: http.Header{},
	}).WithContext(r.Context())
	for _, name := range s.signedHeaders {
		if values := r.Header.Values(name); len(values) > 0 {
			request.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if slices.Contains(s.signedHeaders, "content-length") {
		request.ContentLength = r.ContentLength
	}
	return request
}
