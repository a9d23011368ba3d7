package pulumitest_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
)

const (
	componentToken = "aws-cli-mfa:iam:Access"
	document       = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
)

var errInjected = errors.New("injected")

func newRole(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*iam.Role, error) {
	return iam.NewRole(ctx, name, &iam.RoleArgs{
		Name: pulumi.String("cli-" + name), AssumeRolePolicy: pulumi.String(document),
		Tags: pulumi.StringMap{"Owner": pulumi.String("platform")},
	}, opts...)
}

// newComponent registers a component without children and without outputs.
func newComponent(ctx *pulumi.Context, token, name string) (*pulumi.ResourceState, error) {
	component := &pulumi.ResourceState{}
	return component, ctx.RegisterComponentResource(token, name, component)
}

// policyOf registers a role's component, the role and a policy, and attaches the
// policy: the attachment waits for the policy's ARN, the policy for the role.
func policyOf(ctx *pulumi.Context, name string) error {
	component, err := newComponent(ctx, componentToken, name)
	if err != nil {
		return err
	}
	role, err := newRole(ctx, name, pulumi.Parent(component))
	if err != nil {
		return err
	}
	policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name: pulumi.String("mfa-" + name), Path: pulumi.String("/cli/"), Policy: pulumi.String(document),
	}, pulumi.Parent(component), pulumi.DependsOn([]pulumi.Resource{role}))
	if err != nil {
		return err
	}
	_, err = iam.NewGroupPolicyAttachment(ctx, name, &iam.GroupPolicyAttachmentArgs{
		Group: pulumi.String("developers"), PolicyArn: policy.Arn,
	}, pulumi.Parent(component))
	if err != nil {
		return err
	}
	ctx.Export(name, policy.Arn)
	return ctx.RegisterResourceOutputs(component, pulumi.Map{"roleArn": role.Arn})
}

func twoPolicies(ctx *pulumi.Context) error {
	return errors.Join(policyOf(ctx, "alpha"), policyOf(ctx, "beta"))
}

func key(token, name string) pulumitest.Key { return pulumitest.Key{Token: token, Name: name} }

func TestRunRecordsDeployment(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, twoPolicies)
	require.Len(t, recorder.Resources(), 8)
	require.Len(t, recorder.All(pulumitest.RoleToken), 2)
	require.Len(t, recorder.Exports(), 2)

	component := recorder.One(t, key(componentToken, "alpha"))
	require.Equal(t, resource.URN("urn:pulumi:dev::aws-cli-mfa::aws-cli-mfa:iam:Access::alpha"), component.URN)
	require.Equal(t, resource.URN("urn:pulumi:dev::aws-cli-mfa::pulumi:pulumi:Stack::aws-cli-mfa-dev"), component.Parent)
	require.Equal(t, recorder.StackURN(), component.Parent)
	require.Empty(t, component.ID)
	require.Empty(t, component.State)

	role := recorder.One(t, key(pulumitest.RoleToken, "alpha"))
	require.Equal(t,
		resource.URN("urn:pulumi:dev::aws-cli-mfa::aws-cli-mfa:iam:Access$aws:iam/role:Role::alpha"), role.URN)
	require.Equal(t, component.URN, role.Parent)
	require.NotEmpty(t, role.ID)
	require.Equal(t, map[string]any{
		"name": "cli-alpha", "assumeRolePolicy": document, "tags": map[string]any{"Owner": "platform"},
	}, role.Inputs.Mappable())
	require.Equal(t, "arn:aws:iam::111122223333:role/cli-alpha", role.State["arn"].StringValue())

	policy := recorder.One(t, key(pulumitest.PolicyToken, "beta"))
	require.Equal(t, "arn:aws:iam::111122223333:policy/cli/mfa-beta", policy.State["arn"].StringValue())
	require.Equal(t, []string{string(recorder.One(t, key(pulumitest.RoleToken, "beta")).URN)},
		policy.Request.GetDependencies())
	attachment := recorder.One(t, key(pulumitest.GroupPolicyAttachmentToken, "beta"))
	require.Equal(t, policy.State["arn"], attachment.Inputs["policyArn"])
	require.Equal(t, []string{string(policy.URN)}, attachment.Request.GetPropertyDependencies()["policyArn"].GetUrns())
}

// TestRefusals proves that the recorder is strict, and that the program cannot
// hide it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		program pulumi.RunFunc
		text    string
	}{
		"unknown resource": {func(ctx *pulumi.Context) error {
			_, err := iam.NewUser(ctx, "alice", nil)
			return err
		}, "unknown resource aws:iam/user:User::alice"},
		"unknown component": {func(ctx *pulumi.Context) error {
			_, err := newComponent(ctx, "acme:index:Access", "alpha")
			return err
		}, "unknown resource acme:index:Access::alpha"},
		"unknown function, its error ignored": {func(ctx *pulumi.Context) error {
			_, _ = iam.LookupServerCertificate(ctx, &iam.LookupServerCertificateArgs{})
			return nil
		}, "no answer for aws:iam/getServerCertificate:getServerCertificate"},
		"duplicate URN below two parents of one type": {func(ctx *pulumi.Context) error {
			for _, name := range []string{"alpha", "beta"} {
				parent, err := newComponent(ctx, componentToken, name)
				if err != nil {
					return err
				}
				if _, err := newRole(ctx, "role", pulumi.Parent(parent)); err != nil {
					return err
				}
			}
			return nil
		}, "aws-cli-mfa:iam:Access$aws:iam/role:Role::role: duplicate resource URN"},
		"custom resource registered as a component": {func(ctx *pulumi.Context) error {
			_, err := newComponent(ctx, pulumitest.RoleToken, "alpha")
			return err
		}, "custom=false"},
		"component registered as a custom resource": {func(ctx *pulumi.Context) error {
			return ctx.RegisterResource(componentToken, "alpha", nil, &iam.Role{})
		}, "custom=true"},
		"remote component": {func(ctx *pulumi.Context) error {
			return ctx.RegisterRemoteComponentResource(componentToken, "alpha", nil, &pulumi.ResourceState{})
		}, "unknown resource aws-cli-mfa:iam:Access::alpha"},
		"read of an existing resource": {func(ctx *pulumi.Context) error {
			_, err := iam.GetRole(ctx, "existing", pulumi.ID("existing"), nil)
			return err
		}, "unknown resource aws:iam/role:Role::existing"},
		"dependency on a component": {func(ctx *pulumi.Context) error {
			component, err := newComponent(ctx, componentToken, "alpha")
			if err != nil {
				return err
			}
			role, err := newRole(ctx, "early")
			if err != nil {
				return err
			}
			_, err = newRole(ctx, "late", pulumi.DependsOn([]pulumi.Resource{role, component}))
			return err
		}, "aws:iam/role:Role::late depends on a component"},
		"dependency on what is known only later": {func(ctx *pulumi.Context) error {
			role, err := newRole(ctx, "early")
			if err != nil {
				return err
			}
			_, err = newRole(ctx, "late", pulumi.DependsOnInputs(pulumi.NewResourceArray(role)))
			return err
		}, "aws:iam/role:Role::late depends on a component"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pulumitest.RunErr(t, pulumitest.Options{}, test.program)
			require.ErrorContains(t, err, test.text)
			require.Contains(t, failure(t, func(tb testing.TB) {
				pulumitest.Run(tb, pulumitest.Options{}, test.program)
			}), test.text)
		})
	}
}

// failing is a testing.TB that keeps its failure.
type failing struct {
	testing.TB

	text string
}

func (f *failing) Helper() {}

func (f *failing) Errorf(format string, args ...any) { f.text += fmt.Sprintf(format, args...) }

func (f *failing) FailNow() { runtime.Goexit() }

// failure is what a check says when it fails, and empty when it does not.
func failure(t *testing.T, check func(testing.TB)) string {
	t.Helper()
	probe := &failing{TB: t}
	var running sync.WaitGroup
	running.Go(func() { check(probe) })
	running.Wait()
	return probe.text
}

func TestRunFailsWithoutComponentOutputs(t *testing.T) {
	t.Parallel()
	program := func(ctx *pulumi.Context) error {
		_, err := newComponent(ctx, componentToken, "alpha")
		return err
	}
	require.Contains(t, failure(t, func(tb testing.TB) { pulumitest.Run(tb, pulumitest.Options{}, program) }),
		"did not register outputs")
	_, err := pulumitest.RunErr(t, pulumitest.Options{}, program)
	require.NoError(t, err)
}

func TestOneFindsExactlyOne(t *testing.T) {
	t.Parallel()
	recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for _, token := range []string{componentToken, "aws-cli-mfa:iam:Other"} {
			parent, err := newComponent(ctx, token, "alpha")
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
	one := func(k pulumitest.Key) string { return failure(t, func(tb testing.TB) { recorder.One(tb, k) }) }
	require.Empty(t, one(key(componentToken, "alpha")))
	require.Contains(t, one(key(componentToken, "beta")), "resources that are aws-cli-mfa:iam:Access::beta")
	require.Contains(t, one(key(pulumitest.RoleToken, "role")), "should have 1 item(s), but has 2")
}

func failWhere(token, name string) func(pulumitest.Key) error {
	return func(asked pulumitest.Key) error {
		if asked == key(token, name) {
			return errInjected
		}
		return nil
	}
}

func TestInjectedFailure(t *testing.T) {
	t.Parallel()
	recorder, err := pulumitest.RunErr(t, pulumitest.Options{Fail: failWhere(pulumitest.PolicyToken, "beta")}, twoPolicies)
	require.ErrorIs(t, err, errInjected)
	require.Len(t, recorder.All(pulumitest.RoleToken), 2)
	require.Len(t, recorder.All(pulumitest.PolicyToken), 1)
	require.Len(t, recorder.All(pulumitest.GroupPolicyAttachmentToken), 1, "the attachment of a missing policy")
}

// TestOwnErrorSurvivesFailedRequest: the SDK alone would report only the failed
// registration.
func TestOwnErrorSurvivesFailedRequest(t *testing.T) {
	t.Parallel()
	errOwn := errors.New("the program's own error")
	_, err := pulumitest.RunErr(t, pulumitest.Options{Fail: failWhere(pulumitest.RoleToken, "alpha")},
		func(ctx *pulumi.Context) error {
			if _, err := newRole(ctx, "alpha"); err != nil {
				return err
			}
			return errOwn
		})
	require.ErrorIs(t, err, errInjected)
	require.ErrorIs(t, err, errOwn)
}

const getGroup = "aws:iam/getGroup:getGroup"

func TestLookups(t *testing.T) {
	t.Parallel()
	options := pulumitest.Options{
		Answers: map[pulumitest.Key]map[string]any{key(getGroup, "developers"): {
			"groupName": "developers", "users": []any{map[string]any{"userName": "alice"}},
		}},
		Fail: failWhere("aws:index/getRegion:getRegion", ""),
	}
	recorder := pulumitest.Run(t, options, func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "iam", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		require.NoError(t, err)
		group, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "developers"}, pulumi.Provider(provider))
		require.NoError(t, err)
		require.Equal(t, "alice", group.Users[0].UserName)
		_, err = aws.GetRegion(ctx, nil)
		require.ErrorIs(t, err, errInjected)
		return nil
	})
	calls := recorder.Calls(getGroup)
	require.Len(t, calls, 1)
	require.Equal(t, "developers", calls[0].Name)
	provider := recorder.One(t, key(pulumitest.ProviderToken, "iam"))
	require.Equal(t, string(provider.URN)+"::"+provider.ID, calls[0].Provider)
}

// TestMissing pins the words of the real provider. A program that deals with
// them may go on.
func TestMissing(t *testing.T) {
	t.Parallel()
	pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		_, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "nobody"})
		require.ErrorContains(t, err, "invocation of "+getGroup+" returned an error: invoking "+getGroup+
			": 1 error occurred:\n\t* getting group: operation error IAM: GetGroup, https response error StatusCode: 404, ")
		require.ErrorContains(t, err, "NoSuchEntity: The group with name nobody cannot be found.")
		_, err = iam.LookupUser(ctx, &iam.LookupUserArgs{UserName: "nobody"})
		require.ErrorContains(t, err, "getting user: operation error IAM: GetUser")
		require.ErrorContains(t, err, "NoSuchEntity: The user with name nobody cannot be found.")
		_, err = iam.LookupPolicy(ctx, &iam.LookupPolicyArgs{Arn: pulumi.StringRef("arn:aws:iam::111122223333:policy/none")})
		require.ErrorContains(t, err, "reading IAM policy (arn:aws:iam::111122223333:policy/none): couldn't find resource")
		return nil
	})
}

// TestEnvironmentPlaysNoPart sets what the engine sets for a real program.
//
//nolint:paralleltest // It sets environment variables.
func TestEnvironmentPlaysNoPart(t *testing.T) {
	for name, value := range map[string]string{
		pulumi.EnvDryRun: "true", pulumi.EnvProject: "ambient", pulumi.EnvStack: "ambient",
		pulumi.EnvOrganization: "ambient", pulumi.EnvParallel: "1", "PULUMI_PLUGINS": "true",
		pulumi.EnvConfig: `{"access:enrolment":"admin"}`, pulumi.EnvConfigSecretKeys: `["access:x"]`,
		pulumi.EnvMonitor: "127.0.0.1:1", pulumi.EnvEngine: "127.0.0.1:1", pulumi.EnvPulumiRootDirectory: "/ambient",
	} {
		t.Setenv(name, value)
	}
	pulumitest.Run(t, pulumitest.Options{
		Project: "access", Stack: "prod", Config: map[string]string{"access:token": "s3cret"}, SecretKeys: []string{"access:token"},
	}, func(ctx *pulumi.Context) error {
		require.False(t, ctx.DryRun())
		require.Equal(t, []string{"access", "prod", "organization"}, []string{ctx.Project(), ctx.Stack(), ctx.Organization()})
		require.NotEqual(t, "/ambient", ctx.RootDirectory())
		_, found := ctx.GetConfig("access:enrolment")
		require.False(t, found)
		_, found = ctx.GetConfig("access:token")
		require.True(t, found)
		require.True(t, ctx.IsConfigSecret("access:token"))
		require.False(t, ctx.IsConfigSecret("access:x"))
		return nil
	})
}

// TestConcurrentUse runs registrations, which the SDK sends at once and in any
// order, beside lookups, and changes copies meanwhile. It counts under -race.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	const count = 64
	options := pulumitest.Options{Answers: map[pulumitest.Key]map[string]any{key(getGroup, "developers"): {}}}
	var running sync.WaitGroup
	recorder := pulumitest.Run(t, options, func(ctx *pulumi.Context) error {
		for i := range count {
			if _, err := newRole(ctx, fmt.Sprintf("role-%d", i)); err != nil {
				return err
			}
			running.Go(func() { _, _ = iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "developers"}) })
		}
		running.Wait()
		return nil
	})
	want := recorder.One(t, key(pulumitest.RoleToken, "role-1"))
	for range 4 {
		running.Go(func() {
			for _, role := range recorder.All(pulumitest.RoleToken) {
				role.Inputs["tags"].ObjectValue()["Owner"] = resource.NewProperty("changed")
				role.State["arn"] = resource.NewProperty("changed")
				role.Request.Name, role.Request.Object.Fields["name"] = "changed", nil
			}
		})
	}
	running.Wait()
	require.Len(t, recorder.All(pulumitest.RoleToken), count)
	require.Len(t, recorder.Calls(getGroup), count)
	again := recorder.One(t, want.Key)
	require.Equal(t, want.Inputs, again.Inputs)
	require.Equal(t, want.State, again.State)
	require.Equal(t, want.Request.String(), again.Request.String())
}
