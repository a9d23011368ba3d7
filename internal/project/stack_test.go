package project_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	ownProject = "name: aws-cli-mfa\nruntime: go\n"
	goodRoles  = "  aws-cli-mfa:roles: {a: {policies: [P], groups: [g]}}\n"
)

// read reads stack qa of a project.
func read(t *testing.T, projectFile, settings, name string) (project.Stack, error) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"Pulumi.yaml": projectFile, "Pulumi.qa.yaml": settings, "cfg/Pulumi.qb.yaml": settings} {
		path := filepath.Join(dir, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return project.ReadStack(environment.Environment{}, dir, name)
}

// A stack is what Pulumi makes of its files: internal/stackconfig is held to that
// by the Pulumi CLI.
func TestReadStackAsPulumiDoes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		project, settings string
		stack             string // qa unless given
		enforce           bool
		enrolment         policy.Enrolment
		region            string
	}{
		"nothing but roles":                  {settings: goodRoles, enforce: true},
		"enforce with its namespace":         {settings: goodRoles + "  aws-cli-mfa:enforce: false\n"},
		"enforce without a namespace":        {settings: goodRoles + "  enforce: false\n"},
		"the older form of keys":             {settings: goodRoles + "  aws-cli-mfa:config:enforce: false\n  aws:config:region: cn-north-1\n", region: "cn-north-1"},
		"a default in Pulumi.yaml":           {project: ownProject + "config:\n  aws-cli-mfa:enforce: {type: boolean, default: false}\n", settings: goodRoles},
		"a default without a namespace":      {project: ownProject + "config:\n  enforce: {type: boolean, default: false}\n", settings: goodRoles},
		"a default that the stack overrides": {project: ownProject + "config:\n  enforce: {default: false}\n", settings: goodRoles + "  enforce: true\n", enforce: true},
		"values in Pulumi.yaml": {
			project: ownProject + "config:\n  aws-cli-mfa:enrolment: admin\n  aws:region: {value: cn-north-1}\n", settings: goodRoles,
			enforce: true, enrolment: policy.AdminEnrolment, region: "cn-north-1",
		},
		"roles in Pulumi.yaml": {
			project: ownProject + "config:\n  aws-cli-mfa:roles:\n    type: object\n    default: {a: {policies: [P], groups: [g]}}\n", enforce: true,
		},
		"a project of another name": {
			project:  "name: acme-mfa\nruntime: go\n",
			settings: "  acme-mfa:roles: {a: {policies: [P], groups: [g]}}\n  enforce: false\n  aws-cli-mfa:enforce: true\n",
		},
		"a secret of others":            {settings: goodRoles + "  other:key: {secure: v1:abc}\n", enforce: true},
		"stack files elsewhere":         {project: ownProject + "stackConfigDir: cfg\n", settings: goodRoles, stack: "qb", enforce: true},
		"the whole name of the stack":   {settings: goodRoles, stack: "acme/aws-cli-mfa/qa", enforce: true},
		"no value, which is empty text": {settings: goodRoles + "  aws-cli-mfa:namePrefix:\n", enforce: true},
		"what pulumi config set writes": {settings: goodRoles + "  aws-cli-mfa:enforce: \"false\"\n  aws-cli-mfa:trustPolicyQuota: \"4096\"\n"},
		"a region that is of the stack": {settings: goodRoles + "  aws:region: eu-west-1\n", enforce: true, region: "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.project == "" {
				test.project = ownProject
			}
			if test.enrolment == "" {
				test.enrolment = policy.SelfService
			}
			if test.stack == "" {
				test.stack = "qa"
			}
			found, err := read(t, test.project, "config:\n"+test.settings, test.stack)
			require.NoError(t, err)
			require.Equal(t, test.enforce, !found.WithoutDeny)
			require.Equal(t, test.enrolment, found.Enrolment)
			require.Equal(t, test.region, found.Region)
			require.Equal(t, []string{"a"}, found.RoleNames())
			require.Equal(t, stack.DefaultNamePrefix(found.Stack), found.NamePrefix)
		})
	}
}

// What is wrong, and what cannot be read offline, is all named at once.
func TestReadStackNamesEveryProblem(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		project, settings string
		keys              []string
	}{
		"no roles":          {string(shipped), "config: {}\n", []string{"aws-cli-mfa:roles"}},
		"a bad value":       {string(shipped), "config:\n" + goodRoles + "  enforce: 1\n", []string{"aws-cli-mfa:enforce"}},
		"a misspelt key":    {string(shipped), "config:\n" + goodRoles + "  enfroce: false\n", []string{"aws-cli-mfa:enfroce"}},
		"JSON for a map":    {string(shipped), "config:\n  roles: '{\"a\": {\"policies\": [\"P\"], \"groups\": [\"g\"]}}'\n", []string{"aws-cli-mfa:roles"}},
		"an environment":    {ownProject, "environment: [mfa]\nconfig:\n" + goodRoles, []string{"environment"}},
		"two spellings":     {ownProject, "config:\n" + goodRoles + "  enforce: true\n  aws-cli-mfa:enforce: false\n", []string{"aws-cli-mfa:enforce"}},
		"accounts, no list": {ownProject, "config:\n" + goodRoles + "  aws:allowedAccountIds: \"111122223333\"\n", []string{"aws:allowedAccountIds"}},
		"default tags": {
			ownProject, "config:\n" + goodRoles + "  aws:defaultTags: {tags: {Team: <x>, team: x}}\n",
			[]string{"aws:defaultTags", "aws:defaultTags"},
		},
		"a city": {ownProject, "config:\n" + goodRoles + "  aws:region: Ireland\n", []string{"aws:region"}},
		"secrets": {
			ownProject,
			"config:\n  enforce: {secure: v1:abc}\n  aws:region: {secure: v1:abc}\n" +
				"  roles: {a: {policies: [P, {secure: v1:abc}], groups: [g]}}\n",
			[]string{"aws-cli-mfa:enforce", "aws-cli-mfa:roles.a.policies[1]", "aws:region"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, test.project, test.settings, "qa")
			var bad *stack.ConfigError
			require.ErrorAs(t, err, &bad)
			var keys []string
			for _, problem := range bad.Problems {
				keys = append(keys, problem.Key)
				require.NotEmpty(t, problem.Remedy)
			}
			require.Equal(t, test.keys, keys, err)
		})
	}
	_, err = read(t, ownProject, "config:\n"+goodRoles, "qc")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "the project has qa")
}

// Whether AWS has an action is known to awsmfa, not to what Pulumi runs.
func TestExemptActionsThatAWSDoesNotHave(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"codecommit:GitPus":     "AWS had no action codecommit:GitPus on 2026-09-26; did you mean codecommit:GitPush?",
		"nonsense:DoesNotExist": "AWS had no action nonsense:DoesNotExist on 2026-09-26; remove it",
		"s3:GetObject":          "is not known to be harmless",
		"'s3:*'":                "has a wildcard",
		"iam:changepassword":    "; write iam:ChangePassword",
	} {
		_, err := read(t, ownProject, "config:\n"+goodRoles+"  exemptActions: ["+action+"]\n", "qa")
		require.ErrorContains(t, err, want)
	}
}

func TestAccountIDs(t *testing.T) {
	t.Parallel()
	one, two := "111122223333", "000000000012"
	for value, want := range map[string][]string{
		"": nil, `""`: nil, "[]": {}, `"[]"`: {},
		`["` + one + `", "` + two + `"]`: {one, two},
		`'["` + one + `"]'`:              {one},
	} {
		found, err := read(t, ownProject, "config:\n"+goodRoles+"  aws:forbiddenAccountIds: "+value+"\n", "qa")
		require.NoError(t, err, value)
		require.Equal(t, want, found.ForbiddenAccountIDs, value)
		require.Empty(t, found.AllowedAccountIDs)
	}
	for _, value := range []string{one, "prod", `["1111"]`, "[[]]", `{a: "111122223333"}`, "true", "[" + two + "]"} {
		_, err := read(t, ownProject, "config:\n"+goodRoles+"  aws:forbiddenAccountIds: "+value+"\n", "qa")
		require.ErrorContains(t, err, "aws:forbiddenAccountIds: ", value)
	}
}
