package endpoint_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

const accountID = "111122223333"

// sandbox is a running endpoint and its administrator's access key.
type sandbox struct {
	account *account.Account
	server  *endpoint.Server
	admin   account.AccessKey
	clock   clock
}

// clock is the account's and the clients' time.
type clock struct{ *accounttest.Clock }

// SignHTTP signs at the time of the clock.
func (c clock) SignHTTP(
	ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string,
	_ time.Time, options ...func(*v4.SignerOptions),
) error {
	return v4.NewSigner().SignHTTP(ctx, credentials, r, payloadHash, service, region, c.Now(), options...)
}

// start serves a new account, which has one user named admin.
func start(t *testing.T, options ...func(*endpoint.Options)) sandbox {
	t.Helper()
	return startAt(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), options...)
}

func startAt(t *testing.T, now time.Time, options ...func(*endpoint.Options)) sandbox {
	t.Helper()
	clock := clock{accounttest.Standing(now)}
	a := account.New(accountID, "aws", account.WithClock(clock.Now))
	_, err := a.CreateUser(account.CreateUserInput{UserName: "admin"})
	require.NoError(t, err)
	require.NoError(t, a.AttachUserPolicy("admin", adminARN))
	key, err := a.CreateAccessKey("admin")
	require.NoError(t, err)
	kept := keep(t, a)
	o := endpoint.Options{Account: a, OnChange: kept.Save}
	for _, option := range options {
		option(&o)
	}
	server, err := endpoint.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return sandbox{account: a, server: server, admin: key, clock: clock}
}

// keep keeps the account in a file; after the test, whatever that did must be in
// there.
func keep(t *testing.T, a *account.Account) *account.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "account.json")
	kept, err := account.Keep(a, path)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, kept.Save())
		loaded, err := account.Load(path)
		require.NoError(t, err)
		saved, err := loaded.MarshalJSON()
		require.NoError(t, err)
		now, err := a.MarshalJSON()
		require.NoError(t, err)
		require.JSONEq(t, string(now), string(saved))
	})
	return kept
}

// keys are credentials of any kind.
func keys(key account.AccessKey) aws.Credentials {
	return aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
}

func (s sandbox) config(c aws.Credentials) aws.Config {
	return aws.Config{
		APIOptions:   []func(*middleware.Stack) error{sdkconfig.PlainBodies},
		Region:       "eu-west-1",
		BaseEndpoint: aws.String(s.server.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func (s sandbox) iam() *iam.Client { return s.iamAs(keys(s.admin)) }

func (s sandbox) sts() *sts.Client { return s.stsAs(keys(s.admin)) }

func (s sandbox) iamAs(c aws.Credentials) *iam.Client {
	return iam.NewFromConfig(s.config(c), func(o *iam.Options) { o.HTTPSignerV4 = s.clock })
}

func (s sandbox) stsAs(c aws.Credentials) *sts.Client {
	return sts.NewFromConfig(s.config(c), func(o *sts.Options) { o.HTTPSignerV4 = s.clock })
}

// succeeds is for calls whose answer says nothing.
func succeeds(t *testing.T) func(_ any, err error) {
	t.Helper()
	return func(_ any, err error) {
		t.Helper()
		require.NoError(t, err)
	}
}

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

// post sends a form, signed by the administrator unless headers say otherwise.
func (s sandbox) post(t *testing.T, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL(),
		strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.sign(t, request, form.Encode(), "iam")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return send(t, request)
}

func (s sandbox) sign(t *testing.T, request *http.Request, body, service string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	require.NoError(t, s.clock.SignHTTP(t.Context(), keys(s.admin), request, hex.EncodeToString(sum[:]), service,
		"us-east-1", time.Time{}))
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
