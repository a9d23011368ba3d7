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
)

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
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableHeaderHoisting = true
	})
	request := s.signedPart(r)
	err := signer.SignHTTP(r.Context(), credentials, request, payload, s.service, s.region, signed)
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

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
