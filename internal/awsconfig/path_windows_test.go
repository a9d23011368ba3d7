package awsconfig_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func TestPathOnWindows(t *testing.T) {
	t.Parallel()
	home := func() (string, error) { return `C:\Users\jane`, nil }
	for set, want := range map[string]string{
		"": `C:\Users\jane\.aws\config`, `~\aws`: `C:\Users\jane\aws`, "~/aws": `C:\Users\jane/aws`, `D:\aws`: `D:\aws`,
	} {
		got, err := awsconfig.Path(func(string) string { return set }, home)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
