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

func (s sandbox) query(t *testing.T, c aws.Credentials, service, form string) (int, string) {
	t.Helper()
	response, body := roundTrip(t, s.request(t, c, service, http.MethodPost, "/", form,
		"Content-Type", "application/x-www-form-urlencoded"))
	return response.StatusCode, body
}

// TestOtherServices: alice with her key alone is denied in the form of each
// protocol, and as the role she is answered as in an empty account.
func TestOtherServices(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	role, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	const denied = "with an explicit deny in an identity-based policy: arn:aws:iam::" + accountID + ":policy/mfa"
	for name, test := range map[string]struct {
		service, method, target, body string
		header                        []string
		deniedStatus                  int
		denied                        []string
		status                        int
		want                          []string
	}{
		"Query": {
			service: "cloudformation", method: "POST", body: "Action=ListStacks&Version=2010-05-15",
			header:       []string{"Content-Type", "application/x-www-form-urlencoded"},
			deniedStatus: 403, denied: []string{"<ErrorResponse", "<Code>AccessDenied</Code>", "cloudformation:ListStacks"},
			status: 200, want: []string{
				`<ListStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">`, "<ListStacksResult>",
				"<StackSummaries></StackSummaries>",
			},
		},
		"Query write": {
			service: "monitoring", method: "POST", body: "Action=PutMetricAlarm&Version=2010-08-01",
			header:       []string{"Content-Type", "application/x-www-form-urlencoded"},
			deniedStatus: 403, denied: []string{"cloudwatch:PutMetricAlarm"},
			status: 501, want: []string{
				"<Code>NotImplemented</Code>", "The sandbox does not emulate cloudwatch:PutMetricAlarm.",
				"The request was allowed: cloudwatch:PutMetricAlarm on * is allowed by statement 1 of " +
					"arn:aws:iam::aws:policy/PowerUserAccess (identity-based policy)",
			},
		},
		"EC2": {
			service: "ec2", method: "POST", body: "Action=DescribeInstances&Version=2016-11-15",
			header:       []string{"Content-Type", "application/x-www-form-urlencoded"},
			deniedStatus: 403, denied: []string{
				"<Response><Errors><Error><Code>UnauthorizedOperation</Code>",
				"is not authorized to perform: ec2:DescribeInstances with an explicit deny",
			},
			status: 200, want: []string{"<DescribeInstancesResponse xmlns=", "<reservationSet></reservationSet>"},
		},
		"JSON": {
			service: "dynamodb", method: "POST", body: "{}",
			header: []string{
				"Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "DynamoDB_20120810.ListTables",
			},
			deniedStatus: 400, denied: []string{`"__type":"AccessDeniedException"`, "dynamodb:ListTables on resource: *"},
			status: 200, want: []string{`{"TableNames":[]}`},
		},
		"JSON without a list": {
			service: "sqs", method: "POST", body: "{}",
			header:       []string{"Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "AmazonSQS.GetQueueUrl"},
			deniedStatus: 400, denied: []string{"sqs:GetQueueUrl"}, status: 200, want: []string{`{}`},
		},
		"REST-JSON": {
			service: "lambda", method: "GET", target: "/2015-03-31/functions/",
			deniedStatus: 403, denied: []string{"lambda:ListFunctions"}, status: 200, want: []string{`{"Functions":[]}`},
		},
		"a function": {
			service: "lambda", method: "POST", target: "/2015-03-31/functions/f/invocations", body: "{}",
			deniedStatus: 403,
			denied:       []string{"lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:" + accountID + ":function:f"},
			status:       501, want: []string{"lambda:InvokeFunction on arn:aws:lambda"},
		},
		"no function": {
			service: "lambda", method: "GET", target: "/2015-03-31/functions/f",
			deniedStatus: 403, denied: []string{"lambda:GetFunction"},
			status: 404, want: []string{"Function not found"},
		},
		"buckets": {
			service: "s3", method: "GET", target: "/?x-id=ListBuckets",
			deniedStatus: 403, denied: []string{"<Error><Code>AccessDenied</Code>", "s3:ListAllMyBuckets"},
			status: 200, want: []string{"<ListAllMyBucketsResult>", "<Buckets></Buckets>"},
		},
		"objects": {
			service: "s3", method: "GET", target: "/b?list-type=2&prefix=a%2Fb",
			deniedStatus: 403, denied: []string{"s3:ListBucket on resource: arn:aws:s3:::b"},
			status: 200, want: []string{"<ListBucketResult>", "<KeyCount>0</KeyCount>"},
		},
		"an object": {
			service: "s3", method: "GET", target: "/b/a%20key/x", deniedStatus: 403,
			denied: []string{"s3:GetObject on resource: arn:aws:s3:::b/a key/x"}, status: 404, want: []string{"NoSuchKey"},
		},
		"put an object": {
			service: "s3", method: "PUT", target: "/b/k", body: "text", deniedStatus: 403,
			denied: []string{"s3:PutObject"}, status: 501, want: []string{"s3:PutObject on arn:aws:s3:::b/k is allowed"},
		},
		"unknown to the sandbox": {
			service: "s3", method: "GET", target: "/b?replication=", deniedStatus: 501,
			status: 501, want: []string{"NotImplemented", "nothing was decided"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send := func(c aws.Credentials) (int, string) {
				response, body := roundTrip(t,
					p.request(t, c, test.service, test.method, orRoot(test.target), test.body, test.header...))
				return response.StatusCode, strings.ReplaceAll(body, "&#39;", "'")
			}
			status, body := send(p.alice)
			require.Equal(t, test.deniedStatus, status, body)
			if test.denied != nil {
				require.Contains(t, body, denied)
			}
			for _, part := range test.denied {
				require.Contains(t, body, part)
			}
			status, body = send(role)
			require.Equal(t, test.status, status, body)
			for _, part := range test.want {
				require.Contains(t, body, part)
			}
		})
	}
	response, body := roundTrip(t, p.request(t, p.alice, "s3", http.MethodHead, "/b", ""))
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Empty(t, body)
}

func orRoot(target string) string {
	if target == "" {
		return "/"
	}
	return target
}
