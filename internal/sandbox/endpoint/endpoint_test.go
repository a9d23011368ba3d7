package endpoint_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

const accountID = "111122223333"

// sandbox is a running endpoint and its administrator's access key.
type sandbox struct {
	account *account.Account
	server  *endpoint.Server
	admin   account.AccessKey
}

// start serves a new account, which has one user named admin.
func start(t *testing.T, options ...func(*endpoint.Options)) sandbox {
	t.Helper()
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := account.New(accountID, "aws", account.WithClock(func() time.Time { return clock }))
	_, err := a.CreateUser(account.CreateUserInput{UserName: "admin"})
	require.NoError(t, err)
	key, err := a.CreateAccessKey("admin")
	require.NoError(t, err)
	o := endpoint.Options{Account: a}
	for _, option := range options {
		option(&o)
	}
	server, err := endpoint.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return sandbox{account: a, server: server, admin: key}
}

func (s sandbox) config(key account.AccessKey) aws.Config {
	return aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String(s.server.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func (s sandbox) iam() *iam.Client { return iam.NewFromConfig(s.config(s.admin)) }

func (s sandbox) sts() *sts.Client { return sts.NewFromConfig(s.config(s.admin)) }

// requireAWSError holds err to an AWS error code, a part of its message and
// its HTTP status.
func requireAWSError(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode())
	require.Contains(t, api.ErrorMessage(), message)
	var response *smithyhttp.ResponseError
	require.ErrorAs(t, err, &response)
	require.Equal(t, status, response.HTTPStatusCode())
}

// post sends a form as it is, signed with nothing but the access key id.
func (s sandbox) post(t *testing.T, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL(),
		strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", s.authorization("iam"))
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return send(t, request)
}

func (s sandbox) authorization(service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + s.admin.AccessKeyID + "/20260102/us-east-1/" + service +
		"/aws4_request, SignedHeaders=host, Signature=00"
}

func send(t *testing.T, request *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	requireWellFormed(t, string(body))
	return response, string(body)
}

func requireWellFormed(t *testing.T, text string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err, text)
	}
}
