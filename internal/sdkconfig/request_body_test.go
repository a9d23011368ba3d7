package sdkconfig_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

// slowWriter sends a request as net/http does when an answer comes before it has looked
// whether there is more to send: the body is closed then.
type slowWriter struct {
	t    *testing.T
	sent []string
}

func (s *slowWriter) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength))
	require.NoError(s.t, err)
	s.sent = append(s.sent, string(body))
	require.NoError(s.t, r.Body.Close())
	more, err := io.Copy(io.Discard, r.Body)
	require.Zero(s.t, more)
	status := http.StatusServiceUnavailable // the first time, so that it is sent again
	if len(s.sent) > 1 {
		status = http.StatusOK
	}
	answer := "<R><GetCallerIdentityResult/></R>"
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, err
}

func TestAnAnswerMayComeEarly(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, ".aws", "credentials")
	require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("[default]\naws_access_key_id = AKIA\naws_secret_access_key = x\n"), 0o600))
	env := environment.New([]string{"HOME=" + home, "USERPROFILE=" + home}, "", nil, io.Discard, io.Discard)
	loaded, err := sdkconfig.Load(t.Context(), env, "", "eu-west-1")
	require.NoError(t, err)
	client := &slowWriter{t: t}
	loaded.HTTPClient = client
	_, err = sts.NewFromConfig(loaded).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	require.Equal(t, []string{body, body}, client.sent)
}
