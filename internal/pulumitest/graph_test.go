package pulumitest_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
)

func key(token, name string) pulumitest.Key { return pulumitest.Key{Token: token, Name: name} }

func TestEdges(t *testing.T) {
	t.Parallel()
	role, policy, attachment := pulumitest.RoleToken, pulumitest.PolicyToken, pulumitest.GroupPolicyAttachmentToken
	want := []pulumitest.Edge{
		{From: key(attachment, "alpha"), To: key(policy, "alpha")},
		{From: key(attachment, "beta"), To: key(policy, "beta")},
		{From: key(policy, "alpha"), To: key(role, "alpha")},
		{From: key(policy, "beta"), To: key(role, "beta")},
	}
	for _, dryRun := range []bool{false, true} {
		for range 25 {
			recorder := pulumitest.Run(t, pulumitest.Options{DryRun: dryRun}, twoAccesses)
			require.Equal(t, want, recorder.Edges(t))
		}
	}
}

func TestDependencyChecks(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, twoAccesses)
	role := key(pulumitest.RoleToken, "alpha")
	policy := key(pulumitest.PolicyToken, "alpha")
	attachment := key(pulumitest.GroupPolicyAttachmentToken, "alpha")
	otherRole := key(pulumitest.RoleToken, "beta")

	requirePass(t, func(tb testing.TB) { recorder.DependsOn(tb, policy, role) })
	requirePass(t, func(tb testing.TB) { recorder.DependsTransitively(tb, policy, role) })
	requirePass(t, func(tb testing.TB) { recorder.DependsTransitively(tb, attachment, role) })
	requireFailure(t, func(tb testing.TB) { recorder.DependsOn(tb, attachment, role) }, "does not depend on")
	requireFailure(t, func(tb testing.TB) { recorder.DependsOn(tb, role, policy) }, "does not depend on")
	requireFailure(t, func(tb testing.TB) { recorder.DependsTransitively(tb, role, attachment) }, "not even transitively")
	requireFailure(t, func(tb testing.TB) { recorder.DependsTransitively(tb, attachment, otherRole) },
		"not even transitively")
	requireFailure(t, func(tb testing.TB) {
		recorder.DependsOn(tb, attachment, key(pulumitest.PolicyToken, "alhpa"))
	}, "alhpa, found 0")
}

func TestLookupsFindExactlyOne(t *testing.T) {
	t.Parallel()
	recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for _, token := range []string{accessToken, "aws-cli-mfa:iam:Other"} {
			parent, err := bare(ctx, token, "alpha")
			if err != nil {
				return err
			}
			if _, err := newRole(ctx, "role", pulumi.Parent(parent)); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)

	requirePass(t, func(tb testing.TB) { recorder.One(tb, accessToken, "alpha") })
	requireFailure(t, func(tb testing.TB) { recorder.One(tb, accessToken, "beta") }, "found 0", "Access::alpha")
	requireFailure(t, func(tb testing.TB) { recorder.One(tb, pulumitest.RoleToken, "role") }, "found 2")
	requireFailure(t, func(tb testing.TB) { recorder.Edges(tb) }, "share token and name")
	require.Empty(t, recorder.All(pulumitest.PolicyToken))
	require.Len(t, recorder.All(pulumitest.RoleToken), 2)
	require.Len(t, recorder.Components(), 2)
	require.Len(t, recorder.Resources(), 4)

	parent := recorder.One(t, accessToken, "alpha")
	children := recorder.ChildrenOf(parent.URN)
	require.Len(t, children, 1)
	require.Equal(t, parent.URN, children[0].Parent)
	require.Len(t, recorder.ChildrenOf(recorder.StackURN()), 2)
}

func TestAllDescendFrom(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "explicit", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		outer, err := newAccess(ctx, "outer", pulumi.Provider(provider))
		if err != nil {
			return err
		}
		if _, err := newAccess(ctx, "inner", pulumi.Parent(outer)); err != nil {
			return err
		}
		return nil
	})
	outer, inner := recorder.One(t, accessToken, "outer"), recorder.One(t, accessToken, "inner")
	requirePass(t, func(tb testing.TB) { recorder.AllDescendFrom(tb, outer.URN) })

	probe := capture(t, func(tb testing.TB) { recorder.AllDescendFrom(tb, inner.URN) })
	require.Len(t, probe.failures, 4, "every orphan is reported: the outer component and its three resources")
	require.Contains(t, probe.failures[0], "orphan: ")
	requireFailure(t, func(tb testing.TB) { recorder.AllDescendFrom(tb, resource.URN("urn:none")) }, "not registered")

	provider := recorder.One(t, pulumitest.ProviderToken, "explicit")
	role := recorder.One(t, pulumitest.RoleToken, "inner")
	require.Equal(t, string(provider.URN)+"::"+provider.ID, role.Options.Provider, "children inherit the provider")
}

func TestNoEmptyStrings(t *testing.T) {
	t.Parallel()
	requirePass(t, func(tb testing.TB) { pulumitest.Run(tb, pulumitest.Options{}, twoAccesses).NoEmptyStrings(tb) })

	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		_, err := iam.NewRole(ctx, "alpha", &iam.RoleArgs{
			AssumeRolePolicy: pulumi.String(document),
			Tags:             pulumi.ToSecret(pulumi.StringMap{"Owner": pulumi.String("")}).(pulumi.StringMapOutput),
		})
		ctx.Export("arns", pulumi.ToStringArray([]string{"a", ""}))
		return err
	})
	probe := capture(t, recorder.NoEmptyStrings)
	require.Len(t, probe.failures, 2)
	require.Contains(t, probe.failures[0], "aws:iam/role:Role::alpha: input tags.Owner is empty")
	require.Contains(t, probe.failures[1], "output arns[1] is empty")
}

func TestOptions(t *testing.T) {
	t.Parallel()
	alias := pulumi.Aliases([]pulumi.Alias{{URN: pulumi.URN("urn:pulumi:dev::aws-cli-mfa::old:index:Access::alpha")}})
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		if _, err := newAccess(ctx, "alpha", alias, pulumi.Protect(true)); err != nil {
			return err
		}
		_, err := newRole(ctx, "kept", pulumi.RetainOnDelete(true), pulumi.DeleteBeforeReplace(false),
			pulumi.IgnoreChanges([]string{"tags"}), pulumi.ReplaceOnChanges([]string{"path"}),
			pulumi.AdditionalSecretOutputs([]string{"arn"}), pulumi.Import(pulumi.ID("kept")))
		return err
	})
	protected := pulumitest.ResourceOptions{Protect: true}
	table := func() map[pulumitest.Key]pulumitest.ResourceOptions {
		return map[pulumitest.Key]pulumitest.ResourceOptions{
			key(accessToken, "alpha"): {
				Protect: true, Aliases: []string{"urn:pulumi:dev::aws-cli-mfa::old:index:Access::alpha"},
			},
			key(pulumitest.RoleToken, "alpha"):                  protected,
			key(pulumitest.PolicyToken, "alpha"):                protected,
			key(pulumitest.GroupPolicyAttachmentToken, "alpha"): protected,
			key(pulumitest.RoleToken, "kept"): {
				RetainOnDelete: true, DeleteBeforeReplace: new(false), ImportID: "kept", IgnoreChanges: []string{"tags"},
				ReplaceOnChanges: []string{"path"}, AdditionalSecretOutputs: []string{"arn"},
			},
		}
	}
	requirePass(t, func(tb testing.TB) { recorder.OptionsMatch(tb, table()) })

	absent := table()
	absent[key(pulumitest.RoleToken, "beta")] = protected
	requireFailure(t, func(tb testing.TB) { recorder.OptionsMatch(tb, absent) }, "Role::beta", "never registered")
	unlisted := table()
	delete(unlisted, key(pulumitest.PolicyToken, "alpha"))
	requireFailure(t, func(tb testing.TB) { recorder.OptionsMatch(tb, unlisted) }, "Policy::alpha", "not in the table")
	undecided := table()
	undecided[key(pulumitest.RoleToken, "alpha")] = pulumitest.ResourceOptions{
		Protect: true, DeleteBeforeReplace: new(false),
	}
	requireFailure(t, func(tb testing.TB) { recorder.OptionsMatch(tb, undecided) }, "options of aws:iam/role:Role::alpha")
	changed := table()
	changed[key(pulumitest.RoleToken, "kept")] = pulumitest.ResourceOptions{RetainOnDelete: true}
	requireFailure(t, func(tb testing.TB) { recorder.OptionsMatch(tb, changed) }, "options of aws:iam/role:Role::kept")
}

func TestNoAliasesOnChildren(t *testing.T) {
	t.Parallel()
	run := func(forwarded ...pulumi.ResourceOption) *pulumitest.Recorder {
		recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
			parent, err := bare(ctx, accessToken, "alpha", pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
			if err != nil {
				return err
			}
			_, err = newRole(ctx, "alpha", append(forwarded, pulumi.Parent(parent))...)
			return err
		})
		require.NoError(t, err)
		return recorder
	}
	requirePass(t, func(tb testing.TB) { run().NoAliasesOnChildren(tb) })
	forwarded := run(pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	requireFailure(t, forwarded.NoAliasesOnChildren, "aws:iam/role:Role::alpha carries aliases", "old")
}
