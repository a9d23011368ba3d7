package deployed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func TestReadGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	require.NoError(t, c.AttachGroupPolicy(groupName, "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	created, err := c.CreatePolicy(account.CreatePolicyInput{
		PolicyName: "a", Path: "/a/", PolicyDocument: c.groupPolicy(t).String(),
	})
	require.NoError(t, err)
	require.NoError(t, c.AttachGroupPolicy(groupName, created.ARN))

	group, err := deployed.ReadGroup(t.Context(), c.iam, groupName)
	require.NoError(t, err)
	require.Equal(t, groupName, group.Name)
	require.Equal(t, []deployed.Member{{"alice", aliceARN}, {"bob", bobARN}}, group.Members)
	require.Empty(t, group.InlinePolicies)
	document := c.groupPolicy(t)
	require.Equal(t, []deployed.ManagedPolicy{
		{ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		{ARN: created.ARN, Document: &document},
		{ARN: c.policyARN, Document: &document},
	}, group.Policies)

	c.inline(t, "group", groupName)
	inline, err := deployed.ReadGroup(t.Context(), c.iam, groupName)
	require.NoError(t, err)
	require.Equal(t, []string{"by-hand"}, inline.InlinePolicies)

	names, err := deployed.GroupNames(t.Context(), c.iam)
	require.NoError(t, err)
	require.Equal(t, []string{groupName}, names)
	_, err = deployed.ReadGroup(t.Context(), c.iam, "nobody")
	require.ErrorIs(t, err, deployed.ErrNotFound)
}

func TestReadUserPolicies(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	own, err := deployed.ReadUserPolicies(t.Context(), c.iam, "admin")
	require.NoError(t, err)
	require.Equal(t, deployed.UserPolicies{Attached: 1}, own)

	require.NoError(t, c.PutUserPermissionsBoundary("bob", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	c.inline(t, "user", "bob")
	own, err = deployed.ReadUserPolicies(t.Context(), c.iam, "bob")
	require.NoError(t, err)
	require.Equal(t, deployed.UserPolicies{Inline: 1, Boundary: "arn:aws:iam::aws:policy/ReadOnlyAccess"}, own)
}
