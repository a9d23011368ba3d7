package tests

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	aliceARN  = "arn:aws:iam::111122223333:user/alice"
	bobARN    = "arn:aws:iam::111122223333:user/team/bob"
	oliviaARN = "arn:aws:iam::111122223333:user/olivia"
)

// trustOf is the trust policy of a role that only these users may assume.
func trustOf(principals string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"TrustWithMFA","Effect":"Allow","Principal":{"AWS":` +
		principals + `},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
}

// awsAccount is the account that pulumitest plays by default.
func awsAccount() policy.Account { return policy.Account{Partition: "aws", ID: "111122223333"} }

// twoGroups has roles that share a group, policies of AWS and of the account,
// and a user with a path.
func twoGroups() *iam.CLIAccessArgs {
	return &iam.CLIAccessArgs{AccessArgs: iam.AccessArgs{
		Account:    awsAccount(),
		NamePrefix: "cli-dev-",
		Roles: map[string]iam.RoleArgs{
			"power-user": {
				Groups:              []string{"developers", "operators"},
				TrustedUserARNs:     []string{bobARN, aliceARN, oliviaARN},
				ManagedPolicies:     []string{"PowerUserAccess", "arn:aws:iam::111122223333:policy/team/extra"},
				MaxSessionDuration:  4 * time.Hour,
				PermissionsBoundary: "ViewOnlyAccess",
				Description:         "Daily work",
			},
			"read-only": {
				Groups:          []string{"developers"},
				TrustedUserARNs: []string{aliceARN},
				ManagedPolicies: []string{"ViewOnlyAccess"},
			},
		},
		Tags: map[string]string{"Team": "platform"},
	}}
}

// accessProgram registers one [iam.CLIAccess] named cli.
func accessProgram(args *iam.CLIAccessArgs, opts ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := iam.NewCLIAccess(ctx, "cli", args, opts...)
		return err
	}
}

func role(name string) pulumitest.Key { return pulumitest.Key{Token: "aws:iam/role:Role", Name: name} }

func managedPolicy(name string) pulumitest.Key {
	return pulumitest.Key{Token: "aws:iam/policy:Policy", Name: name}
}

func roleAttachment(name string) pulumitest.Key {
	return pulumitest.Key{Token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", Name: name}
}

func groupAttachment(name string) pulumitest.Key {
	return pulumitest.Key{Token: "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", Name: name}
}

// component has the type tokens written out: a token is part of every URN, so
// a changed constant must fail here.
func component(kind, name string) pulumitest.Key {
	return pulumitest.Key{Token: "aws-cli-mfa:iam:" + kind, Name: name}
}

func TestTypeTokensArePinned(t *testing.T) {
	t.Parallel()
	require.Equal(t, "aws-cli-mfa:iam:MFARole", iam.MFARoleType)
	require.Equal(t, "aws-cli-mfa:iam:MFAPolicy", iam.MFAPolicyType)
	require.Equal(t, "aws-cli-mfa:iam:GroupAccess", iam.GroupAccessType)
	require.Equal(t, "aws-cli-mfa:iam:CLIAccess", iam.CLIAccessType)
}

func TestMFARole(t *testing.T) {
	t.Parallel()
	roles := map[string]*iam.MFARole{}
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for name, args := range map[string]*iam.MFARoleArgs{
			"power-user": {
				RoleArgs: iam.RoleArgs{
					Name:                "cli-dev-power-user",
					Path:                "/cli/",
					Description:         "Daily work",
					TrustedUserARNs:     []string{bobARN, aliceARN},
					ManagedPolicies:     []string{"PowerUserAccess", "arn:aws:iam::111122223333:policy/team/extra"},
					MaxSessionDuration:  4 * time.Hour,
					PermissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
				},
				Tags: map[string]string{"Team": "platform"},
			},
			"read-only": {RoleArgs: iam.RoleArgs{
				Name:            "cli-dev-read-only",
				TrustedUserARNs: []string{aliceARN},
				ManagedPolicies: []string{"ViewOnlyAccess"},
			}},
		} {
			var err error
			if roles[name], err = iam.NewMFARole(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	})
	require.Empty(t, emptyStrings(t, recorder))
	require.ElementsMatch(t, []pulumitest.Key{
		component("MFARole", "power-user"), role("power-user"), roleAttachment("power-user/cli-dev-power-user/PowerUserAccess"),
		roleAttachment("power-user/cli-dev-power-user/111122223333/team/extra"),
		component("MFARole", "read-only"), role("read-only"), roleAttachment("read-only/cli-dev-read-only/job-function/ViewOnlyAccess"),
	}, keysOf(recorder))

	require.Equal(t, map[string]any{
		"name":                "cli-dev-power-user",
		"path":                "/cli/",
		"description":         "Daily work",
		"assumeRolePolicy":    trustOf(`["` + aliceARN + `","` + bobARN + `"]`),
		"maxSessionDuration":  14400.0,
		"permissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
		"tags":                map[string]any{"Team": "platform"},
	}, recorder.One(t, role("power-user")).Inputs.Mappable())
	require.Equal(t, map[string]any{
		"role": "cli-dev-power-user", "policyArn": "arn:aws:iam::aws:policy/PowerUserAccess",
	}, recorder.One(t, roleAttachment("power-user/cli-dev-power-user/PowerUserAccess")).Inputs.Mappable())
	require.Equal(t, map[string]any{
		"role": "cli-dev-power-user", "policyArn": "arn:aws:iam::111122223333:policy/team/extra",
	}, recorder.One(t, roleAttachment("power-user/cli-dev-power-user/111122223333/team/extra")).Inputs.Mappable())

	require.Equal(t, map[string]any{
		"name":               "cli-dev-read-only",
		"path":               "/",
		"assumeRolePolicy":   trustOf(`"` + aliceARN + `"`),
		"maxSessionDuration": 3600.0,
	}, recorder.One(t, role("read-only")).Inputs.Mappable(), "what is not given stays absent")
	require.Equal(t, map[string]any{
		"role": "cli-dev-read-only", "policyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
	}, recorder.One(t, roleAttachment("read-only/cli-dev-read-only/job-function/ViewOnlyAccess")).Inputs.Mappable())

	for name, arn := range map[string]string{
		"power-user": "arn:aws:iam::111122223333:role/cli/cli-dev-power-user",
		"read-only":  "arn:aws:iam::111122223333:role/cli-dev-read-only",
	} {
		parent := recorder.One(t, component("MFARole", name))
		require.Equal(t, arn, await[string](t, roles[name].ARN))
		require.Equal(t, "cli-dev-"+name, await[string](t, roles[name].Name))
		require.Equal(t, recorder.StackURN(), parent.Parent)
		require.Len(t, childrenOf(recorder, parent.URN), len(roles[name].Resources()),
			"Resources are the role and all its attachments")
	}
}

func TestMFAPolicy(t *testing.T) {
	t.Parallel()
	policies := map[string]*iam.MFAPolicy{}
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for name, args := range map[string]*iam.MFAPolicyArgs{
			"developers": {
				Name: "cli-dev-developers",
				Path: "/cli/",
				GroupPolicy: policy.GroupPolicy{
					Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/cli-dev-power-user"},
				},
				Tags: map[string]string{"Team": "platform"},
			},
			"operators": {
				Name: "cli-dev-operators",
				GroupPolicy: policy.GroupPolicy{
					Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/cli-dev-operator"},
					Enrolment: policy.AdminEnrolment,
				},
			},
		} {
			var err error
			if policies[name], err = iam.NewMFAPolicy(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	})
	require.Empty(t, emptyStrings(t, recorder))
	require.ElementsMatch(t, []pulumitest.Key{
		component("MFAPolicy", "developers"), managedPolicy("developers"),
		component("MFAPolicy", "operators"), managedPolicy("operators"),
	}, keysOf(recorder))

	inputs := recorder.One(t, managedPolicy("developers")).Inputs
	wantDocument, err := policy.GroupPolicy{
		Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/cli-dev-power-user"},
	}.Document()
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"name":        "cli-dev-developers",
		"path":        "/cli/",
		"description": "Assume the AWS CLI roles of this group; deny everything else without MFA.",
		"policy":      wantDocument.String(),
		"tags":        map[string]any{"Team": "platform"},
	}, inputs.Mappable())

	inputs = recorder.One(t, managedPolicy("operators")).Inputs
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"AssumeRoles","Effect":"Allow","Action":"sts:AssumeRole",
		 "Resource":"arn:aws:iam::111122223333:role/cli-dev-operator"},
		{"Sid":"DenyWithoutMFA","Effect":"Deny","Action":"*","Resource":"*",
		 "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}}}]}`,
		textOf(t, inputs["policy"]))
	require.NotContains(t, inputs, "tags", "what is not given stays absent")

	for name, arn := range map[string]string{
		"developers": "arn:aws:iam::111122223333:policy/cli/cli-dev-developers",
		"operators":  "arn:aws:iam::111122223333:policy/cli-dev-operators",
	} {
		parent := recorder.One(t, component("MFAPolicy", name))
		require.Equal(t, arn, await[string](t, policies[name].ARN))
		require.Equal(t, parent.URN, recorder.One(t, managedPolicy(name)).Parent)
		require.Len(t, policies[name].Resources(), 1)
	}
}

func TestGroupAccess(t *testing.T) {
	t.Parallel()
	accesses := map[string]*iam.GroupAccess{}
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		for name, args := range map[string]*iam.GroupAccessArgs{
			"dev": {
				Group: "developers",
				PolicyARNs: map[string]pulumi.StringInput{
					"mfa":   pulumi.String("arn:aws:iam::111122223333:policy/cli-dev-developers"),
					"extra": pulumi.String("arn:aws:iam::111122223333:policy/extra"),
				},
			},
			"ops": {
				Group: "operators",
				PolicyARNs: map[string]pulumi.StringInput{
					"mfa": pulumi.String("arn:aws:iam::111122223333:policy/cli-dev-operators"),
				},
			},
		} {
			var err error
			if accesses[name], err = iam.NewGroupAccess(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	})
	require.Empty(t, emptyStrings(t, recorder))
	require.ElementsMatch(t, []pulumitest.Key{
		component("GroupAccess", "dev"), groupAttachment("dev/mfa"), groupAttachment("dev/extra"),
		component("GroupAccess", "ops"), groupAttachment("ops/mfa"),
	}, keysOf(recorder))
	for key, want := range map[pulumitest.Key]map[string]any{
		groupAttachment("dev/mfa"): {
			"group": "developers", "policyArn": "arn:aws:iam::111122223333:policy/cli-dev-developers",
		},
		groupAttachment("dev/extra"): {"group": "developers", "policyArn": "arn:aws:iam::111122223333:policy/extra"},
		groupAttachment("ops/mfa"): {
			"group": "operators", "policyArn": "arn:aws:iam::111122223333:policy/cli-dev-operators",
		},
	} {
		require.Equal(t, want, recorder.One(t, key).Inputs.Mappable())
	}
	for name, group := range map[string]string{"dev": "developers", "ops": "operators"} {
		parent := recorder.One(t, component("GroupAccess", name))
		require.Equal(t, group, await[string](t, accesses[name].Group))
		for _, attachment := range childrenOf(recorder, parent.URN) {
			require.Equal(t, group, textOf(t, attachment.Inputs["group"]))
		}
	}
}

// A group whose policies are not made by this package waits for what is named.
func TestGroupAccessWaits(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		made, err := iam.NewMFARole(ctx, "r", &iam.MFARoleArgs{RoleArgs: iam.RoleArgs{
			Name: "reader", TrustedUserARNs: []string{aliceARN}, ManagedPolicies: []string{"PowerUserAccess"},
		}})
		if err != nil {
			return err
		}
		_, err = iam.NewGroupAccess(ctx, "g", &iam.GroupAccessArgs{
			Group: "developers", DependsOn: made.Resources(),
			PolicyARNs: map[string]pulumi.StringInput{"mfa": pulumi.String("arn:aws:iam::111122223333:policy/mfa")},
		})
		return err
	})
	require.Subset(t, edgesOf(t, recorder), []edge{
		{from: groupAttachment("g/mfa"), to: role("r")},
		{from: groupAttachment("g/mfa"), to: roleAttachment("r/reader/PowerUserAccess")},
	})
}

// accessTree is every resource of twoGroups with its parent: the logical names
// and the hierarchy are a contract with what is deployed already.
func accessTree() map[pulumitest.Key]pulumitest.Key {
	return map[pulumitest.Key]pulumitest.Key{
		component("MFARole", "cli/power-user"):     component("CLIAccess", "cli"),
		role("cli/power-user"):                     component("MFARole", "cli/power-user"),
		roleAttachment(powerUserAccess):            component("MFARole", "cli/power-user"),
		roleAttachment(extraPolicy):                component("MFARole", "cli/power-user"),
		component("MFARole", "cli/read-only"):      component("CLIAccess", "cli"),
		role("cli/read-only"):                      component("MFARole", "cli/read-only"),
		roleAttachment(viewOnly):                   component("MFARole", "cli/read-only"),
		component("MFAPolicy", "cli/developers"):   component("CLIAccess", "cli"),
		managedPolicy("cli/developers"):            component("MFAPolicy", "cli/developers"),
		component("GroupAccess", "cli/developers"): component("CLIAccess", "cli"),
		groupAttachment(developersMFA):             component("GroupAccess", "cli/developers"),
		component("MFAPolicy", "cli/operators"):    component("CLIAccess", "cli"),
		managedPolicy("cli/operators"):             component("MFAPolicy", "cli/operators"),
		component("GroupAccess", "cli/operators"):  component("CLIAccess", "cli"),
		groupAttachment(operatorsMFA):              component("GroupAccess", "cli/operators"),
	}
}

// The logical names of the attachments of twoGroups. They say all that makes
// up an attachment, which the provider replaces by detaching first.
const (
	powerUserAccess = "cli/power-user/cli-dev-power-user/PowerUserAccess"
	extraPolicy     = "cli/power-user/cli-dev-power-user/111122223333/team/extra"
	viewOnly        = "cli/read-only/cli-dev-read-only/job-function/ViewOnlyAccess"
	developersMFA   = "cli/developers/cli-dev-developers"
	operatorsMFA    = "cli/operators/cli-dev-operators"
)

// accessEdges are all dependencies of twoGroups. The policy of a group comes after
// all roles, because a member may have theirs by another group, and the policies
// that make them useful; it is attached after that.
func accessEdges() []edge {
	edges := []edge{
		{from: roleAttachment(powerUserAccess), to: role("cli/power-user")},
		{from: roleAttachment(extraPolicy), to: role("cli/power-user")},
		{from: roleAttachment(viewOnly), to: role("cli/read-only")},
	}
	for _, group := range []string{"operators", "developers"} {
		document := managedPolicy("cli/" + group)
		edges = append(edges, edge{from: groupAttachment("cli/" + group + "/cli-dev-" + group), to: document})
		for _, attachment := range []string{powerUserAccess, extraPolicy, viewOnly} {
			edges = append(edges, edge{from: document, to: roleAttachment(attachment)})
		}
	}
	return edges
}

func TestCLIAccess(t *testing.T) {
	t.Parallel()
	var access *iam.CLIAccess
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		var err error
		access, err = iam.NewCLIAccess(ctx, "cli", twoGroups())
		return err
	})
	require.Empty(t, emptyStrings(t, recorder))
	top := recorder.One(t, component("CLIAccess", "cli"))
	require.Equal(t, recorder.StackURN(), top.Parent)
	require.Empty(t, orphans(recorder, top.URN))
	tree := accessTree()
	require.ElementsMatch(t, append(slices.Collect(maps.Keys(tree)), top.Key), keysOf(recorder))
	for key, parent := range tree {
		require.Equal(t, recorder.One(t, parent).URN, recorder.One(t, key).Parent, "parent of %s", key)
	}

	powerUser := "arn:aws:iam::111122223333:role/cli-dev-power-user"
	readOnly := "arn:aws:iam::111122223333:role/cli-dev-read-only"
	roleARNs := map[string]string{"power-user": powerUser, "read-only": readOnly}
	policyARNs := map[string]string{
		"developers": "arn:aws:iam::111122223333:policy/cli-dev-developers",
		"operators":  "arn:aws:iam::111122223333:policy/cli-dev-operators",
	}
	grants := map[string][]string{"developers": {powerUser, readOnly}, "operators": {powerUser}}
	require.Equal(t, roleARNs, await[map[string]string](t, access.RoleARNs))
	require.Equal(t, policyARNs, await[map[string]string](t, access.MFAPolicyARNs))
	require.Equal(t, grants, await[map[string][]string](t, access.Grants))
	require.Equal(t, powerUser, await[string](t, access.Role("power-user").ARN))
	require.Nil(t, access.Role("nobody"))

	for group, arns := range grants {
		document := parsed(t, recorder.One(t, managedPolicy("cli/"+group)).Inputs["policy"])
		require.Equal(t, policy.Values(arns), statement(t, document, policy.SidAssumeRoles).Resource)
		require.Equal(t, map[string]any{"group": group, "policyArn": policyARNs[group]},
			recorder.One(t, groupAttachment("cli/"+group+"/cli-dev-"+group)).Inputs.Mappable())
	}
	for name, arn := range roleARNs {
		registered := recorder.One(t, role("cli/"+name))
		require.Equal(t, arn, textOf(t, registered.State["arn"]), "the name gives the ARN in the documents")
		require.Equal(t, map[string]any{"Team": "platform"}, registered.Inputs["tags"].Mappable())
	}
}

// TestNothingComesFromARace runs often: what comes from a race is there in most runs.
// In pulumi-aws-iam about one run in forty made a role without the MFA condition.
func TestNothingComesFromARace(t *testing.T) {
	t.Parallel()
	want := policy.Condition{"Bool": {"aws:MultiFactorAuthPresent": {"true"}}}
	for _, dryRun := range []bool{false, true} {
		for range 25 {
			recorder := pulumitest.Run(t, pulumitest.Options{DryRun: dryRun}, accessProgram(twoGroups()))
			require.ElementsMatch(t, accessEdges(), edgesOf(t, recorder), "preview: %t", dryRun)
			for _, role := range recorder.All(pulumitest.RoleToken) {
				document := parsed(t, role.Inputs["assumeRolePolicy"])
				require.Len(t, document.Statements, 1, "a second statement would make the first one's MFA useless")
				require.Equal(t, want, document.Statements[0].Condition)
			}
		}
	}
}

// optionsCase is one component, with what its children are.
type optionsCase struct {
	register func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error
	top      pulumitest.Key
	children []pulumitest.Key
}

func optionsCases() []optionsCase {
	return []optionsCase{
		{
			register: func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				_, err := iam.NewMFARole(ctx, "r", &iam.MFARoleArgs{RoleArgs: iam.RoleArgs{
					Name: "reader", TrustedUserARNs: []string{aliceARN}, ManagedPolicies: []string{"PowerUserAccess"},
				}}, opts...)
				return err
			},
			top:      component("MFARole", "r"),
			children: []pulumitest.Key{role("r"), roleAttachment("r/reader/PowerUserAccess")},
		},
		{
			register: func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				_, err := iam.NewMFAPolicy(ctx, "p", &iam.MFAPolicyArgs{
					Name: "mfa", GroupPolicy: policy.GroupPolicy{
						Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/reader"},
					},
				}, opts...)
				return err
			},
			top:      component("MFAPolicy", "p"),
			children: []pulumitest.Key{managedPolicy("p")},
		},
		{
			register: func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				arn := pulumi.String("arn:aws:iam::111122223333:policy/mfa")
				_, err := iam.NewGroupAccess(ctx, "g", &iam.GroupAccessArgs{
					Group: "developers", PolicyARNs: map[string]pulumi.StringInput{"mfa": arn},
				}, opts...)
				return err
			},
			top:      component("GroupAccess", "g"),
			children: []pulumitest.Key{groupAttachment("g/mfa")},
		},
		{
			register: func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				return accessProgram(twoGroups(), opts...)(ctx)
			},
			top:      component("CLIAccess", "cli"),
			children: slices.Collect(maps.Keys(accessTree())),
		},
	}
}

// ownOptions are those that a component gives a child, whoever uses it.
// DeleteBeforeReplace is defined, and false.
func ownOptions(child pulumitest.Key) map[string]any {
	switch child.Token {
	case pulumitest.RoleToken:
		return map[string]any{"deleteBeforeReplaceDefined": true}
	case pulumitest.PolicyToken:
		return map[string]any{"deleteBeforeReplaceDefined": true, "ignoreChanges": []any{"description"}}
	default:
		return map[string]any{}
	}
}

func TestChildrenHaveNoOptionsButTheirOwn(t *testing.T) {
	t.Parallel()
	for _, test := range optionsCases() {
		t.Run(test.top.String(), func(t *testing.T) {
			t.Parallel()
			recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
				return test.register(ctx)
			})
			want := map[pulumitest.Key]map[string]any{test.top: {}}
			for _, child := range test.children {
				want[child] = ownOptions(child)
			}
			requireOptions(t, recorder, want)
		})
	}
}

// TestNoOptionIsForwardedToChildren gives each component options that mean
// something else on a child. Only what Pulumi itself hands down arrives there:
// protection and the provider.
func TestNoOptionIsForwardedToChildren(t *testing.T) {
	t.Parallel()
	old := "urn:pulumi:dev::aws-cli-mfa::aws-cli-mfa:iam:CLIAccess::old"
	for _, test := range optionsCases() {
		t.Run(test.top.String(), func(t *testing.T) {
			t.Parallel()
			recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
				provider, err := aws.NewProvider(ctx, "other", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
				if err != nil {
					return err
				}
				return test.register(ctx,
					pulumi.Aliases([]pulumi.Alias{{URN: pulumi.URN(old)}}), pulumi.Protect(true), pulumi.Providers(provider),
					pulumi.IgnoreChanges([]string{"tags"}), pulumi.ReplaceOnChanges([]string{"name"}),
					pulumi.RetainOnDelete(true), pulumi.DeleteBeforeReplace(true),
					pulumi.AdditionalSecretOutputs([]string{"arn"}), pulumi.DependsOn([]pulumi.Resource{provider}))
			})
			provider := recorder.One(t, pulumitest.Key{Token: pulumitest.ProviderToken, Name: "other"})
			reference := string(provider.URN) + "::" + provider.ID
			want := map[pulumitest.Key]map[string]any{
				provider.Key: {"additionalSecretOutputs": []any{"accessKey", "secretKey", "token"}},
				test.top: {
					"aliases": []any{map[string]any{"urn": old}}, "protect": true, "ignoreChanges": []any{"tags"},
					"replaceOnChanges": []any{"name"}, "retainOnDelete": true, "deleteBeforeReplace": true,
					"deleteBeforeReplaceDefined": true, "additionalSecretOutputs": []any{"arn"},
					"providers": map[string]any{"aws": reference},
				},
			}
			for _, child := range test.children {
				options := ownOptions(child)
				options["protect"] = true
				if strings.HasPrefix(child.Token, "aws:") {
					options["provider"] = reference
				}
				want[child] = options
				require.NotContains(t, recorder.One(t, child).Request.GetDependencies(), string(provider.URN),
					"DependsOn of the component")
			}
			requireOptions(t, recorder, want)
			require.Contains(t, recorder.One(t, test.top).Request.GetDependencies(), string(provider.URN))
		})
	}
}

// TestParentOfComponent puts a component below another, as a library user does.
func TestParentOfComponent(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		outer := &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("aws-cli-mfa:iam:Platform", "outer", outer); err != nil {
			return err
		}
		if err := accessProgram(twoGroups(), pulumi.Parent(outer))(ctx); err != nil {
			return err
		}
		return ctx.RegisterResourceOutputs(outer, pulumi.Map{})
	})
	require.Empty(t, orphans(recorder, recorder.One(t, component("Platform", "outer")).URN))
	require.ElementsMatch(t, accessEdges(), edgesOf(t, recorder))
}

// TestPreview is what the first pulumi preview sees: nothing exists, and yet
// every document is complete.
func TestPreview(t *testing.T) {
	t.Parallel()
	var access *iam.CLIAccess
	preview := pulumitest.Run(t, pulumitest.Options{DryRun: true}, func(ctx *pulumi.Context) error {
		var err error
		access, err = iam.NewCLIAccess(ctx, "cli", twoGroups())
		return err
	})
	deployed := pulumitest.Run(t, pulumitest.Options{}, accessProgram(twoGroups()))
	require.Empty(t, emptyStrings(t, preview))
	require.ElementsMatch(t, keysOf(deployed), keysOf(preview))
	for _, after := range deployed.Resources() {
		before := preview.One(t, after.Key)
		require.Equal(t, after.URN, before.URN)
		require.Empty(t, before.ID)
		for property, value := range after.Inputs {
			switch property {
			case "policyArn":
				own := after.Token == pulumitest.GroupPolicyAttachmentToken
				require.Equal(t, own, before.Inputs[property].IsComputed(), "only our own policy's ARN is unknown: %s", after.Key)
			default:
				require.Equal(t, value, before.Inputs[property], "%s of %s", property, after.Key)
			}
		}
	}
	require.False(t, awaited(t, access.Role("power-user").ARN).Known)
	require.True(t, awaited(t, access.Role("power-user").Name).Known)
}

// TestFailedRegistrationLeavesNoGroupDenied lets each registration fail in
// turn. Whatever fails, a group is never denied without MFA before its roles,
// all of them and with all their policies, are there (G9).
func TestFailedRegistrationLeavesNoGroupDenied(t *testing.T) {
	t.Parallel()
	errRefused := errors.New("AccessDenied")
	roles := []pulumitest.Key{
		role("cli/power-user"), roleAttachment(powerUserAccess), roleAttachment(extraPolicy),
		role("cli/read-only"), roleAttachment(viewOnly),
	}
	failing := slices.Collect(maps.Keys(accessTree()))
	failing = append(failing, component("CLIAccess", "cli"))
	for _, key := range failing {
		t.Run(key.String(), func(t *testing.T) {
			t.Parallel()
			recorder, err := pulumitest.RunErr(t, pulumitest.Options{
				Fail: func(asked pulumitest.Key) error {
					if asked == key {
						return errRefused
					}
					return nil
				},
			}, accessProgram(twoGroups()))
			require.ErrorIs(t, err, errRefused)
			registered := keysOf(recorder)
			require.NotContains(t, registered, key)
			for _, group := range []string{"operators", "developers"} {
				needed := append(slices.Clone(roles), managedPolicy("cli/"+group))
				if slices.Contains(registered, groupAttachment("cli/"+group+"/cli-dev-"+group)) {
					require.Subset(t, registered, needed, "group %s is attached", group)
				}
				if slices.Contains(needed, key) {
					require.NotContains(t, registered, groupAttachment("cli/"+group+"/cli-dev-"+group))
				}
			}
		})
	}
}

func TestFaultsRegisterNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		register func(*pulumi.Context) error
		want     []error
	}{
		"role without arguments": {
			func(ctx *pulumi.Context) error { _, err := iam.NewMFARole(ctx, "r", nil); return err },
			[]error{policy.ErrName, policy.ErrNobodyTrusted, stack.ErrNoPolicies},
		},
		"role with all of it wrong": {
			func(ctx *pulumi.Context) error {
				_, err := iam.NewMFARole(ctx, "r", &iam.MFARoleArgs{RoleArgs: iam.RoleArgs{
					Name: "a b", Path: "nowhere", TrustedUserARNs: []string{"arn:aws:iam::111122223333:root"},
					ManagedPolicies:    []string{"PowerUserAccess", "arn:aws:iam::aws:policy/PowerUserAccess"},
					MaxSessionDuration: 13 * time.Hour, Description: "—",
				}, Tags: map[string]string{"a;b": ""}})
				return err
			},
			[]error{policy.ErrTags, policy.ErrName, policy.ErrARN, policy.ErrSessionDuration, policy.ErrDescription, stack.ErrDuplicate},
		},
		"policy without arguments": {
			func(ctx *pulumi.Context) error { _, err := iam.NewMFAPolicy(ctx, "p", nil); return err },
			[]error{policy.ErrName, policy.ErrARN, policy.ErrGroupPolicy},
		},
		"group access without arguments": {
			func(ctx *pulumi.Context) error { _, err := iam.NewGroupAccess(ctx, "g", nil); return err },
			[]error{policy.ErrName, stack.ErrNoPolicies},
		},
		"access without arguments": {
			func(ctx *pulumi.Context) error { _, err := iam.NewCLIAccess(ctx, "c", nil); return err },
			[]error{stack.ErrNoRoles},
		},
		"access whose role has nobody, and whose other role gets the deny": {
			func(ctx *pulumi.Context) error {
				args := twoGroups()
				args.Roles["nobody"] = iam.RoleArgs{ManagedPolicies: []string{"PowerUserAccess"}}
				args.Roles["denied"] = iam.RoleArgs{
					Groups: []string{"developers"}, TrustedUserARNs: []string{aliceARN},
					ManagedPolicies: []string{"arn:aws:iam::111122223333:policy/cli-dev-operators"},
				}
				return accessProgram(args)(ctx)
			},
			[]error{policy.ErrNobodyTrusted, stack.ErrNoGroups, stack.ErrOwnPolicyOnRole},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, test.register)
			for _, want := range test.want {
				require.ErrorIs(t, err, want)
			}
			require.Empty(t, recorder.Resources())
		})
	}
}

// TestTooManyPolicies goes to the limit, and one beyond it.
func TestTooManyPolicies(t *testing.T) {
	t.Parallel()
	var names []string
	arns := map[string]pulumi.StringInput{}
	for i := range policy.MaxAttachedPolicies + 1 {
		names = append(names, fmt.Sprintf("Policy%d", i))
		arns[names[i]] = pulumi.String("arn:aws:iam::aws:policy/" + names[i])
	}
	for limit, want := range map[int]error{policy.MaxAttachedPolicies: nil, len(names): stack.ErrTooManyPolicies} {
		attached := maps.Clone(arns)
		maps.DeleteFunc(attached, func(name string, _ pulumi.StringInput) bool {
			return !slices.Contains(names[:limit], name)
		})
		_, err := pulumitest.RunErr(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
			_, roleErr := iam.NewMFARole(ctx, "r", &iam.MFARoleArgs{RoleArgs: iam.RoleArgs{
				Name: "r", TrustedUserARNs: []string{aliceARN}, ManagedPolicies: names[:limit],
			}})
			_, groupErr := iam.NewGroupAccess(ctx, "g", &iam.GroupAccessArgs{Group: "g", PolicyARNs: attached})
			require.ErrorIs(t, roleErr, want)
			require.ErrorIs(t, groupErr, want)
			return nil
		})
		require.NoError(t, err)
	}
}
