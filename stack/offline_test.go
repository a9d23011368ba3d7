package stack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	ownProject   = "name: aws-cli-mfa\nruntime: go\n"
	otherProject = "name: acme-mfa\nruntime: go\n"
	goodRoles    = "  aws-cli-mfa:roles: {a: {policies: [P], groups: [g]}}\n"
)

// readIn reads stack qa of a project.
func readIn(t *testing.T, project, settings string) (stack.Config, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "Pulumi.qa.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600))
	require.NoError(t, os.WriteFile(path, []byte(settings), 0o600))
	return stack.ReadFile(path, "qa")
}

// What Pulumi reads in another way than ReadFile is refused; with what the
// remedies say it is read, and as Pulumi does.
func TestReadFileRefusesWhatPulumiReadsOtherwise(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		project, settings string
		// problems are all of them.
		problems []string
		// mended is the stack file, in a project without configuration, after
		// the remedies.
		mended string
		// enforce is what Pulumi gives the program.
		enforce bool
	}{
		"enforce without a namespace": {
			project: ownProject, settings: "config:\n" + goodRoles + "  enforce: false\n",
			problems: []string{
				"enforce: to Pulumi this is aws-cli-mfa:enforce, which cannot be read offline yet; write aws-cli-mfa:enforce",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n",
		},
		"every key without a namespace": {
			project: ownProject, settings: "config:\n  roles: {a: {policies: [P], groups: [g]}}\n  enforce: false\n  region: eu-west-1\n",
			problems: []string{
				"enforce: to Pulumi this is aws-cli-mfa:enforce, which cannot be read offline yet; write aws-cli-mfa:enforce",
				"region: to Pulumi this is aws-cli-mfa:region, which cannot be read offline yet; write it with its namespace, as in aws:region",
				"roles: to Pulumi this is aws-cli-mfa:roles, which cannot be read offline yet; write aws-cli-mfa:roles",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n  aws:region: eu-west-1\n",
		},
		"the older form of keys": {
			project: ownProject, settings: "config:\n" + goodRoles + "  aws-cli-mfa:config:enforce: false\n  aws:config:region: cn-north-1\n",
			problems: []string{
				"aws-cli-mfa:config:enforce: to Pulumi this is aws-cli-mfa:enforce, which cannot be read offline yet; write aws-cli-mfa:enforce",
				"aws:config:region: to Pulumi this is aws:region, which cannot be read offline yet; write aws:region",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n  aws:region: cn-north-1\n",
		},
		"a default in Pulumi.yaml": {
			project:  ownProject + "config:\n  aws-cli-mfa:enforce: {type: boolean, default: false}\n",
			settings: "config:\n" + goodRoles,
			problems: []string{
				`aws-cli-mfa:enforce: "false": a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:enforce in Pulumi.qa.yaml`,
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n",
		},
		"a default without a namespace": {
			project:  ownProject + "config:\n  enforce: {type: boolean, default: false}\n",
			settings: "config:\n" + goodRoles,
			problems: []string{
				`enforce: "false": a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:enforce in Pulumi.qa.yaml`,
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n",
		},
		"values in Pulumi.yaml": {
			project:  ownProject + "config:\n  enforce: false\n  aws-cli-mfa:enrolment: {value: admin}\n  aws:region: {value: cn-north-1}\n",
			settings: "config:\n" + goodRoles,
			problems: []string{
				`aws-cli-mfa:enrolment: "admin": a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:enrolment in Pulumi.qa.yaml`,
				`aws:region: "cn-north-1": a value in Pulumi.yaml cannot be read offline yet; write aws:region in Pulumi.qa.yaml`,
				`enforce: "false": a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:enforce in Pulumi.qa.yaml`,
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n  aws-cli-mfa:enrolment: admin\n  aws:region: cn-north-1\n",
		},
		"a bad value in Pulumi.yaml": {
			project: ownProject + "config:\n  enrolment: none\n", settings: "config:\n" + goodRoles,
			problems: []string{
				`enrolment: "none": a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:enrolment in Pulumi.qa.yaml`,
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enrolment: admin\n", enforce: true,
		},
		"roles in Pulumi.yaml": {
			project:  ownProject + "config:\n  aws-cli-mfa:roles:\n    type: object\n    default: {a: {policies: [P], groups: [g]}}\n",
			settings: "config: {}\n",
			problems: []string{
				`aws-cli-mfa:roles: "{\"a\":{\"groups\":[\"g\"],\"policies\":[\"P\"]}}": ` +
					"a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:roles in Pulumi.qa.yaml",
			},
			mended: "config:\n" + goodRoles, enforce: true,
		},
		"a list in Pulumi.yaml": {
			project:  ownProject + "config:\n  aws-cli-mfa:exemptActions: [iam:ChangePassword]\n",
			settings: "config:\n" + goodRoles,
			problems: []string{
				`aws-cli-mfa:exemptActions: "[\"iam:ChangePassword\"]": ` +
					"a value in Pulumi.yaml cannot be read offline yet; write aws-cli-mfa:exemptActions in Pulumi.qa.yaml",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:exemptActions: [iam:ChangePassword]\n", enforce: true,
		},
		"keys of a project of another name": {
			project:  otherProject,
			settings: "config:\n  acme-mfa:roles: {a: {policies: [P], groups: [g]}}\n  enforce: false\n  vpc: x\n",
			problems: []string{
				"acme-mfa:roles: the program does not read the keys of project acme-mfa; write aws-cli-mfa:roles",
				"enforce: the program does not read the keys of project acme-mfa; write aws-cli-mfa:enforce",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n  vpc: x\n",
		},
		"a default of a project of another name": {
			project:  otherProject + "config:\n  enforce: {default: false}\n",
			settings: "config:\n" + goodRoles,
			problems: []string{"enforce: the program does not read the keys of project acme-mfa; write aws-cli-mfa:enforce"},
			mended:   "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n",
		},
		"secrets": {
			project: ownProject,
			settings: "config:\n  aws-cli-mfa:enforce: {secure: v1:abc}\n  aws:region: {secure: v1:abc}\n  other:key: {secure: v1:abc}\n" +
				"  aws-cli-mfa:roles:\n    secure: {policies: [P, {secure: v1:abc}], groups: [g], description: {secure: v1:abc}}\n",
			problems: []string{
				"aws-cli-mfa:enforce: a Pulumi secret cannot be read offline yet; write it as it is: nothing that this program reads is secret",
				"aws-cli-mfa:roles.secure.description: a Pulumi secret cannot be read offline yet; write it as it is: nothing that this program reads is secret",
				"aws-cli-mfa:roles.secure.policies[1]: a Pulumi secret cannot be read offline yet; write it as it is: nothing that this program reads is secret",
				"aws:region: a Pulumi secret cannot be read offline yet; write it as it is: nothing that this program reads is secret",
			},
			mended: "config:\n  aws-cli-mfa:enforce: false\n  aws:region: eu-west-1\n  other:key: {secure: v1:abc}\n" +
				"  aws-cli-mfa:roles:\n    secure: {policies: [P, Q], groups: [g], description: x}\n",
		},
		"an environment": {
			project: ownProject, settings: "environment: [mfa]\nconfig:\n" + goodRoles,
			problems: []string{
				"environment: what a Pulumi ESC environment adds cannot be read offline yet; " +
					"write the configuration in the stack file and remove the key, or judge what is deployed with awsmfa verify --outputs",
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:enforce: false\n",
		},
		"stack files in another directory": {
			project: ownProject + "stackConfigDir: cfg\n", settings: "config:\n" + goodRoles,
			problems: []string{
				`stackConfigDir: "cfg": stack files in another directory cannot be read offline yet; ` +
					"move them beside Pulumi.yaml and remove the key",
			},
			mended: "config:\n" + goodRoles, enforce: true,
		},
		"stack files in another directory, as older projects say it": {
			project: ownProject + "config: cfg\n", settings: "config:\n" + goodRoles,
			problems: []string{
				`stackConfigDir: "cfg": stack files in another directory cannot be read offline yet; ` +
					"move them beside Pulumi.yaml and remove the key",
			},
			mended: "config:\n" + goodRoles, enforce: true,
		},
		"structures as JSON texts": {
			project:  ownProject,
			settings: "config:\n" + `  aws-cli-mfa:roles: '{"a": {"policies": ["P"], "groups": ["g"]}}'` + "\n" + `  aws-cli-mfa:exemptActions: '[]'` + "\n",
			problems: []string{
				`aws-cli-mfa:exemptActions: "[]": it must be a list; write [a, b]`,
				`aws-cli-mfa:roles: "{\"a\": {\"policies\": [\"P\"], \"groups\": [\"g\"]}}": it must be a map; indent its keys below it`,
			},
			mended: "config:\n" + goodRoles + "  aws-cli-mfa:exemptActions: []\n", enforce: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readIn(t, test.project, test.settings)
			var bad *stack.ConfigError
			require.ErrorAs(t, err, &bad)
			var problems []string
			for _, problem := range bad.Problems {
				problems = append(problems, problem.String())
			}
			require.Equal(t, test.problems, problems)
			bare := strings.Join(strings.SplitAfter(test.project, "\n")[:2], "")
			config, err := readIn(t, bare, test.mended)
			require.NoError(t, err)
			require.Equal(t, test.enforce, !config.WithoutDeny)
			require.Len(t, config.Roles, 1)
		})
	}
}

func TestReadFileTakesWhatPulumiReadsAlike(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	for name, test := range map[string]struct{ project, settings string }{
		"the project of this repository":     {string(shipped), "config:\n" + goodRoles},
		"a default that the stack overrides": {ownProject + "config:\n  enforce: {default: false}\n", "config:\n" + goodRoles + "  aws-cli-mfa:enforce: true\n"},
		"another name for the project":       {otherProject, "config:\n" + goodRoles + "  acme-mfa:vpc: x\n  subnet: y\n"},
		"values for others":                  {ownProject + "config:\n  aws:profile: {value: x}\n  random:seed: 1\n", "config:\n" + goodRoles},
		"stack files beside Pulumi.yaml":     {ownProject + "stackConfigDir: ./\n", "config:\n" + goodRoles},
		"no value, which is the empty text":  {ownProject, "config:\n" + goodRoles + "  aws-cli-mfa:namePrefix:\n"},
		"what pulumi config set writes":      {string(shipped), "config:\n" + goodRoles + "  aws-cli-mfa:enforce: \"true\"\n  aws-cli-mfa:trustPolicyQuota: \"4096\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := readIn(t, test.project, test.settings)
			require.NoError(t, err)
			require.False(t, config.WithoutDeny)
			require.Len(t, config.Roles, 1)
			require.Equal(t, "cli-qa-", config.NamePrefix)
		})
	}
	_, err = readIn(t, "name: [", "config:\n"+goodRoles)
	require.ErrorContains(t, err, "project file")
}
