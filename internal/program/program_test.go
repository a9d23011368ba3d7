package program

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
)

func TestNohupIsHeeded(t *testing.T) {
	t.Parallel()
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT},
		endings(func(s os.Signal) bool { return s == syscall.SIGHUP }))
}

// Not every command asks first whose credentials it has.
func TestWhatTheSDKWrapsAroundNoCredentialsIsNotShown(t *testing.T) {
	t.Parallel()
	missing := &awserror.NoCredentialsError{Profile: "acme", Err: errors.New("no EC2 IMDS role found")}
	err := fmt.Errorf("operation error IAM: get identity: %w", missing)
	require.Equal(t, missing.Error(), errorText(t.Context(), err))
}
