package sdkconfig_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

// The precedence is that of the AWS CLI.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const keys = "AWS_ACCESS_KEY_ID=AKIAENV AWS_SECRET_ACCESS_KEY=x "
	for _, test := range []struct{ env, profile, key, region, sts, iam string }{
		{"", "", "AKIADEFAULT", "us-east-1", "", ""},
		{"AWS_PROFILE=other", "", "AKIAOTHER", "eu-west-3", "http://profile", "http://profile"},
		{"AWS_DEFAULT_PROFILE=other", "", "AKIAOTHER", "eu-west-3", "http://profile", "http://profile"},
		{"AWS_PROFILE=default", "other", "AKIAOTHER", "eu-west-3", "http://profile", "http://profile"},
		{keys, "", "AKIAENV", "us-east-1", "", ""},
		{keys, "other", "AKIAOTHER", "eu-west-3", "http://profile", "http://profile"},
		{keys + "AWS_PROFILE=other", "", "AKIAENV", "eu-west-3", "http://profile", "http://profile"},
		{"AWS_PROFILE=other AWS_REGION=cn-north-1", "", "AKIAOTHER", "cn-north-1", "http://profile", "http://profile"},
		{"AWS_DEFAULT_REGION=cn-north-1", "", "AKIADEFAULT", "cn-north-1", "", ""},
		{"AWS_ENDPOINT_URL=http://all", "other", "AKIAOTHER", "eu-west-3", "http://all", "http://all"},
		{
			"AWS_ENDPOINT_URL=http://all AWS_ENDPOINT_URL_STS=http://sts", "other",
			"AKIAOTHER", "eu-west-3", "http://sts", "http://all",
		},
	} {
		home := t.TempDir()
		path := filepath.Join(home, ".aws", "config")
		require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n"+
			"[profile other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\nregion = eu-west-3\n"+
			"endpoint_url = http://profile\n"), 0o600))
		env := environment.New(append(strings.Fields(test.env), "HOME="+home, "USERPROFILE="+home), "", nil, io.Discard, io.Discard)
		loaded, err := sdkconfig.Load(t.Context(), env, test.profile, "")
		require.NoError(t, err, test)
		found, err := loaded.Credentials.Retrieve(t.Context())
		require.NoError(t, err, test)
		require.Equal(t, test.key, found.AccessKeyID, test)
		require.Equal(t, test.region, loaded.Region, test)
		require.Equal(t, test.sts, aws.ToString(sts.NewFromConfig(loaded).Options().BaseEndpoint), test)
		require.Equal(t, test.iam, aws.ToString(iam.NewFromConfig(loaded).Options().BaseEndpoint), test)
	}
}

// What the SDK says of such a region names nothing to set.
func TestARegionThatNoHostCanHave(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"eu_west_1", "eu west 1", "eu-west-1\x1b[31m", strings.Repeat("x", 64)} {
		env := environment.New([]string{"AWS_REGION=" + region, "HOME=" + t.TempDir()}, "", nil, io.Discard, io.Discard)
		_, err := sdkconfig.Load(t.Context(), env, "", "")
		require.EqualError(t, err, fmt.Sprintf("region %q is no AWS region: set AWS_REGION, or region of the profile, to the code "+
			"of one, such as eu-west-1", region))
	}
}
