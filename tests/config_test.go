package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// manyPeople is the AWS account that the configurations of this file meet.
func manyPeople() mockAWS {
	return mockAWS{
		groups: map[string][]iamUser{
			"developers": {{name: "alice"}, {name: "bob", path: "/team/"}},
			"operators":  {{name: "olivia"}},
			"Operators2": {{name: "olivia"}},
			"empty":      {},
			"crowd":      crowd(60),
		},
		users: []iamUser{{name: "mallory"}},
	}
}

func inAccount() pulumitest.Options { return manyPeople().options() }

func crowd(n int) []iamUser {
	users := make([]iamUser, 0, n)
	for i := range n {
		users = append(users, iamUser{name: fmt.Sprintf("person-%03d", i)})
	}
	return users
}

// deploy runs the program under the strict recorder with this stack file.
func deployStack(t *testing.T, file string, opts pulumitest.Options) (*pulumitest.Recorder, error) {
	t.Helper()
	opts.Config = configOf(t, file)
	return pulumitest.RunErr(t, opts, programOf(opts))
}

func programOf(opts pulumitest.Options) pulumi.RunFunc {
	return deploy.Program(func() []string { return slices.Collect(maps.Keys(opts.Config)) })
}

// configOf gives the configuration as the engine hands it to a program.
func configOf(t *testing.T, file string) map[string]string {
	t.Helper()
	var settings struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(file), &settings))
	config := map[string]string{}
	for key, value := range settings.Config {
		text, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(encoded)
		}
		config[key] = text
	}
	return config
}

const goodRole = `
config:
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers]}
`

// badConfig is a configuration that is refused: the value of roles, or what is
// added to a good configuration, and the problems, each with what its text must say.
type badConfig struct {
	Roles, With string
	Problems    map[string]string
}

func (b badConfig) file() string {
	file := goodRole
	switch {
	case b.Roles != "":
		file = "config:\n  aws-cli-mfa:roles: " + b.Roles + "\n"
	case b.With == "":
		return "config: {}"
	}
	for line := range strings.Lines(b.With) {
		file += "  " + line
	}
	return file
}

// badConfigs are those of testdata/bad_config.yaml, and one that is too long for it.
func badConfigs(t *testing.T) map[string]badConfig {
	t.Helper()
	tests := map[string]badConfig{}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "testdata/bad_config.yaml")), &tests))
	require.GreaterOrEqual(t, len(tests), 58)
	tests["description too long"] = badConfig{
		Roles:    "{a: {policies: [PowerUserAccess], groups: [developers], description: " + strings.Repeat("x", 1001) + "}}",
		Problems: map[string]string{`aws-cli-mfa:roles.a.description: `: "1001 bytes, at most 1000"},
	}
	return tests
}

func TestBadConfigIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range badConfigs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireProblems(t, test.file(), test.Problems)
		})
	}
	t.Run("group policy over its quota", func(t *testing.T) {
		t.Parallel()
		requireProblems(t, manyRoles(80), map[string]string{
			`aws-cli-mfa:roles: "developers"`: "over the quota PolicySize of 6144; let the group use fewer roles",
		})
	})
}

// A secret is shown nowhere, and so not checked.
func TestSecretDefaultTagsAreNotShown(t *testing.T) {
	t.Parallel()
	opts := inAccount()
	opts.SecretKeys = []string{"aws:defaultTags"}
	_, err := deployStack(t, goodRole+"  aws:defaultTags: {tags: {Team: <x>}}\n", opts)
	require.NoError(t, err)
}

// requireProblems requires all problems of a stack file, and that nothing is
// registered.
func requireProblems(t *testing.T, file string, want map[string]string) {
	t.Helper()
	recorder, err := deployStack(t, file, inAccount())
	var configErr *stack.ConfigError
	require.ErrorAs(t, err, &configErr)
	require.Empty(t, recorder.Resources(), "nothing may be registered")
	require.Len(t, configErr.Problems, len(want), "%v", err)
	for start, rule := range want {
		i := slices.IndexFunc(configErr.Problems, func(p stack.Problem) bool { return strings.HasPrefix(p.String(), start) })
		require.NotEqual(t, -1, i, "no problem begins with %s in:\n%v", start, err)
		require.Contains(t, configErr.Problems[i].String(), rule)
		require.NotEmpty(t, configErr.Problems[i].Remedy)
	}
}

// manyRoles is a stack of that many roles for one group.
func manyRoles(n int) string {
	var file strings.Builder
	file.WriteString("config:\n  aws-cli-mfa:roles:\n")
	for i := range n {
		fmt.Fprintf(&file, "    role-with-a-long-name-%03d: {policies: [PowerUserAccess], groups: [developers]}\n", i)
	}
	return file.String()
}

// The settings files of the repository are examples that people start from.
func TestStackFilesOfTheRepositoryAreValid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../Pulumi.*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		config, err := project.ReadStack(environment.Environment{}, "..", name)
		require.NoError(t, err, file)
		require.NotEmpty(t, config.Roles)
	}
}

// The schema in Pulumi.yaml says what the code does: the same keys, and
// defaults that change nothing.
func TestSchemaMatchesTheCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	var project struct {
		Config map[string]struct {
			Type        string `yaml:"type"`
			Description string `yaml:"description"`
			Default     any    `yaml:"default"`
		} `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &project))
	values := map[string]string{"roles": `{"r": {"policies": ["P"], "groups": ["g"]}}`}
	bare, problems := stack.Parse("aws-cli-mfa", "dev", values)
	require.Empty(t, problems)
	for key, declared := range project.Config {
		require.NotEmpty(t, declared.Description, key)
		if declared.Default != nil {
			encoded, err := json.Marshal(declared.Default)
			require.NoError(t, err)
			values[strings.TrimPrefix(key, "aws-cli-mfa:")] = strings.Trim(string(encoded), `"`)
		}
	}
	withDefaults, problems := stack.Parse("aws-cli-mfa", "dev", values)
	require.Empty(t, problems, "a key of the schema that the code does not know, or a default it refuses")
	require.Equal(t, bare, withDefaults)
	require.Len(t, project.Config, 11)
}

const denyingPolicy = "arn:aws:iam::111122223333:policy/deny-without-mfa"

// A policy which denies without MFA, on a role, would lock the role's sessions
// out. It is found in the account before anything is registered.
func TestPolicyThatLocksTheRoleIsRefused(t *testing.T) {
	t.Parallel()
	const role = `
config:
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess, 'arn:aws:iam::111122223333:policy/deny-without-mfa'], groups: [developers]}
`
	deployWith := func(document string) (*pulumitest.Recorder, error) {
		account := manyPeople()
		account.policies = map[string]string{denyingPolicy: document}
		return deployStack(t, role, account.options())
	}
	recorder, err := deployWith(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
		{"Sid": "NoMFA", "Effect": "Deny", "Action": "*", "Resource": "*",
		 "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}`)
	var violation *policy.ViolationError
	require.ErrorAs(t, err, &violation)
	require.Empty(t, recorder.Resources(), "nothing may be registered")
	require.ErrorContains(t, err, "G3 (With MFA a trusted user can assume the role")
	require.ErrorContains(t, err, "credential role-session")
	require.ErrorContains(t, err, "denied by NoMFA of "+denyingPolicy)

	account := manyPeople()
	account.policies = map[string]string{denyingPolicy: `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "*", "Resource": "*"},
		{"Sid": "NoMFA", "Effect": "Deny", "Action": "*", "Resource": "*",
		 "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}`}
	recorder, err = deployStack(t, strings.Replace(role, ", '"+denyingPolicy+"']", "], permissionsBoundary: '"+denyingPolicy+"'", 1), account.options())
	require.ErrorAs(t, err, &violation, "a permissions boundary")
	require.Empty(t, recorder.Resources())
	require.ErrorContains(t, err, "denied by NoMFA of "+denyingPolicy)

	_, err = deployWith(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}`)
	require.NoError(t, err)

	_, err = deployStack(t, role, inAccount())
	require.ErrorContains(t, err, `aws-cli-mfa:roles.power-user.policies: "`+denyingPolicy+`": there is no such managed policy`)
}
