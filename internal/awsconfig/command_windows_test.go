package awsconfig_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// The SDK for Go hands the line to cmd.exe.
func TestTheSDKReadsTheCommandLine(t *testing.T) {
	t.Parallel()
	words := []string{"credentials", "--profile", "a=b,c:d@e+f-g_h./i", `\\host\share\x`}
	line, err := awsconfig.CommandLine(append([]string{os.Args[0]}, words...)...)
	require.NoError(t, err)
	cmd, err := processcreds.DefaultNewCommandBuilder{Args: []string{line}}.NewCommand(t.Context())
	require.NoError(t, err)
	cmd.Env = append(os.Environ(), printing+"=1")
	read, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, words, strings.Fields(string(read)))
}
