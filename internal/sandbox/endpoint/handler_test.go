package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func newTestHandler(tb testing.TB) (*handler, account.AccessKey) {
	tb.Helper()
	a := account.New("111122223333", "aws", account.WithClock(func() time.Time { return testTime }))
	_, err := a.CreateUser(account.CreateUserInput{UserName: "admin"})
	require.NoError(tb, err)
	require.NoError(tb, a.AttachUserPolicy("admin", "arn:aws:iam::aws:policy/AdministratorAccess"))
	key, err := a.CreateAccessKey("admin")
	require.NoError(tb, err)
	return newHandler(Options{Account: a}), key
}

var testTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// do sends a request that no HTTP client would let through to the handler,
// signed with the key for a service, or not at all.
func do(h *handler, method, path, query, body string, key account.AccessKey, service string,
	header ...string,
) *httptest.ResponseRecorder {
	request := &http.Request{
		Method: method, Host: "127.0.0.1",
		URL:    &url.URL{Path: path, RawQuery: query},
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	if service != "" {
		sum := sha256.Sum256([]byte(body))
		hash := hex.EncodeToString(sum[:])
		if service == "s3" {
			request.Header.Set("X-Amz-Content-Sha256", hash)
		}
		_ = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
			AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey,
		}, request, hash, service, "us-east-1", testTime, func(o *v4.SignerOptions) {
			o.DisableURIPathEscaping = service == "s3"
		})
		request.URL.RawQuery = query
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder
}

// fault is the code of an answer that must be well-formed XML with the root
// that the protocol asks for; empty for a success.
func fault(tb testing.TB, answer *httptest.ResponseRecorder) string {
	tb.Helper()
	var root struct {
		XMLName xml.Name
		Code    string `xml:"Error>Code"`
	}
	require.NoError(tb, xml.Unmarshal(answer.Body.Bytes(), &root), answer.Body.String())
	if root.XMLName.Local == "ErrorResponse" {
		require.NotEmpty(tb, root.Code)
		require.GreaterOrEqual(tb, answer.Code, 400)
		return root.Code
	}
	require.Equal(tb, http.StatusOK, answer.Code)
	require.True(tb, strings.HasSuffix(root.XMLName.Local, "Response"))
	return ""
}

func TestEveryOperation(t *testing.T) {
	t.Parallel()
	clients := map[string]reflect.Type{"iam": reflect.TypeFor[*iam.Client](), "sts": reflect.TypeFor[*sts.Client]()}
	h, key := newTestHandler(t)
	for version, svc := range services() {
		for action, op := range svc.operations {
			_, known := clients[svc.name].MethodByName(action)
			require.True(t, known, "%s is no action of %s", action, svc.name)
			require.Equal(t, svc.name == "sts", op.resource == nil, "%s is authorised on nothing", action)
			code := fault(t, do(h, http.MethodPost, "/", "", "Action="+action+"&Version="+version, key, svc.name))
			if len(op.required) > 0 {
				require.Equal(t, "ValidationError", code, action)
			}
			require.NotEqual(t, "InternalFailure", code, action)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	h, key := newTestHandler(t)
	h.services[iamVersion].operations["GetUser"] = read(nil, func(*call) (any, error) { panic("a fault") })
	answer := do(h, http.MethodPost, "/", "", "Action=GetUser&Version="+iamVersion, key, "iam")
	require.Equal(t, http.StatusInternalServerError, answer.Code)
	require.Equal(t, "InternalFailure", fault(t, answer))
	require.NotContains(t, answer.Body.String(), "a fault")
	require.Contains(t, answer.Body.String(), "<Type>Receiver</Type>")
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	h, key := newTestHandler(t)
	body := "Action=GetUser&Version=" + iamVersion + "&x="
	fits := body + strings.Repeat("x", maxBodyBytes-len(body))
	require.Empty(t, fault(t, do(h, http.MethodPost, "/", "", fits, key, "iam")))
	answer := do(h, http.MethodPost, "/", "", fits+"x", key, "iam")
	require.Equal(t, http.StatusRequestEntityTooLarge, answer.Code)
	require.Equal(t, "RequestEntityTooLarge", fault(t, answer))
}

func TestMembers(t *testing.T) {
	t.Parallel()
	p := params{
		"Tags.member.10.Key": {"c"}, "Tags.member.2.Key": {"b"}, "Tags.member.1.Key": {"a"},
		"Tags.member.1.Value": {"1"}, "Tags.member.x.Key": {"no"}, "Tags.member.01.Key": {"no"}, "Tags.member.": {"no"},
		"TagKeys.member.1": {"k"},
	}
	require.Equal(t, []account.Tag{{Key: "a", Value: "1"}, {Key: "b"}, {Key: "c"}}, p.tags())
	require.Equal(t, []string{"k"}, p.list("TagKeys"))
	require.Empty(t, p.list("Filter"))
}

func TestEncodeDocument(t *testing.T) {
	t.Parallel()
	text := `{"a": "b+c ~-._*é"}`
	encoded := encodeDocument(text)
	require.Equal(t, "%7B%22a%22%3A%20%22b%2Bc%20~-._%2A%C3%A9%22%7D", encoded)
	decoded, err := url.PathUnescape(encoded)
	require.NoError(t, err)
	require.Equal(t, text, decoded)
}

// FuzzRequest: whatever is sent to whatever service, signed or not, the answer
// is of the sender's making, and that of IAM and STS is well-formed XML.
func FuzzRequest(f *testing.F) {
	h, key := newTestHandler(f)
	for version, svc := range services() {
		for action, op := range svc.operations {
			values := url.Values{"Action": {action}, "Version": {version}}
			for _, name := range op.required {
				values.Set(name, "admin")
			}
			f.Add("POST", "/", "", values.Encode(), svc.name, "", "")
		}
	}
	f.Add("POST", "/", "", "Action=TagRole&Version=2010-05-08&RoleName=admin&Tags.member.1.Key=%00<&Tags.member.-1=x",
		"iam", "", "")
	f.Add("POST", "/", "a;b=%zz", "Action=ListUsers&MaxItems=99999999999999999999&Marker=AAAA", "", "Authorization",
		"AWS4-HMAC-SHA256 Credential=////")
	f.Add("GET", "/bucket/key<", "list-type=2", "", "s3", "", "")
	f.Add("POST", "/", "", "{}", "dynamodb", "X-Amz-Target", "DynamoDB_20120810.ListTables")
	f.Add("POST", "/", "", "Action=DescribeInstances&Version=<", "ec2", "", "")
	f.Add("HEAD", "/2015-03-31/functions/x", "", "", "lambda", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, body, service, header, value string) {
		answer := do(h, method, path, query, body, key, service, header, value)
		if answer.Code != http.StatusNotImplemented {
			require.Less(t, answer.Code, 500, answer.Body.String())
		}
		if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/xml") && answer.Body.Len() > 0 {
			var root struct{ XMLName xml.Name }
			require.NoError(t, xml.Unmarshal(answer.Body.Bytes(), &root), answer.Body.String())
		}
	})
}

// FuzzSignature: no request is let in but the one that was signed.
func FuzzSignature(f *testing.F) {
	h, key := newTestHandler(f)
	const form = "Action=GetCallerIdentity&Version=" + stsVersion
	signed := &http.Request{Method: http.MethodPost, Host: "127.0.0.1", URL: &url.URL{Path: "/"}, Header: http.Header{}}
	signed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(form))
	require.NoError(f, v4.NewSigner().SignHTTP(f.Context(), aws.Credentials{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey,
	}, signed, hex.EncodeToString(sum[:]), "sts", "us-east-1", testTime))
	authorization, date := signed.Header.Get("Authorization"), signed.Header.Get("X-Amz-Date")
	f.Add(authorization, date, "", form)
	f.Add(authorization, date, "token", form)
	f.Add(strings.Replace(authorization, "Signature=", "Signature=0", 1), date, "", form)
	f.Add(strings.Replace(authorization, "content-type;", "", 1), date, "", form)
	f.Add(strings.Replace(authorization, "/20260102/", "/20260103/", 1), date, "", form)
	f.Add(authorization, "20260102T030406Z", "", form)
	f.Add("AWS4-HMAC-SHA256 Credential="+key.AccessKeyID+"/20260102/us-east-1/sts/aws4_request, SignedHeaders=, Signature=", "", "", form)
	f.Fuzz(func(t *testing.T, header, when, token, body string) {
		headers := []string{"Authorization", header, "X-Amz-Date", when}
		if token != "" {
			headers = append(headers, "X-Amz-Security-Token", token)
		}
		answer := do(h, http.MethodPost, "/", "", body, key, "", headers...)
		require.NotEqual(t, http.StatusInternalServerError, answer.Code)
		same := parsedLike(header, authorization) && when == date && token == "" && body == form
		require.Equal(t, same, answer.Code == http.StatusOK, answer.Body.String())
	})
}

// parsedLike reports whether two Authorization headers say the same: spaces between
// their parts do not count.
func parsedLike(header, other string) bool {
	parse := func(text string) signature {
		s, err := parseSignature(&http.Request{Header: http.Header{"Authorization": {text}}})
		if err != nil {
			return signature{}
		}
		return s
	}
	return reflect.DeepEqual(parse(header), parse(other))
}
