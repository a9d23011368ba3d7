package awserror_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
)

// asked is the error of the SDK, which tries once, where that is what answers.
func asked(ctx context.Context, url string) error {
	_, err := sts.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAX", "secret", ""),
	}).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return err
}

func TestPlain(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	stranger := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"))
	}))
	t.Cleanup(late.Close)
	denied := &smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole", Err: &smithy.GenericAPIError{
		Code: "AccessDenied", Message: "no ",
	}}
	for name, test := range map[string]struct {
		err  error
		want string // a regular expression
	}{
		"no SDK":          {errors.New("a: b"), "^a: b$"},
		"wrapped":         {fmt.Errorf("reading %s: %w: sorry", "x", denied), `^reading x: no \(AccessDenied\): sorry$`},
		"joined":          {errors.Join(denied, errors.New("b"), denied), `^no \(AccessDenied\)\nb\nno \(AccessDenied\)$`},
		"a permission":    {&awserror.PermissionError{Permission: "iam:GetRole", Doing: "reading", Object: "role x", Err: denied}, `\(AWS says: no \(AccessDenied\)\)$`},
		"credentials":     {&smithy.OperationError{Err: fmt.Errorf("get identity: get credentials: failed to refresh cached credentials, %w", denied)}, `^no \(AccessDenied\)$`},
		"a code alone":    {&smithy.GenericAPIError{Code: "Odd"}, "^Odd$"},
		"no such host":    {asked(t.Context(), "https://sts.nowhere.invalid"), `^sts\.nowhere\.invalid cannot be reached \(.*\): check the region \(AWS_REGION\)`},
		"a stranger":      {asked(t.Context(), stranger.URL), "cannot be reached .*certificate.*: a proxy may stand in between: .* AWS_CA_BUNDLE$"},
		"a clock":         {asked(t.Context(), late.URL), "^the clock of this computer is 1h0m0s behind"},
		"an interruption": {asked(ended, stranger.URL), "context canceled$"},
		"a wrong secret": {
			&smithy.OperationError{Err: awserror.Discreet(&smithy.GenericAPIError{Code: "SignatureDoesNotMatch", Message: "TOKEN"})},
			"^the secret access key is not that of its access key id",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, test.want, awserror.Plain(test.err))
		})
	}
}
