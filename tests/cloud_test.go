package tests

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const accountID = "111122223333"

// cloud is an AWS endpoint on this machine, with the provider that Pulumi's
// engine uses to reach it.
type cloud struct {
	// account is nil when the endpoint is moto_server.
	account  *account.Account
	address  string
	iam      *awsiam.Client
	provider *provider.Server
}

// newCloud is this project's own endpoint. through, when there is one, stands
// between the provider and the endpoint; afterWrite sees the account after
// each write.
func newCloud(
	t *testing.T, through func(http.Handler) http.Handler, afterWrite func(*account.Account), options ...account.Option,
) *cloud {
	t.Helper()
	acct := account.New(accountID, "aws", options...)
	_, err := acct.CreateUser(account.CreateUserInput{UserName: "administrator"})
	require.NoError(t, err)
	require.NoError(t, acct.AttachUserPolicy("administrator", "arn:aws:iam::aws:policy/AdministratorAccess"))
	key, err := acct.CreateAccessKey("administrator")
	require.NoError(t, err)
	server, err := endpoint.Start(t.Context(), endpoint.Options{Account: acct, OnChange: func() error {
		if afterWrite != nil {
			afterWrite(acct)
		}
		return nil
	}})
	require.NoError(t, err)
	address := server.URL()
	if through != nil {
		target, err := url.Parse(address)
		require.NoError(t, err)
		front := httptest.NewServer(through(httputil.NewSingleHostReverseProxy(target)))
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
	}
	server, err := provider.Serve(context.WithoutCancel(t.Context()), provider.Options{Config: config})
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

// failure makes one write fail.
type failure struct {
	mu sync.Mutex
	// countdown to the write that fails; nothing fails at zero.
	countdown int
	// action is the one that failed.
	action string
	// afterEffect says that the write takes effect, and only its answer fails.
	afterEffect bool
}

// fault is the write that fails, counted from one, and when. The zero value is none.
type fault struct {
	n           int
	afterEffect bool
}

// arm makes a write from now fail.
func (f *failure) arm(one fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.countdown, f.action, f.afterEffect = one.n, "", one.afterEffect
}

// fired is the action that failed, or empty when there were too few writes.
func (f *failure) fired() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.countdown = 0
	return f.action
}

func (f *failure) hits(action string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.countdown == 0 || action == "" || strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List") {
		return false
	}
	f.countdown--
	if f.countdown == 0 {
		f.action = action
	}
	return f.countdown == 0
}

// through denies the write that is to fail, which no client tries again, and
// passes everything else on.
func (f *failure) through(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		if !f.hits(form.Get("Action")) {
			next.ServeHTTP(w, r)
			return
		}
		if f.afterEffect {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>`+
			`<Type>Sender</Type><Code>AccessDenied</Code><Message>injected</Message></Error></ErrorResponse>`)
	})
}

// deployment is one stack under the real engine.
type deployment struct {
	*engine.Engine
	file    string
	program pulumi.RunFunc
}

// findPulumi finds the real Pulumi CLI once: to ask for its version starts it.
var findPulumi = sync.OnceValues(func() (*engine.CLI, error) {
	return engine.EnsureCLI(context.Background(), engine.CLIOptions{
		Dir: "../.sandbox", ToolsDir: "../tools", Progress: os.Stderr, Path: os.Getenv(engine.PathVariable),
	})
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
	cli := pulumiCLI(t)
	dir := projectOf(t, "dev", file)
	d := &deployment{file: filepath.Join(dir, "Pulumi.dev.yaml")}
	d.program = d.deploy
	var err error
	d.Engine, err = engine.Open(t.Context(), engine.Options{
		CLI:          cli,
		Dir:          filepath.Join(dir, ".sandbox"),
		ProjectDir:   dir,
		Stack:        "dev",
		Program:      func(ctx *pulumi.Context) error { return d.program(ctx) },
		ProviderPort: c.provider.Port(),
	})
	require.NoError(t, err)
	return d
}

func (d *deployment) deploy(ctx *pulumi.Context) error {
	keys, err := engine.ConfigKeys(filepath.Dir(d.file), "dev")
	if err != nil {
		return err
	}
	return deploy.Program(func() []string { return keys })(ctx)
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
	text, err := d.Outputs(t.Context())
	require.NoError(t, err)
	outputs, err := stack.ParseOutputs(text)
	require.NoError(t, err)
	return outputs
}
