package tests

import (
	"errors"
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Policies that the same program makes are attached as the others are, before the
// deny, and the verdict says that nobody judged them.
func TestPoliciesOfOutputs(t *testing.T) {
	t.Parallel()
	args := twoGroups()
	unbounded := args.Roles["power-user"]
	unbounded.PermissionsBoundary = ""
	args.Roles["power-user"] = unbounded
	made := pulumi.String("arn:aws:iam::111122223333:policy/made-later").ToStringOutput()
	args.PolicyOutputs = map[string]iam.PolicyOutputs{"power-user": {
		ManagedPolicies:     map[string]pulumi.StringInput{"deploy": made},
		PermissionsBoundary: made.ToStringPtrOutput(),
	}}
	recorder := pulumitest.Run(t, pulumitest.Options{}, accessProgram(args))
	attached := recorder.One(t, roleAttachment("cli/power-user/cli-dev-power-user/output/deploy"))
	require.Equal(t, "arn:aws:iam::111122223333:policy/made-later", attached.Inputs["policyArn"].StringValue())
	require.Equal(t, "arn:aws:iam::111122223333:policy/made-later",
		recorder.One(t, role("cli/power-user")).Inputs["permissionsBoundary"].StringValue())
	require.Contains(t, recorder.One(t, managedPolicy("cli/developers")).Request.GetDependencies(), string(attached.URN))

	plan, err := args.Plan()
	require.NoError(t, err)
	require.Contains(t, policy.Verify(plan.Deployment).NotJudged, "deploy of role cli-dev-power-user")
}

func TestFaultsOfPolicyOutputs(t *testing.T) {
	t.Parallel()
	arn := pulumi.String("arn:aws:iam::111122223333:policy/made-later")
	args := twoGroups()
	role := args.Roles["power-user"]
	role.PermissionsBoundary = "PowerUserAccess"
	args.Roles["power-user"] = role
	eleven := map[string]pulumi.StringInput{}
	for i := range policy.MaxAttachedPolicies {
		eleven[strconv.Itoa(i)] = arn
	}
	args.PolicyOutputs = map[string]iam.PolicyOutputs{
		"power-user": {PermissionsBoundary: arn, ManagedPolicies: eleven}, "nobody": {},
	}
	recorder, err := pulumitest.RunErr(t, pulumitest.Options{}, accessProgram(args))
	require.Empty(t, recorder.Resources())
	require.ErrorIs(t, err, iam.ErrTwoBoundaries)
	require.ErrorIs(t, err, stack.ErrTooManyPolicies)
	require.ErrorContains(t, err, "role nobody: ")
	_, ok := errors.AsType[*stack.RoleError](err)
	require.True(t, ok)

	// A role may have nothing but these.
	args = twoGroups()
	role = args.Roles["power-user"]
	role.ManagedPolicies = nil
	args.Roles["power-user"] = role
	args.PolicyOutputs = map[string]iam.PolicyOutputs{
		"power-user": {ManagedPolicies: map[string]pulumi.StringInput{"deploy": arn}},
	}
	_, err = args.Plan()
	require.NoError(t, err)
}
