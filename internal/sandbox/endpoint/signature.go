package endpoint

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const unsignedPayload = "UNSIGNED-PAYLOAD"

// compare signs the request again with the SDK's signer and the secret, and
// fails unless that gives the same signature.
func (s signature) compare(r *http.Request, payload, secret string, signed time.Time) error {
	again, err := s.sign(r, payload, secret, signed)
	if err != nil || subtle.ConstantTimeCompare([]byte(again), []byte(s.value)) != 1 {
		return mismatch("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func (s signature) sign(r *http.Request, payload, secret string, signed time.Time) (string, error) {
	// The token, where there is one, is among the signed headers or parameters.
	credentials := aws.Credentials{AccessKeyID: s.accessKeyID, SecretAccessKey: secret}
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = s.service == "s3"
		o.DisableHeaderHoisting = true
	})
	request := s.signedPart(r)
	if !s.presigned {
		err := signer.SignHTTP(r.Context(), credentials, request, payload, s.service, s.region, signed)
		_, value, _ := strings.Cut(request.Header.Get("Authorization"), "Signature=")
		return value, err
	}
	presigned, _, err := signer.PresignHTTP(r.Context(), credentials, request, payload, s.service, s.region, signed)
	if err != nil {
		return "", err
	}
	location, err := url.Parse(presigned)
	if err != nil {
		return "", err
	}
	return location.Query().Get("X-Amz-Signature"), nil
}

// signedPart is the request as its sender had it before signing: without the
// signature, and of the headers only those that are signed.
func (s signature) signedPart(r *http.Request) *http.Request {
	location := *r.URL
	location.Host = r.Host
	if s.presigned {
		query := location.Query()
		query.Del("X-Amz-Signature")
		location.RawQuery = query.Encode()
	}
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

// payloadHash is what the signature must cover of the body: its hash, or for S3
// alone a word that leaves it out. Nothing is done with the body of a request
// to S3.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func (s signature) payloadHash(r *http.Request, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if s.service != "s3" {
		return hash, nil
	}
	given := r.Header.Get("X-Amz-Content-Sha256")
	if s.presigned {
		given = orElse(orElse(given, r.URL.Query().Get("X-Amz-Content-Sha256")), unsignedPayload)
	}
	switch {
	case given == "":
		return "", &account.Error{
			Code: "InvalidRequest", Status: http.StatusBadRequest,
			Message: "Missing required header for this request: x-amz-content-sha256",
		}
	case given == unsignedPayload, strings.HasPrefix(given, "STREAMING-"):
		return given, nil
	case given != hash:
		return "", &account.Error{
			Code: "XAmzContentSHA256Mismatch", Status: http.StatusBadRequest,
			Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
		}
	}
	return hash, nil
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
