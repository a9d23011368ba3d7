package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	properties "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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

// pulumi-aws-iam formatted the MFA age from a pointer that nobody set, so the
// condition compared the age with the text <nil>.
func TestNoAgeFormattedFromNilPointer(t *testing.T) {
	t.Parallel()
	misformatted := regexp.MustCompile(`<nil>|%!|0xc000|\(MISSING\)|map\[`)
	recorder := pulumitest.Run(t, pulumitest.Options{}, accessProgram(twoGroups()))
	everyText(recorder, func(owner, text string) {
		require.NotRegexp(t, misformatted, text, owner)
		require.NotContains(t, text, "MultiFactorAuthAge", "%s: the trust asks for MFA, not for its age", owner)
	})
}

// pulumi-aws-iam set the MFA condition inside an ApplyT that nobody waited
// for: about one run in forty made a role without MFA.
func TestMFAConditionIsNeverDropped(t *testing.T) {
	t.Parallel()
	want := policy.Condition{"Bool": {"aws:MultiFactorAuthPresent": {"true"}}}
	for run := range 100 {
		recorder := pulumitest.Run(t, pulumitest.Options{DryRun: run%2 == 1}, accessProgram(twoGroups()))
		roles := recorder.All(pulumitest.RoleToken)
		require.Len(t, roles, 2)
		for _, registered := range roles {
			document := parsed(t, registered.Inputs["assumeRolePolicy"])
			require.Len(t, document.Statements, 1, "a second statement would make the first one's MFA useless")
			require.Equal(t, want, document.Statements[0].Condition)
		}
	}
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

// pulumi-aws-iam put a formatted Output into an attachment's name: the name
// was a pointer's address, and each run replaced the attachment.
func TestNoAttachmentIsNamedAfterAnOutput(t *testing.T) {
	t.Parallel()
	first := pulumitest.Run(t, pulumitest.Options{}, accessProgram(twoGroups()))
	for _, again := range []bool{false, true} {
		recorder := pulumitest.Run(t, pulumitest.Options{DryRun: again}, accessProgram(twoGroups()))
		for _, registered := range recorder.Resources() {
			require.Equal(t, first.One(t, registered.Key).URN, registered.URN)
			require.NotRegexp(t, `0x[0-9a-f]{4,}|Output`, registered.Name)
		}
	}
}

// terraform-aws-iam drops the deny along with the self-management statements.
// Here no convenience, alone or with another, can do that.
func TestDenyStaysWhateverElseIsTurnedOff(t *testing.T) {
	t.Parallel()
	want := policy.Condition{"BoolIfExists": {"aws:MultiFactorAuthPresent": {"false"}, "aws:ViaAWSService": {"false"}}}
	tests := map[string]func(*iam.CLIAccessArgs){
		"self-service":      func(*iam.CLIAccessArgs) {},
		"administrators":    func(a *iam.CLIAccessArgs) { a.Enrolment = policy.AdminEnrolment },
		"any device":        func(a *iam.CLIAccessArgs) { a.DeviceName = policy.AnyDevice },
		"admin, any device": func(a *iam.CLIAccessArgs) { a.Enrolment, a.DeviceName = policy.AdminEnrolment, policy.AnyDevice },
		"exempt actions":    func(a *iam.CLIAccessArgs) { a.ExemptActions = []string{"iam:ChangePassword"} },
		"one role less":     func(a *iam.CLIAccessArgs) { delete(a.Roles, "read-only") },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := twoGroups()
			change(args)
			recorder := pulumitest.Run(t, pulumitest.Options{}, accessProgram(args))
			for _, group := range []string{"developers", "operators"} {
				document := parsed(t, recorder.One(t, managedPolicy("cli/"+group)).Inputs["policy"])
				deny := statement(t, document, policy.SidDenyWithoutMFA)
				require.Equal(t, policy.Deny, deny.Effect)
				require.Equal(t, policy.Values{"*"}, deny.Resource)
				require.Equal(t, want, deny.Condition)
				require.NotContains(t, deny.NotAction, "sts:AssumeRole")
				for _, allowed := range deny.NotAction {
					require.NotContains(t, allowed, "*")
				}
				recorder.One(t, groupAttachment("cli/"+group+"/cli-dev-"+group))
			}
		})
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

// trussworks, the AWS sample and others name users without their path: users
// who have one can neither be trusted nor enrol, and the deny locks them out.
func TestUsersWithAPathAreNotLockedOut(t *testing.T) {
	t.Parallel()
	options := mockAWS{
		groups: map[string][]iamUser{"developers": {{name: "alice"}, {name: "bob", path: "/team/"}}},
	}.options()
	options.Config = map[string]string{
		"aws-cli-mfa:roles": `{"power-user":{"policies":["PowerUserAccess"],"groups":["developers"]}}`,
	}
	recorder := pulumitest.Run(t, options, programOf(options))
	trust := parsed(t, recorder.One(t, role("cli/power-user")).Inputs["assumeRolePolicy"])
	require.Equal(t, policy.Values{aliceARN, bobARN}, statement(t, trust, policy.SidTrustWithMFA).Principal.AWS)

	document := parsed(t, recorder.One(t, managedPolicy("cli/developers")).Inputs["policy"])
	own := policy.Values{
		"arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/*/${aws:username}",
	}
	require.Equal(t, own, statement(t, document, policy.SidManageOwnEnrolment).Resource)
	require.Subset(t, statement(t, document, policy.SidDenyOthersWithoutMFA).NotResource, own)
	everyText(recorder, func(owner, text string) {
		require.NotContains(t, text, "user/*${aws:username}", "%s: bob would be jimbob", owner)
	})
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

// pulumi-aws-iam made Federated principals of services, which trusts nobody,
// or somebody else. Here only users are principals, and nothing else is taken.
func TestOnlyUsersAreTrusted(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, accessProgram(twoGroups()))
	for _, registered := range recorder.All(pulumitest.RoleToken) {
		for _, s := range parsed(t, registered.Inputs["assumeRolePolicy"]).Statements {
			require.NotEmpty(t, s.Principal.AWS)
			require.Equal(t, &policy.Principal{AWS: s.Principal.AWS}, s.Principal)
			for _, principal := range s.Principal.AWS {
				require.Contains(t, principal, ":user/")
			}
		}
	}
	for _, principal := range []string{
		"ec2.amazonaws.com", "arn:aws:iam::111122223333:root", "111122223333", "*",
		"arn:aws:iam::111122223333:group/developers", "arn:aws:iam::111122223333:role/other",
		"arn:aws:iam::111122223333:saml-provider/idp", "arn:aws:iam::111122223333:user/*",
	} {
		args := twoGroups()
		changed := args.Roles["read-only"]
		changed.TrustedUserARNs = []string{principal}
		args.Roles["read-only"] = changed
		recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, accessProgram(args))
		require.ErrorIs(t, err, policy.ErrARN, principal)
		require.Empty(t, recorder.Resources())
	}
}

// pulumi-aws-iam named the group after the Pulumi resource instead of its
// argument.
func TestGroupIsNamedByItsArgument(t *testing.T) {
	t.Parallel()
	recorder := pulumitest.Run(t, pulumitest.Options{}, func(ctx *pulumi.Context) error {
		_, err := iam.NewGroupAccess(ctx, "a-pulumi-name", &iam.GroupAccessArgs{
			Group:      "developers",
			PolicyARNs: map[string]pulumi.StringInput{"mfa": pulumi.String("arn:aws:iam::111122223333:policy/mfa")},
		})
		return err
	})
	attachment := recorder.One(t, groupAttachment("a-pulumi-name/mfa"))
	require.Equal(t, "developers", textOf(t, attachment.Inputs["group"]))
}
