package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// mockAWS is an AWS account as the lookups of a program see it. The zero value
// is account 111122223333 of partition aws, with nobody in it.
type mockAWS struct {
	partition, id string
	// groups have their members; users are those of no group.
	groups map[string][]iamUser
	users  []iamUser
	// policies are the documents of customer managed policies, by ARN.
	policies map[string]string
}

type iamUser struct{ name, path string }

// options are those of a run in the account.
func (a mockAWS) options() pulumitest.Options {
	if a.id == "" {
		a.id = accountID
	}
	if a.partition == "" {
		a.partition = "aws"
	}
	type row = map[string]any
	answers := map[pulumitest.Key]map[string]any{
		{Token: "aws:index/getCallerIdentity:getCallerIdentity"}: {
			"accountId": a.id, "arn": "arn:" + a.partition + ":iam::" + a.id + ":user/administrator",
		},
		{Token: "aws:index/getRegion:getRegion"}: {"name": "eu-west-1"},
	}
	user := func(u iamUser) row {
		if u.path == "" {
			u.path = "/"
		}
		arn := "arn:" + a.partition + ":iam::" + a.id + ":user" + u.path + u.name
		found := row{"arn": arn, "userName": u.name}
		answers[pulumitest.Key{Token: "aws:iam/getUser:getUser", Name: u.name}] = found
		return found
	}
	for name, members := range a.groups {
		users := make([]any, 0, len(members))
		for _, member := range members {
			users = append(users, user(member))
		}
		answers[pulumitest.Key{Token: "aws:iam/getGroup:getGroup", Name: name}] = row{"groupName": name, "users": users}
	}
	for _, other := range a.users {
		user(other)
	}
	for _, known := range policy.AWSManagedPolicies(a.partition) {
		answers[pulumitest.Key{Token: "aws:iam/getPolicy:getPolicy", Name: known.ARN}] = row{"arn": known.ARN, "policy": known.Document}
	}
	for arn, document := range a.policies {
		answers[pulumitest.Key{Token: "aws:iam/getPolicy:getPolicy", Name: arn}] = row{"arn": arn, "policy": document}
	}
	return pulumitest.Options{Partition: a.partition, Account: a.id, Answers: answers}
}

// keysOf are all registered resources and components.
func keysOf(recorder *pulumitest.Recorder) []pulumitest.Key {
	var keys []pulumitest.Key
	for _, registered := range recorder.Resources() {
		keys = append(keys, registered.Key)
	}
	return keys
}

func childrenOf(recorder *pulumitest.Recorder, parent resource.URN) []pulumitest.Resource {
	return slices.DeleteFunc(recorder.Resources(), func(r pulumitest.Resource) bool { return r.Parent != parent })
}

// edge says that from is created after to, and deleted before it.
type edge struct{ from, to pulumitest.Key }

// edgesOf are the dependencies between resources, explicit and by data. Parents
// are none. Two resources of one key would leave open which is meant.
func edgesOf(t *testing.T, recorder *pulumitest.Recorder) []edge {
	t.Helper()
	byURN := map[string]pulumitest.Key{}
	for _, registered := range recorder.Resources() {
		byURN[string(registered.URN)] = recorder.One(t, registered.Key).Key
	}
	var edges []edge
	for _, registered := range recorder.Resources() {
		for _, dependency := range registered.Request.GetDependencies() {
			require.Contains(t, byURN, dependency, "dependencies of %s", registered.URN)
			edges = append(edges, edge{from: registered.Key, to: byURN[dependency]})
		}
	}
	return edges
}

// orphans are the resources that do not descend from the ancestor.
func orphans(recorder *pulumitest.Recorder, ancestor resource.URN) []pulumitest.Key {
	parents := map[resource.URN]resource.URN{}
	for _, registered := range recorder.Resources() {
		parents[registered.URN] = registered.Parent
	}
	var found []pulumitest.Key
	for _, registered := range recorder.Resources() {
		urn := registered.URN
		for urn != ancestor && urn != "" {
			urn = parents[urn]
		}
		if urn == "" {
			found = append(found, registered.Key)
		}
	}
	return found
}

// requireOptions compares the resource options of everything that is
// registered with the table, both ways: what is not in the table fails as well
// as what was never registered.
func requireOptions(t *testing.T, recorder *pulumitest.Recorder, table map[pulumitest.Key]map[string]any) {
	t.Helper()
	require.ElementsMatch(t, slices.Collect(maps.Keys(table)), keysOf(recorder))
	for _, registered := range recorder.Resources() {
		require.Equal(t, table[registered.Key], optionsOf(t, registered), "options of %s", registered.Key)
	}
}

// optionsOf are all options that the program sent, by the names that they have
// in Pulumi's protocol, without what every resource has.
func optionsOf(t *testing.T, registered pulumitest.Resource) map[string]any {
	t.Helper()
	encoded, err := protojson.Marshal(registered.Request)
	require.NoError(t, err)
	var options map[string]any
	require.NoError(t, json.Unmarshal(encoded, &options))
	maps.DeleteFunc(options, func(field string, value any) bool {
		return slices.Contains([]string{
			"type", "name", "parent", "custom", "object", "dependencies", "propertyDependencies",
			"acceptSecrets", "acceptResources", "acceptsByteString", "supportsResultReporting", "supportsPartialValues",
			"version", "packageRef", "sourcePosition", "stackTrace",
		}, field) || reflect.DeepEqual(value, map[string]any{}) // no timeouts
	})
	return options
}

// emptyString finds one in JSON: quotes inside of a text have a backslash.
var emptyString = regexp.MustCompile(`[\[{:,]""`)

// emptyStrings are the inputs and the stack outputs that are or hold "": values
// that somebody forgot to set, or read too early.
func emptyStrings(t *testing.T, recorder *pulumitest.Recorder) []string {
	t.Helper()
	var found []string
	look := func(owner string, value any) {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		if emptyString.Match(encoded) {
			found = append(found, fmt.Sprintf("%s: %s", owner, encoded))
		}
	}
	for _, registered := range recorder.Resources() {
		inputs := registered.Inputs.Copy()
		maps.DeleteFunc(inputs, func(_ resource.PropertyKey, v resource.PropertyValue) bool { return v.IsComputed() })
		look(registered.Key.String(), inputs.Mappable())
	}
	for name, output := range recorder.Exports() {
		if result := awaited(t, pulumi.ToOutput(output)); result.Known {
			look("output "+name, result.Value)
		}
	}
	return found
}

// everyText visits each string that the program sends, map keys included.
func everyText(recorder *pulumitest.Recorder, visit func(owner, text string)) {
	var walk func(owner string, value any)
	walk = func(owner string, value any) {
		switch value := value.(type) {
		case string:
			visit(owner, value)
		case []any:
			for _, element := range value {
				walk(owner, element)
			}
		case map[string]any:
			for key, element := range value {
				visit(owner, key)
				walk(owner, element)
			}
		}
	}
	for _, registered := range recorder.Resources() {
		visit(registered.Key.String(), registered.Name)
		walk(registered.Key.String(), registered.Inputs.Mappable())
	}
}

// textOf is the text that a property holds. A secret or unknown one fails.
func textOf(t *testing.T, value resource.PropertyValue) string {
	t.Helper()
	require.True(t, value.IsString(), "want a text, got %v", value)
	return value.StringValue()
}

func awaited(t *testing.T, output pulumi.Output) internals.UnsafeAwaitOutputResult {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), output)
	require.NoError(t, err)
	return result
}

// await is the value of an output after the run. A rejected or unknown one fails.
func await[T any](t *testing.T, output pulumi.Output) T {
	t.Helper()
	result := awaited(t, output)
	require.True(t, result.Known, "the output is unknown")
	value, ok := result.Value.(T)
	require.True(t, ok, "want a %T, got %T: %v", value, result.Value, result.Value)
	return value
}

// stackOutputs are the exports of a run, read as pulumi stack output --json is.
func stackOutputs(t *testing.T, recorder *pulumitest.Recorder) stack.Outputs {
	t.Helper()
	text, err := json.Marshal(await[map[string]any](t, recorder.Exports().ToMapOutput()))
	require.NoError(t, err)
	outputs, err := stack.ParseOutputs(text)
	require.NoError(t, err, strings.TrimSpace(string(text)))
	return outputs
}

// TestRecordedChecksCanFail gives the checks of this file a program in which
// each finds something.
func TestRecordedChecksCanFail(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		parent := &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("aws-cli-mfa:iam:Platform", "platform", parent); err != nil {
			return err
		}
		args := &awsiam.RoleArgs{
			Name: pulumi.String("child"), AssumeRolePolicy: pulumi.String(`{"Statement": ["\""]}`),
			Tags: pulumi.StringMap{"Owner": pulumi.String("")},
		}
		child, err := awsiam.NewRole(ctx, "child", args, pulumi.Parent(parent), pulumi.Import(pulumi.ID("child")),
			pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "1m"}))
		if err != nil {
			return err
		}
		_, err = awsiam.NewRole(ctx, "orphan", &awsiam.RoleArgs{AssumeRolePolicy: pulumi.String("{}")},
			pulumi.DependsOn([]pulumi.Resource{child}))
		ctx.Export("names", pulumi.ToStringArray([]string{"a", ""}))
		ctx.Export("name", child.Name)
		return errors.Join(err, ctx.RegisterResourceOutputs(parent, pulumi.Map{}))
	})
	platform := recorder.One(t, component("Platform", "platform"))
	child := recorder.One(t, role("child"))
	require.Equal(t, []pulumitest.Key{role("orphan")}, orphans(recorder, platform.URN))
	require.Len(t, childrenOf(recorder, platform.URN), 1)
	require.Equal(t, child.URN, childrenOf(recorder, platform.URN)[0].URN)
	require.Equal(t, []edge{{from: role("orphan"), to: role("child")}}, edgesOf(t, recorder))
	require.Equal(t, map[string]any{
		"importId": "child", "customTimeouts": map[string]any{"create": "1m"},
	}, optionsOf(t, child))
	found := emptyStrings(t, recorder)
	require.Len(t, found, 2)
	require.Contains(t, found[0], "aws:iam/role:Role::child: ")
	require.Equal(t, `output names: ["a",""]`, found[1])
}
