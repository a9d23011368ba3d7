package endpoint_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func form(action string, pairs ...string) url.Values {
	values := url.Values{"Action": {action}, "Version": {"2010-05-08"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

func without(values url.Values, name string) url.Values {
	values.Del(name)
	return values
}

// errorCase is a bad form, with the headers that are not as they should be, and
// the answer to it.
type errorCase struct {
	form          url.Values
	header        []string
	code, message string
}

func fails(form url.Values, code, message string, header ...string) errorCase {
	return errorCase{form, header, code, message}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	s := start(t)
	longName := strings.Repeat("x", 65)
	const authorization, constraint = "Authorization", " failed to satisfy constraint: Member must "
	forbidden := []string{"MissingAuthenticationToken", "InvalidClientTokenId", "SignatureDoesNotMatch"}
	for name, test := range map[string]errorCase{
		"unknown action": fails(form("NoSuchAction"), "InvalidAction",
			"Could not find operation NoSuchAction for version 2010-05-08"),
		"action of the other service": fails(form("GetCallerIdentity"), "InvalidAction",
			"Could not find operation GetCallerIdentity for version 2010-05-08"),
		"no version": fails(without(form("GetUser"), "Version"), "InvalidAction",
			"Could not find operation GetUser for version NO_VERSION_SPECIFIED"),
		"no action": fails(url.Values{}, "MissingAction", "missing an action"),
		"no signature": fails(form("GetUser"), "MissingAuthenticationToken", "Request is missing Authentication Token",
			authorization, ""),
		"another algorithm": fails(form("GetUser"), "IncompleteSignature", "AWS4-HMAC-SHA256", authorization, "Basic eDp5"),
		"no credential": fails(form("GetUser"), "IncompleteSignature", "Authorization header requires 'Credential' parameter.",
			authorization, "AWS4-HMAC-SHA256 Signature=00"),
		"short credential": fails(form("GetUser"), "IncompleteSignature", "5 slash-delimited elements",
			authorization, "AWS4-HMAC-SHA256 Credential=AKIA/iam"),
		"unknown access key": fails(form("GetUser"), "InvalidClientTokenId",
			"The security token included in the request is invalid.",
			authorization, strings.Replace(s.authorization("iam"), s.admin.AccessKeyID, "AKIAIOSFODNN7EXAMPLE", 1)),
		"scope of another service": fails(form("GetUser"), "SignatureDoesNotMatch",
			"Credential should be scoped to correct service: 'iam'.", authorization, s.authorization("sts")),
		"a required parameter is missing": fails(form("CreateRole", "RoleName", "r"), "ValidationError",
			"1 validation error detected: Value null at 'assumeRolePolicyDocument'"+constraint+"not be null"),
		"two are missing":            fails(form("CreateRole"), "ValidationError", "2 validation errors detected: "),
		"a required list is missing": fails(form("TagRole", "RoleName", "r"), "ValidationError", "at 'tags'"),
		"name too long": fails(form("GetRole", "RoleName", longName), "ValidationError",
			"1 validation error detected: Value '"+longName+"' at 'roleName'"+constraint+"have length less than or equal to 64"),
		"not an integer": fails(form("UpdateRole", "RoleName", "r", "MaxSessionDuration", "1h"), "MalformedInput",
			"MaxSessionDuration must be an integer, not '1h'"),
		"not a boolean": fails(form("CreatePolicyVersion", "PolicyArn", adminARN, "PolicyDocument", "{}", "SetAsDefault", "maybe"),
			"MalformedInput", "SetAsDefault"),
		"no items": fails(form("ListUsers", "MaxItems", "0"), "ValidationError",
			"Value '0' at 'maxItems'"+constraint+"have value greater than or equal to 1"),
		"too many items": fails(form("ListUsers", "MaxItems", "1001"), "ValidationError",
			"Value '1001' at 'maxItems'"+constraint+"have value less than or equal to 1000"),
		"bad marker":                fails(form("ListUsers", "Marker", "%%"), "ValidationError", "Invalid Marker."),
		"text that XML cannot hold": fails(form("GetUser", "UserName", "<\x00&"), "ValidationError", "userName"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := s.post(t, test.form, test.header...)
			want := http.StatusBadRequest
			if slices.Contains(forbidden, test.code) {
				want = http.StatusForbidden
			}
			require.Equal(t, want, response.StatusCode, body)
			require.Equal(t, "text/xml", response.Header.Get("Content-Type"))
			require.Contains(t, body, "<Code>"+test.code+"</Code>")
			require.Contains(t, body, "<Type>Sender</Type>")
			require.Contains(t, strings.ReplaceAll(body, "&#39;", "'"), test.message)
			require.Contains(t, body, "<RequestId>"+response.Header.Get("X-Amzn-Requestid")+"</RequestId>")
		})
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, test := range map[string]struct {
		method, target, body string
		status               int
		want                 string
	}{
		"another path":     {method: "POST", target: "/x", status: 404, want: "UnknownOperationException"},
		"another method":   {method: "PUT", target: "/", status: 405, want: "MethodNotAllowed"},
		"malformed query":  {method: "GET", target: "/?Action=%zz", status: 404, want: "MalformedQueryString"},
		"malformed body":   {method: "POST", target: "/", body: "Action=%zz", status: 404, want: "MalformedQueryString"},
		"an empty request": {method: "POST", target: "/", status: 400, want: "MissingAction"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), test.method, s.server.URL()+test.target,
				strings.NewReader(test.body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, body := send(t, request)
			require.Equal(t, test.status, response.StatusCode, body)
			require.Contains(t, body, test.want)
		})
	}
}

// TestGoldenXML holds whole answers to the files in testdata, with the random
// ids taken out. UPDATE_GOLDEN=1 writes the files.
func TestGoldenXML(t *testing.T) {
	t.Parallel()
	policyARN := "arn:aws:iam::" + accountID + ":policy/mine"
	for name, values := range map[string]url.Values{
		"CreateGroup":      form("CreateGroup", "GroupName", "operators"),
		"GetUser":          form("GetUser", "UserName", "alice"),
		"ListUsers":        form("ListUsers", "MaxItems", "1"),
		"GetGroup":         form("GetGroup", "GroupName", "developers"),
		"GetRole":          form("GetRole", "RoleName", "power-user"),
		"GetPolicyVersion": form("GetPolicyVersion", "PolicyArn", policyARN, "VersionId", "v1"),
		"AttachUserPolicy": form("AttachUserPolicy", "UserName", "alice", "PolicyArn", adminARN),
		"UpdateRole":       form("UpdateRole", "RoleName", "power-user"),
		"NoSuchEntity":     form("DeleteRole", "RoleName", "nobody"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			populate(t, s.account)
			_, body := s.post(t, values)
			requireGolden(t, name+".xml", body)
		})
	}
}

func populate(t *testing.T, a *account.Account) {
	t.Helper()
	_, err := a.CreateUser(account.CreateUserInput{
		UserName: "alice", Path: "/team/", PermissionsBoundary: adminARN, Tags: []account.Tag{{Key: "k", Value: "v+v"}},
	})
	require.NoError(t, err)
	_, err = a.CreateGroup("developers", "")
	require.NoError(t, err)
	require.NoError(t, a.AddUserToGroup("developers", "alice"))
	_, err = a.CreateRole(account.CreateRoleInput{
		RoleName: "power-user", AssumeRolePolicyDocument: trustDocument(userARN("team/alice")),
		Description: "Power & more", Tags: []account.Tag{{Key: "stack", Value: "dev"}},
	})
	require.NoError(t, err)
	_, err = a.CreatePolicy(account.CreatePolicyInput{PolicyName: "mine", PolicyDocument: identityDocument})
	require.NoError(t, err)
	require.NoError(t, a.AttachRolePolicy("power-user", adminARN))
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`\b(AIDA|AROA|AGPA|ANPA)[A-Z2-7]{17}\b`).ReplaceAllString(got, "${1}ID")
	got = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(got, "request-id")
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i := range 5 {
		_, err := s.account.CreateUser(account.CreateUserInput{UserName: fmt.Sprintf("g%d", i), Path: "/g/"})
		require.NoError(t, err)
	}
	_, first := s.post(t, form("ListUsers", "PathPrefix", "/g/", "MaxItems", "2"))
	require.Contains(t, first, "<IsTruncated>true</IsTruncated>")
	require.Contains(t, first, "g1</UserName>")
	marker := regexp.MustCompile(`<Marker>(.*)</Marker>`).FindStringSubmatch(first)[1]

	// What goes away between two pages hides nothing of what stays.
	require.NoError(t, s.account.DeleteUser("g0"))
	require.NoError(t, s.account.DeleteUser("g1"))
	_, second := s.post(t, form("ListUsers", "PathPrefix", "/g/", "Marker", marker))
	require.Equal(t, 3, strings.Count(second, "</UserName>"))
	require.Contains(t, second, "g2</UserName>")
	require.Contains(t, second, "<IsTruncated>false</IsTruncated>")
	require.NotContains(t, second, "<Marker>")
}
