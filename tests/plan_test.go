package tests

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/pulumitest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// TestDeployOfThreeRoles is what TestEveryDocumentIsBuiltOnce counts: three roles,
// and two groups.
func TestDeployOfThreeRoles(t *testing.T) {
	t.Parallel()
	mustDeploy(t, `
config:
  aws-cli-mfa:roles:
    power-user: {policies: [PowerUserAccess], groups: [developers]}
    reader: {policies: [ReadOnlyAccess], groups: [developers, operators]}
    operator: {policies: [PowerUserAccess], groups: [operators]}
`, inAccount())
}

// A deploy builds each document once: the proof judges what is registered, and
// not its twin. Go's coverage counts.
func TestEveryDocumentIsBuiltOnce(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile")
	run := exec.CommandContext(t.Context(), "go", "test", ".", "-run", "^TestDeployOfThreeRoles$", "-count=1",
		"-covermode=count", "-coverpkg=github.com/aws-cli-mfa/aws-cli-mfa/policy", "-coverprofile", profile)
	output, err := run.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Equal(t, 3, calls(t, profile, "trust.go", "func TrustPolicy("))
	require.Equal(t, 2, calls(t, profile, "group.go", "func (g GroupPolicy) Document("))
}

// calls is how often a function of package policy was entered.
func calls(t *testing.T, profile, file, function string) int {
	t.Helper()
	source, err := os.ReadFile("../policy/" + file)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(source), "\n"+function)
	require.True(t, found)
	line := strings.Count(before, "\n") + 2
	counts, err := os.Open(profile)
	require.NoError(t, err)
	defer func() { _ = counts.Close() }()
	row := regexp.MustCompile("/policy/" + regexp.QuoteMeta(file) + ":" + strconv.Itoa(line) + `\..* ([0-9]+)$`)
	for lines := bufio.NewScanner(counts); lines.Scan(); {
		if m := row.FindStringSubmatch(lines.Text()); m != nil {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			return n
		}
	}
	t.Fatalf("%s:%d is not in the profile", file, line)
	return 0
}

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
	for _, later := range []pulumitest.Key{managedPolicy("cli/developers"), groupAttachment("cli/developers/cli-dev-developers")} {
		require.Contains(t, recorder.One(t, later).Request.GetDependencies(), string(attached.URN), later)
	}

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
