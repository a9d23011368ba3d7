//go:build !windows

package awsconfig_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// TestEveryReaderReadsTheSame: odd but allowed names and values.
func TestEveryReaderReadsTheSame(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	block := awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{
		{Name: "default", Settings: []awsconfig.Setting{{Key: "region", Value: "eu-west-3"}}},
		{Name: "111122223333:Dev.x/y@=z", Settings: []awsconfig.Setting{
			{Key: "credential_process", Value: `"/opt/my tools/awsmfa" credentials --x=a:b "c#;d|&>" --profile q`},
			{Key: "region", Value: "eu-west-1"},
		}},
		{Name: "münchen", Settings: []awsconfig.Setting{{Key: "region", Value: "eu-central-1"}}},
	}}
	write(t, path, "[default-looking]\r\nregion = x\r\n[services default]\r\n", 0o600)
	mustUpdate(t, path, putting(block))
	const script = `import boto3, sys
for name in sys.argv[1:]:
    profile = boto3.Session(profile_name=name)._session.get_scoped_config()
    print(profile["region"], profile.get("credential_process", ""), sep="|")`
	out := tool(t, path, "boto3", "-c", script, "default", block.Profiles[1].Name, "münchen")
	lines := strings.Split(out, "\n")
	require.Len(t, lines, len(block.Profiles))
	for i, p := range block.Profiles {
		shared := sharedConfig(t, path, p.Name)
		require.Equal(t, lines[i], shared.Region+"|"+shared.CredentialProcess)
		require.Equal(t, p.Settings[len(p.Settings)-1].Value, shared.Region)
	}
}
