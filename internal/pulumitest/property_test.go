package pulumitest_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
)

func TestSecretInputs(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		role, err := newRole(ctx, "alpha")
		if err != nil {
			return err
		}
		ctx.Export("plain", role.Name)
		ctx.Export("secret", pulumi.ToSecret(role.Name))
		return nil
	})
	outputs := recorder.StackOutputs(t)
	require.True(t, outputs["secret"].IsSecret())
	require.False(t, outputs["plain"].IsSecret())
	require.Equal(t, outputs["plain"], pulumitest.Unwrap(outputs["secret"]))
	require.Equal(t, pulumitest.Text(t, outputs["plain"]), pulumitest.Text(t, outputs["secret"]))
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]resource.PropertyValue{
		"number":  resource.NewProperty(1.0),
		"unknown": resource.MakeComputed(resource.NewProperty("")),
		"absent":  {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireFailure(t, func(tb testing.TB) { pulumitest.Text(tb, value) }, "want a string")
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type policy struct{ Version string }
	for _, value := range []resource.PropertyValue{
		resource.NewProperty(document), resource.MakeSecret(resource.NewProperty(document)),
	} {
		require.Equal(t, "2012-10-17", pulumitest.JSON[policy](t, value).Version)
	}
	requireFailure(t, func(tb testing.TB) { pulumitest.JSON[policy](tb, resource.NewProperty("{")) }, "decoding")
}

func TestAwait(t *testing.T) {
	t.Parallel()
	outputs := func(opts pulumitest.Options) *access {
		var component *access
		_, err := pulumitest.RunErr(t, opts, func(ctx *pulumi.Context) error {
			var err error
			component, err = newAccess(ctx, "alpha")
			return err
		})
		require.True(t, err == nil || opts.Fail != nil, err)
		return component
	}
	deployed := outputs(pulumitest.Options{})
	requirePass(t, func(tb testing.TB) { pulumitest.Await[string](tb, deployed.RoleARN) })
	requireFailure(t, func(tb testing.TB) { pulumitest.Await[int](tb, deployed.RoleARN) }, "want a known int")

	previewed := outputs(pulumitest.Options{DryRun: true})
	requireFailure(t, func(tb testing.TB) { pulumitest.Await[string](tb, previewed.RoleARN) }, "want a known string")

	failed := outputs(pulumitest.Options{Fail: func(token, _ string) error {
		if token == pulumitest.RoleToken {
			return errInjected
		}
		return nil
	}})
	requireFailure(t, func(tb testing.TB) { pulumitest.Await[string](tb, failed.RoleARN) }, "was rejected", "injected")
	requireFailure(t, func(tb testing.TB) { pulumitest.IsKnown(tb, failed.RoleARN) }, "was rejected", "injected")
}

func propertyValues() *rapid.Generator[resource.PropertyValue] {
	leaf := rapid.OneOf(
		rapid.Map(rapid.String(), resource.NewProperty[string]),
		rapid.Map(rapid.Bool(), resource.NewProperty[bool]),
		rapid.Map(rapid.Float64(), resource.NewProperty[float64]),
	)
	return rapid.Custom(func(t *rapid.T) resource.PropertyValue {
		value := leaf.Draw(t, "leaf")
		for range rapid.IntRange(0, 5).Draw(t, "depth") {
			switch rapid.IntRange(0, 2).Draw(t, "wrapping") {
			case 0:
				value = resource.MakeSecret(value)
			case 1:
				value = resource.NewProperty([]resource.PropertyValue{leaf.Draw(t, "element"), value})
			default:
				value = resource.NewProperty(resource.PropertyMap{"a": leaf.Draw(t, "member"), "b": value})
			}
		}
		return value
	})
}

// TestUnwrapRemovesEverySecret: no secret is left at any depth, and nothing else changes.
func TestUnwrapRemovesEverySecret(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := propertyValues().Draw(t, "value")
		plain := pulumitest.Unwrap(value)
		require.False(t, plain.ContainsSecrets())
		require.Equal(t, plain, pulumitest.Unwrap(plain))
		if !value.ContainsSecrets() {
			require.Equal(t, value, plain)
		}
	})
}
