package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	accountID = "111122223333"
	iamARN    = "arn:aws:iam::" + accountID + ":"
)

func userARN(name string) string { return iamARN + "user/" + name }

// cloud is an account and its administrator, seen through a front.
type cloud struct {
	*account.Account

	front *front
	url   string
	admin account.AccessKey
}

// front stands before the endpoint, in the client. It counts, throttles, and
// shows devices that the endpoint does not know: one named key-… as a security
// key, one named token-… as a hardware token.
type front struct {
	transport *http.Transport
	// allow, if it is set, decides on the nth request whether to let it through.
	allow           func(n int64) bool
	seen, throttled atomic.Int64
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{transport: &http.Transport{MaxIdleConnsPerHost: parallel}}
	t.Cleanup(f.transport.CloseIdleConnections)
	return f
}

func (f *front) Do(r *http.Request) (*http.Response, error) {
	if n := f.seen.Add(1); f.allow != nil && !f.allow(n) {
		f.throttled.Add(1)
		return &http.Response{
			StatusCode: http.StatusBadRequest, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(`<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>` +
				`<Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>` +
				`<RequestId>7a62c49f-347e-4fc4-9331-6e8eexample</RequestId></ErrorResponse>`)),
		}, nil
	}
	response, err := f.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return response, showDevices(response)
}

var (
	keyPattern   = regexp.MustCompile(`arn:aws:iam::\d{12}:mfa/key-([\w-]+)`)
	tokenPattern = regexp.MustCompile(`arn:aws:iam::\d{12}:mfa/token-([\w-]+)`)
)

func showDevices(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	body = keyPattern.ReplaceAll(body, []byte(iamARN+"u2f/user/$1/default-ABCDEFGHIJKLMNOP"))
	body = tokenPattern.ReplaceAll(body, []byte("GAHT$1"))
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	return nil
}

// person is a user to be.
type person struct {
	name   string
	groups []string
	// devices are the names of enabled devices, keys the states of access keys.
	devices, keys []string
}

// newCloud is an account with the people, their groups and, unassigned, the
// devices of the names in halfMade.
func newCloud(t *testing.T, people []person, halfMade ...string) *cloud {
	t.Helper()
	a := account.New(accountID, "aws")
	_, err := a.CreateUser(account.CreateUserInput{UserName: "admin"})
	require.NoError(t, err)
	require.NoError(t, a.AttachUserPolicy("admin", "arn:aws:iam::aws:policy/AdministratorAccess"))
	admin, err := a.CreateAccessKey("admin")
	require.NoError(t, err)
	groups := map[string]bool{}
	ids := map[string]string{}
	for _, one := range people {
		user, err := a.CreateUser(account.CreateUserInput{UserName: one.name})
		require.NoError(t, err)
		ids[one.name] = user.UserID
		for _, group := range one.groups {
			if !groups[group] {
				groups[group] = true
				_, err := a.CreateGroup(group, "")
				require.NoError(t, err)
			}
			require.NoError(t, a.AddUserToGroup(group, one.name))
		}
		for _, status := range one.keys {
			key, err := a.CreateAccessKey(one.name)
			require.NoError(t, err)
			require.NoError(t, a.UpdateAccessKey(one.name, key.AccessKeyID, status))
		}
	}
	a = withDevices(t, a, people, ids, halfMade)
	return &cloud{Account: a, front: newFront(t), url: accounttest.Serve(t, a), admin: admin}
}

// withDevices writes the devices into the account's file: making each by the
// API draws a QR code.
func withDevices(
	t *testing.T, a *account.Account, people []person, ids map[string]string, halfMade []string,
) *account.Account {
	t.Helper()
	devices := map[string]any{}
	add := func(name, owner string) {
		serial := iamARN + "mfa/" + name
		devices[strings.ToLower(serial)] = map[string]any{
			"serialNumber": serial, "seed": strings.Repeat("MFRGGZDF", 8), "ownerId": owner,
			"enableDate": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}
	}
	for _, one := range people {
		for _, device := range one.devices {
			add(device, ids[one.name])
		}
	}
	for _, name := range halfMade {
		add(name, "")
	}
	text, err := a.MarshalJSON()
	require.NoError(t, err)
	var state map[string]any
	require.NoError(t, json.Unmarshal(text, &state))
	state["mfaDevices"] = devices
	text, err = json.Marshal(state)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	loaded, err := account.Load(path)
	require.NoError(t, err)
	return loaded
}

func (c *cloud) configOf(key account.AccessKey) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(c.url),
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}
}

// iamAs is a client by way of the front.
func (c *cloud) iamAs(key account.AccessKey, options ...func(*iam.Options)) *iam.Client {
	config := c.configOf(key)
	config.HTTPClient = c.front
	return iam.NewFromConfig(config, options...)
}

func (c *cloud) options(subject Subject) Options {
	return Options{IAM: c.iamAs(c.admin), STS: sts.NewFromConfig(c.configOf(c.admin)), Subject: subject, Now: time.Now}
}

func (c *cloud) role(t *testing.T, name string, trusted ...string) {
	t.Helper()
	arns := make([]string, len(trusted))
	for i, user := range trusted {
		arns[i] = userARN(user)
	}
	trust, err := policy.TrustPolicy(arns)
	require.NoError(t, err)
	_, err = c.CreateRole(account.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust.String()})
	require.NoError(t, err)
}

// deploy attaches the stack's own policy to group developers.
func (c *cloud) deploy(t *testing.T) {
	t.Helper()
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{iamARN + "role/" + ownRole},
	}.Document()
	require.NoError(t, err)
	created, err := c.CreatePolicy(account.CreatePolicyInput{PolicyName: ownName, PolicyDocument: document.String()})
	require.NoError(t, err)
	require.NoError(t, c.AttachGroupPolicy("developers", created.ARN))
}

// attach attaches n managed policies to a group.
func (c *cloud) attach(t *testing.T, group string, n int) {
	t.Helper()
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`
	for i := range n {
		created, err := c.CreatePolicy(account.CreatePolicyInput{
			PolicyName: fmt.Sprintf("%s-%d", group, i), PolicyDocument: document,
		})
		require.NoError(t, err)
		require.NoError(t, c.AttachGroupPolicy(group, created.ARN))
	}
}
