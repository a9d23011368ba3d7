package tests

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const accountID = "111122223333"

// patientFor is how long clients wait for an answer of the endpoint, which is on
// this machine.
const patientFor = 4 * time.Second

// cloud is an AWS endpoint on this machine, with the provider that Pulumi's
// engine uses to reach it.
type cloud struct {
	// account is nil when the endpoint is moto_server.
	account  *account.Account
	address  string
	iam      *awsiam.Client
	provider *provider.Server
}

// serving is how the endpoint serves an account. The zero value is the ordinary way.
type serving struct {
	faults endpoint.Faults
	// afterWrite sees the account after each write.
	afterWrite func(*account.Account)
	// through, when there is one, stands between everybody and the endpoint.
	through func(http.Handler) http.Handler
}

// newCloud is this project's own endpoint, with those options for its account.
func newCloud(t *testing.T, s serving, options ...account.Option) *cloud {
	t.Helper()
	acct := account.New(accountID, "aws", options...)
	_, err := acct.CreateUser(account.CreateUserInput{UserName: "administrator"})
	require.NoError(t, err)
	require.NoError(t, acct.AttachUserPolicy("administrator", "arn:aws:iam::aws:policy/AdministratorAccess"))
	key, err := acct.CreateAccessKey("administrator")
	require.NoError(t, err)
	server, err := endpoint.Start(t.Context(), endpoint.Options{Account: acct, Faults: s.faults, OnChange: func() error {
		if s.afterWrite != nil {
			s.afterWrite(acct)
		}
		return nil
	}})
	require.NoError(t, err)
	address := server.URL()
	if s.through != nil {
		target, err := url.Parse(address)
		require.NoError(t, err)
		front := httptest.NewServer(s.through(httputil.NewSingleHostReverseProxy(target)))
		t.Cleanup(front.Close)
		address = front.URL
	}
	c := reach(t, address, credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""))
	c.account = acct
	return c
}

// newMotoCloud is moto_server.
func newMotoCloud(t *testing.T) *cloud {
	t.Helper()
	return reach(t, mototest.Start(t), credentials.NewStaticCredentialsProvider("test", "test", ""))
}

func reach(t *testing.T, address string, credentials aws.CredentialsProvider) *cloud {
	t.Helper()
	config := aws.Config{
		Region: "us-east-1", Credentials: credentials, BaseEndpoint: aws.String(address),
		// A second time at once, and the third: what does not work then is meant to fail.
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 10 * time.Millisecond })
		},
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(patientFor),
		APIOptions: []func(*middleware.Stack) error{sdkconfig.PlainBodies},
	}
	server, err := provider.Serve(context.WithoutCancel(t.Context()),
		provider.Options{Config: config, Propagation: patientFor})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	c := &cloud{address: address, iam: awsiam.NewFromConfig(config), provider: server}
	for _, user := range []struct{ name, path, group string }{
		{"alice", "/", "developers"}, {"bob", "/team/", "developers"}, {"olivia", "/", "operators"}, {"mallory", "/", ""},
	} {
		c.addUser(t, user.name, user.path, user.group)
	}
	return c
}

// addUser makes the user, and their group if need be.
func (c *cloud) addUser(t *testing.T, name, path, group string) {
	t.Helper()
	_, err := c.iam.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: &name, Path: &path})
	require.NoError(t, err)
	if group == "" {
		return
	}
	if _, err := c.iam.GetGroup(t.Context(), &awsiam.GetGroupInput{GroupName: &group}); err != nil {
		_, err = c.iam.CreateGroup(t.Context(), &awsiam.CreateGroupInput{GroupName: &group})
		require.NoError(t, err)
	}
	_, err = c.iam.AddUserToGroup(t.Context(), &awsiam.AddUserToGroupInput{UserName: &name, GroupName: &group})
	require.NoError(t, err)
}

// deployment is one stack under the real engine.
type deployment struct {
	*engine.Engine
	file    string
	program pulumi.RunFunc
}

// findPulumi finds the real Pulumi CLI once: to ask for its version starts it.
var findPulumi = sync.OnceValues(func() (*engine.CLI, error) {
	return enginetest.Find(context.Background(), "..")
})

func pulumiCLI(t *testing.T) *engine.CLI {
	t.Helper()
	cli, err := findPulumi()
	require.NoError(t, err)
	return cli
}

// projectOf is the directory of this project with one stack, of that file.
func projectOf(t *testing.T, stack, file string) string {
	t.Helper()
	dir := t.TempDir()
	project, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), project, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+stack+".yaml"), []byte(file), 0o600))
	return dir
}

// newDeployment opens stack dev with this text as its stack file.
func newDeployment(t *testing.T, c *cloud, file string) *deployment {
	t.Helper()
	return newDeploymentBy(t, pulumiCLI(t), c, file)
}

func newDeploymentBy(
	t *testing.T, cli *engine.CLI, c *cloud, file string, options ...func(*engine.Options),
) *deployment {
	t.Helper()
	dir := projectOf(t, "dev", file)
	enginetest.AddStack(t, filepath.Join(dir, ".sandbox", "state"), "aws-cli-mfa", "dev")
	return openDeployment(t, cli, c, dir, "dev", options...)
}

// withCheckpoints is for an engine that is killed. Others write the same state at
// the end of an operation alone, however that ends, in a fifth less time.
func withCheckpoints(o *engine.Options) { o.SkipCheckpoints = false }

// openDeployment opens the stack of a project's directory.
func openDeployment(
	t *testing.T, cli *engine.CLI, c *cloud, dir, stack string, options ...func(*engine.Options),
) *deployment {
	t.Helper()
	d := &deployment{file: filepath.Join(dir, "Pulumi."+stack+".yaml")}
	d.program = func(ctx *pulumi.Context) error {
		keys, err := engine.ConfigKeys(dir, stack)
		if err != nil {
			return err
		}
		return deploy.Program(func() []string { return keys })(ctx)
	}
	opts := engine.Options{
		CLI:             cli,
		Dir:             filepath.Join(dir, ".sandbox"),
		ProjectDir:      dir,
		Stack:           stack,
		Program:         func(ctx *pulumi.Context) error { return d.program(ctx) },
		ProviderPort:    c.provider.Port(),
		SkipCheckpoints: true,
	}
	for _, option := range options {
		option(&opts)
	}
	var err error
	d.Engine, err = engine.Open(t.Context(), opts)
	require.NoError(t, err)
	return d
}

// configure replaces the stack file.
func (d *deployment) configure(t *testing.T, file string) {
	t.Helper()
	require.NoError(t, os.WriteFile(d.file, []byte(file), 0o600))
}

// up deploys and gives what changed: create, update, replace, delete, same.
func (d *deployment) up(t *testing.T) map[string]int {
	t.Helper()
	result, err := d.Up(t.Context())
	require.NoError(t, err)
	return *result.Summary.ResourceChanges
}

func (d *deployment) destroy(t *testing.T) {
	t.Helper()
	_, err := d.Destroy(t.Context())
	require.NoError(t, err)
}

func (d *deployment) outputs(t *testing.T) stack.Outputs {
	t.Helper()
	outputs, err := stack.ParseOutputs(d.outputsText(t))
	require.NoError(t, err)
	return outputs
}

// outputsText is what pulumi stack output --json prints, which would be one more start
// of the CLI.
func (d *deployment) outputsText(t *testing.T) []byte {
	t.Helper()
	for _, r := range d.state(t).Resources {
		if r.Type == resource.RootStackType {
			text, err := json.Marshal(r.Outputs)
			require.NoError(t, err)
			return text
		}
	}
	require.FailNow(t, "the state has no stack")
	return nil
}

// backend is the directory with the state.
func (d *deployment) backend() string {
	return filepath.Join(filepath.Dir(d.file), ".sandbox", "state")
}

func (d *deployment) state(t *testing.T) apitype.DeploymentV3 {
	t.Helper()
	return enginetest.State(t, d.backend(), "aws-cli-mfa", d.stackName())
}

// stackName is that of the stack file.
func (d *deployment) stackName() string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(d.file), "Pulumi."), ".yaml")
}
