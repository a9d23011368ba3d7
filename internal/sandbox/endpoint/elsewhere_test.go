package endpoint_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"
)

// request is a signed request to a service.
func (s sandbox) request(
	t *testing.T, c aws.Credentials, service, method, target, body string, header ...string,
) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.server.URL()+target, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		request.Header.Set("X-Amz-Content-Sha256", hash)
	}
	require.NoError(t, s.clock.SignHTTP(t.Context(), c, request, hash, service, "eu-west-1", time.Time{},
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }))
	return request
}

func roundTrip(t *testing.T, request *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

// TestOtherServices: the list of buckets is authorised, and nothing else is
// emulated, which is said in each protocol.
func TestOtherServices(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	role, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	wrong := role
	wrong.AccessKeyID = "ASIAIOSFODNN7EXAMPLE"
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, test := range map[string]struct {
		credentials     aws.Credentials
		service, method string
		target, body    string
		header          []string
		status          int
		want            string
	}{
		"buckets, with the key alone": {
			credentials: p.alice, service: "s3", method: "GET", target: "/", status: 403,
			want: "<Error><Code>AccessDenied</Code><Message>User: " + userARN("alice") +
				" is not authorized to perform: s3:ListAllMyBuckets with an explicit deny in an identity-based policy",
		},
		"buckets, as the role": {
			credentials: role, service: "s3", method: "GET", target: "/?x-id=ListBuckets", status: 200, want: "<Buckets></Buckets>",
		},
		"buckets, with a wrong key": {
			credentials: wrong, service: "s3", method: "GET", target: "/", status: 403, want: "<Code>InvalidAccessKeyId</Code>",
		},
		"an object": {
			credentials: role, service: "s3", method: "GET", target: "/b/k", status: 501, want: "<Error><Code>NotImplemented</Code>",
		},
		"Query": {
			credentials: role, service: "ec2", method: "POST", target: "/", body: "Action=DescribeInstances&Version=2016-11-15",
			header: form, status: 501, want: "<Code>NotImplemented</Code>",
		},
		"JSON": {
			credentials: role, service: "dynamodb", method: "POST", target: "/", body: "{}", status: 501,
			header: []string{"X-Amz-Target", "DynamoDB_20120810.ListTables"}, want: `{"__type":"NotImplemented","message":"The sandbox`,
		},
		"REST-JSON": {
			credentials: role, service: "lambda", method: "GET", target: "/2015-03-31/functions/", status: 501,
			want: "does not emulate this request to lambda: nothing was decided.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := roundTrip(t, p.request(t, test.credentials, test.service, test.method, test.target, test.body,
				test.header...))
			require.Equal(t, test.status, response.StatusCode, body)
			require.Contains(t, body, test.want)
		})
	}
}
