package engine_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
)

const projectFile = "name: greeter\nruntime: go\ndescription: a project for the engine's tests\n"

// project is a Pulumi project on disk, with one stack.
type project struct{ root, stackFile string }

func newProject(t *testing.T, stackText string) project {
	t.Helper()
	root := filepath.Join(t.TempDir(), "a #1 b?") // a space in the path is ordinary on two of three systems
	require.NoError(t, os.Mkdir(root, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), []byte(projectFile), 0o600))
	p := project{root: root, stackFile: filepath.Join(root, "Pulumi.dev.yaml")}
	p.write(t, stackText)
	return p
}

func (p project) write(t *testing.T, stackText string) {
	t.Helper()
	require.NoError(t, os.WriteFile(p.stackFile, []byte(stackText), 0o600))
}

func (p project) state(t *testing.T) apitype.DeploymentV3 {
	t.Helper()
	return enginetest.State(t, filepath.Join(p.root, ".sandbox", "state"), "greeter", "dev")
}

func (p project) open(t *testing.T, program pulumi.RunFunc) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{
		CLI:        enginetest.CLI(t, "../../.."),
		Dir:        filepath.Join(p.root, ".sandbox"),
		ProjectDir: p.root,
		Stack:      "dev",
		Program:    program,
	})
	require.NoError(t, err)
	return e
}

// greet registers one component and exports the configured name.
func greet(ctx *pulumi.Context) error {
	name := config.Require(ctx, "name")
	if name == "nobody" {
		return errors.New("greeter:name: nobody is not a name")
	}
	var greeting struct{ pulumi.ResourceState }
	if err := ctx.RegisterComponentResource("greeter:index:Greeting", name, &greeting); err != nil {
		return err
	}
	ctx.Export("greeting", pulumi.String("hello "+name))
	return ctx.RegisterResourceOutputs(&greeting, pulumi.Map{})
}

func greeting(t *testing.T, e *engine.Engine) string {
	t.Helper()
	text, err := e.Outputs(t.Context())
	require.NoError(t, err)
	var outputs struct{ Greeting string }
	require.NoError(t, json.Unmarshal(text, &outputs))
	return outputs.Greeting
}

func TestEngineDeploysWhatTheStackFileSaysNow(t *testing.T) {
	t.Parallel()
	const stackText = "config:\n  greeter:name: ada # a comment\n"
	p := newProject(t, stackText)
	e := p.open(t, greet)

	up, err := e.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"create": 2}, *up.Summary.ResourceChanges)
	require.Equal(t, "hello ada", greeting(t, e))
	require.Len(t, p.state(t).Resources, 2)

	up, err = p.open(t, greet).Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"same": 2}, *up.Summary.ResourceChanges)

	p.write(t, strings.Replace(stackText, "ada", "grace", 1))
	_, err = e.Preview(t.Context(), optpreview.ExpectNoChanges())
	require.ErrorContains(t, err, "no changes were expected")
	_, err = e.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello grace", greeting(t, e))

	_, err = e.Refresh(t.Context())
	require.NoError(t, err)
	_, err = e.Destroy(t.Context())
	require.NoError(t, err)
	require.Empty(t, p.state(t).Resources)

	p.requireOnly(t, ".sandbox", "Pulumi.dev.yaml", "Pulumi.yaml")
	text, err := os.ReadFile(p.stackFile)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(stackText, "ada", "grace", 1), string(text), "the user's stack file is not touched")
}

// requireOnly fails when the engine left anything beside the named files.
func (p project) requireOnly(t *testing.T, names ...string) {
	t.Helper()
	found, err := os.ReadDir(p.root)
	require.NoError(t, err)
	var got []string
	for _, entry := range found {
		got = append(got, entry.Name())
	}
	require.Equal(t, names, got)
}

func TestEngineReportsTheProgramsError(t *testing.T) {
	t.Parallel()
	e := newProject(t, "config:\n  greeter:name: nobody\n").open(t, greet)

	for operation, run := range map[string]func() error{
		"up":      func() error { _, err := e.Up(t.Context()); return err },
		"preview": func() error { _, err := e.Preview(t.Context()); return err },
	} {
		failure, ok := errors.AsType[*engine.Error](run())
		require.True(t, ok, operation)
		require.Equal(t, operation, failure.Operation)
		require.Contains(t, strings.Join(failure.Diagnostics, "\n"), "greeter:name: nobody is not a name")
		require.NotContains(t, failure.Error(), "\t", "Pulumi lists errors with tabs, which awsmfa would show as two characters")

		command, ok := errors.AsType[*engine.CommandError](failure)
		require.True(t, ok, operation)
		require.Positive(t, command.ExitCode)
		require.NotContains(t, failure.Error(), "stdout:", "the Automation API's dump is not the message")
	}
}

func TestEngineReportsWhatFailsBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	p := newProject(t, "config:\n  greeter:name: ada\n")
	e := p.open(t, greet)
	require.NoError(t, os.WriteFile(filepath.Join(p.root, "Pulumi.yaml"), []byte("name: app\nruntime: go\nrequiredPulumiVersion: \">=99.0.0\"\n"), 0o600))

	_, err := e.Up(t.Context())
	require.ErrorContains(t, err, "pulumi up failed")
	require.ErrorContains(t, err, "99.0.0")
}
