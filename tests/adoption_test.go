package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const adoptionDoc = "../docs/adoption.md"

// somebodysRole makes a role that trusts alice, and the policy of a group, by hand.
func somebodysRole(t *testing.T, acct *account.Account, role, policyName string, tags account.Tags) {
	t.Helper()
	_, err := acct.CreateRole(account.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: trustOf(`"` + aliceARN + `"`), Tags: tags})
	require.NoError(t, err)
	require.NoError(t, acct.AttachRolePolicy(role, "arn:aws:iam::aws:policy/PowerUserAccess"))
	deny, err := policy.GroupPolicy{
		Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/" + role},
	}.ManagedPolicy()
	require.NoError(t, err)
	_, err = acct.CreatePolicy(account.CreatePolicyInput{PolicyName: policyName, PolicyDocument: deny.String(), Tags: tags})
	require.NoError(t, err)
}

// What is somebody else's is found at preview, and never changed.
func TestWhatIsSomebodyElsesIsRefused(t *testing.T) {
	t.Parallel()
	for owner, says := range map[string]string{
		"":                 "it has no tag aws-cli-mfa:stack",
		"aws-cli-mfa/prod": "its tag aws-cli-mfa:stack says aws-cli-mfa/prod, and this is aws-cli-mfa/dev",
		"aws-cli-mfa/dev":  "its tag says so, but it differs from what this stack makes, and the stack's state does not have it",
	} {
		t.Run("owner "+owner, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, serving{})
			var tags account.Tags
			if owner != "" {
				tags = account.Tags{{Key: stack.OwnerTag, Value: owner}}
			}
			somebodysRole(t, c.account, roleName, "cli-dev-developers", tags)
			if owner == "aws-cli-mfa/dev" {
				require.NoError(t, c.account.RemoveUserFromGroup("developers", "alice"))
			}
			before, err := json.Marshal(c.account)
			require.NoError(t, err)
			d := newDeployment(t, c, devStack(t))
			_, previewErr := d.Preview(t.Context())
			_, upErr := d.Up(t.Context())
			for _, err := range []error{previewErr, upErr} {
				require.ErrorContains(t, err, `aws-cli-mfa:roles.power-user: "cli-dev-power-user": a role of this name exists, `+
					`and is not known to be this stack's: `+says)
				require.ErrorContains(t, err, "take it over with aws-cli-mfa:adopt: [cli-dev-power-user] (see docs/adoption.md), or "+
					"choose another aws-cli-mfa:namePrefix")
			}
			after, err := json.Marshal(c.account)
			require.NoError(t, err)
			require.JSONEq(t, string(before), string(after))

			d.configure(t, devStack(t)+"  aws-cli-mfa:namePrefix: mfa-\n")
			require.Equal(t, map[string]int{"create": 9, "same": 1}, d.up(t), "the other way out")
		})
	}
}

// What is under another path cannot be taken over, whatever the state says: a
// replacement would have the same name.
func TestRoleUnderAnotherPathIsRefused(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"", "  aws-cli-mfa:adopt: [cli-dev-power-user]\n"} {
		opts := deployedAs(t, roleName, "developers", "alice", "bob")
		opts.Answers[pulumitest.Key{Token: "aws:iam/getRole:getRole", Name: roleName}]["path"] = "/team/"
		recorder, err := deployStack(t, devStack(t)+more, opts)
		require.Empty(t, recorder.Resources())
		require.ErrorContains(t, err, `"cli-dev-power-user": a role of this name exists under path /team/, and cannot be taken `+
			`over; choose another aws-cli-mfa:namePrefix, or delete it: IAM takes a name once, whatever the path, and changes no path`)
	}
}

// A role of another stack that trusts a member tells of an exemption that is void.
func TestPreviewWarnsOfAnotherStack(t *testing.T) {
	t.Parallel()
	c := newCloud(t, serving{})
	somebodysRole(t, c.account, "cli-prod-operator", "cli-prod-operators", account.Tags{{Key: stack.OwnerTag, Value: "aws-cli-mfa/prod"}})
	d := newDeployment(t, c, devStack(t)+"  aws-cli-mfa:exemptActions: [iam:ChangePassword]\n")
	preview, err := d.Preview(t.Context())
	require.NoError(t, err)
	require.Contains(t, preview.StdOut, "aws-cli-mfa:exemptActions: stack aws-cli-mfa/prod has roles for these members, too: alice.")
}

// The commands of the documentation take a role over that was made by hand, and nobody
// is without a way in for a moment. The stack is renamed then, and loses its state.
func TestDocumentedAdoption(t *testing.T) {
	t.Parallel()
	watch := &watcher{}
	c := newCloud(t, serving{afterWrite: watch.afterWrite})
	const old = "arn:aws:iam::111122223333:policy/RequireMFA"
	somebodysRole(t, c.account, "MFA-PowerUser", "RequireMFA", nil)
	require.NoError(t, c.account.AttachGroupPolicy("developers", old))
	require.NoError(t, c.account.RemoveUserFromGroup("developers", "bob"))
	watch.begin(c.account, nil)

	shell := blocks(t, adoptionDoc, "sh")
	d := newDeployment(t, c, blocks(t, adoptionDoc, "yaml")[1])
	_, err := d.Up(t.Context())
	require.ErrorContains(t, err, `"MFA-PowerUser": a role of this name exists`)
	c.runs(t, d, shell[0])
	_, err = d.Up(t.Context(), optup.ExpectNoChanges())
	require.NoError(t, err)
	require.Empty(t, watch.end(c.account))
	lockedOut, writes, denied := watch.seen()
	require.Empty(t, lockedOut)
	require.NotZero(t, writes*denied)
	made, err := c.account.GetRole("MFA-PowerUser")
	require.NoError(t, err)
	require.Equal(t, account.Tags{{Key: stack.OwnerTag, Value: "aws-cli-mfa/dev"}}, made.Tags)
	attached, err := c.account.ListAttachedGroupPolicies("developers", "")
	require.NoError(t, err)
	require.Len(t, attached, 1)
	require.Equal(t, "MFA-developers", attached[0].PolicyName)

	lost := openDeployment(t, pulumiCLI(t), c, projectOf(t, "dev", read(t, d.file)), "dev")
	require.Equal(t, 2, lost.up(t)["import"], "the role and the policy")
	require.Equal(t, map[string]int{"same": 10}, lost.up(t))
}

func TestDocumentedRename(t *testing.T) {
	t.Parallel()
	c := newCloud(t, serving{})
	d := newDeployment(t, c, devStack(t))
	d.up(t)
	lines := strings.Split(strings.TrimSpace(blocks(t, adoptionDoc, "sh")[1]), "\n")
	require.Equal(t, "pulumi up", lines[2])
	c.runs(t, d, strings.Join(lines[:2], "\n"))
	renamed := openDeployment(t, pulumiCLI(t), c, filepath.Dir(d.file), "qa")
	require.Equal(t, map[string]int{"update": 2, "same": 8}, renamed.up(t), "tags")
	require.Equal(t, []string{roleARN}, slices.Collect(mapValues(renamed.outputs(t).RoleARNs)))
	made, err := c.account.GetRole(roleName)
	require.NoError(t, err)
	require.Equal(t, account.Tags{{Key: stack.OwnerTag, Value: "aws-cli-mfa/qa"}}, made.Tags)
}

func mapValues(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, value := range m {
			if !yield(value) {
				return
			}
		}
	}
}

// runs has an administrator type commands of the documentation: pulumi up and preview
// go to the engine, which has the program, all others to the real programs.
func (c *cloud) runs(t *testing.T, d *deployment, block string) {
	t.Helper()
	for line := range strings.Lines(block) {
		switch words := strings.Fields(strings.ReplaceAll(line, "'", "")); {
		case line == "pulumi up\n" || line == "pulumi up":
			d.up(t)
		case words[1] == "preview":
			preview, err := d.Preview(t.Context())
			require.NoError(t, err)
			require.Equal(t, 1, preview.ChangeSummary[apitype.OpImport], preview.ChangeSummary)
		default:
			c.execute(t, d, words)
		}
	}
}

func (c *cloud) execute(t *testing.T, d *deployment, words []string) {
	t.Helper()
	root := filepath.Dir(d.backend())
	program := map[string]string{"pulumi": pulumiCLI(t).Path(), "aws": ""}[words[0]]
	if words[0] == "aws" {
		program = clienttest.Require(t, "aws")
	} else {
		words = append(words, "--stack", d.stackName())
	}
	command := exec.CommandContext(t.Context(), program, words[1:]...)
	command.Dir = filepath.Dir(d.file)
	key, err := c.account.CreateAccessKey("administrator")
	require.NoError(t, err)
	command.Env = append(os.Environ(), "HOME="+root, "PULUMI_HOME="+filepath.Join(root, "pulumi-home"),
		"PULUMI_BACKEND_URL=file://"+d.backend(), "PULUMI_CONFIG_PASSPHRASE=sandbox",
		"PULUMI_SKIP_UPDATE_CHECK=true", "AWS_ENDPOINT_URL="+c.address, "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID="+key.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+key.SecretAccessKey)
	text, err := command.CombinedOutput()
	require.NoError(t, err, string(text))
	require.NoError(t, c.account.DeleteAccessKey("administrator", key.AccessKeyID))
}
