package credentialprocess_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	accountID = "111122223333"
	roleARN   = "arn:aws:iam::" + accountID + ":role/power-user"
	aliceMFA  = "arn:aws:iam::" + accountID + ":mfa/alice"
)

// cloud is an account as this project deploys it: alice is in the group and
// trusted by the role, mallory is neither. Both have a device.
type cloud struct {
	account *account.Account
	address string
}

func newCloud(t *testing.T, options ...account.Option) cloud {
	t.Helper()
	a := account.New(accountID, "aws", options...)
	for _, name := range []string{"alice", "mallory"} {
		_, err := a.CreateUser(account.CreateUserInput{UserName: name})
		require.NoError(t, err)
		_, err = story.MFADevice(a, name)
		require.NoError(t, err)
	}
	trust, err := policy.TrustPolicy([]string{"arn:aws:iam::" + accountID + ":user/alice"})
	require.NoError(t, err)
	_, err = a.CreateRole(account.CreateRoleInput{
		RoleName: "power-user", AssumeRolePolicyDocument: trust.String(), MaxSessionDuration: 7200,
	})
	require.NoError(t, err)
	group, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{roleARN},
	}.Document()
	require.NoError(t, err)
	_, err = a.CreatePolicy(account.CreatePolicyInput{PolicyName: "mfa", PolicyDocument: group.String()})
	require.NoError(t, err)
	_, err = a.CreateGroup("developers", "")
	require.NoError(t, err)
	require.NoError(t, a.AttachGroupPolicy("developers", "arn:aws:iam::"+accountID+":policy/mfa"))
	require.NoError(t, a.AddUserToGroup("developers", "alice"))
	return cloud{account: a, address: accounttest.Serve(t, a)}
}

func (c cloud) keys(t *testing.T, user string) aws.Credentials {
	t.Helper()
	key, err := story.AccessKey(c.account, user)
	require.NoError(t, err)
	return aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
}

func (c cloud) settings(keys aws.Credentials) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(c.address),
		Credentials: credentials.StaticCredentialsProvider{Value: keys},
	}
}

func (c cloud) code(user string) (string, error) { return story.Codes{Account: c.account}.Next(user) }

// asked remembers what a person was asked, and answers with the codes of alice
// or with the typed lines first.
type asked struct {
	cloud cloud
	typed []string

	mu     sync.Mutex
	serial []string
	before []string
}

func (a *asked) ask(_ context.Context, serial, before string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial, a.before = append(a.serial, serial), append(a.before, before)
	if len(a.typed) >= len(a.serial) {
		return a.typed[len(a.serial)-1], nil
	}
	return a.cloud.code("alice")
}

func (c cloud) session(keys aws.Credentials, person *asked) credentialprocess.Session {
	settings := c.settings(keys)
	return credentialprocess.Session{
		STS: sts.NewFromConfig(settings), IAM: iam.NewFromConfig(settings), Ask: person.ask,
		Profile: "dev", Source: "default",
	}
}

// whoAmI uses credentials.
func (c cloud) whoAmI(t *testing.T, got credentialprocess.Credentials) string {
	t.Helper()
	client := sts.NewFromConfig(c.settings(aws.Credentials{
		AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
	}))
	out, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	return aws.ToString(out.Arn)
}

func roleRequest() credentialprocess.Request {
	return credentialprocess.Request{
		Operation: credentialprocess.AssumeRole, RoleARN: roleARN, SerialNumber: aliceMFA, RoleSessionName: "alice",
	}
}

func newCache(t *testing.T, now func() time.Time) credentialprocess.Cache {
	t.Helper()
	return credentialprocess.Cache{Dir: filepath.Join(t.TempDir(), "a", "cache"), Now: now}
}

// files are the paths of the cached sessions.
func files(t *testing.T, cache credentialprocess.Cache) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache.Dir, "*.json"))
	require.NoError(t, err)
	return found
}

// session number n, which ends then.
func numbered(n int, expiration time.Time) credentialprocess.Credentials {
	return credentialprocess.Credentials{
		Version: 1, AccessKeyID: fmt.Sprintf("ASIA%d", n), SecretAccessKey: "secret", SessionToken: "token",
		Expiration: expiration.UTC().Truncate(time.Second),
	}
}
