//go:build !windows

package awsconfig_test

import (
	"errors"
	"os/user"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func TestPath(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	require.NoError(t, err)
	for set, want := range map[string]string{
		"":                       "/home/jane/.aws/",
		"/etc/aws":               "/etc/aws",
		"relative/config":        "relative/config",
		"~/aws":                  "/home/jane/aws",
		"~":                      "/home/jane",
		"~" + me.Username + "/x": me.HomeDir + "/x",
		"~no-such-user/x":        "~no-such-user/x",
		"/a/~/b":                 "/a/~/b",
		"$DIR/config":            "/from/variable/config",
		"${DIR}/config":          "/from/variable/config",
		"$UNKNOWN/${UNKNOWN}/c":  "$UNKNOWN/${UNKNOWN}/c",
		"$TILDE/c":               "/home/jane/c",
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) func(string) string {
				return func(asked string) string {
					return map[string]string{name: set, "DIR": "/from/variable", "TILDE": "~"}[asked]
				}
			}
			config, credentials := want, want
			if set == "" {
				config, credentials = want+"config", want+"credentials"
			}
			home := func() (string, error) { return "/home/jane", nil }
			got, err := awsconfig.Path(getenv("AWS_CONFIG_FILE"), home)
			require.NoError(t, err)
			require.Equal(t, config, got)
			got, err = awsconfig.CredentialsPath(getenv("AWS_SHARED_CREDENTIALS_FILE"), home)
			require.NoError(t, err)
			require.Equal(t, credentials, got)
			got, err = awsconfig.Path(getenv("OTHER"), home)
			require.NoError(t, err)
			require.Equal(t, "/home/jane/.aws/config", got)
		})
	}
}

func TestPathWithoutAHome(t *testing.T) {
	t.Parallel()
	homeless := errors.New("$HOME is not defined")
	home := func() (string, error) { return "", homeless }
	for set, want := range map[string]string{"/etc/aws": "/etc/aws", "": "AWS_CONFIG_FILE", "~/aws": "finding ~/aws"} {
		got, err := awsconfig.Path(func(string) string { return set }, home)
		if set == want {
			require.NoError(t, err)
			require.Equal(t, want, got)
			continue
		}
		require.ErrorIs(t, err, homeless)
		require.ErrorContains(t, err, want)
	}
}
