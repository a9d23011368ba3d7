package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestIdentifiers(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	u, err := a.GetUser("alice")
	require.NoError(t, err)
	require.Equal(t, arn("user/team/alice"), u.ARN)
	require.Regexp(t, `^AIDA[A-Z2-7]{17}$`, u.UserID)
	require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC), u.CreateDate)
	g, members, err := a.GetGroup("developers")
	require.NoError(t, err)
	require.Regexp(t, `^AGPA[A-Z2-7]{17}$`, g.GroupID)
	require.Equal(t, []account.User{u}, members)
	r, err := a.GetRole("power-user")
	require.NoError(t, err)
	require.Regexp(t, `^AROA[A-Z2-7]{17}$`, r.RoleID)
	require.Equal(t, account.MinSessionDuration, r.MaxSessionDuration)
	p, err := a.GetPolicy(arn("policy/mine"))
	require.NoError(t, err)
	require.Regexp(t, `^ANPA[A-Z2-7]{17}$`, p.PolicyID)

	china := account.New(accountID, "aws-cn")
	u, err = china.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	require.Equal(t, "arn:aws-cn:iam::"+accountID+":user/alice", u.ARN)
	require.NoError(t, china.AttachUserPolicy("alice", "arn:aws-cn:iam::aws:policy/AdministratorAccess"))
}

func TestDeleteConflictsOfAUser(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	key, err := a.CreateAccessKey("bob")
	require.NoError(t, err)
	requireError(t, a.DeleteUser("bob"), 409, "DeleteConflict", "Cannot delete entity, must delete access keys first.")
	require.NoError(t, a.DeleteAccessKey("bob", key.AccessKeyID))
	require.NoError(t, a.AttachUserPolicy("bob", adminARN))
	requireError(t, a.DeleteUser("bob"), 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	require.NoError(t, a.DetachUserPolicy("bob", adminARN))
	bob := account.Identity{Kind: "user", Name: "bob"}
	require.NoError(t, a.PutInlinePolicy(bob, "own", document))
	requireError(t, a.DeleteUser("bob"), 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	require.NoError(t, a.DeleteInlinePolicy(bob, "own"))
	require.NoError(t, a.DeleteUser("bob"))
}

func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	mine := arn("policy/mine")
	v2, err := a.CreatePolicyVersion(mine, identityDocument(100), true)
	require.NoError(t, err)
	require.Equal(t, "v2", v2.VersionID)
	require.True(t, v2.IsDefaultVersion)
	requireError(t, a.DeletePolicy(mine), 409, "DeleteConflict", "This policy has more than one version.")
	require.NoError(t, a.DeletePolicyVersion(mine, "v1"))

	v3, err := a.CreatePolicyVersion(mine, document, false)
	require.NoError(t, err)
	require.Equal(t, "v3", v3.VersionID, "a number is not used again")
	require.NoError(t, a.DeletePolicyVersion(mine, "v3"))
	v4, err := a.CreatePolicyVersion(mine, document, false)
	require.NoError(t, err)
	require.Equal(t, "v4", v4.VersionID)
	require.NoError(t, a.SetDefaultPolicyVersion(mine, "v4"))
	versions, err := a.ListPolicyVersions(mine)
	require.NoError(t, err)
	require.Equal(t, []string{"v4", "v2"}, []string{versions[0].VersionID, versions[1].VersionID})
	require.Equal(t, []bool{true, false}, []bool{versions[0].IsDefaultVersion, versions[1].IsDefaultVersion})
	require.Equal(t, document, versions[0].Document, "white space is kept")
}

func TestBoundaries(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	mine := arn("policy/mine")
	require.NoError(t, a.PutRolePermissionsBoundary("power-user", mine))
	require.NoError(t, a.PutUserPermissionsBoundary("bob", mine))
	p, err := a.GetPolicy(mine)
	require.NoError(t, err)
	require.Equal(t, 2, p.PermissionsBoundaryUsageCount)
	requireError(t, a.DeletePolicy(mine), 409, "DeleteConflict", "Cannot delete a policy attached to entities.")
	require.NoError(t, a.DeleteRolePermissionsBoundary("power-user"))
	require.NoError(t, a.DeleteUser("bob"))
	require.NoError(t, a.DeletePolicy(mine))
}

// TestTagCase: tag keys of roles and users ignore case, those of policies
// do not. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func TestTagCase(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	before := snapshot(t, a)
	upper, lower := account.Tags{{Key: "Stack", Value: "1"}}, account.Tags{{Key: "stack", Value: "2"}}
	require.NoError(t, a.TagRole("power-user", upper))
	require.NoError(t, a.TagRole("power-user", lower))
	r, err := a.GetRole("power-user")
	require.NoError(t, err)
	require.Equal(t, lower, r.Tags)
	require.NoError(t, a.UntagRole("power-user", []string{"STACK", "none"}))

	mine := arn("policy/mine")
	require.NoError(t, a.TagPolicy(mine, upper))
	require.NoError(t, a.TagPolicy(mine, lower))
	p, err := a.GetPolicy(mine)
	require.NoError(t, err)
	require.Equal(t, append(upper, lower...), p.Tags)
	require.NoError(t, a.UntagPolicy(mine, []string{"Stack", "stack"}))
	require.Equal(t, before, snapshot(t, a))
}

func TestAWSManagedPolicies(t *testing.T) {
	t.Parallel()
	a := account.New(accountID, "aws-us-gov")
	policies := policy.AWSManagedPolicies("aws-us-gov")
	ids := map[string]bool{}
	for _, managed := range policies {
		p, err := a.GetPolicy(managed.ARN)
		require.NoError(t, err)
		ids[p.PolicyID] = true
		require.Regexp(t, `^arn:aws-us-gov:iam::aws:policy/`, p.ARN)
		v, err := a.GetPolicyVersion(p.ARN, p.DefaultVersionID)
		require.NoError(t, err)
		require.NotContains(t, v.Document, "arn:aws:")
	}
	require.Len(t, ids, len(policies))
}

// TestAnswersAreCopies: what a caller does with an answer does not reach the
// account.
func TestAnswersAreCopies(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	require.NoError(t, a.TagRole("power-user", []account.Tag{{Key: "k", Value: "v"}}))
	before := snapshot(t, a)
	r, err := a.GetRole("power-user")
	require.NoError(t, err)
	r.Tags[0].Value = "changed"
	require.Equal(t, before, snapshot(t, a))
}
