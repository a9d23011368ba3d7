package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	properties "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// The tests of this file are each named after a defect that a tool of the same
// purpose has, or had.

// parsed is the policy document that a property holds. An unknown one fails.
func parsed(t *testing.T, value properties.PropertyValue) policy.Document {
	t.Helper()
	document, err := policy.Parse(textOf(t, value))
	require.NoError(t, err)
	return document
}

func statement(t *testing.T, document policy.Document, sid string) policy.Statement {
	t.Helper()
	i := slices.IndexFunc(document.Statements, func(s policy.Statement) bool { return s.Sid == sid })
	require.GreaterOrEqual(t, i, 0, "no statement %s in %s", sid, document)
	return document.Statements[i]
}

// pulumi-aws-iam marshalled documents before the ARNs in them were known.
func TestDocumentIsNeverReadBeforeItsInputs(t *testing.T) {
	t.Parallel()
	for _, dryRun := range []bool{false, true} {
		recorder := pulumitest.Run(t, pulumitest.Options{DryRun: dryRun}, accessProgram(twoGroups()))
		documents := map[string]string{pulumitest.RoleToken: "assumeRolePolicy", pulumitest.PolicyToken: "policy"}
		for token, property := range documents {
			for _, registered := range recorder.All(token) {
				require.Empty(t, registered.Request.GetPropertyDependencies()[property].GetUrns(),
					"%s waits for another resource's output", registered.Key)
				document := parsed(t, registered.Inputs[properties.PropertyKey(property)])
				for _, s := range document.Statements {
					for _, value := range slices.Concat(s.Resource, s.NotResource, s.Action, s.NotAction) {
						require.NotEmpty(t, value)
					}
				}
			}
		}
	}
}

// terraform-aws-iam, trussworks and others attach by index: removing an
// earlier entry detached the deny, and attached it again a moment later.
func TestNothingMovesWhenAListChanges(t *testing.T) {
	t.Parallel()
	args := twoGroups()
	args.Roles["auditor"] = iam.RoleArgs{
		Groups: []string{"auditors"}, TrustedUserARNs: []string{oliviaARN}, ManagedPolicies: []string{"SecurityAudit"},
	}
	before := pulumitest.Run(t, pulumitest.Options{}, accessProgram(args))
	changeRole := func(name string, change func(*iam.RoleArgs)) func(*iam.CLIAccessArgs) {
		return func(a *iam.CLIAccessArgs) {
			changed := a.Roles[name]
			change(&changed)
			a.Roles[name] = changed
		}
	}
	tests := map[string]struct {
		change func(*iam.CLIAccessArgs)
		gone   []pulumitest.Key
		edited []pulumitest.Key
	}{
		"first group and its role removed": {
			change: func(a *iam.CLIAccessArgs) { delete(a.Roles, "auditor") },
			gone: []pulumitest.Key{
				component("MFARole", "cli/auditor"), role("cli/auditor"), roleAttachment("cli/auditor/cli-dev-auditor/SecurityAudit"),
				component("MFAPolicy", "cli/auditors"), managedPolicy("cli/auditors"),
				component("GroupAccess", "cli/auditors"), groupAttachment("cli/auditors/cli-dev-auditors"),
			},
		},
		"first policy of a role removed": {
			change: changeRole("power-user", func(r *iam.RoleArgs) { r.ManagedPolicies = r.ManagedPolicies[1:] }),
			gone:   []pulumitest.Key{roleAttachment(powerUserAccess)},
		},
		"first group of a role removed": {
			change: changeRole("power-user", func(r *iam.RoleArgs) { r.Groups = r.Groups[1:] }),
			edited: []pulumitest.Key{managedPolicy("cli/developers")},
		},
		"every list reversed": {
			change: changeRole("power-user", func(r *iam.RoleArgs) {
				slices.Reverse(r.ManagedPolicies)
				slices.Reverse(r.Groups)
				slices.Reverse(r.TrustedUserARNs)
			}),
		},
		"a user removed": {
			change: changeRole("power-user", func(r *iam.RoleArgs) { r.TrustedUserARNs = r.TrustedUserARNs[1:] }),
			edited: []pulumitest.Key{role("cli/power-user")},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := twoGroups()
			changed.Roles["auditor"] = args.Roles["auditor"]
			test.change(changed)
			after := pulumitest.Run(t, pulumitest.Options{}, accessProgram(changed))
			want := slices.DeleteFunc(keysOf(before), func(key pulumitest.Key) bool {
				return slices.Contains(test.gone, key)
			})
			require.ElementsMatch(t, want, keysOf(after))
			for _, registered := range after.Resources() {
				original := before.One(t, registered.Key)
				require.Equal(t, original.URN, registered.URN)
				if slices.Contains(test.edited, registered.Key) {
					require.NotEqual(t, original.Inputs, registered.Inputs, "%s was to change", registered.Key)
				} else {
					require.Equal(t, original.Inputs, registered.Inputs, "%s changes", registered.Key)
				}
			}
		})
	}
}

// Most peers write arn:aws: by hand, which no resource of China or GovCloud has.
func TestNoPartitionIsWrittenByHand(t *testing.T) {
	t.Parallel()
	for _, partition := range []string{"aws-cn", "aws-us-gov"} {
		t.Run(partition, func(t *testing.T) {
			t.Parallel()
			options := mockAWS{
				partition: partition, id: "444455556666", groups: map[string][]iamUser{"developers": {{name: "alice"}}},
			}.options()
			options.Config = map[string]string{"aws-cli-mfa:roles": `{"power-user":{
				"policies":["PowerUserAccess","ViewOnlyAccess"],"groups":["developers"],
				"permissionsBoundary":"PowerUserAccess"}}`}
			recorder := pulumitest.Run(t, options, programOf(options))
			arns := 0
			everyText(recorder, func(owner, text string) {
				require.NotContains(t, text, "arn:aws:", owner)
				arns += strings.Count(text, "arn:"+partition+":iam::")
			})
			require.Greater(t, arns, 10)
			require.NotContains(t, fmt.Sprint(stackOutputs(t, recorder)), "arn:aws:")
		})
	}
}
