package pulumitest_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
)

var errInjected = errors.New("injected")

func TestRunRecordsDeployment(t *testing.T) {
	t.Parallel()
	var component *access
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		var err error
		if component, err = newAccess(ctx, "alpha"); err != nil {
			return err
		}
		ctx.Export("roleArn", component.RoleARN)
		return nil
	})

	parent := recorder.One(t, accessToken, "alpha")
	require.False(t, parent.Custom)
	require.Equal(t, resource.URN("urn:pulumi:dev::aws-cli-mfa::aws-cli-mfa:iam:Access::alpha"), parent.URN)
	require.Equal(t, resource.URN("urn:pulumi:dev::aws-cli-mfa::pulumi:pulumi:Stack::aws-cli-mfa-dev"), parent.Parent)
	require.Empty(t, parent.State)

	role := recorder.One(t, pulumitest.RoleToken, "alpha")
	require.Equal(t,
		resource.URN("urn:pulumi:dev::aws-cli-mfa::aws-cli-mfa:iam:Access$aws:iam/role:Role::alpha"), role.URN)
	require.Equal(t, parent.URN, role.Parent)
	require.True(t, role.Custom)
	require.Equal(t, "cli-dev-alpha", role.ID)
	require.Equal(t, resource.PropertyMap{
		"name":             resource.NewProperty("cli-dev-alpha"),
		"path":             resource.NewProperty("/cli/"),
		"assumeRolePolicy": resource.NewProperty(document),
		"tags":             resource.NewProperty(resource.PropertyMap{"Owner": resource.NewProperty("platform")}),
	}, role.Inputs)
	require.Equal(t, "arn:aws:iam::111122223333:role/cli/cli-dev-alpha", pulumitest.Text(t, role.State["arn"]))
	require.Regexp(t, "^AROA[A-Z2-7]{17}$", pulumitest.Text(t, role.State["uniqueId"]))
	require.Equal(t, role.Inputs["tags"], role.State["tagsAll"])

	policy := recorder.One(t, pulumitest.PolicyToken, "alpha")
	require.Equal(t, "arn:aws:iam::111122223333:policy/mfa-alpha", policy.ID)
	attachment := recorder.One(t, pulumitest.GroupPolicyAttachmentToken, "alpha")
	require.Equal(t, policy.ID, pulumitest.Text(t, attachment.Inputs["policyArn"]))
	require.Equal(t,
		map[resource.PropertyKey][]resource.URN{"policyArn": {policy.URN}}, attachment.PropertyDependencies)

	require.Equal(t, "arn:aws:iam::111122223333:role/cli/cli-dev-alpha", pulumitest.Await[string](t, component.RoleARN))
	require.Equal(t, role.State["arn"], recorder.ComponentOutputs(t, parent.URN)["roleArn"])
	require.Equal(t, role.State["arn"], recorder.StackOutputs(t)["roleArn"])
	recorder.NoEmptyStrings(t)
}

func TestRunRecordsPreview(t *testing.T) {
	t.Parallel()
	var component *access
	recorder := pulumitest.Run(t, pulumitest.Options{DryRun: true}, func(ctx *pulumi.Context) error {
		require.True(t, ctx.DryRun())
		var err error
		component, err = newAccess(ctx, "alpha")
		return err
	})

	role := recorder.One(t, pulumitest.RoleToken, "alpha")
	require.Empty(t, role.ID)
	require.Equal(t, role.Inputs, role.State)
	require.False(t, pulumitest.IsKnown(t, component.RoleARN))
	require.False(t, pulumitest.IsKnown(t, component.role.ID()))
	require.True(t, pulumitest.IsKnown(t, component.role.Name))
	attachment := recorder.One(t, pulumitest.GroupPolicyAttachmentToken, "alpha")
	require.True(t, attachment.Inputs["policyArn"].IsComputed())
	parent := recorder.One(t, accessToken, "alpha")
	require.True(t, recorder.ComponentOutputs(t, parent.URN)["roleArn"].IsComputed())
	recorder.NoEmptyStrings(t)
}

func TestComputedValuesAreNeverShared(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		if _, err := newRole(ctx, "unnamed"); err != nil {
			return err
		}
		if _, err := newRole(ctx, "unnamed-too"); err != nil {
			return err
		}
		return twoAccesses(ctx)
	})
	owners := make(map[string]resource.URN)
	for _, registered := range recorder.Resources() {
		if !registered.Custom {
			continue
		}
		computed := []string{registered.ID}
		for _, key := range []resource.PropertyKey{"arn", "uniqueId", "policyId"} {
			if value, found := registered.State[key]; found && pulumitest.Text(t, value) != registered.ID {
				computed = append(computed, pulumitest.Text(t, value))
			}
		}
		for _, value := range computed {
			require.NotEmpty(t, value)
			require.NotContains(t, owners, value, "%s has the value of another resource", registered.URN)
			owners[value] = registered.URN
		}
	}
	require.Len(t, owners, 4*3+2*2+2*1, "roles have three values, policies two (the id is the ARN), attachments one")
}

// TestRefusals proves that the monitor is strict, and that the program cannot hide it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		program pulumi.RunFunc
		want    error
		text    string
	}{
		"unknown resource": {
			func(ctx *pulumi.Context) error {
				_, err := iam.NewUser(ctx, "alice", nil)
				return err
			},
			pulumitest.ErrUnknownToken, "aws:iam/user:User",
		},
		"unknown component": {
			func(ctx *pulumi.Context) error {
				_, err := bare(ctx, "acme:index:Access", "alpha")
				return err
			},
			pulumitest.ErrUnknownToken, "acme:index:Access",
		},
		"unknown function, its error ignored": {
			func(ctx *pulumi.Context) error {
				_, _ = ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{})
				return nil
			},
			pulumitest.ErrUnknownToken, "aws:ec2/getVpc:getVpc",
		},
		"duplicate URN below two parents of one type": {
			func(ctx *pulumi.Context) error {
				for _, name := range []string{"alpha", "beta"} {
					parent, err := bare(ctx, accessToken, name)
					if err != nil {
						return err
					}
					if _, err := newRole(ctx, "role", pulumi.Parent(parent)); err != nil {
						return err
					}
				}
				return nil
			},
			pulumitest.ErrDuplicateURN, "aws-cli-mfa:iam:Access$aws:iam/role:Role::role",
		},
		"two roles of one name, but for the case": {
			func(ctx *pulumi.Context) error {
				for _, name := range []string{"Admin", "admin"} {
					if _, err := iam.NewRole(ctx, name, &iam.RoleArgs{
						Name:             pulumi.String(name),
						AssumeRolePolicy: pulumi.String(document),
					}); err != nil {
						return err
					}
				}
				return nil
			},
			pulumitest.ErrInvalidRequest, "EntityAlreadyExists",
		},
		"missing required input": {
			func(ctx *pulumi.Context) error {
				var attachment iam.RolePolicyAttachment
				return ctx.RegisterResource(pulumitest.RolePolicyAttachmentToken, "alpha",
					pulumi.Map{"role": pulumi.String("alpha")}, &attachment)
			},
			pulumitest.ErrInvalidRequest, "misses the required [policyArn]",
		},
		"custom resource registered as a component": {
			func(ctx *pulumi.Context) error {
				_, err := bare(ctx, pulumitest.RoleToken, "alpha")
				return err
			},
			pulumitest.ErrInvalidRequest, "custom=false",
		},
		"component registered as a custom resource": {
			func(ctx *pulumi.Context) error {
				var role iam.Role
				return ctx.RegisterResource(accessToken, "alpha", nil, &role)
			},
			pulumitest.ErrInvalidRequest, "custom=true",
		},
		"remote component": {
			func(ctx *pulumi.Context) error {
				return ctx.RegisterRemoteComponentResource(accessToken, "alpha", nil, &access{})
			},
			pulumitest.ErrInvalidRequest, "remote components",
		},
		"dependency on a component": {
			func(ctx *pulumi.Context) error {
				component, err := newAccess(ctx, "alpha")
				if err != nil {
					return err
				}
				_, err = newRole(ctx, "late", pulumi.DependsOn([]pulumi.Resource{component.role, component}))
				return err
			},
			pulumitest.ErrDependsOnComponent, "late (aws:iam/role:Role)",
		},
		"dependency on what is known only later": {
			func(ctx *pulumi.Context) error {
				role, err := newRole(ctx, "early")
				if err != nil {
					return err
				}
				_, err = newRole(ctx, "late", pulumi.DependsOnInputs(pulumi.NewResourceArray(role)))
				return err
			},
			pulumitest.ErrDependsOnComponent, "late (aws:iam/role:Role)",
		},
		"lookup without a name": {
			func(ctx *pulumi.Context) error {
				_, err := iam.LookupUser(ctx, &iam.LookupUserArgs{})
				return err
			},
			pulumitest.ErrInvalidRequest, "without userName",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pulumitest.RunErr(t, pulumitest.Options{}, test.program)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			requireFailure(t, func(tb testing.TB) {
				pulumitest.Run(tb, pulumitest.Options{}, test.program)
			}, test.text)
		})
	}
}

func TestReadOfExistingResourceIsRefused(t *testing.T) {
	t.Parallel()
	_, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		_, err := iam.GetRole(ctx, "existing", pulumi.ID("existing"), nil)
		return err
	})
	require.ErrorContains(t, err, "Unimplemented")
}

func TestRunFailsWithoutComponentOutputs(t *testing.T) {
	t.Parallel()
	program := func(ctx *pulumi.Context) error {
		_, err := bare(ctx, accessToken, "alpha")
		return err
	}
	requireFailure(t, func(tb testing.TB) { pulumitest.Run(tb, pulumitest.Options{}, program) },
		"Access::alpha never registered its outputs")

	recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, program)
	require.NoError(t, err)
	requireFailure(t, func(tb testing.TB) {
		recorder.ComponentOutputs(tb, recorder.One(tb, accessToken, "alpha").URN)
	}, "Access::alpha never registered outputs")
}

// TestUnconsumedApplyErrorIsLost documents why validation does not belong in an ApplyT: nobody sees its error.
func TestUnconsumedApplyErrorIsLost(t *testing.T) {
	t.Parallel()
	_, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		role, err := newRole(ctx, "alpha")
		if err != nil {
			return err
		}
		role.Arn.ApplyT(func(string) (string, error) { return "", errInjected })
		return nil
	})
	require.NoError(t, err)
}

func TestInjectedFailure(t *testing.T) {
	t.Parallel()
	var asked []string
	recorder, err := pulumitest.RunErr(t, pulumitest.Options{
		Fail: func(token, name string) error {
			asked = append(asked, token+"::"+name)
			if token == pulumitest.PolicyToken && name == "beta" {
				return fmt.Errorf("no more policies: %w", errInjected)
			}
			return nil
		},
	}, twoAccesses)

	require.ErrorIs(t, err, errInjected)
	require.ErrorContains(t, err, "no more policies")
	require.Contains(t, asked, pulumitest.PolicyToken+"::alpha")
	require.Contains(t, asked, pulumitest.RoleToken+"::beta")
	require.Len(t, recorder.All(pulumitest.RoleToken), 2)
	require.Len(t, recorder.All(pulumitest.PolicyToken), 1)
	require.Len(t, recorder.All(pulumitest.GroupPolicyAttachmentToken), 1, "the attachment of a missing policy")
}

// TestBodyErrorSurvivesFailedRequest: the SDK alone would report only the failed registration.
func TestBodyErrorSurvivesFailedRequest(t *testing.T) {
	t.Parallel()
	errBody := errors.New("the program's own error")
	_, err := pulumitest.RunErr(t, pulumitest.Options{
		Fail: func(token, _ string) error {
			if token == pulumitest.RoleToken {
				return errInjected
			}
			return nil
		},
	}, func(ctx *pulumi.Context) error {
		if _, err := newRole(ctx, "alpha"); err != nil {
			return err
		}
		return errBody
	})
	require.ErrorIs(t, err, errInjected)
	require.ErrorIs(t, err, errBody)
	require.ErrorContains(t, err, "the program's own error")
}

func TestProgramErrorIsReturned(t *testing.T) {
	t.Parallel()
	_, err := pulumitest.RunErr(t, pulumitest.Options{}, func(*pulumi.Context) error { return errInjected })
	require.ErrorIs(t, err, errInjected)
	requireFailure(t, func(tb testing.TB) {
		pulumitest.Run(tb, pulumitest.Options{}, func(*pulumi.Context) error { return errInjected })
	}, "injected")
}

func TestAccountAnswers(t *testing.T) {
	t.Parallel()
	alice := pulumitest.User{Name: "alice"}
	bob := pulumitest.User{
		Name: "bob", Path: "/team/", Tags: map[string]string{"Team": "red"},
		PermissionsBoundary: "arn:aws-cn:iam::444455556666:policy/boundary",
	}
	recorder := pulumitest.Run(t, pulumitest.Options{
		Account:   "444455556666",
		Partition: "aws-cn",
		Region:    "cn-north-1",
		Groups:    map[string][]pulumitest.User{"developers": {alice, bob}, "empty": nil},
		Users:     []pulumitest.User{bob, {Name: "carol"}},

		ManagedPolicies: map[string]string{"arn:aws-cn:iam::444455556666:policy/team/extra": document},
	}, func(ctx *pulumi.Context) error {
		identity, err := aws.GetCallerIdentity(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, "444455556666", identity.AccountId)
		require.Equal(t, "arn:aws-cn:iam::444455556666:user/deployer", identity.Arn)
		require.NotEmpty(t, identity.UserId)

		partition, err := aws.GetPartition(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, aws.GetPartitionResult{
			DnsSuffix: "amazonaws.com.cn", Id: "aws-cn", Partition: "aws-cn", ReverseDnsPrefix: "cn.com.amazonaws",
		}, *partition)

		region, err := aws.GetRegion(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, "cn-north-1", region.Name)

		group, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "developers"})
		require.NoError(t, err)
		require.Equal(t, "arn:aws-cn:iam::444455556666:group/developers", group.Arn)
		require.Len(t, group.Users, 2)
		require.Equal(t, "arn:aws-cn:iam::444455556666:user/alice", group.Users[0].Arn)
		require.Equal(t, "arn:aws-cn:iam::444455556666:user/team/bob", group.Users[1].Arn)

		empty, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "empty"})
		require.NoError(t, err)
		require.Empty(t, empty.Users)

		user, err := iam.LookupUser(ctx, &iam.LookupUserArgs{UserName: "bob"})
		require.NoError(t, err)
		require.Equal(t, iam.LookupUserResult{
			Arn: group.Users[1].Arn, Id: user.UserId, Path: "/team/", UserId: group.Users[1].UserId, UserName: "bob",
			PermissionsBoundary: bob.PermissionsBoundary, Tags: bob.Tags,
		}, *user)
		_, err = iam.LookupUser(ctx, &iam.LookupUserArgs{UserName: "carol"})
		require.NoError(t, err)

		policy, err := iam.LookupPolicy(ctx, &iam.LookupPolicyArgs{
			Arn: pulumi.StringRef("arn:aws-cn:iam::444455556666:policy/team/extra"),
		})
		require.NoError(t, err)
		require.Equal(t, "extra", policy.Name)
		require.Equal(t, document, policy.Policy)
		return nil
	})
	require.Len(t, recorder.Invokes(""), 8)
	require.Len(t, recorder.Invokes(pulumitest.GetUserToken), 2)
	require.Equal(t, "bob", pulumitest.Text(t, recorder.Invokes(pulumitest.GetUserToken)[0].Args["userName"]))
}

// TestMissingEntity pins the words of the bridged provider: only the group's error carries IAM's own code.
func TestMissingEntity(t *testing.T) {
	t.Parallel()
	lookups := map[string]struct {
		lookup func(*pulumi.Context) error
		text   string
	}{
		"group": {
			func(ctx *pulumi.Context) error {
				_, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "nobody"})
				return err
			},
			"NoSuchEntity: The group with name nobody cannot be found.",
		},
		"user": {
			func(ctx *pulumi.Context) error {
				_, err := iam.LookupUser(ctx, &iam.LookupUserArgs{UserName: "nobody"})
				return err
			},
			"reading IAM User (nobody): couldn't find resource",
		},
		"policy": {
			func(ctx *pulumi.Context) error {
				_, err := iam.LookupPolicy(ctx, &iam.LookupPolicyArgs{
					Arn: pulumi.StringRef("arn:aws:iam::111122223333:policy/none"),
				})
				return err
			},
			"reading IAM policy (arn:aws:iam::111122223333:policy/none): couldn't find resource",
		},
	}
	for name, test := range lookups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pulumitest.RunErr(t, pulumitest.Options{}, test.lookup)
			require.ErrorIs(t, err, pulumitest.ErrNoSuchEntity)
			require.ErrorContains(t, err, test.text)

			pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
				require.ErrorContains(t, test.lookup(ctx), test.text)
				return nil // a program that deals with it may go on
			})
		})
	}
}

func TestInjectedInvokeFailure(t *testing.T) {
	t.Parallel()
	_, err := pulumitest.RunErr(t, pulumitest.Options{
		Groups: map[string][]pulumitest.User{"developers": nil},
		Fail: func(token, name string) error {
			if token == pulumitest.GetGroupToken && name == "developers" {
				return errInjected
			}
			return nil
		},
	}, func(ctx *pulumi.Context) error {
		_, err := iam.LookupGroup(ctx, &iam.LookupGroupArgs{GroupName: "developers"})
		return err
	})
	require.ErrorIs(t, err, errInjected)
}

func TestContradictingUsers(t *testing.T) {
	t.Parallel()
	_, err := pulumitest.RunErr(t, pulumitest.Options{
		Groups: map[string][]pulumitest.User{"developers": {{Name: "alice", Path: "/team/"}}},
		Users:  []pulumitest.User{{Name: "alice"}},
	}, func(*pulumi.Context) error { return nil })
	require.ErrorContains(t, err, `user "alice" is given twice`)
}

// TestEnvironmentPlaysNoPart sets what the engine sets for a real program.
//
//nolint:paralleltest // It sets environment variables.
func TestEnvironmentPlaysNoPart(t *testing.T) {
	for name, value := range map[string]string{
		pulumi.EnvDryRun: "true", pulumi.EnvProject: "ambient", pulumi.EnvStack: "ambient",
		pulumi.EnvOrganization: "ambient", pulumi.EnvParallel: "1", "PULUMI_PLUGINS": "true",
		pulumi.EnvConfig: `{"aws-cli-mfa:enrolment":"admin"}`, pulumi.EnvConfigSecretKeys: `["aws-cli-mfa:x"]`,
		pulumi.EnvMonitor: "127.0.0.1:1", pulumi.EnvEngine: "127.0.0.1:1", pulumi.EnvPulumiRootDirectory: "/ambient",
	} {
		t.Setenv(name, value)
	}
	ran := false
	pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		ran = true
		require.False(t, ctx.DryRun())
		require.Equal(t, "aws-cli-mfa", ctx.Project())
		require.Equal(t, "dev", ctx.Stack())
		require.Equal(t, "organization", ctx.Organization())
		require.NotEqual(t, "/ambient", ctx.RootDirectory())
		_, found := ctx.GetConfig("aws-cli-mfa:enrolment")
		require.False(t, found)
		require.False(t, ctx.IsConfigSecret("aws-cli-mfa:x"))
		return nil
	})
	require.True(t, ran)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	pulumitest.Run(t, pulumitest.Options{
		Project:    "access",
		Stack:      "prod",
		Config:     map[string]string{"enrolment": "admin", "token": "s3cret", "aws:region": "eu-west-1"},
		SecretKeys: []string{"token"},
	}, func(ctx *pulumi.Context) error {
		require.Equal(t, "prod", ctx.Stack())
		for key, want := range map[string]string{"access:enrolment": "admin", "aws:region": "eu-west-1"} {
			value, found := ctx.GetConfig(key)
			require.True(t, found, key)
			require.Equal(t, want, value)
		}
		require.True(t, ctx.IsConfigSecret("access:token"))
		return nil
	})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		return ctx.Log.Warn("iam:ChangePassword is allowed without MFA", nil)
	})
	require.Equal(t, []pulumitest.LogEntry{
		{Severity: "WARNING", Message: "iam:ChangePassword is allowed without MFA"},
	}, recorder.Logs())
}

// TestConcurrentUse runs registrations, which the SDK sends at once and in any order, beside lookups. It counts under
// -race only.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	const count = 64
	var running sync.WaitGroup
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for i := range count {
			if _, err := newRole(ctx, fmt.Sprintf("role-%d", i)); err != nil {
				return err
			}
			running.Go(func() { _, _ = aws.GetPartition(ctx, nil) })
		}
		running.Wait()
		return nil
	})
	for range 4 {
		running.Go(func() {
			for _, role := range recorder.All(pulumitest.RoleToken) {
				role.Inputs["name"] = resource.NewProperty("changed")
				role.Request.Name = "changed"
			}
		})
	}
	running.Wait()
	require.Len(t, recorder.All(pulumitest.RoleToken), count)
	require.Len(t, recorder.Invokes(pulumitest.GetPartitionToken), count)
}

// TestRecordIsImmutable changes everything it can reach of a copy.
func TestRecordIsImmutable(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		component, err := newAccess(ctx, "alpha", pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
		if err != nil {
			return err
		}
		ctx.Export("nested", pulumi.Map{"arn": pulumi.ToSecret(component.RoleARN)})
		return nil
	})
	read := func() (pulumitest.Resource, pulumitest.Resource, resource.PropertyMap) {
		return recorder.One(t, pulumitest.RoleToken, "alpha"), recorder.One(t, accessToken, "alpha"),
			recorder.StackOutputs(t)
	}
	wantRole, wantComponent, wantOutputs := read()
	role, component, outputs := read()
	role.Inputs["tags"].ObjectValue()["Owner"] = resource.NewProperty("changed")
	role.State["arn"] = resource.NewProperty("changed")
	role.Request.Object.Fields["name"] = nil
	component.Options.Aliases[0] = "changed"
	component.Request.Aliases[0] = nil
	outputs["nested"].ObjectValue()["arn"].SecretValue().Element = resource.NewProperty("changed")

	role, component, outputs = read()
	require.Equal(t, wantRole.Inputs, role.Inputs)
	require.Equal(t, wantRole.State, role.State)
	require.Equal(t, wantRole.Request.GetObject().AsMap(), role.Request.GetObject().AsMap())
	require.Equal(t, wantComponent.Options, component.Options)
	require.Equal(t, wantOutputs, outputs)
}
