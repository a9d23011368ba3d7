package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
)

const (
	roleToken            = "aws:iam/role:Role"
	policyToken          = "aws:iam/policy:Policy"
	groupAttachmentToken = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	roleAttachmentToken  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

// moto is the AWS behind all tests of the package, which use different names in it.
var (
	moto = sync.OnceValues(func() (string, error) {
		url, stop, err := mototest.Launch("moto_server")
		if err == nil {
			stopMoto.Store(&stop)
		}
		return url, err
	})
	stopMoto atomic.Pointer[func()]
	runs     sync.Map // from a test's name to the number of its runs
)

// accountID is the account for a test: another one each time it runs, for -count.
func accountID(t *testing.T) int64 {
	t.Helper()
	n, _ := runs.LoadOrStore(t.Name(), new(atomic.Int64))
	counter, ok := n.(*atomic.Int64)
	require.True(t, ok)
	return 123456789011 + counter.Add(1)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if stop := stopMoto.Load(); stop != nil {
		(*stop)()
	}
	os.Exit(code)
}

// reply is what the endpoint answers in moto's place.
type reply struct {
	status int
	body   string
}

func denied(action string) *reply {
	return iamError(http.StatusForbidden, "AccessDenied", "not authorized to perform: iam:"+action)
}

func iamError(status int, code, message string) *reply {
	return &reply{status, fmt.Sprintf(
		`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`,
		code, message)}
}

// endpoint stands before moto, to see the calls and to make some of them fail.
type endpoint struct {
	mu        sync.Mutex
	calls     []string
	intercept func(action string, form url.Values) *reply
}

func (e *endpoint) record(action string, form url.Values) *reply {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, action)
	if e.intercept == nil {
		return nil
	}
	return e.intercept(action, form)
}

// onCall replaces what happens on a call; nil leaves everything to moto.
func (e *endpoint) onCall(f func(action string, form url.Values) *reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.intercept = f
}

// made are the calls since the last time it was asked.
func (e *endpoint) made() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := e.calls
	e.calls = nil
	return calls
}

func (e *endpoint) start(t *testing.T, moto string) string {
	t.Helper()
	target, err := url.Parse(moto)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if answer := e.record(form.Get("Action"), form); answer != nil {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// engine is a Pulumi engine, as far as the provider can tell, with direct access to the account behind it.
type engine struct {
	pulumirpc.ResourceProviderClient

	accountID string
	account   *iam.Client
	endpoint  *endpoint
	port      int
}

// arn is the ARN of something in the account, such as role/x.
func (e engine) arn(resource string) string { return "arn:aws:iam::" + e.accountID + ":" + resource }

func newEngine(t *testing.T) engine {
	t.Helper()
	clienttest.Require(t, "moto_server")
	url, err := moto()
	require.NoError(t, err)
	e := &endpoint{}
	id := strconv.FormatInt(accountID(t), 10)
	// https://docs.getmoto.org/en/latest/docs/multi_account.html
	inAccount := smithyhttp.AddHeaderValue("x-moto-account-id", id)
	server, err := provider.Serve(t.Context(), provider.Options{Config: awsConfig(e.start(t, url), inAccount)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return engine{
		ResourceProviderClient: attach(t, server.Port()),
		accountID:              id,
		account:                iam.NewFromConfig(awsConfig(url, inAccount)),
		endpoint:               e,
		port:                   server.Port(),
	}
}

func awsConfig(endpoint string, options ...func(*middleware.Stack) error) aws.Config {
	return aws.Config{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "example", ""),
		BaseEndpoint: aws.String(endpoint),
		APIOptions:   options,
	}
}

func attach(t *testing.T, port int) pulumirpc.ResourceProviderClient {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return pulumirpc.NewResourceProviderClient(conn)
}

// succeeds is for calls whose answer says nothing.
func succeeds(t *testing.T) func(_ any, err error) {
	t.Helper()
	return func(_ any, err error) {
		t.Helper()
		require.NoError(t, err)
	}
}

func urn(token, name string) string {
	return "urn:pulumi:dev::test::" + token + "::" + name
}

// properties marshals a value tree as the engine does. A computed{} in it is an unknown.
func properties(t *testing.T, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(m),
		plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true})
	require.NoError(t, err)
	return s
}

// propertyMap is the reverse, with secrets and unknowns as the SDK has them.
func propertyMap(t *testing.T, s *structpb.Struct) resource.PropertyMap {
	t.Helper()
	m, err := plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return m
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// check requires that inputs are good, and returns them as the engine would pass them on.
func (e engine) check(t *testing.T, token, name string, inputs map[string]any) *structpb.Struct {
	t.Helper()
	resp, err := e.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: urn(token, name), News: properties(t, inputs), RandomSeed: []byte(name),
	})
	require.NoError(t, err)
	require.Empty(t, resp.GetFailures())
	return resp.GetInputs()
}

// create requires that checking and creating succeed.
func (e engine) create(
	t *testing.T, token, name string, inputs map[string]any,
) (id string, in, state *structpb.Struct) {
	t.Helper()
	in = e.check(t, token, name, inputs)
	resp, err := e.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(token, name), Properties: in})
	require.NoError(t, err)
	require.NotEmpty(t, resp.GetId())
	return resp.GetId(), in, resp.GetProperties()
}

func (e engine) diff(t *testing.T, token, id string, state, news *structpb.Struct) *pulumirpc.DiffResponse {
	t.Helper()
	resp, err := e.Diff(t.Context(), &pulumirpc.DiffRequest{Urn: urn(token, "x"), Id: id, Olds: state, News: news})
	require.NoError(t, err)
	require.True(t, resp.GetHasDetailedDiff())
	return resp
}

func (e engine) requireNoDiff(t *testing.T, token, id string, state, news *structpb.Struct) {
	t.Helper()
	resp := e.diff(t, token, id, state, news)
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, resp.GetChanges(), resp.GetDetailedDiff())
	require.Empty(t, resp.GetDiffs())
	require.Empty(t, resp.GetReplaces())
	require.False(t, resp.GetDeleteBeforeReplace())
}

// update checks the inputs with the old ones at hand and applies them.
func (e engine) update(
	t *testing.T, token, name, id string, state *structpb.Struct, inputs map[string]any,
) *structpb.Struct {
	t.Helper()
	resp, err := e.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: urn(token, name), Id: id, Olds: state, News: e.check(t, token, name, inputs),
	})
	require.NoError(t, err)
	return resp.GetProperties()
}

func (e engine) refresh(t *testing.T, token, id string, state, inputs *structpb.Struct) *pulumirpc.ReadResponse {
	t.Helper()
	resp, err := e.Read(t.Context(), &pulumirpc.ReadRequest{
		Urn: urn(token, "x"), Id: id, Properties: state, Inputs: inputs,
	})
	require.NoError(t, err)
	return resp
}

func (e engine) remove(t *testing.T, token, id string, state *structpb.Struct) {
	t.Helper()
	_, err := e.Delete(t.Context(), &pulumirpc.DeleteRequest{Urn: urn(token, "x"), Id: id, Properties: state})
	require.NoError(t, err)
}

// failures are the reasons by property.
func (e engine) failures(t *testing.T, token string, inputs map[string]any) map[string]string {
	t.Helper()
	resp, err := e.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn(token, "logical"), News: properties(t, inputs)})
	require.NoError(t, err)
	failures := map[string]string{}
	for _, f := range resp.GetFailures() {
		failures[f.GetProperty()] = f.GetReason()
	}
	return failures
}

// initFailed requires the error that carries a resource which exists although the operation failed.
func initFailed(t *testing.T, err error) *pulumirpc.ErrorResourceInitFailed {
	t.Helper()
	require.Error(t, err)
	for _, detail := range rpcerror.Convert(err).Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return failed
		}
	}
	require.FailNow(t, "not an ErrorResourceInitFailed", err)
	return nil
}

func requireNotInitFailed(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Empty(t, rpcerror.Convert(err).Details())
}

// document is a trust or permission policy with one statement.
func document(t *testing.T, statement map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	require.NoError(t, err)
	return string(text)
}

func trust(t *testing.T, users ...string) string {
	t.Helper()
	arns := make([]string, len(users))
	for i, user := range users {
		arns[i] = "arn:aws:iam::" + mototest.AccountID + ":user/" + user
	}
	return document(t, map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": arns},
		"Condition": map[string]any{"Bool": map[string]any{"aws:MultiFactorAuthPresent": "true"}},
	})
}

func allow(t *testing.T, actions ...string) string {
	t.Helper()
	return document(t, map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"})
}

// as requires that a value has a type.
func as[T any](t *testing.T, v any) T {
	t.Helper()
	typed, ok := v.(T)
	require.True(t, ok, "%T", v)
	return typed
}
