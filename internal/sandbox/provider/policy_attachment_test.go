package provider_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// attachmentType is what differs between the two resource types.
type attachmentType struct {
	token, key string
	make       func(t *testing.T, account *iam.Client, name string)
	attached   func(t *testing.T, account *iam.Client, name string) []string
}

func eachAttachment(t *testing.T, test func(t *testing.T, a attachmentType, e engine)) {
	t.Helper()
	for _, a := range []attachmentType{
		{groupAttachmentToken, "group", makeGroup, groupPolicies},
		{roleAttachmentToken, "role", makeRole, rolePolicies},
	} {
		t.Run(a.key, func(t *testing.T) {
			t.Parallel()
			test(t, a, newEngine(t))
		})
	}
}

func makeGroup(t *testing.T, account *iam.Client, name string) {
	t.Helper()
	_, err := account.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String(name)})
	require.NoError(t, err)
}

func makeRole(t *testing.T, account *iam.Client, name string) {
	t.Helper()
	_, err := account.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(trust(t)),
	})
	require.NoError(t, err)
}

func groupPolicies(t *testing.T, account *iam.Client, name string) []string {
	t.Helper()
	out, err := account.ListAttachedGroupPolicies(t.Context(), &iam.ListAttachedGroupPoliciesInput{GroupName: &name})
	require.NoError(t, err)
	return arnsOf(out.AttachedPolicies)
}

func rolePolicies(t *testing.T, account *iam.Client, name string) []string {
	t.Helper()
	out, err := account.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	require.NoError(t, err)
	return arnsOf(out.AttachedPolicies)
}

func arnsOf(attached []types.AttachedPolicy) []string {
	arns := []string{}
	for _, p := range attached {
		arns = append(arns, aws.ToString(p.PolicyArn))
	}
	return arns
}

func TestAttachmentLifecycle(t *testing.T) {
	t.Parallel()
	eachAttachment(t, func(t *testing.T, a attachmentType, e engine) {
		t.Helper()
		name := a.key + "-attachment"
		a.make(t, e.account, name)
		other, _, otherState := e.create(t, a.token, "x", map[string]any{
			a.key: name, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		})
		id, in, state := e.create(t, a.token, "x", map[string]any{a.key: name, "policyArn": powerUserAccess})
		require.Regexp(t, `^`+name+`-\d{18}[0-9a-f]{8}$`, id)
		require.NotEqual(t, other, id)
		require.Equal(t, map[string]any{"id": id, a.key: name, "policyArn": powerUserAccess}, state.AsMap())
		require.Contains(t, a.attached(t, e.account, name), powerUserAccess)
		e.requireNoDiff(t, a.token, id, state, in)
		again := e.refresh(t, a.token, id, state, in)
		require.Equal(t, id, again.GetId())
		require.Equal(t, state.AsMap(), again.GetProperties().AsMap())
		require.Equal(t, in.AsMap(), again.GetInputs().AsMap())

		e.remove(t, a.token, id, state)
		require.Equal(t, []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, a.attached(t, e.account, name))
		e.remove(t, a.token, id, state)
		require.Empty(t, e.refresh(t, a.token, id, state, in).GetId())
		require.Equal(t, other, e.refresh(t, a.token, other, otherState, nil).GetId())
		never := properties(t, map[string]any{a.key: "never-was", "policyArn": powerUserAccess})
		require.Empty(t, e.refresh(t, a.token, "never-was-1", never, never).GetId())
		e.remove(t, a.token, "never-was-1", never)

		_, err := e.Delete(t.Context(), &pulumirpc.DeleteRequest{Urn: urn(a.token, "x"), Id: id})
		require.ErrorContains(t, err, "the state does not say which")
	})
}

func TestAttachmentReplacement(t *testing.T) {
	t.Parallel()
	eachAttachment(t, func(t *testing.T, a attachmentType, e engine) {
		t.Helper()
		state := properties(t, map[string]any{a.key: "some", "policyArn": powerUserAccess})
		for property, value := range map[string]any{
			a.key: "other", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		} {
			inputs := map[string]any{a.key: "some", "policyArn": powerUserAccess}
			for _, changed := range []any{value, unknown()} {
				inputs[property] = changed
				diff := e.diff(t, a.token, "id", state, e.check(t, a.token, "x", inputs))
				require.Equal(t, []string{property + " UPDATE_REPLACE"}, kinds(diff))
				require.Equal(t, []string{property}, diff.GetReplaces())
				require.True(t, diff.GetDeleteBeforeReplace())
			}
		}
	})
}

func TestAttachmentCheckFailures(t *testing.T) {
	t.Parallel()
	eachAttachment(t, func(t *testing.T, a attachmentType, e engine) {
		t.Helper()
		require.Equal(t, map[string]string{
			a.key: "missing required property", "policyArn": "missing required property",
		}, e.failures(t, a.token, map[string]any{}))
		failures := e.failures(t, a.token, map[string]any{
			a.key: strings.Repeat("x", 129), "policyArn": "PowerUserAccess", "users": []any{},
		})
		require.Len(t, failures, 3)
		require.Contains(t, failures[a.key], a.key+" name")
		require.Contains(t, failures["policyArn"], "is not an ARN")
		require.Contains(t, failures["users"], "unknown or read-only property")
	})
}
