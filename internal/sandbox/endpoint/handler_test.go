package endpoint

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func newTestHandler(tb testing.TB) (*handler, string) {
	tb.Helper()
	a := account.New("111122223333", "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "admin"})
	require.NoError(tb, err)
	key, err := a.CreateAccessKey("admin")
	require.NoError(tb, err)
	return newHandler(Options{Account: a}), key.AccessKeyID
}

func authorization(accessKeyID, service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + accessKeyID + "/20260102/us-east-1/" + service + "/aws4_request"
}

// do sends a request that no HTTP client would let through to the handler.
func do(h *handler, method, query, body, authorization string) *httptest.ResponseRecorder {
	request := &http.Request{
		Method: method,
		URL:    &url.URL{Path: "/", RawQuery: query},
		Header: http.Header{
			"Content-Type":  {"application/x-www-form-urlencoded"},
			"Authorization": {authorization},
		},
		Body: io.NopCloser(strings.NewReader(body)),
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
			code := fault(t, do(h, http.MethodPost, "", "Action="+action+"&Version="+version, authorization(key, svc.name)))
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
	h.services[iamVersion].operations["GetUser"] = read(func(*call) (any, error) { panic("a fault") })
	answer := do(h, http.MethodPost, "", "Action=GetUser&Version="+iamVersion, authorization(key, "iam"))
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
	require.Empty(t, fault(t, do(h, http.MethodPost, "", fits, authorization(key, "iam"))))
	answer := do(h, http.MethodPost, "", fits+"x", authorization(key, "iam"))
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

// FuzzRequest: whatever is sent, the answer is well-formed XML that is either
// a success or an error of the sender.
func FuzzRequest(f *testing.F) {
	h, key := newTestHandler(f)
	for version, svc := range services() {
		for action, op := range svc.operations {
			values := url.Values{"Action": {action}, "Version": {version}}
			for _, name := range op.required {
				values.Set(name, "admin")
			}
			f.Add("", values.Encode(), authorization(key, svc.name))
		}
	}
	f.Add("Action=GetUser&Version=2010-05-08&X-Amz-Credential="+key+"%2F1%2F2%2Fiam%2Faws4_request", "", "")
	f.Add("", "Action=TagUser&Version=2010-05-08&UserName=admin&Tags.member.1.Key=%00<&Tags.member.-1=x",
		authorization(key, "iam"))
	f.Add("a;b=%zz", "Action=ListUsers&MaxItems=99999999999999999999&Marker=AAAA", "AWS4-HMAC-SHA256 Credential=////")
	f.Fuzz(func(t *testing.T, query, body, authorization string) {
		answer := do(h, http.MethodPost, query, body, authorization)
		require.Less(t, answer.Code, 500, answer.Body.String())
		fault(t, answer)
	})
}
