package provider_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// The default tags are set like the program's own, which win, and a change of them is a change of what has them.
func TestConfigDefaultTags(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	setTags := func(tags map[string]any) {
		e.configure(t, map[string]any{"defaultTags": map[string]any{"tags": tags}})
	}
	for token, inputs := range map[string]map[string]any{
		roleToken:   {"name": "tagged", "assumeRolePolicy": trust(t), "tags": map[string]any{"own": "1", "both": "own"}},
		policyToken: {"name": "tagged", "policy": allow(t, "s3:*"), "tags": map[string]any{"own": "1", "both": "own"}},
	} {
		setTags(map[string]any{"both": "default", "cost": "42"})
		id, in, state := e.create(t, token, "x", inputs)
		all := map[string]any{"own": "1", "both": "own", "cost": "42"}
		require.Equal(t, inputs["tags"], state.AsMap()["tags"])
		require.Equal(t, all, state.AsMap()["tagsAll"])
		e.requireNoDiff(t, token, id, state, in)
		again := e.refresh(t, token, id, state, in)
		require.Equal(t, state.AsMap(), again.GetProperties().AsMap())
		require.Equal(t, in.AsMap(), again.GetInputs().AsMap())

		setTags(map[string]any{"cost": "43"})
		diff := e.diff(t, token, id, state, e.check(t, token, "x", inputs))
		require.Equal(t, []string{"tagsAll.cost UPDATE"}, kinds(diff))
		require.Empty(t, diff.GetReplaces())
		state = e.update(t, token, "x", id, state, inputs)
		require.Equal(t, inputs["tags"], state.AsMap()["tags"])
		require.Equal(t, map[string]any{"own": "1", "both": "own", "cost": "43"}, state.AsMap()["tagsAll"])
	}
	role, err := e.account.ListRoleTags(t.Context(), &iam.ListRoleTagsInput{RoleName: aws.String("tagged")})
	require.NoError(t, err)
	require.Len(t, role.Tags, 3)

	e.configure(t, map[string]any{"defaultTags": `{"tags":{"as":"the engine"}}`})
	in := e.check(t, roleToken, "x", map[string]any{"name": "text", "assumeRolePolicy": trust(t)})
	require.Equal(t, map[string]any{"as": "the engine"}, in.AsMap()["tagsAll"])
	for _, bad := range []any{"cost=42", []any{}, map[string]any{"tags": "cost"}, `{"tags":{"cost":42}}`} {
		_, err := e.Configure(t.Context(), &pulumirpc.ConfigureRequest{
			Args: properties(t, map[string]any{"defaultTags": bad}),
		})
		require.ErrorContains(t, err, "aws:defaultTags: ")
	}
}

func TestConfigSessions(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	other := e
	other.ResourceProviderClient = attach(t, e.port)
	e.configure(t, map[string]any{"region": "eu-west-1"})
	other.configure(t, map[string]any{"region": "ap-south-1"})
	const token = "aws:index/getRegion:getRegion"
	require.Equal(t, "eu-west-1", e.mustInvoke(t, token, nil)["name"])
	require.Equal(t, "ap-south-1", other.mustInvoke(t, token, nil)["name"])
	third := e
	third.ResourceProviderClient = attach(t, e.port)
	require.Equal(t, "us-east-1", third.mustInvoke(t, token, nil)["name"])
}

func TestCheckConfig(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	settings := map[string]any{"region": "eu-west-1", "profile": "prod", "allowedAccountIds": `["1"]`}
	resp, err := e.CheckConfig(t.Context(), &pulumirpc.CheckRequest{News: properties(t, settings)})
	require.NoError(t, err)
	require.Equal(t, settings, resp.GetInputs().AsMap())
}

func TestDiffConfig(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	diff := func(olds, news map[string]any) *pulumirpc.DiffResponse {
		resp, err := e.DiffConfig(t.Context(), &pulumirpc.DiffRequest{
			OldInputs: properties(t, olds), News: properties(t, news),
		})
		require.NoError(t, err)
		return resp
	}
	same := diff(map[string]any{"region": "a"}, map[string]any{"region": "a"})
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, same.GetChanges())
	for name, test := range map[string]struct {
		olds, news      map[string]any
		diffs, replaces []string
	}{
		"another region": {
			map[string]any{"region": "a"}, map[string]any{"region": "b"}, []string{"region"}, []string{"region"},
		},
		"no region any more": {
			map[string]any{"region": "a"}, map[string]any{}, []string{"region"}, []string{"region"},
		},
		"the first region": {map[string]any{}, map[string]any{"region": "b"}, []string{"region"}, nil},
		"another setting": {
			map[string]any{"region": "a", "profile": "a"}, map[string]any{"region": "a", "profile": "b"}, []string{"profile"}, nil,
		},
	} {
		changed := diff(test.olds, test.news)
		require.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, changed.GetChanges(), name)
		require.Equal(t, test.diffs, changed.GetDiffs(), name)
		require.Equal(t, test.replaces, changed.GetReplaces(), name)
	}
}

// Settings that would lead to another account or endpoint must have no effect.
func TestConfigStaysInSandbox(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	e.configure(t, map[string]any{
		"profile": "prod", "accessKey": "AKIAREAL", "secretKey": "real", "token": "real",
		"endpoints":  `[{"iam":"https://iam.amazonaws.com","sts":"https://sts.amazonaws.com"}]`,
		"assumeRole": `{"roleArn":"arn:aws:iam::999999999999:role/admin"}`,
	})
	got := e.mustInvoke(t, "aws:index/getCallerIdentity:getCallerIdentity", nil)
	require.Equal(t, e.accountID, got["accountId"])
	require.Equal(t, []string{"GetCallerIdentity"}, e.endpoint.made())
}
