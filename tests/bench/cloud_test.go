package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const accountID = "111122223333"

// cloud is an account in memory with an administrator, served in this process,
// whose time no row counts.
type cloud struct {
	account *account.Account
	config  aws.Config
	key     account.AccessKey
}

// newCloud keeps its account in a file if that has a name.
func newCloud(t *testing.T, kept string) cloud {
	t.Helper()
	c := cloud{account: account.New(accountID, "aws")}
	c.addUser(t, "administrator", "administrators")
	require.NoError(t, c.account.AttachGroupPolicy("administrators", "arn:aws:iam::aws:policy/AdministratorAccess"))
	var err error
	c.key, err = c.account.CreateAccessKey("administrator")
	require.NoError(t, err)
	options := endpoint.Options{Account: c.account}
	if kept != "" {
		file, err := account.Keep(c.account, kept)
		require.NoError(t, err)
		options.OnChange = file.Save
	}
	server, err := endpoint.Start(context.WithoutCancel(t.Context()), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	c.config = aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(c.key.AccessKeyID, c.key.SecretAccessKey, ""),
		APIOptions:  []func(*middleware.Stack) error{sdkconfig.PlainBodies},
	}
	return c
}

// addUser makes the user, and their group if need be.
func (c cloud) addUser(t *testing.T, name, group string) {
	t.Helper()
	_, err := c.account.CreateUser(account.CreateUserInput{UserName: name})
	require.NoError(t, err)
	if _, _, err := c.account.GetGroup(group); err != nil {
		_, err = c.account.CreateGroup(group, "/")
		require.NoError(t, err)
	}
	require.NoError(t, c.account.AddUserToGroup(group, name))
}

// addRole makes a role that alice may assume with what the trust policy asks.
func (c cloud) addRole(t *testing.T, name string, trust policy.Document) {
	t.Helper()
	_, err := c.account.CreateRole(account.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: trust.String(), MaxSessionDuration: 43200,
	})
	require.NoError(t, err)
}

// providerPort serves the aws provider that Pulumi's engine attaches to.
func (c cloud) providerPort(t *testing.T) int {
	t.Helper()
	server, err := provider.Serve(context.WithoutCancel(t.Context()), provider.Options{Config: c.config})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server.Port()
}

// home is that of a user of this account with a new key, and the environment of
// their programs.
func (c cloud) home(t *testing.T, user string) (dir string, environ []string) {
	t.Helper()
	key, err := c.account.CreateAccessKey(user)
	require.NoError(t, err)
	dir = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".aws"), 0o700))
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
		key.AccessKeyID, key.SecretAccessKey)
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".aws", "credentials"), []byte(text), 0o600))
	return dir, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=" + *c.config.BaseEndpoint,
	}
}

func userARN(name string) string { return fmt.Sprintf("arn:aws:iam::%s:user/%s", accountID, name) }
