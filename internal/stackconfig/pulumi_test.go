package stackconfig_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// filesCase are a project's files; testdata/files.yaml says what its fields are.
type filesCase struct {
	Name, Project, Stack, As, Refused string
	Files, Want                       map[string]string
}

const (
	byUp     = "by pulumi up"
	byConfig = "by pulumi config"
)

func (c filesCase) written(stack string) map[string]string {
	files := c.Files
	if files == nil {
		files = map[string]string{"Pulumi.yaml": "name: acme\nruntime: go\n" + c.Project, "Pulumi.STACK.yaml": c.Stack}
	}
	named := map[string]string{}
	for name, text := range files {
		named[strings.ReplaceAll(name, "STACK", stack)] = strings.ReplaceAll(text, "STACK", stack)
	}
	return named
}

// asksProgram is whether a deployment may tell more than pulumi config does, which
// checks no types and misses no values.
func (c filesCase) asksProgram() bool {
	return c.Refused == byUp || c.Refused == "" && strings.Contains(c.Project, "type:")
}

// isPlain is whether a stack file is all that there is: what the SDK's own reader,
// which is the CLI's, makes of it is what the CLI shows.
func (c filesCase) isPlain() bool {
	return c.Project == "" && c.Files == nil && c.As == "" && c.Refused == ""
}

// TestReadAsPulumi asks the real CLI about every case: what pulumi config shows,
// and what a program gets when it is deployed. Where the SDK's own reader says it
// all, that is asked, and no process started. make mutants tries all cases, make test
// every other one.
func TestReadAsPulumi(t *testing.T) {
	t.Parallel()
	var cases []filesCase
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/files.yaml")), &cases))
	require.GreaterOrEqual(t, len(cases), 120)
	pulumi := newPulumiCLI(t)
	for index, one := range cases {
		if index%2 == 1 && os.Getenv("AWSMFA_MUTANTS") != "all" {
			continue
		}
		t.Run(one.Name, func(t *testing.T) {
			t.Parallel()
			stack := "s" + strconv.Itoa(index)
			dir := t.TempDir()
			files := one.written(stack)
			for name, text := range files {
				write(t, filepath.Join(dir, name), text)
			}
			named := strings.ReplaceAll(cmp.Or(one.As, stack), "STACK", stack)
			// Ours first: a deployment writes the salt of its secrets into the file.
			config, err := stackconfig.Read(dir, named)
			if refusal := refusedBySDK(dir, stack, files); refusal != nil {
				require.Equal(t, byConfig, one.Refused, "%v", refusal)
				require.ErrorContains(t, err, dir, "%v", refusal)
				return
			}
			_, problems := config.Own()
			ownErr := asError(problems)
			if one.isPlain() {
				require.NoError(t, errors.Join(err, ownErr))
				want, err := fromSDK(dir, stack)
				require.NoError(t, err)
				require.Len(t, config.Values, len(want))
				requireAsSDK(t, want, config)
			} else {
				enginetest.AddStack(t, pulumi.root, "acme", stack)
				pulumi.requireShows(t, dir, named, one.Refused == byConfig, config, err, ownErr)
			}
			if one.asksProgram() {
				pulumi.requireDeploys(t, dir, named, one.Refused == "", config, ownErr)
			}
			for key, value := range one.Want {
				require.Equal(t, value, config.Values[key].Text, key)
			}
		})
	}
}

// refusedBySDK is the error of the SDK's reader about two files of YAML.
func refusedBySDK(dir, stack string, files map[string]string) error {
	if files["Pulumi.yaml"] == "" || files["Pulumi."+stack+".yaml"] == "" || len(files) != 2 {
		return nil
	}
	_, err := fromSDK(dir, stack)
	return err
}

func fromSDK(dir, stack string) (map[string]sdkValue, error) {
	project, err := projectFromSDK(filepath.Join(dir, "Pulumi.yaml"))
	if err != nil {
		return nil, err
	}
	return valuesFromSDK(project, filepath.Join(dir, "Pulumi."+stack+".yaml"))
}

// requireShows holds the configuration against pulumi config.
func (p *pulumiCLI) requireShows(
	t *testing.T, dir, stack string, refused bool, config stackconfig.Config, err, ownErr error,
) {
	t.Helper()
	want, refusal := p.config(t, dir, stack)
	if refused {
		require.Error(t, refusal)
		if err == nil {
			err = ownErr // an environment
		}
		require.ErrorContains(t, err, dir, "%v", refusal)
		return
	}
	require.NoError(t, refusal)
	require.NoError(t, err)
	require.Equal(t, stack[strings.LastIndex(stack, "/")+1:], config.Stack)
	require.Len(t, config.Values, len(want))
	for key, want := range want {
		got, ok := config.Values[key]
		require.True(t, ok, key)
		require.Equal(t, want.Secret, len(got.Problems) > 0, key)
		if want.Secret {
			continue
		}
		require.Equal(t, *want.Value, got.Text, key)
		if got.Object {
			var object any
			require.NoError(t, json.Unmarshal([]byte(got.Text), &object))
			require.Equal(t, want.Object, object, key)
		} else {
			require.Nil(t, want.Object, key)
		}
	}
}

// requireDeploys holds the configuration against what a program gets.
func (p *pulumiCLI) requireDeploys(
	t *testing.T, dir, stack string, deploys bool, config stackconfig.Config, ownErr error,
) {
	t.Helper()
	want, refusal := p.program(t, dir, stack)
	if !deploys {
		require.Error(t, refusal)
		require.True(t, ownErr != nil || len(config.Refused) > 0, "%v", refusal)
		return
	}
	require.Empty(t, config.Refused)
	require.NoError(t, ownErr)
	for key, value := range config.Values {
		if len(value.Problems) > 0 { // a secret of another namespace: made up here, so the CLI cannot read it either
			require.Error(t, refusal)
			return
		}
		require.Equal(t, value.Text, want[key], key)
	}
	require.NoError(t, refusal)
	require.Len(t, config.Values, len(want))
}

// TestSecretRemedy does what the problem of a secret says, with the real CLI.
func TestSecretRemedy(t *testing.T) {
	t.Parallel()
	pulumi := newPulumiCLI(t)
	dir := inDir(t, "", "")
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), "config:\n  roles:\n    a.b:\n      policies: [A]\n")
	enginetest.AddStack(t, pulumi.root, "acme", "dev")
	_, err := pulumi.run(t, dir, "config", "set", "--secret", "--stack", "dev", "--path", `roles["a.b"].description`, "the text")
	require.NoError(t, err)
	config, err := stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	_, problems := config.Own()
	require.Len(t, problems, 1)
	require.Equal(t, `acme:roles["a.b"].description`, problems[0].Key)

	_, command, _ := strings.Cut(problems[0].Remedy, "prints: pulumi ")
	text, err := pulumi.run(t, dir, strings.Fields(strings.ReplaceAll(command, "'", ""))...)
	require.NoError(t, err)
	encrypted := regexp.MustCompile(`(?m)description:\s+secure: .*$`)
	file := read(t, config.File)
	require.Regexp(t, encrypted, file)
	write(t, config.File, encrypted.ReplaceAllString(file, "description: "+strings.TrimSpace(text)))
	config, err = stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	own, problems := config.Own()
	require.Empty(t, problems)
	require.JSONEq(t, `{"a.b": {"policies": ["A"], "description": "the text"}}`, own["roles"])
}
