package provider_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

const powerUserAccess = "arn:aws:iam::aws:policy/PowerUserAccess"

func TestRoleLifecycle(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	id, in, state := e.create(t, roleToken, "lifecycle", map[string]any{
		"name":                "role-lifecycle",
		"path":                "/cli/",
		"description":         "for the command line",
		"assumeRolePolicy":    trust(t, "alice"),
		"permissionsBoundary": powerUserAccess,
		"tags":                map[string]any{"team": "platform"},
	})
	require.Equal(t, "role-lifecycle", id)

	got := state.AsMap()
	require.Regexp(t, `^AROA`, got["uniqueId"])
	_, err := time.Parse(time.RFC3339, as[string](t, got["createDate"]))
	require.NoError(t, err)
	delete(got, "uniqueId")
	delete(got, "createDate")
	require.Equal(t, map[string]any{
		"id":                  "role-lifecycle",
		"arn":                 e.arn("role/cli/role-lifecycle"),
		"name":                "role-lifecycle",
		"path":                "/cli/",
		"description":         "for the command line",
		"assumeRolePolicy":    trust(t, "alice"),
		"maxSessionDuration":  3600.0,
		"permissionsBoundary": powerUserAccess,
		"managedPolicyArns":   []any{},
		"inlinePolicies":      []any{},
		"tags":                map[string]any{"team": "platform"},
		"tagsAll":             map[string]any{"team": "platform"},
	}, got)

	e.requireNoDiff(t, roleToken, id, state, in)
	again := e.refresh(t, roleToken, id, state, in)
	require.Equal(t, id, again.GetId())
	require.Equal(t, state.AsMap(), again.GetProperties().AsMap())
	require.Equal(t, in.AsMap(), again.GetInputs().AsMap())

	e.remove(t, roleToken, id, state)
	require.Empty(t, e.refresh(t, roleToken, id, state, in).GetId())
	e.remove(t, roleToken, id, state)
}

func TestRoleUpdate(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	inputs := map[string]any{
		"name": "role-update", "assumeRolePolicy": trust(t, "alice"), "description": "old",
		"permissionsBoundary": powerUserAccess, "tags": map[string]any{"keep": "1", "change": "1", "drop": "1"},
	}
	id, _, state := e.create(t, roleToken, "update", inputs)
	for _, change := range []struct {
		name   string
		inputs map[string]any
		calls  string
		diffs  []string
	}{
		{"trust", map[string]any{"assumeRolePolicy": trust(t, "alice", "bob")}, "UpdateAssumeRolePolicy", []string{
			"assumeRolePolicy UPDATE",
		}},
		{"description removed", map[string]any{"description": nil}, "UpdateRoleDescription", []string{"description DELETE"}},
		// Without a description, which moto forgets in UpdateRole.
		{"session", map[string]any{"maxSessionDuration": 7200}, "UpdateRole", []string{"maxSessionDuration UPDATE"}},
		{"description added", map[string]any{"description": "new"}, "UpdateRoleDescription", []string{"description ADD"}},
		{
			"boundary changed",
			map[string]any{"permissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
			"PutRolePermissionsBoundary",
			[]string{"permissionsBoundary UPDATE"},
		},
		{
			"boundary removed",
			map[string]any{"permissionsBoundary": nil},
			"DeleteRolePermissionsBoundary",
			[]string{"permissionsBoundary DELETE"},
		},
		{
			"tags",
			map[string]any{"tags": map[string]any{"keep": "1", "change": "2", "a.b": "3"}},
			"UntagRole TagRole",
			[]string{
				"tags.change UPDATE", "tags.drop DELETE", "tagsAll.change UPDATE", "tagsAll.drop DELETE",
				`tagsAll["a.b"] ADD`, `tags["a.b"] ADD`,
			},
		},
		{
			"tags removed",
			map[string]any{"tags": nil},
			"UntagRole",
			[]string{
				"tags.change DELETE", "tags.keep DELETE", "tagsAll.change DELETE", "tagsAll.keep DELETE",
				`tagsAll["a.b"] DELETE`, `tags["a.b"] DELETE`,
			},
		},
		{
			"several, with tags first",
			map[string]any{
				"tags": map[string]any{"a": "b"}, "assumeRolePolicy": trust(t, "alice"), "description": "last",
				"permissionsBoundary": powerUserAccess,
			},
			"TagRole UpdateAssumeRolePolicy UpdateRoleDescription PutRolePermissionsBoundary",
			[]string{
				"assumeRolePolicy UPDATE", "description UPDATE", "permissionsBoundary ADD", "tags.a ADD", "tagsAll.a ADD",
			},
		},
	} {
		maps.Copy(inputs, change.inputs)
		in := e.check(t, roleToken, "update", inputs)
		diff := e.diff(t, roleToken, id, state, in)
		require.Equal(t, change.diffs, kinds(diff), change.name)
		require.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, diff.GetChanges(), change.name)
		require.Empty(t, diff.GetReplaces(), change.name)
		require.Equal(t, []string{"name", "path"}, diff.GetStables(), change.name)
		e.endpoint.made()
		state = e.update(t, roleToken, "update", id, state, inputs)
		require.Equal(t, strings.Fields(change.calls), writes(e.endpoint.made()), change.name)
		e.requireNoDiff(t, roleToken, id, state, in)
	}
	out, err := e.account.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String(id)})
	require.NoError(t, err)
	require.Equal(t, int32(7200), aws.ToInt32(out.Role.MaxSessionDuration))
	require.Equal(t, "last", aws.ToString(out.Role.Description))
	require.Equal(t, powerUserAccess, aws.ToString(out.Role.PermissionsBoundary.PermissionsBoundaryArn))
	require.Len(t, out.Role.Tags, 1)
	trusted, err := url.QueryUnescape(aws.ToString(out.Role.AssumeRolePolicyDocument))
	require.NoError(t, err)
	require.JSONEq(t, trust(t, "alice"), trusted)
}

// kinds are the differing paths with how they differ, sorted.
func kinds(diff *pulumirpc.DiffResponse) []string {
	var list []string
	for path, d := range diff.GetDetailedDiff() {
		list = append(list, path+" "+d.GetKind().String())
	}
	slices.Sort(list)
	return list
}

// writes are the calls that change something.
func writes(calls []string) []string {
	var changing []string
	for _, call := range calls {
		if !strings.HasPrefix(call, "Get") && !strings.HasPrefix(call, "List") {
			changing = append(changing, call)
		}
	}
	return changing
}

func TestRoleUpdatePreview(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	id, _, state := e.create(t, roleToken, "x", map[string]any{"name": "role-plan", "assumeRolePolicy": trust(t)})
	e.endpoint.made()
	news := e.check(t, roleToken, "x", map[string]any{
		"name": "role-plan", "assumeRolePolicy": unknown(), "description": "new",
		"tags": map[string]any{"a": unknown()},
	})
	diff := e.diff(t, roleToken, id, state, news)
	require.Equal(t, []string{"assumeRolePolicy UPDATE", "description ADD", "tags.a ADD", "tagsAll ADD"}, kinds(diff))
	resp, err := e.Update(t.Context(), &pulumirpc.UpdateRequest{
		Urn: urn(roleToken, "x"), Id: id, Olds: state, News: news, Preview: true,
	})
	require.NoError(t, err)
	require.Empty(t, e.endpoint.made())
	plan, olds := propertyMap(t, resp.GetProperties()), propertyMap(t, state)
	require.True(t, plan["assumeRolePolicy"].IsComputed())
	require.True(t, plan["tags"].ContainsUnknowns())
	require.True(t, plan["tagsAll"].ContainsUnknowns())
	require.Equal(t, "new", plan["description"].StringValue())
	for _, key := range []resource.PropertyKey{"arn", "uniqueId", "createDate", "name", "managedPolicyArns"} {
		require.Equal(t, olds[key], plan[key], key)
	}
}

// After a failed update the state has what was planned, so that the next update finds nothing to do; only what it
// reads then, or a refresh, tells.
func TestRoleFailedUpdateKeepsThePlan(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	inputs := map[string]any{"name": "role-failed", "assumeRolePolicy": trust(t, "alice")}
	id, _, state := e.create(t, roleToken, "x", inputs)
	inputs["assumeRolePolicy"], inputs["tags"] = trust(t, "bob"), map[string]any{"a": "b"}
	inputs["maxSessionDuration"] = 7200
	news := e.check(t, roleToken, "x", inputs)
	e.endpoint.onCall(func(action string, _ url.Values) *reply {
		if action == "UpdateAssumeRolePolicy" {
			return denied(action)
		}
		return nil
	})
	e.endpoint.made()
	_, err := e.Update(t.Context(), &pulumirpc.UpdateRequest{Urn: urn(roleToken, "x"), Id: id, Olds: state, News: news})
	failed := initFailed(t, err)
	require.Equal(t, []string{"TagRole", "UpdateAssumeRolePolicy"}, writes(e.endpoint.made()))
	require.Contains(t, failed.GetReasons()[0], "updating IAM Role (role-failed) assumeRolePolicy: ")
	require.Contains(t, failed.GetReasons()[0], "AccessDenied")
	require.Equal(t, id, failed.GetId())
	planned := failed.GetProperties()
	require.Equal(t, trust(t, "bob"), planned.AsMap()["assumeRolePolicy"])
	require.InDelta(t, 7200, planned.AsMap()["maxSessionDuration"], 0)
	require.Equal(t, e.arn("role/role-failed"), planned.AsMap()["arn"])

	e.endpoint.onCall(nil)
	e.requireNoDiff(t, roleToken, id, planned, news)
	again := e.update(t, roleToken, "x", id, planned, inputs)
	require.Empty(t, writes(e.endpoint.made()))
	require.JSONEq(t, trust(t, "alice"), as[string](t, again.AsMap()["assumeRolePolicy"]))

	live := e.refresh(t, roleToken, id, planned, news).GetProperties()
	require.Equal(t, []string{"assumeRolePolicy UPDATE", "maxSessionDuration UPDATE"}, kinds(e.diff(t, roleToken, id, live, news)))
	e.update(t, roleToken, "x", id, live, inputs)
	require.Equal(t, []string{"UpdateAssumeRolePolicy", "UpdateRole"}, writes(e.endpoint.made()))
}

func TestRoleCreatePreview(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	in := e.check(t, roleToken, "preview", map[string]any{
		"name": "preview", "assumeRolePolicy": unknown(), "tags": map[string]any{"a": "b"},
	})
	resp, err := e.Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: urn(roleToken, "preview"), Properties: in, Preview: true,
	})
	require.NoError(t, err)
	require.Empty(t, resp.GetId())
	require.Empty(t, e.endpoint.made())
	plan := propertyMap(t, resp.GetProperties())
	for _, key := range []resource.PropertyKey{
		"arn", "createDate", "uniqueId", "managedPolicyArns", "inlinePolicies", "assumeRolePolicy",
	} {
		require.True(t, plan[key].IsComputed(), key)
	}
	require.Equal(t, "preview", plan["name"].StringValue())
	require.Equal(t, "/", plan["path"].StringValue())
	require.Equal(t, plan["tags"], plan["tagsAll"])
}

func TestRolePartialCreate(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	inputs := map[string]any{"name": "role-orphan", "assumeRolePolicy": trust(t), "tags": map[string]any{"a": "b"}}
	in := e.check(t, roleToken, "x", inputs)
	e.endpoint.onCall(func(action string, _ url.Values) *reply {
		if action == "GetRole" {
			return denied(action)
		}
		return nil
	})
	_, err := e.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(roleToken, "x"), Properties: in})
	failed := initFailed(t, err)
	require.Equal(t, "role-orphan", failed.GetId())
	require.Contains(t, failed.GetReasons()[0], "reading IAM Role (role-orphan)")
	require.False(t, propertyMap(t, failed.GetProperties()).ContainsUnknowns())

	e.endpoint.onCall(nil)
	e.requireNoDiff(t, roleToken, "role-orphan", failed.GetProperties(), in)
	state := e.update(t, roleToken, "x", "role-orphan", failed.GetProperties(), inputs)
	require.Equal(t, e.arn("role/role-orphan"), state.AsMap()["arn"])
}

func TestRoleFailedCreate(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	_, in, _ := e.create(t, roleToken, "x", map[string]any{"name": "role-twice", "assumeRolePolicy": trust(t)})
	_, err := e.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(roleToken, "x"), Properties: in})
	requireNotInitFailed(t, err)
	require.ErrorContains(t, err, "creating IAM Role (role-twice): operation error IAM: CreateRole")
	require.ErrorContains(t, err, "EntityAlreadyExists")
}

// IAM returns documents percent-encoded, moto and others re-ordered; neither is a change.
func TestRoleKeptDocument(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	text := `{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Sid": "", "Action": ["sts:AssumeRole", "sts:TagSession"],
			"Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:user/a+b"]}}
	}`
	equal := `{"Statement":[{"Action":["sts:TagSession","sts:AssumeRole"],"Effect":"Allow","Principal":{"AWS":` +
		`["arn:aws:iam::123456789012:user/a+b","arn:aws:iam::123456789012:root"]}}],"Version":"2012-10-17"}`
	id, in, state := e.create(t, roleToken, "x", map[string]any{"name": "role-kept", "assumeRolePolicy": text})
	require.Equal(t, text, state.AsMap()["assumeRolePolicy"])
	do(e.account.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String(id), PolicyDocument: aws.String(equal),
	}))
	again := e.refresh(t, roleToken, id, state, in)
	require.Equal(t, state.AsMap(), again.GetProperties().AsMap())
	require.Equal(t, in.AsMap(), again.GetInputs().AsMap())
	e.requireNoDiff(t, roleToken, id, state, e.check(t, roleToken, "x", map[string]any{
		"name": "role-kept", "assumeRolePolicy": equal,
	}))
}

func TestRoleDrift(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	id, in, state := e.create(t, roleToken, "x", map[string]any{
		"name": "role-drift", "assumeRolePolicy": trust(t, "alice"),
	})
	do(e.account.UpdateRole(t.Context(), &iam.UpdateRoleInput{
		RoleName: aws.String(id), Description: aws.String("changed"), MaxSessionDuration: aws.Int32(43200),
	}))
	do(e.account.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String(id), PolicyDocument: aws.String(trust(t, "mallory")),
	}))
	do(e.account.TagRole(t.Context(), &iam.TagRoleInput{
		RoleName: aws.String(id), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}))

	live := e.refresh(t, roleToken, id, state, in)
	inputs := live.GetInputs().AsMap()
	require.JSONEq(t, trust(t, "mallory"), as[string](t, inputs["assumeRolePolicy"]))
	require.InDelta(t, 43200, inputs["maxSessionDuration"], 0)
	require.Equal(t, []string{
		"assumeRolePolicy UPDATE", "description DELETE", "maxSessionDuration UPDATE", "tags.a DELETE", "tagsAll.a DELETE",
	}, kinds(e.diff(t, roleToken, id, live.GetProperties(), in)))
}

func TestRoleImport(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	do(e.account.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("role-import"), AssumeRolePolicyDocument: aws.String(trust(t, "alice")),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}, MaxSessionDuration: aws.Int32(7200),
	}))
	found, err := e.Read(t.Context(), &pulumirpc.ReadRequest{Urn: urn(roleToken, "x"), Id: "role-import"})
	require.NoError(t, err)
	require.Equal(t, "role-import", found.GetId())
	inputs := found.GetInputs().AsMap()
	require.JSONEq(t, trust(t, "alice"), as[string](t, inputs["assumeRolePolicy"]))
	delete(inputs, "assumeRolePolicy")
	require.Equal(t, map[string]any{
		"name": "role-import", "maxSessionDuration": 7200.0, "tags": map[string]any{"a": "b"},
	}, inputs)
	e.requireNoDiff(t, roleToken, found.GetId(), found.GetProperties(), e.check(t, roleToken, "x", map[string]any{
		"name": "role-import", "assumeRolePolicy": trust(t, "alice"), "maxSessionDuration": 7200,
		"tags": map[string]any{"a": "b"},
	}))

	missing, err := e.Read(t.Context(), &pulumirpc.ReadRequest{Urn: urn(roleToken, "x"), Id: "role-nowhere"})
	require.NoError(t, err)
	require.Empty(t, missing.GetId())
}

func TestRoleReplacement(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	named := map[string]any{"name": "role-named", "path": "/a/", "assumeRolePolicy": trust(t)}
	state := e.check(t, roleToken, "replacement", named)
	for property, value := range map[string]any{"path": "/b/", "name": unknown()} {
		changed := maps.Clone(named)
		changed[property] = value
		diff := e.diff(t, roleToken, "id", state, e.check(t, roleToken, "replacement", changed))
		require.Equal(t, []string{property + " UPDATE_REPLACE"}, kinds(diff))
		require.Equal(t, []string{property}, diff.GetReplaces())
		require.Equal(t, []string{property}, diff.GetDiffs())
		require.NotContains(t, diff.GetStables(), property)
		require.True(t, diff.GetDeleteBeforeReplace())
	}
}

func TestRoleDelete(t *testing.T) {
	t.Parallel()
	e, do := newEngine(t), succeeds(t)
	plain, in, state := e.create(t, roleToken, "x", map[string]any{
		"name": "role-conflict", "assumeRolePolicy": trust(t),
	})
	do(e.account.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
		RoleName: aws.String(plain), PolicyArn: aws.String(powerUserAccess),
	}))
	do(e.account.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String(plain), PolicyName: aws.String("inline"), PolicyDocument: aws.String(allow(t, "s3:*")),
	}))
	_, err := e.Delete(t.Context(), &pulumirpc.DeleteRequest{
		Urn: urn(roleToken, "x"), Id: plain, Properties: state,
	})
	require.ErrorContains(t, err, "deleting IAM Role (role-conflict)")
	require.ErrorContains(t, err, "DeleteConflict")

	refreshed := e.refresh(t, roleToken, plain, state, in).GetProperties()
	require.Equal(t, []any{powerUserAccess}, refreshed.AsMap()["managedPolicyArns"])
	inline := as[[]any](t, refreshed.AsMap()["inlinePolicies"])
	require.Len(t, inline, 1)
	require.JSONEq(t, allow(t, "s3:*"), as[string](t, as[map[string]any](t, inline[0])["policy"]))
	e.remove(t, roleToken, plain, refreshed)
}

func TestRoleCheckFailures(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, test := range []struct {
		property string
		value    any
		reason   string
	}{
		{"assumeRolePolicy", nil, "missing required property"},
		{"assumeRolePolicy", "", "invalid JSON policy"},
		{"assumeRolePolicy", "{", "invalid JSON policy"},
		{"assumeRolePolicy", "[]", "invalid JSON policy"},
		{"assumeRolePolicy", "null", "not a JSON object"},
		{"assumeRolePolicy", 5, "expected a JSON string, got number"},
		{"description", strings.Repeat("x", 1001), "got 1001 bytes"},
		{"description", strings.Repeat("é", 501), "got 1002 bytes"},
		{"description", "‘quoted’", "specially formatted"},
		{"maxSessionDuration", 3599, "from 1h0m0s to 12h0m0s"},
		{"maxSessionDuration", 43201, "from 1h0m0s to 12h0m0s"},
		{"maxSessionDuration", 3600.5, "whole seconds"},
		{"maxSessionDuration", "3600", "expected a number, got string"},
		{"name", "", "must not be empty"},
		{"name", strings.Repeat("x", 65), "has 65 characters, at most 64"},
		{"name", "a b", "letters, digits and"},
		{"name", true, "expected a string, got bool"},
		{"permissionsBoundary", "PowerUserAccess", "is not an ARN"},
		{"permissionsBoundary", "arn:gcp:iam::aws:policy/X", "is not an ARN"},
		{"tags", "a=b", "expected a map of strings, got string"},
		{"tags", map[string]any{"a": 1}, "must be a string"},
		{"tagsAll", map[string]any{"a": "b"}, "unknown or read-only property"},
		{"namePrefix", "cli-", "unknown or read-only property"},
		{"forceDetachPolicies", true, "unknown or read-only property"},
		{"arn", "arn:aws:iam::123456789012:role/x", "unknown or read-only property"},
		{"managedPolicyArns", []any{powerUserAccess}, "unknown or read-only property"},
		{"assumeRolePolcy", "{}", "unknown or read-only property"},
	} {
		inputs := map[string]any{"name": "x", "assumeRolePolicy": trust(t)}
		if test.value == nil {
			delete(inputs, test.property)
		} else {
			inputs[test.property] = test.value
		}
		failures := e.failures(t, roleToken, inputs)
		require.Len(t, failures, 1, test)
		require.Contains(t, failures[test.property], test.reason, test)
	}
	require.Len(t, e.failures(t, roleToken, map[string]any{"maxSessionDuration": 1}), 3)
	require.Empty(t, e.endpoint.made())
}

func TestRoleCheckUnknowns(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	in := propertyMap(t, e.check(t, roleToken, "x", map[string]any{
		"assumeRolePolicy": unknown(), "name": unknown(), "path": unknown(),
		"maxSessionDuration": unknown(), "permissionsBoundary": unknown(), "tags": unknown(),
	}))
	for _, key := range []resource.PropertyKey{
		"assumeRolePolicy", "name", "path", "maxSessionDuration", "permissionsBoundary", "tags",
	} {
		require.True(t, in[key].IsComputed(), key)
	}
}
