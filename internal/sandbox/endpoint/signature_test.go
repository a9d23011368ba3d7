package endpoint_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const identityForm = "Action=GetCallerIdentity&Version=2011-06-15"

// TestSignatures changes a request after it was signed, each in one way.
func TestSignatures(t *testing.T) {
	t.Parallel()
	s := start(t)
	session := s.sessionToken(t, keys(s.admin), "")
	setBody := func(r *http.Request, body string) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	//nolint:paralleltest // The cases share one clock.
	for name, test := range map[string]struct {
		change  func(*http.Request)
		late    time.Duration
		session bool
		status  int
		want    string
	}{
		"unchanged":         {change: func(*http.Request) {}, status: 200, want: "<Arn>"},
		"unchanged session": {change: func(*http.Request) {}, session: true, status: 200, want: "<Arn>"},
		"body": {
			change: func(r *http.Request) { setBody(r, strings.Replace(identityForm, "Get", "get", 1)) },
			status: 400, want: "InvalidAction",
		},
		"another body of the action": {
			change: func(r *http.Request) { setBody(r, identityForm+"&x=y") },
			status: 403, want: "The request signature we calculated does not match the signature you provided.",
		},
		"query": {change: func(r *http.Request) { r.URL.RawQuery = "x=y" }, status: 403, want: "SignatureDoesNotMatch"},
		"host":  {change: func(r *http.Request) { r.Host = "localhost" }, status: 403, want: "SignatureDoesNotMatch"},
		"a new date": {
			change: func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260102T030406Z") }, status: 403,
			want: "SignatureDoesNotMatch",
		},
		"no date": {change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, status: 400, want: "IncompleteSignature"},
		"another day": {
			change: func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260103T030405Z") }, status: 403,
			want: "SignatureDoesNotMatch",
		},
		"an unsigned header": {
			change: func(r *http.Request) { r.Header.Set("X-Amz-Target", "x") }, status: 403,
			want: "headers present in the request which were not signed",
		},
		"no signature": {change: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Split(r.Header.Get("Authorization"), ", Signature")[0])
		}, status: 400, want: "IncompleteSignature"},
		"a token without a session": {
			change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") },
			status: 403, want: "InvalidClientTokenId",
		},
		"no token":      {change: func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }, session: true, status: 403, want: "InvalidClientTokenId"},
		"another token": {change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, session: true, status: 403, want: "InvalidClientTokenId"},
		"in time":       {change: func(*http.Request) {}, late: 5 * time.Minute, status: 200, want: "<Arn>"},
		"late": {
			change: func(*http.Request) {}, late: 5*time.Minute + time.Second, status: 403,
			want: "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)",
		},
		"early": {change: func(*http.Request) {}, late: -6 * time.Minute, status: 403, want: "Signature not yet current"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := s, keys(s.admin)
			if test.session {
				c = session
			}
			request := s.request(t, c, "sts", http.MethodPost, "/", identityForm,
				"Content-Type", "application/x-www-form-urlencoded")
			test.change(request)
			s.clock.Advance(test.late)
			response, body := roundTrip(t, request)
			s.clock.Advance(-test.late)
			require.Equal(t, test.status, response.StatusCode, body)
			require.Contains(t, body, test.want)
		})
	}
	wrong := keys(s.admin)
	wrong.SecretAccessKey += "x"
	_, body := roundTrip(t, s.request(t, wrong, "sts", http.MethodPost, "/", identityForm,
		"Content-Type", "application/x-www-form-urlencoded"))
	require.Contains(t, body, "<Code>SignatureDoesNotMatch</Code>")
}
