package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const teamPolicyARN = "arn:aws:iam::111122223333:policy/team/deploy"

// accountWithGroups has groups developers (alice and bob) and ops (nobody), and
// a project to write into.
func accountWithGroups(t *testing.T) (m machine, a *account.Account, project string) {
	t.Helper()
	a = account.New("111122223333", "aws")
	for _, name := range []string{"alice", "bob", "admin"} {
		_, err := a.CreateUser(account.CreateUserInput{UserName: name})
		require.NoError(t, err)
	}
	require.NoError(t, a.AttachUserPolicy("admin", "arn:aws:iam::aws:policy/AdministratorAccess"))
	for group, attached := range map[string]string{"developers": "PowerUserAccess", "ops": "ReadOnlyAccess"} {
		_, err := a.CreateGroup(group, "/teams/")
		require.NoError(t, err)
		require.NoError(t, a.AttachGroupPolicy(group, "arn:aws:iam::aws:policy/"+attached))
	}
	require.NoError(t, a.AddUserToGroup("developers", "alice"))
	require.NoError(t, a.AddUserToGroup("developers", "bob"))
	for name, document := range map[string]string{
		"deploy":    `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}`,
		"force-mfa": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"sts:GetSessionToken","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`,
	} {
		created, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: name, Path: "/team/", PolicyDocument: document})
		require.NoError(t, err)
		require.NoError(t, a.AttachGroupPolicy("developers", created.ARN))
	}
	m = serve(t, a)
	m["AWS_REGION"] = "eu-central-1"
	return m, a, projectWith(t, nil)
}

// The file goes through what a deployment does before anything is registered.
func TestInitWritesAStackThatHolds(t *testing.T) {
	t.Parallel()
	m, _, dir := accountWithGroups(t)
	path := filepath.Join(dir, "Pulumi.qa.yaml")
	code, stdout, stderr := m.execute(t, "init", "--project", dir, "--stack", "qa",
		"--group", "developers", "--group", "ops", "--role", "power-user", "--role", "ops")
	require.Equal(t, program.OK, code, stderr)
	require.Equal(t, path+"\n", stdout)
	require.Contains(t, stderr, "Role power-user of group developers: PowerUserAccess, "+teamPolicyARN+"\n")
	require.Contains(t, stderr, "  warning: arn:aws:iam::111122223333:policy/team/force-mfa is left out: it demands MFA")
	require.Contains(t, stderr, "  warning: The group is empty")
	for _, next := range []string{
		"awsmfa verify --stack qa --project " + dir, "awsmfa sandbox --stack qa --project " + dir,
		"awsmfa audit --stack qa --project " + dir, "pulumi login", "export PULUMI_CONFIG_PASSPHRASE='...'",
		"pulumi -C " + dir + " stack init qa", "pulumi -C " + dir + " up --stack qa",
	} {
		require.Contains(t, stderr, "\n  "+next+"\n")
	}

	config, err := project.ReadStack(environment.Environment{}, filepath.Dir(path), "qa")
	require.NoError(t, err)
	require.Equal(t, []string{"ops", "power-user"}, config.RoleNames())
	require.Equal(t, []string{"PowerUserAccess", teamPolicyARN}, config.Roles["power-user"].ManagedPolicies)
	require.Equal(t, "eu-central-1", config.Region)
	resolved, err := stack.ResolveOffline(config.Config, config.Region, nil)
	require.NoError(t, err)
	require.NoError(t, policy.Verify(resolved.Deployment).Err())

	m.succeeds(t, "verify", "--project", dir, "--stack", "qa")
}

func TestInitKeepsAStackFile(t *testing.T) {
	t.Parallel()
	m, _, project := accountWithGroups(t)
	path := write(t, "# mine\n", project, "Pulumi.dev.yaml")
	stderr := m.refuses(t, "init", "--project", project, "--group", "developers", "--profile", "nobody")
	require.Contains(t, stderr, "stack file "+path+": it exists already: replace it with --force")
	require.Contains(t, stderr, "choose another --stack")
	requireFile(t, path, "# mine\n")

	printed, stderr := m.succeeds(t, "init", "--project", project, "--group", "developers", "--dry-run")
	require.Contains(t, printed, "aws-cli-mfa:enforce: false\n")
	require.NotContains(t, stderr, "Next:")
	requireFile(t, path, "# mine\n")

	m.succeeds(t, "init", "--project", project, "--group", "developers", "--force")
	requireFile(t, path, printed)

	const salt = "encryptionsalt: v1:x\n"
	write(t, salt, path)
	stdout, _ := m.succeeds(t, "init", "--project", project, "--group", "developers", "--dry-run", "--force")
	require.Equal(t, printed+salt, stdout)
	requireFile(t, path, salt)
}

// What an administrator has decided is not init's: it stays, comments and all. What init
// decides otherwise is said, key by key.
func TestInitKeepsTheSettingsOfAStackFile(t *testing.T) {
	t.Parallel()
	m, _, project := accountWithGroups(t)
	const settings = `  # As ops asked for.
  aws-cli-mfa:selfServiceAccessKeys: true
  aws-cli-mfa:namePrefix: team-
  aws-cli-mfa:exemptActions:
    - iam:ChangePassword
`
	path := write(t, `config:
  aws:region: eu-west-1
  aws-cli-mfa:enforce: true
`+settings+`  aws-cli-mfa:roles:
    developers:
      policies: [PowerUserAccess]
      groups: [developers]
      maxSessionDuration: 4h
    operator:
      policies: [PowerUserAccess]
      groups: [operators]
`, project, "Pulumi.dev.yaml")
	args := []string{"init", "--project", project, "--group", "developers", "--region", "eu-west-1", "--force"}
	const kept = "aws-cli-mfa:selfServiceAccessKeys, aws-cli-mfa:namePrefix, aws-cli-mfa:exemptActions"
	const lost = "aws-cli-mfa:enforce, aws-cli-mfa:roles.developers.maxSessionDuration, " +
		"aws-cli-mfa:roles.developers.policies, aws-cli-mfa:roles.operator"
	printed, stderr := m.succeeds(t, append(args, "--dry-run")...)
	require.Contains(t, stderr, "Kept from the file that is there: "+kept+"\n")
	require.Contains(t, stderr, "The new file has other values for, or leaves out: "+lost+"\n")
	require.True(t, strings.HasSuffix(printed, settings), printed)

	stdout, _ := m.succeeds(t, append(args, "--json")...)
	var result initResult
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	require.Equal(t, strings.Split(kept, ", "), result.Kept)
	require.Equal(t, strings.Split(lost, ", "), result.Lost)
	requireFile(t, path, printed)
	m.succeeds(t, "verify", "--project", project)

	_, stderr = m.succeeds(t, append(args, "--dry-run")...)
	require.NotContains(t, stderr, "other values")
}

func requireFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func TestInitPrintsJSON(t *testing.T) {
	t.Parallel()
	m, _, project := accountWithGroups(t)
	stdout, _ := m.succeeds(t, "init", "--json", "--project", project, "--group", "developers", "--region", "eu-west-3")
	var result initResult
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	require.Equal(t, []stackfile.Role{{
		Name: "developers", Group: "developers", Members: []string{"alice", "bob"},
		Policies: []string{"PowerUserAccess", teamPolicyARN},
	}}, result.Roles)
	require.Len(t, result.Warnings, 1)
	require.Contains(t, result.Warnings[0], "group developers: arn:aws:iam::111122223333:policy/team/force-mfa")
	text, err := os.ReadFile(result.File)
	require.NoError(t, err)
	require.Contains(t, string(text), "aws:region: eu-west-3\n", "--region comes before the AWS settings")

	stdout, _ = m.succeeds(t, "init", "--json", "--project", project, "--stack", "ops", "--group", "ops")
	require.Contains(t, stdout, `"members": []`)
}

func TestInitFindsTheRegion(t *testing.T) {
	t.Parallel()
	m, _, project := accountWithGroups(t)
	m["AWS_REGION"] = ""
	m["AWS_DEFAULT_REGION"] = ""
	args := []string{"init", "--project", project, "--group", "developers", "--dry-run"}
	stderr := m.refuses(t, args...)
	require.Contains(t, stderr, "give --region")

	m["AWS_CONFIG_FILE"] = write(t, "[default]\nregion = eu-north-1\n", t.TempDir(), "config")
	stdout, _ := m.succeeds(t, args...)
	require.Contains(t, stdout, "aws:region: eu-north-1\n")

	stderr = m.refuses(t, append(args, "--region", "Ireland")...)
	require.Contains(t, stderr, `awsmfa: region "Ireland": it is no AWS region`)
	stderr = m.refuses(t, append(args, "--region", "cn-north-1")...)
	require.Contains(t, stderr, "region cn-north-1 is of partition aws-cn, and account 111122223333 of partition aws")
}

func TestInitSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	m, a, project := accountWithGroups(t)
	_, err := a.CreateGroup("bare", "")
	require.NoError(t, err)
	init := func(args ...string) string {
		t.Helper()
		stderr := m.refuses(t, append([]string{"init", "--project", project}, args...)...)
		require.NoFileExists(t, filepath.Join(project, "Pulumi.dev.yaml"))
		return stderr
	}
	require.Contains(t, init("--group", "developer"), "account 111122223333 has no group developer: it has bare, developers, ops. Correct --group")
	require.Contains(t, init("--group", "developers", "--group", "bare"), "group bare: no managed policy that a role can have")
	require.Contains(t, init("--group", "developers", "--profile", "alice"), "these credentials lack the permission iam:GetGroup, or are denied it without MFA (AWS says: ")
	require.Contains(t, init("--group", "developers", "--role", strings.Repeat("r", 60)), "give the role another name with --role")

	// What members have of their own is not needed.
	created, err := a.CreatePolicy(account.CreatePolicyInput{
		PolicyName:     "reads-groups",
		PolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:GetGroup","iam:GetPolicy*","iam:List*Group*Policies"],"Resource":"*"}}`,
	})
	require.NoError(t, err)
	require.NoError(t, a.AttachUserPolicy("alice", created.ARN))
	require.NoError(t, a.DetachGroupPolicy("developers", "arn:aws:iam::aws:policy/PowerUserAccess"))
	require.NoError(t, a.DetachGroupPolicy("developers", "arn:aws:iam::111122223333:policy/team/force-mfa"))
	require.Contains(t, init("--group", "none", "--profile", "alice"), "account 111122223333 has no group none. Correct --group")
	_, stderr := m.succeeds(t, "init", "--project", project, "--group", "developers", "--profile", "alice")
	require.Contains(t, stderr, "is not known: these credentials lack the permission iam:GetUser, or are denied it without MFA.")
}
