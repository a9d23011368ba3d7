package stackconfig_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
)

// pulumiCLI is the real Pulumi CLI with a backend on disk.
type pulumiCLI struct {
	path     string
	root     string
	programs *programs
}

func newPulumiCLI(t *testing.T) *pulumiCLI {
	t.Helper()
	cli := enginetest.CLI(t, "../..")
	root := t.TempDir()
	return &pulumiCLI{path: cli.Path(), root: root, programs: servePrograms(t)}
}

// run is the CLI's output in a project directory.
func (p *pulumiCLI) run(t *testing.T, dir string, args ...string) (stdout string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), p.path, append([]string{"--non-interactive"}, args...)...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.root, "PULUMI_HOME=" + filepath.Join(p.root, "home"),
		"PULUMI_BACKEND_URL=file://" + p.root, "PULUMI_CONFIG_PASSPHRASE=a passphrase",
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"TMPDIR=" + p.root, "GOGC=400",
	}
	out, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s%s", err, out, exit.Stderr)
	}
	return string(out), err
}

// shown is a value as pulumi config --json prints it.
type shown struct {
	Value  *string
	Object any `json:"objectValue"`
	Secret bool
}

// config is what pulumi config shows.
func (p *pulumiCLI) config(t *testing.T, dir, stack string) (map[string]shown, error) {
	t.Helper()
	out, err := p.run(t, dir, "config", "--json", "--stack", stack)
	if err != nil {
		return nil, err
	}
	var found map[string]shown
	require.NoError(t, json.Unmarshal([]byte(out), &found), out)
	return found, nil
}

// program is the configuration that the program of a deployment gets. The stack's
// bare name is one that no other test uses.
func (p *pulumiCLI) program(t *testing.T, dir, stack string) (map[string]string, error) {
	t.Helper()
	out, err := p.run(t, dir, "preview", "--stack", stack, "--client", p.programs.address)
	if err != nil {
		return nil, err
	}
	config, ok := p.programs.configOf(stack[strings.LastIndex(stack, "/")+1:])
	require.True(t, ok, "the program was not run: %s", out)
	return config, nil
}

// programs is a language host whose programs do nothing but keep the configuration
// that they get.
type programs struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	address string

	mutex   sync.Mutex
	configs map[string]map[string]string // by stack
}

func servePrograms(t *testing.T) *programs {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := &programs{address: listener.Addr().String(), configs: map[string]map[string]string{}}
	server := grpc.NewServer()
	pulumirpc.RegisterLanguageRuntimeServer(server, served)
	go server.Serve(listener) //nolint:errcheck // it ends when it is stopped
	t.Cleanup(server.Stop)
	return served
}

func (p *programs) Run(_ context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.configs[request.GetStack()] = request.GetConfig()
	return &pulumirpc.RunResponse{}, nil
}

func (p *programs) configOf(stack string) (map[string]string, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	config, ok := p.configs[stack]
	return config, ok
}

func (*programs) Handshake(
	context.Context, *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (*programs) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (*programs) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
