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

func TestBadConfigIsRefused(t *testing.T) {
	t.Parallel()
	roles := func(yaml string) string { return "config:\n  aws-cli-mfa:roles: " + yaml + "\n" }
	with := func(key, yaml string) string { return goodRole + "  aws-cli-mfa:" + key + ": " + yaml + "\n" }
	tests := map[string]struct {
		file string
		// want are the beginning of each problem (its key and value), all of
		// them, with what its text must say.
		want map[string]string
	}{
		"no configuration at all": {
			"config: {}", map[string]string{`aws-cli-mfa:roles: `: "no roles are configured"},
		},
		"no roles":              {roles("{}"), map[string]string{`aws-cli-mfa:roles: "{}"`: "no roles are configured"}},
		"roles is a list":       {roles("[power-user]"), map[string]string{`aws-cli-mfa:roles: `: "must be a map"}},
		"roles is text":         {roles("power-user"), map[string]string{`aws-cli-mfa:roles: "power-user"`: "must be a map"}},
		"a role is text":        {roles("{a: b}"), map[string]string{`aws-cli-mfa:roles.a: "b"`: "must be a map"}},
		"a role is null":        {roles("{a: }"), map[string]string{`aws-cli-mfa:roles.a: "null"`: "must be a map"}},
		"role without policies": {roles("{a: {groups: [developers]}}"), map[string]string{`aws-cli-mfa:roles.a.policies: `: "can do nothing"}},
		"role with an empty list of policies": {
			roles("{a: {groups: [developers], policies: []}}"),
			map[string]string{`aws-cli-mfa:roles.a.policies: "[]"`: "the list is empty"},
		},
		"role without groups": {
			roles("{a: {policies: [PowerUserAccess]}}"),
			map[string]string{`aws-cli-mfa:roles.a.groups: `: "needs a group"},
		},
		"role that trusts an empty list": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: []}}"),
			map[string]string{`aws-cli-mfa:roles.a.users: "[]"`: "the list is empty"},
		},
		"member whom no role trusts": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice]}}"),
			map[string]string{`aws-cli-mfa:roles.a.users: "bob"`: "no role trusts them"},
		},
		"somebody else without a role": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice]}}") + "  aws-cli-mfa:withoutRole: [alice]\n",
			map[string]string{`aws-cli-mfa:roles.a.users: "bob"`: "set aws-cli-mfa:withoutRole: [bob]"},
		},
		"withoutRole is text": {
			with("withoutRole", "bob"), map[string]string{`aws-cli-mfa:withoutRole: "bob"`: "must be a list"},
		},
		"withoutRole is an ARN": {
			with("withoutRole", "['arn:aws:iam::111122223333:user/bob']"),
			map[string]string{`aws-cli-mfa:withoutRole: "arn:aws:iam::111122223333:user/bob"`: "without path or ARN"},
		},
		"policies is text": {
			roles("{a: {policies: PowerUserAccess, groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a.policies: "PowerUserAccess"`: "must be a list"},
		},
		"a policy is a number": {
			roles("{a: {policies: [12], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a.policies[0]: "12"`: "must be text"},
		},
		"bad role name": {
			roles(`{"a/b": {policies: [PowerUserAccess], groups: [developers]}}`),
			map[string]string{`aws-cli-mfa:roles.a/b: `: "letters, digits and _+=,.@- only"},
		},
		"role name too long with its prefix": {
			roles("{" + strings.Repeat("r", 60) + ": {policies: [PowerUserAccess], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.rrr`: "at most 64"},
		},
		"roles of one name but for case": {
			roles("{DEV: {policies: [PowerUserAccess], groups: [developers]}, Dev: {policies: [PowerUserAccess], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.Dev: `: "to IAM this is the same name as DEV; rename one"},
		},
		"groups of one name but for case": {
			roles("{a: {policies: [PowerUserAccess], groups: [operators]}, b: {policies: [PowerUserAccess], groups: [Operators]}}"),
			map[string]string{
				`aws-cli-mfa:roles: "operators"`:          "named twice",
				`aws-cli-mfa:roles.b.groups: "Operators"`: "no such group",
			},
		},
		"bad group name": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers, 'two words']}}"),
			map[string]string{`aws-cli-mfa:roles.a.groups: "two words"`: "letters, digits"},
		},
		"group given by ARN": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers, 'arn:aws:iam::111122223333:group/operators']}}"),
			map[string]string{`aws-cli-mfa:roles.a.groups: "arn:aws:iam::111122223333:group/operators"`: "without path or ARN"},
		},
		"missing group": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers, nowhere]}}"),
			map[string]string{`aws-cli-mfa:roles.a.groups: "nowhere"`: "no such group"},
		},
		"missing user": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice, nobody]}}"),
			map[string]string{`aws-cli-mfa:roles.a.users: "nobody"`: "no such user"},
		},
		"trusted user outside the groups": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice, mallory]}}"),
			map[string]string{`aws-cli-mfa:roles.a.users: "mallory"`: "in none of the role's groups"},
		},
		"duplicate users": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice, alice]}}"),
			map[string]string{`aws-cli-mfa:roles.a.users[1]: "alice"`: "named twice"},
		},
		"duplicate users but for case": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], users: [alice, Alice]}}"),
			map[string]string{`aws-cli-mfa:roles.a.users[1]: "Alice"`: "named twice"},
		},
		"duplicate groups": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers, developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a.groups[1]: "developers"`: "named twice"},
		},
		"one policy by name and by ARN": {
			roles("{a: {policies: [PowerUserAccess, 'arn:aws:iam::aws:policy/PowerUserAccess'], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "named twice"},
		},
		"eleven policies on a role": {
			roles("{a: {policies: [P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a.policies: `: "more than 10 managed policies: 11"},
		},
		"duration too short": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 30m}}"),
			map[string]string{`aws-cli-mfa:roles.a.maxSessionDuration: "30m"`: "from 1h to 12h"},
		},
		"duration too long": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 13h}}"),
			map[string]string{`aws-cli-mfa:roles.a.maxSessionDuration: "13h"`: "from 1h to 12h"},
		},
		"duration with a part of a second": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 1h0.5s}}"),
			map[string]string{`aws-cli-mfa:roles.a.maxSessionDuration: "1h0.5s"`: "in whole seconds; write a duration such as 1h"},
		},
		"duration is a number": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], maxSessionDuration: 3600}}"),
			map[string]string{`aws-cli-mfa:roles.a.maxSessionDuration: "3600"`: "write a duration"},
		},
		"trust policy over its quota": {
			roles("{a: {policies: [PowerUserAccess], groups: [crowd]}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "over the quota ACLSizePerRole of 2048; split the users"},
		},
		"group policy over its quota": {
			manyRoles(80), map[string]string{`aws-cli-mfa:roles: "developers"`: "over the quota PolicySize of 6144; let the group use fewer roles"},
		},
		"policy of another partition": {
			roles("{a: {policies: ['arn:aws-cn:iam::aws:policy/PowerUserAccess'], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "is of partition aws-cn, the stack deploys to aws"},
		},
		"boundary of another partition": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], permissionsBoundary: 'arn:aws-us-gov:iam::aws:policy/PowerUserAccess'}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "is of partition aws-us-gov"},
		},
		"policy that is a role": {
			roles("{a: {policies: ['arn:aws:iam::111122223333:role/x'], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "not the ARN of a managed policy"},
		},
		"the group's own policy on a role": {
			roles("{a: {policies: [PowerUserAccess, 'arn:aws:iam::111122223333:policy/cli-dev-developers'], groups: [developers]}}"),
			map[string]string{`aws-cli-mfa:roles.a: `: "must not reach a role"},
		},
		"unknown key": {
			with("enrollment", "admin"), map[string]string{`aws-cli-mfa:enrollment: `: "did you mean enrolment?"},
		},
		"unknown key of a role": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], maxSesionDuration: 1h}}"),
			map[string]string{`aws-cli-mfa:roles.a.maxSesionDuration: `: "did you mean maxSessionDuration?"},
		},
		"enrolment":        {with("enrolment", "none"), map[string]string{`aws-cli-mfa:enrolment: "none"`: "self-service or admin"}},
		"enforce":          {with("enforce", "maybe"), map[string]string{`aws-cli-mfa:enforce: "maybe"`: "true or false"}},
		"enforce yes":      {with("enforce", "'yes'"), map[string]string{`aws-cli-mfa:enforce: "yes"`: "; write true or false"}},
		"enforce no":       {with("enforce", "'no'"), map[string]string{`aws-cli-mfa:enforce: "no"`: "; write true or false"}},
		"enforce False":    {with("enforce", "'False'"), map[string]string{`aws-cli-mfa:enforce: "False"`: "; write true or false"}},
		"device name":      {with("mfaDeviceName", "alice"), map[string]string{`aws-cli-mfa:mfaDeviceName: "alice"`: "username or any"}},
		"name prefix":      {with("namePrefix", "a b"), map[string]string{`aws-cli-mfa:namePrefix: "a b"`: "letters, digits"}},
		"trust quota":      {with("trustPolicyQuota", "9000"), map[string]string{`aws-cli-mfa:trustPolicyQuota: "9000"`: "from 2048 to 8192"}},
		"trust quota text": {with("trustPolicyQuota", "big"), map[string]string{`aws-cli-mfa:trustPolicyQuota: "big"`: "must be a number"}},
		"exempt is text":   {with("exemptActions", "iam:ChangePassword"), map[string]string{`aws-cli-mfa:exemptActions: "iam:ChangePassword"`: "must be a list"}},
		"exempt wildcard":  {with("exemptActions", "['s3:*']"), map[string]string{`aws-cli-mfa:exemptActions[0]: "s3:*"`: "wildcard"}},
		"exempt undoes MFA": {
			with("exemptActions", "[iam:ChangePassword, iam:DeactivateMFADevice]"),
			map[string]string{`aws-cli-mfa:exemptActions[1]: "iam:DeactivateMFADevice"`: "undoes MFA"},
		},
		"exempt with enrolment admin": {
			with("exemptActions", "[iam:ChangePassword]") + "  aws-cli-mfa:enrolment: admin\n",
			map[string]string{`aws-cli-mfa:exemptActions: "iam:ChangePassword"`: "with no exception"},
		},
		"description too long": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], description: " + strings.Repeat("x", 1001) + "}}"),
			map[string]string{`aws-cli-mfa:roles.a.description: `: "1001 bytes, at most 1000"},
		},
		"description in Japanese": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], description: 開発者}}"),
			map[string]string{`aws-cli-mfa:roles.a.description: `: "IAM takes no '開'"},
		},
		"description with an em dash": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers], description: Run — it}}"),
			map[string]string{`aws-cli-mfa:roles.a.description: `: "with - for a dash"},
		},
		"three mistakes at once": {
			roles("{a: {policies: [PowerUserAccess], groups: [developers, nowhere], maxSessionDuration: 13h}}") +
				"  aws-cli-mfa:enrolement: admin\n",
			map[string]string{
				`aws-cli-mfa:enrolement: `:                      "did you mean enrolment?",
				`aws-cli-mfa:roles.a.groups: "nowhere"`:         "no such group",
				`aws-cli-mfa:roles.a.maxSessionDuration: "13h"`: "from 1h to 12h",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder, err := deployStack(t, test.file, inAccount())
			var configErr *stack.ConfigError
			require.ErrorAs(t, err, &configErr)
			require.Empty(t, recorder.Resources(), "nothing may be registered")
			require.Len(t, configErr.Problems, len(test.want), "%v", err)
			for start, rule := range test.want {
				i := slices.IndexFunc(configErr.Problems, func(p stack.Problem) bool { return strings.HasPrefix(p.String(), start) })
				require.NotEqual(t, -1, i, "no problem begins with %s in:\n%v", start, err)
				require.Contains(t, configErr.Problems[i].String(), rule)
				require.NotEmpty(t, configErr.Problems[i].Remedy)
			}
		})
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
	require.Len(t, project.Config, 7)
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

	_, err = deployWith(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}`)
	require.NoError(t, err)

	_, err = deployStack(t, role, inAccount())
	require.ErrorContains(t, err, `aws-cli-mfa:roles.power-user.policies: "`+denyingPolicy+`": no such managed policy`)
}
