package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
)

// commandsThatAsk are commands that ask AWS first thing.
func commandsThatAsk(outputs string) []string {
	return []string{
		"audit --group x", "audit --outputs " + outputs, "verify --outputs " + outputs,
		"explain s3:ListAllMyBuckets --profile default", "explain s3:ListAllMyBuckets --profile through",
		"init --dry-run --group x --region eu-west-1", "enrol", "reset-device alice", "onboard --outputs " + outputs,
		"onboard --serial-number arn:aws:iam::111122223333:mfa/alice --check --outputs " + outputs,
		"credentials --profile through",
	}
}

// answers are what may come in the place of what was asked for, and what a person
// reads of it.
func answers() map[string]struct {
	answer http.HandlerFunc
	want   string
} {
	refused := func(code, message string, skew time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>`+
				`<RequestId>7a62c49f</RequestId></ErrorResponse>`, code, message)
		}
	}
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"))
		}
	}
	const expired = "Signature expired: 20261126T160000Z is now earlier than 20261126T165500Z (20261126T170000Z - 5 min.)"
	const early = "Signature not yet current: 20261126T180000Z is still later than 20261126T170500Z (20261126T170000Z + 5 min.)"
	return map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a sign-in page":      {page(http.StatusOK), "what answered is not AWS (HTTP 200, a web page): there is a proxy"},
		"a page that refuses": {page(http.StatusForbidden), "what answered is not AWS (HTTP 403, a web page): there is a proxy"},
		"a page of a gateway": {page(http.StatusBadGateway), "what answered is not AWS (HTTP 502, a web page): there is a proxy"},
		"a proxy that refuses": {
			func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "Forbidden by policy", http.StatusForbidden)
			},
			"AWS, or a proxy in between, answered with HTTP 403 and no reason: try again",
		},
		"a proxy that blocks with 200": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Blocked by policy")) },
			"what answered is not AWS: look at HTTPS_PROXY",
		},
		"a clock that is slow": {refused("SignatureDoesNotMatch", expired, time.Hour), "the clock of this computer is 1h0m0s behind that of AWS"},
		"a clock that is fast": {refused("SignatureDoesNotMatch", early, -time.Hour), "the clock of this computer is 1h0m0s ahead of that of AWS"},
		"a clock, by the date": {
			refused("RequestExpired", "Request has expired.", 90*time.Minute), "the clock of this computer is 1h30m0s behind",
		},
		"a clock, which AWS does not mention": {
			refused("SignatureDoesNotMatch", "The request signature does not match", time.Hour), "the clock of this computer is 1h0m0s behind",
		},
		"a region that is off": {
			refused("RegionDisabledException", "STS is not activated in this region", 0),
			"STS is not activated in this region: choose another region (AWS_REGION), or have an administrator enable",
		},
		"a service that is down": {
			refused("ServiceUnavailable", "Please reduce your request rate.", 0), "Please reduce your request rate. (ServiceUnavailable)",
		},
		"what is no XML":          {refused("Odd", "\x01", 0), "what answered is not AWS (HTTP 403): there is a proxy"},
		"a service without words": {refused("InternalFailure", "", 0), ": InternalFailure"},
		"escapes":                 {refused("Odd", "&#x1f600; \u009b2J and \u202egnp.exe", 0), `\u009b2J and \u202egnp.exe (Odd)`},
		"nothing that listens":    {nil, "127.0.0.1:1 cannot be reached (dial tcp 127.0.0.1:1: connect"},
	}
}

// What the SDK says of its calls reaches nobody, whichever command asks; nor do
// characters that steer the terminal.
func TestErrorsAreInTheWordsOfAWS(t *testing.T) {
	t.Parallel()
	outputs := newOffice(t).outputs
	for name, test := range answers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newcomer(t, http.NotFound)
			m["AWS_ENDPOINT_URL"], m["AWS_MAX_ATTEMPTS"] = "http://127.0.0.1:1", "1"
			if test.answer != nil {
				server := httptest.NewServer(test.answer)
				defer server.Close()
				m["AWS_ENDPOINT_URL"] = server.URL
			}
			const keys = "aws_access_key_id = AKIAX\naws_secret_access_key = x\nregion = eu-west-1\n"
			write(t, "[default]\n"+keys+"[profile through]\nrole_arn = "+credentialsRole+"\nsource_profile = default\n",
				m["HOME"], ".aws", "config")
			for _, command := range commandsThatAsk(outputs) {
				code, _, stderr := m.execute(t, strings.Fields(command)...)
				require.Equal(t, program.Failure, code, command)
				require.Contains(t, stderr, test.want, command)
				for _, noise := range []string{
					"operation error", "https response error", "StatusCode", "RequestID", "api error", "exceeded maximum number",
					"deserialization", "request send failed", "get identity", "aws configure",
					"Probable clock skew", "UnknownError",
				} {
					require.NotContains(t, stderr, noise, command)
				}
			}
		})
	}
}

// Nor do names from files and outputs steer it.
func TestNamesDoNotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	unixOnly(t, "no file there has such a name")
	m, _, outputs := deployDev(t)
	steering := "\x1b]0;owned\x07\x1b[2J\u202e"
	odd := write(t, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["sts:GetSessionToken"],"Resource":"*",`+
		`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`, t.TempDir(), "a"+steering+".json")
	project := projectWith(t, map[string]string{"dev": "  \"aws-cli-mfa:ro\\eles\\u202e\": x\n"})
	named := strings.Replace(string(outputs), `"grants":{"developers"`, `"grants":{"dev\u001b[2Jelopers"`, 1)
	require.NotEqual(t, string(outputs), named)
	for _, args := range [][]string{
		{"verify", "--trust", odd},
		{"verify", "--group", odd},
		{"verify", "--trust", odd, "--markdown"},
		{"verify", "--project", project},
		{"verify", "--outputs", filepath.Join(t.TempDir(), steering)},
		{"audit", "--rate", "1000", "--outputs", write(t, named, t.TempDir(), "o.json")},
		{"audit", "--group", "x" + steering},
		{"explain", "s3:GetObject", "--project", "../..", "--group", steering},
		{"explain", "s3:GetObject", "--profile", steering},
		{"explain", steering},
		{steering},
		{"audit", "--" + steering},
		{"init", "--group", steering},
		{"init", "--group", "a", "--profile", steering},
		{"onboard", "--outputs", steering},
		{"enrol", "--profile", steering},
		{"credentials", "--profile", steering},
	} {
		_, stdout, stderr := m.execute(t, args...)
		require.NotEmpty(t, stderr, args)
		for _, char := range "\x1b\x07\u202e" {
			require.NotContains(t, stdout+stderr, string(char), args)
		}
	}
}
