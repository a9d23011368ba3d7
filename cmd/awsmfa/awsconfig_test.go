package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
)

// newcomer is somebody whose computer has no AWS settings, and an instance
// metadata service that answers as given.
func newcomer(t *testing.T, instance http.HandlerFunc) {
	t.Helper()
	u := newCredentialsUser(t)
	u.configure(t, "[profile empty]\nregion = eu-west-1\n")
	server := httptest.NewServer(instance)
	t.Cleanup(server.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL)
	t.Setenv("AWS_ENDPOINT_URL", u.address)
}

// It is run as a process: the SDK's log is not written to the streams of the test.
func TestWhoHasNoCredentialsIsToldSo(t *testing.T) { //nolint:paralleltest // it sets the environment
	newcomer(t, http.NotFound)
	const want = "awsmfa: You have no access key: run 'aws configure' to store it, " +
		"or name the profile that has it with --profile or AWS_PROFILE\n"
	const wantEmpty = "awsmfa: You have no access key in profile empty: run 'aws configure --profile empty' to store it, " +
		"or name the profile that has it\n"
	for args, want := range map[string]string{
		"enrol":              want,
		"reset-device alice": want,
		"audit --group x":    want,
		"init --dry-run --group x --region eu-west-1": want,
		"explain s3:ListAllMyBuckets --profile empty": wantEmpty,
		"enrol --profile empty":                       wantEmpty,
		"enrol --profile nope": "awsmfa: there is no profile nope in your AWS configuration: 'aws configure list-profiles' lists those " +
			"that there are, awsmfa onboard writes those of your roles\n",
	} {
		text, err := program(t, strings.Fields(args)...).CombinedOutput()
		require.Error(t, err)
		require.Equal(t, want, string(text), args)
	}
}

// An error of AWS about a role that the instance has is not hidden.
func TestTheRoleOfAnInstanceServes(t *testing.T) { //nolint:paralleltest // it sets the environment
	newcomer(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			_, _ = w.Write([]byte("administrator"))
		case strings.HasSuffix(r.URL.Path, "/security-credentials/administrator"):
			_, _ = w.Write([]byte(`{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no trust"}`))
		default:
			http.NotFound(w, r)
		}
	})
	_, set := os.LookupEnv("AWS_EC2_METADATA_DISABLED")
	require.False(t, set)
	code, _, stderr := execute(t, "enrol")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "AssumeRoleUnauthorizedAccess")
	require.NotContains(t, stderr, "You have no access key")
}

// Not every command asks first whose credentials it has.
func TestWhatTheSDKWrapsAroundNoCredentialsIsNotShown(t *testing.T) {
	t.Parallel()
	missing := &identity.NoCredentialsError{Profile: "acme", Err: errors.New("no EC2 IMDS role found")}
	err := fmt.Errorf("operation error IAM: get identity: %w", missing)
	require.Equal(t, missing.Error(), errorText(t.Context(), err))
}
