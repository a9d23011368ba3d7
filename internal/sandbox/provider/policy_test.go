package provider_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

func TestPolicyLifecycle(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	id, in, state := e.create(t, policyToken, "lifecycle", map[string]any{
		"name": "policy-lifecycle", "path": "/cli/", "description": "for a group", "policy": allow(t, "sts:AssumeRole"),
		"tags": map[string]any{"a": "b"},
	})
	require.Equal(t, e.arn("policy/cli/policy-lifecycle"), id)
	got := state.AsMap()
	require.NotEmpty(t, got["policyId"])
	delete(got, "policyId")
	require.Equal(t, map[string]any{
		"id": id, "arn": id, "name": "policy-lifecycle", "path": "/cli/",
		"description": "for a group", "policy": allow(t, "sts:AssumeRole"), "attachmentCount": 0.0,
		"tags": map[string]any{"a": "b"}, "tagsAll": map[string]any{"a": "b"},
	}, got)
	e.requireNoDiff(t, policyToken, id, state, in)
	again := e.refresh(t, policyToken, id, state, in)
	require.Equal(t, id, again.GetId())
	require.Equal(t, state.AsMap(), again.GetProperties().AsMap())
	require.Equal(t, in.AsMap(), again.GetInputs().AsMap())

	e.remove(t, policyToken, id, state)
	require.Empty(t, e.refresh(t, policyToken, id, state, in).GetId())
	e.remove(t, policyToken, id, state)
}

func versions(t *testing.T, e engine, arn string) map[string]bool {
	t.Helper()
	out, err := e.account.ListPolicyVersions(t.Context(), &iam.ListPolicyVersionsInput{PolicyArn: aws.String(arn)})
	require.NoError(t, err)
	isDefault := map[string]bool{}
	for _, v := range out.Versions {
		isDefault[aws.ToString(v.VersionId)] = v.IsDefaultVersion
	}
	return isDefault
}

func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	inputs := map[string]any{"name": "policy-versions", "policy": allow(t, "s3:Get0")}
	id, _, state := e.create(t, policyToken, "x", inputs)
	for _, action := range []string{"s3:Get1", "s3:Get2", "s3:Get3", "s3:Get4", "s3:Get5", "s3:Get6"} {
		inputs["policy"] = allow(t, action)
		diff := e.diff(t, policyToken, id, state, e.check(t, policyToken, "x", inputs))
		require.Equal(t, []string{"policy UPDATE"}, kinds(diff))
		require.Empty(t, diff.GetReplaces())
		state = e.update(t, policyToken, "x", id, state, inputs)
		require.Equal(t, inputs["policy"], state.AsMap()["policy"])
	}
	require.Equal(t, map[string]bool{"v3": false, "v4": false, "v5": false, "v6": false, "v7": true}, versions(t, e, id))

	do(e.account.SetDefaultPolicyVersion(t.Context(), &iam.SetDefaultPolicyVersionInput{
		PolicyArn: aws.String(id), VersionId: aws.String("v3"),
	}))
	state = e.refresh(t, policyToken, id, state, e.check(t, policyToken, "x", inputs)).GetProperties()
	require.JSONEq(t, allow(t, "s3:Get2"), as[string](t, state.AsMap()["policy"]))
	state = e.update(t, policyToken, "x", id, state, inputs)
	require.Equal(t, map[string]bool{"v3": false, "v5": false, "v6": false, "v7": false, "v8": true}, versions(t, e, id))

	e.remove(t, policyToken, id, state)
	require.Empty(t, e.refresh(t, policyToken, id, state, nil).GetId())
}

func TestPolicyTags(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	inputs := map[string]any{
		"name": "policy-tags", "policy": allow(t, "s3:*"), "tags": map[string]any{"keep": "1", "change": "1", "drop": "1"},
	}
	id, _, state := e.create(t, policyToken, "x", inputs)
	inputs["tags"] = map[string]any{"keep": "1", "change": "2", "add": "1"}
	e.endpoint.made()
	state = e.update(t, policyToken, "x", id, state, inputs)
	require.Equal(t, []string{"UntagPolicy", "TagPolicy"}, writes(e.endpoint.made()))
	require.Equal(t, inputs["tags"], state.AsMap()["tags"])
	require.Equal(t, inputs["tags"], state.AsMap()["tagsAll"])
}

func TestPolicyAttached(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	id, in, state := e.create(t, policyToken, "x", map[string]any{"name": "policy-attached", "policy": allow(t, "s3:*")})
	do(e.account.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String("policy-attached")}))
	do(e.account.AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{
		GroupName: aws.String("policy-attached"), PolicyArn: aws.String(id),
	}))
	require.InDelta(t, 1, e.refresh(t, policyToken, id, state, in).GetProperties().AsMap()["attachmentCount"], 0)
	e.endpoint.onCall(func(action string, _ url.Values) *reply { // moto deletes attached policies
		if action == "DeletePolicy" {
			return iamError(http.StatusConflict, "DeleteConflict", "Cannot delete a policy attached to entities.")
		}
		return nil
	})
	_, err := e.Delete(t.Context(), &pulumirpc.DeleteRequest{Urn: urn(policyToken, "x"), Id: id, Properties: state})
	require.ErrorContains(t, err, "deleting IAM Policy ("+id+")")
	require.ErrorContains(t, err, "DeleteConflict")
}

func TestPolicyCheckFailures(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, test := range []struct {
		property string
		value    any
		reason   string
	}{
		{"policy", nil, "missing required property"},
		{"policy", "not JSON", "invalid JSON policy"},
		{"name", "a/b", "letters, digits and"},
		{"tags", map[string]any{"a": true}, "must be a string"},
		{"policyId", "ANPA", "unknown or read-only property"},
	} {
		inputs := map[string]any{"name": "x", "policy": allow(t, "s3:*")}
		if test.value == nil {
			delete(inputs, test.property)
		} else {
			inputs[test.property] = test.value
		}
		failures := e.failures(t, policyToken, inputs)
		require.Len(t, failures, 1, test)
		require.Contains(t, failures[test.property], test.reason, test)
	}
}
