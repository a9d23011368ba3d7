package stackfile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

var update = flag.Bool("update", false, "write the golden files")

// Documents that administrators write.
const (
	deployBucket = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::deploys/*"},
		{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}`
	denyWithoutMFA = `{"Version":"2012-10-17","Statement":{"Sid":"BlockMostAccessUnlessSignedInWithMFA","Effect":"Deny",
		"NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:ListMFADevices","sts:GetSessionToken"],
		"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`
	allowWithMFA = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:TerminateInstances","Resource":"*",
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`
	assumeElsewhere = `{"Version":"2012-10-17","Statement":{"Sid":"AssumeRoles","Effect":"Allow","Action":"sts:AssumeRole",
		"Resource":"arn:aws:iam::999999999999:role/partner"}}`
)

// cloud is an account, and the IAM client of its administrator.
type cloud struct {
	*account.Account
	client deployed.IAM
}

func newCloud(t *testing.T, partition string) *cloud {
	t.Helper()
	c := &cloud{Account: account.New("444455556666", partition)}
	c.user(t, "admin", "")
	require.NoError(t, c.AttachUserPolicy("admin", c.aws("AdministratorAccess")))
	key, err := c.CreateAccessKey("admin")
	require.NoError(t, err)
	c.client = iam.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(accounttest.Serve(t, c.Account)),
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	})
	return c
}

func (c *cloud) aws(name string) string { return "arn:" + c.Partition() + ":iam::aws:policy/" + name }

func (c *cloud) user(t *testing.T, name, path string) {
	t.Helper()
	_, err := c.CreateUser(account.CreateUserInput{UserName: name, Path: path})
	require.NoError(t, err)
}

// group makes a group with users and AWS managed policies.
func (c *cloud) group(t *testing.T, name, path string, users []string, policies ...string) {
	t.Helper()
	_, err := c.CreateGroup(name, path)
	require.NoError(t, err)
	for _, user := range users {
		c.user(t, user, "/team/")
		require.NoError(t, c.AddUserToGroup(name, user))
	}
	for _, one := range policies {
		require.NoError(t, c.AttachGroupPolicy(name, c.aws(one)))
	}
}

// attach makes a customer managed policy and attaches it to a group.
func (c *cloud) attach(t *testing.T, group, path, name, document string) {
	t.Helper()
	created, err := c.CreatePolicy(account.CreatePolicyInput{
		PolicyName: name, Path: path, PolicyDocument: strings.ReplaceAll(document, "arn:aws:", "arn:"+c.Partition()+":"),
	})
	require.NoError(t, err)
	require.NoError(t, c.AttachGroupPolicy(group, created.ARN))
}

// own is the policy that this project attaches to a group.
func (c *cloud) own(t *testing.T, withoutDeny bool) string {
	t.Helper()
	owner := policy.Account{Partition: c.Partition(), ID: c.ID()}
	document, err := policy.GroupPolicy{
		Account: owner, RoleARNs: []string{owner.RoleARN("/", "cli-old-power-user")},
		ExemptActions: []string{"iam:ChangePassword"}, WithoutDeny: withoutDeny,
	}.Document()
	require.NoError(t, err)
	return document.String()
}

// source is what init reads of those groups.
func (c *cloud) source(t *testing.T, region string, groups ...string) stackfile.Source {
	t.Helper()
	source := stackfile.Source{
		Project: &stackconfig.Project{Name: "aws-cli-mfa"},
		Stack:   "dev", Region: region, Account: policy.Account{Partition: c.Partition(), ID: c.ID()},
	}
	for _, name := range groups {
		found, err := deployed.ReadGroup(t.Context(), c.client, name)
		require.NoError(t, err)
		group := stackfile.Group{Group: found, Role: found.Name, Own: map[string]deployed.UserPolicies{}}
		for _, member := range found.Members {
			own, err := deployed.ReadUserPolicies(t.Context(), c.client, member.Name)
			require.NoError(t, err)
			group.Own[member.Name] = own
		}
		source.Groups = append(source.Groups, group)
	}
	return source
}

func (c *cloud) file(t *testing.T, groups ...string) stackfile.File {
	t.Helper()
	file, err := stackfile.New(c.source(t, "eu-west-1", groups...))
	require.NoError(t, err)
	return file
}

// warnings are those of the only role.
func warnings(t *testing.T, file stackfile.File) []string {
	t.Helper()
	require.Len(t, file.Roles, 1)
	found := []string{}
	for _, note := range file.Roles[0].Notes {
		if note.Warning {
			found = append(found, note.Text)
		}
	}
	return found
}

// inline gives a group inline policies.
func (c *cloud) inline(t *testing.T, group string) {
	t.Helper()
	for _, name := range []string{"by-hand", "also-by-hand"} {
		require.NoError(t, c.PutInlinePolicy(account.Identity{Kind: "group", Name: group}, name, deployBucket))
	}
}

// A group with one of everything.
func everything(t *testing.T) *cloud {
	t.Helper()
	c := newCloud(t, "aws")
	c.group(t, "developers", "", []string{"carol", "alice", "bob"}, "PowerUserAccess", "job-function/ViewOnlyAccess")
	c.attach(t, "developers", "/team/deploy/", "deploy-bucket", deployBucket)
	c.attach(t, "developers", "", "force-mfa", denyWithoutMFA)
	c.attach(t, "developers", "", "terminate-with-mfa", allowWithMFA)
	c.attach(t, "developers", "", "cli-old-developers", c.own(t, false))
	require.NoError(t, c.AttachUserPolicy("bob", c.aws("IAMReadOnlyAccess")))
	require.NoError(t, c.PutUserPermissionsBoundary("carol", c.aws("PowerUserAccess")))
	c.group(t, "true", "/teams/", []string{"dave"}, "ReadOnlyAccess")
	c.inline(t, "developers")
	c.inline(t, "true")
	return c
}

func TestFileIsAsTheGoldenOne(t *testing.T) {
	t.Parallel()
	c := everything(t)
	got := string(c.file(t, "developers", "true").Text)
	golden := filepath.Join("testdata", "Pulumi.dev.yaml")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
	require.Equal(t, got, string(c.file(t, "developers", "true").Text), "the same account gives the same file")
}

// projectDir is a project without stacks.
func projectDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: aws-cli-mfa\nruntime: go\n"), 0o600))
	return dir
}

// The file is what a deployment reads, and holds.
func TestFileIsDeployed(t *testing.T) {
	t.Parallel()
	c := everything(t)
	file := c.file(t, "developers", "true")
	dir := projectDir(t)
	require.NoError(t, file.Write(filepath.Join(dir, "Pulumi.dev.yaml"), false))
	config, err := project.ReadStack(environment.Environment{}, dir, "dev")
	require.NoError(t, err)
	require.True(t, config.WithoutDeny)
	require.Equal(t, []string{"developers", "true"}, config.GroupNames())
	require.Equal(t, []string{
		"PowerUserAccess", "ViewOnlyAccess", "arn:aws:iam::444455556666:policy/team/deploy/deploy-bucket",
	}, config.Roles["developers"].ManagedPolicies)
	require.Nil(t, config.Roles["developers"].Users, "membership is the source of trust")

	for _, enforce := range []bool{false, true} {
		config.WithoutDeny = !enforce
		resolved, err := stack.ResolveOffline(config.Config, config.Region, nil)
		require.NoError(t, err)
		require.NoError(t, policy.Verify(resolved.Deployment).Err())
	}
}

func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, policy string
		document           func(t *testing.T, c *cloud) string
		// warning is that about the policy; empty if it is taken over, or a note.
		warning, note string
	}{
		{name: "a policy of the team's", policy: "deploy", document: text(deployBucket)},
		{name: "a deny without MFA", policy: "force-mfa", document: text(denyWithoutMFA), warning: "it demands MFA, which the session of a role never carries"},
		{
			name: "a deny without MFA but for IAM", policy: "force-mfa", warning: "never carries: s3:GetObject on",
			document: text(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["iam:*","sts:GetSessionToken"],
				"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`),
		},
		{
			name: "a deny without MFA that is too long as well", policy: "force-mfa", warning: "never carries: s3:GetObject on",
			document: text(strings.Replace(denyWithoutMFA, "BlockMost", strings.Repeat("x", 7000), 1)),
		},
		{
			name: "a deny of tokens without MFA", policy: "tokens", warning: "never carries: sts:AssumeRoot on *",
			document: text(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sts:AssumeRoot",
				"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`),
		},
		{name: "an allow with MFA", policy: "careful", document: text(allowWithMFA), warning: "ec2:TerminateInstances on"},
		{name: "ours", policy: "any-name", document: ours(false), note: "any-name is left out: it is the policy of this project"},
		{name: "ours before the deny", policy: "cli-dev-team", document: ours(true), note: "it is the policy of this project"},
		{name: "somebody else's AssumeRoles", policy: "partner", document: text(assumeElsewhere)},
		{name: "the name of ours", policy: "cli-dev-team", document: text(deployBucket), warning: "has the name that the stack gives to a policy of its own"},
		{name: "the name of ours elsewhere", path: "/x/", policy: "cli-dev-team", document: text(deployBucket)},
		{name: "a path like a wildcard", path: "/a*b/", policy: "odd", document: text(deployBucket), warning: "cannot be configured"},
		{
			name: "an element nobody knows", policy: "odd", warning: "is not understood",
			document: text(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Extra":"x"}}`),
		},
		{
			name: "an operator nobody knows", policy: "odd", warning: "would be refused",
			document: text(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Perhaps":{"aws:username":"x"}}}}`),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, "aws")
			c.group(t, "team", "", []string{"alice"}, "ReadOnlyAccess")
			arn := "arn:aws:iam::444455556666:policy" + test.path + test.policy
			if test.path == "" {
				arn = "arn:aws:iam::444455556666:policy/" + test.policy
			}
			// Not by way of the account, which refuses what IAM refuses.
			group := c.source(t, "eu-west-1", "team")
			group.Groups[0].Policies = append(group.Groups[0].Policies, managed(arn, test.document(t, c)))
			file, err := stackfile.New(group)
			require.NoError(t, err)
			if test.warning == "" && test.note == "" {
				require.Equal(t, []string{"ReadOnlyAccess", arn}, file.Roles[0].Policies)
				require.Empty(t, file.Roles[0].Notes)
				return
			}
			require.Equal(t, []string{"ReadOnlyAccess"}, file.Roles[0].Policies)
			require.Len(t, file.Roles[0].Notes, 1)
			require.Equal(t, test.warning != "", file.Roles[0].Notes[0].Warning)
			require.Contains(t, file.Roles[0].Notes[0].Text, arn+" is left out: it ")
			require.Contains(t, file.Roles[0].Notes[0].Text, test.warning+test.note)
		})
	}
}

func text(document string) func(*testing.T, *cloud) string {
	return func(*testing.T, *cloud) string { return document }
}

func ours(withoutDeny bool) func(*testing.T, *cloud) string {
	return func(t *testing.T, c *cloud) string { //nolint:thelper // a row of a table
		return c.own(t, withoutDeny)
	}
}

// managed is a customer managed policy as [deployed.ReadGroup] gives it.
func managed(arn, document string) deployed.ManagedPolicy {
	parsed, err := policy.Parse(document)
	if err != nil {
		return deployed.ManagedPolicy{ARN: arn, Fault: err}
	}
	return deployed.ManagedPolicy{ARN: arn, Document: &parsed}
}

func TestWhatIsWarnedOf(t *testing.T) {
	t.Parallel()
	type change = func(t *testing.T, c *cloud)
	users := func(n int) change {
		return func(t *testing.T, c *cloud) { //nolint:thelper // a row of a table
			for i := range n {
				c.user(t, fmt.Sprintf("user-%03d", i), "")
				require.NoError(t, c.AddUserToGroup("team", fmt.Sprintf("user-%03d", i)))
			}
		}
	}
	policies := func(n int, own bool) change {
		return func(t *testing.T, c *cloud) { //nolint:thelper // a row of a table
			for i := range n {
				c.attach(t, "team", "", fmt.Sprintf("policy-%d", i), deployBucket)
			}
			if own {
				c.attach(t, "team", "", "cli-dev-team", c.own(t, false))
			}
		}
	}
	for name, test := range map[string]struct {
		change change // of a group team with alice
		want   string // empty if there is nothing to warn of
	}{
		"nothing":         {func(*testing.T, *cloud) {}, ""},
		"inline policies": {func(t *testing.T, c *cloud) { t.Helper(); c.inline(t, "team") }, "inline policies are left out: also-by-hand, by-hand."},
		"an empty group": {func(t *testing.T, c *cloud) {
			t.Helper()
			require.NoError(t, c.RemoveUserFromGroup("team", "alice"))
		}, "The group is empty"},
		"a user's policy": {func(t *testing.T, c *cloud) {
			t.Helper()
			require.NoError(t, c.AttachUserPolicy("alice", c.aws("IAMReadOnlyAccess")))
		}, "policies of their own, which the role does not have: alice (1 attached, 0 inline)."},
		"a boundary": {func(t *testing.T, c *cloud) {
			t.Helper()
			require.NoError(t, c.PutUserPermissionsBoundary("alice", c.aws("ReadOnlyAccess")))
		}, "a permissions boundary, which does not bind the role: alice (arn:aws:iam::aws:policy/ReadOnlyAccess)."},
		"as many policies as a group can have": {policies(9, false), "The group has 10 managed policies"},
		"as many, with that of the stack":      {policies(8, true), ""},
		"more users than a trust policy holds": {users(60), "refuse the trust policy of 61 users"},
		"as many users as it holds":            {users(30), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, "aws")
			c.group(t, "team", "", []string{"alice"}, "ReadOnlyAccess")
			test.change(t, c)
			file := c.file(t, "team")
			if test.want == "" {
				require.Empty(t, warnings(t, file))
				return
			}
			require.Len(t, warnings(t, file), 1)
			require.Contains(t, warnings(t, file)[0], test.want)
			comments := strings.Join(strings.Fields(strings.ReplaceAll(string(file.Text), "#", "")), " ")
			require.Contains(t, comments, "WARNING: "+warnings(t, file)[0], "the file has it, too")
		})
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	for partition, region := range map[string]string{
		"aws": "eu-west-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1",
	} {
		c := newCloud(t, partition)
		c.group(t, "team", "/a/", []string{"alice"}, "PowerUserAccess")
		c.attach(t, "team", "/b/", "deploy", deployBucket)
		c.attach(t, "team", "", "force-mfa", denyWithoutMFA)
		file, err := stackfile.New(c.source(t, region, "team"))
		require.NoError(t, err)
		require.Equal(t, []string{"PowerUserAccess", "arn:" + partition + ":iam::444455556666:policy/b/deploy"}, file.Roles[0].Policies)
		require.Contains(t, string(file.Text), "aws:region: "+region+"\n")
		require.Len(t, warnings(t, file), 1)

		elsewhere := c.source(t, map[string]string{"aws": "cn-north-1"}[partition], "team")
		if elsewhere.Region == "" {
			elsewhere.Region = "eu-west-1"
		}
		_, err = stackfile.New(elsewhere)
		require.ErrorContains(t, err, "region "+elsewhere.Region+" is of partition")
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	c.group(t, "bare", "", nil)
	c.group(t, "locked", "", []string{"alice"})
	c.attach(t, "locked", "", "force-mfa", denyWithoutMFA)
	c.group(t, strings.Repeat("long", 15), "", nil, "ReadOnlyAccess")

	_, err := stackfile.New(c.source(t, "eu-west-1", "bare"))
	require.ErrorContains(t, err, "no managed policy that a role can have: ")
	require.ErrorContains(t, err, "group bare: ")

	c.inline(t, "locked")
	_, err = stackfile.New(c.source(t, "eu-west-1", "locked"))
	require.ErrorContains(t, err, "no managed policy that a role can have: ")
	require.ErrorContains(t, err, "force-mfa is left out", "the reasons are named")
	require.ErrorContains(t, err, "also-by-hand, by-hand")

	_, err = stackfile.New(c.source(t, "eu-west-1", strings.Repeat("long", 15)))
	require.ErrorIs(t, err, policy.ErrName)
	require.ErrorContains(t, err, "--role")
}

// A deny by wildcards is found whatever other policies name.
func TestDenyByWildcards(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	c.group(t, "team", "", []string{"alice"})
	c.attach(t, "team", "", "a-vault", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:Get*",
		"Resource":"arn:aws:s3:::vault/*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`)
	c.attach(t, "team", "", "b-reader", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",
		"Resource":"arn:aws:s3:::vault/key"}}`)
	file := c.file(t, "team")
	require.Equal(t, []string{"arn:aws:iam::444455556666:policy/b-reader"}, file.Roles[0].Policies)
	require.Contains(t, warnings(t, file)[0], "a-vault is left out: it demands MFA, which the session of a role never "+
		"carries: s3:GetObject on arn:aws:s3:::vault/")
}

// IAM gives no group so many, but could some day.
func TestNoMorePoliciesThanARoleCanHave(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	c.group(t, "team", "", []string{"alice"}, "PowerUserAccess")
	source := c.source(t, "eu-west-1", "team")
	for i := range policy.MaxAttachedPolicies {
		source.Groups[0].Policies = append(source.Groups[0].Policies,
			managed(fmt.Sprintf("arn:aws:iam::444455556666:policy/policy-%d", i), deployBucket))
	}
	file, err := stackfile.New(source)
	require.NoError(t, err)
	require.Len(t, file.Roles[0].Policies, policy.MaxAttachedPolicies)
	require.Contains(t, warnings(t, file)[0], "policy/policy-9 is left out: it is one more than the 10 that a role can have")
}

// The first step of a roll-out is not for groups that an earlier deployment has
// taken through both.
func TestEnforceIsAsTheGroupsHaveIt(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	for _, group := range []string{"enforced", "too", "begun", "new", "forced"} {
		c.group(t, group, "", nil, "ReadOnlyAccess")
	}
	c.attach(t, "enforced", "", "cli-old-enforced", c.own(t, false))
	c.attach(t, "too", "", "cli-old-too", c.own(t, false))
	c.attach(t, "begun", "", "cli-old-begun", c.own(t, true))
	c.attach(t, "forced", "", "force-mfa", denyWithoutMFA)
	for groups, want := range map[string]bool{
		"enforced": true, "enforced too": true, "enforced new": false, "begun enforced": false, "new": false,
		"forced": false,
	} {
		file := c.file(t, strings.Fields(groups)...)
		require.Equal(t, want, file.Enforce, groups)
		require.Contains(t, string(file.Text), fmt.Sprintf("aws-cli-mfa:enforce: %t\n", want))
		require.Equal(t, want, strings.Contains(string(file.Text), "in force for all of these groups already"))
	}
}

// Names that YAML would take for something else.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	names := []string{"true", "123", "0x1f", "1e3", "null", "-", "@ops", "=", "a,b", "yes", "2026-01-01", ".inf", "+1", "_"}
	c := newCloud(t, "aws")
	for _, name := range names {
		c.group(t, name, "", nil, "ReadOnlyAccess")
	}
	file := c.file(t, names...)
	require.Len(t, file.Roles, len(names))
}

func TestAFileIsReplacedOnlyWhenToldTo(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	c.group(t, "team", "", []string{"alice"}, "ReadOnlyAccess")
	file := c.file(t, "team")
	dir := t.TempDir()
	path := filepath.Join(dir, "Pulumi.dev.yaml")
	const mine = "config:\n  aws:region: eu-west-1\n"
	require.NoError(t, os.WriteFile(path, []byte(mine), 0o600))

	require.ErrorIs(t, file.Write(path, false), stackfile.ErrExists)
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, mine, string(kept))

	require.NoError(t, file.Write(path, true))
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(file.Text), string(written))

	fresh := filepath.Join(dir, "Pulumi.prod.yaml")
	require.NoError(t, file.Write(fresh, false))
	info, err := os.Stat(fresh)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "no temporary file stays")

	dangling := filepath.Join(dir, "Pulumi.link.yaml")
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), dangling))
	require.ErrorIs(t, file.Write(dangling, false), stackfile.ErrExists)
	require.Error(t, file.Write(filepath.Join(dir, "none", "Pulumi.x.yaml"), false))
}

// Pulumi has the key to a stack's secrets in the stack file.
func TestWhatPulumiKeepsInAFileStays(t *testing.T) {
	t.Parallel()
	c := newCloud(t, "aws")
	c.group(t, "team", "", []string{"alice"}, "ReadOnlyAccess")
	file := c.file(t, "team")
	const keys = "encryptionsalt: v1:0baqMu2NkcI=:v1:57F9:DLq/aMqh==\nenvironment:\n  - aws/dev\n"
	for name, test := range map[string]struct{ before, kept, err string }{
		"nothing":       {"", "", ""},
		"comments":      {"# none\n", "", ""},
		"null":          {"---\n", "", ""},
		"a reference":   {"config: {aws:region: &x b}\nencryptionsalt: *x\n", "", "mend or remove it"},
		"configuration": {"config:\n  a:b: c\n", "  a:b: c\n", ""},
		"no settings":   {"config:\n" + keys, keys, ""},
		"keys":          {keys + "config:\n  a:b: c\n", "  a:b: c\n" + keys, ""},
		"keys after it": {"config:\n  a:b: c\n" + keys, "  a:b: c\n" + keys, ""},
		"a list":        {"- a\n", "", "mend or remove it: it is not a YAML mapping"},
		"a list in it":  {"config: [a]\n", "", "mend or remove it: its config is not a YAML mapping"},
		"unknown key":   {"config:\n  aws-cli-mfa:enrolmen: admin\n", "", "enrolmen"},
		"no namespace":  {"config:\n  a:b:c: d\n", "", "expected namespace:name"},
		"no YAML":       {"encryptionsalt: [\n", "", "mend or remove it"},
	} {
		dir := projectDir(t)
		path := filepath.Join(dir, "Pulumi.dev.yaml")
		require.NoError(t, os.WriteFile(path, []byte(test.before), 0o600))
		replacement, _, err := file.Replacing(path)
		if err == nil {
			err = replacement.Write(path, true)
		}
		want := string(file.Text) + test.kept
		if test.err != "" {
			require.ErrorContains(t, err, test.err, name)
			want = test.before
		} else {
			require.NoError(t, err, name)
			_, err := project.ReadStack(environment.Environment{}, dir, "dev")
			if !strings.Contains(test.kept, keys) {
				require.NoError(t, err, name)
			} else {
				require.ErrorContains(t, err, "1 problem", name)
				require.ErrorContains(t, err, "- environment: ", name)
			}
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(text), name)
	}

	target, link := filepath.Join(t.TempDir(), "dev.yaml"), filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(target, []byte(keys), 0o600))
	require.NoError(t, os.Symlink(target, link))
	replacement, _, err := file.Replacing(link)
	require.NoError(t, err)
	require.NoError(t, replacement.Write(link, true))
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, string(file.Text)+keys, string(text), "what a link names")
}

// Of several that find no file, one writes it.
func TestNoFileOfAnotherIsReplaced(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		const writers = 16
		faults := make([]error, writers)
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range writers {
			done.Go(func() {
				start.Wait()
				faults[i] = stackfile.File{Text: []byte(strconv.Itoa(i))}.Write(path, false)
			})
		}
		start.Done()
		done.Wait()
		wrote := slices.IndexFunc(faults, func(err error) bool { return err == nil })
		require.GreaterOrEqual(t, wrote, 0)
		for i, err := range faults {
			if i != wrote {
				require.ErrorIs(t, err, stackfile.ErrExists)
			}
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(wrote), string(text))
	}
}
