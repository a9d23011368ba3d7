package stack_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// warningsBeside are those of stack dev, whose groups have alice and bob, where the
// account has these roles besides.
func warningsBeside(t *testing.T, roles map[string]stack.Existing, listErr error, values map[string]string) []string {
	t.Helper()
	all := map[string]string{"roles": `{"x": {"policies": ["PowerUserAccess"], "groups": ["developers"]}}`}
	maps.Copy(all, values)
	config, problems := stack.Parse("aws-cli-mfa", "dev", all)
	require.Empty(t, problems)
	missing := func(name string) (stack.Existing, error) {
		return stack.Existing{}, fmt.Errorf("%w: %s", stack.ErrNotThere, name)
	}
	plan, err := stack.Resolve(config, account, stack.Source{
		Group: func(string) ([]stack.User, error) {
			return []stack.User{{Name: "alice", ARN: arn("alice")}, {Name: "bob", ARN: arn("bob")}}, nil
		},
		Policy: func(policyARN string) (stack.Existing, error) {
			if policy.IsAWSManaged(policyARN) {
				return stack.Existing{}, nil
			}
			return missing(policyARN)
		},
		Role: func(name string) (stack.Existing, error) {
			role, ok := roles[name]
			switch {
			case !ok:
				return missing(name)
			case role.Path == "unreadable":
				return role, errors.New("AccessDenied")
			}
			return role, nil
		},
		RoleNames: func(nameRegex string) ([]string, error) {
			require.Equal(t, "^cli-.+-.+$", nameRegex)
			names := []string{"cli-deleted-x"}
			for name := range roles {
				names = append(names, name)
			}
			return names, listErr
		},
		State: func() (stack.State, error) { return stack.State{}, stack.ErrNotThere },
	}, nil)
	require.NoError(t, err)
	return config.Warnings(plan)
}

func roleOf(t *testing.T, owner string, users ...string) stack.Existing {
	t.Helper()
	trust, err := policy.TrustPolicy(arns(users))
	require.NoError(t, err)
	return stack.Existing{Document: trust, Path: "/", Owner: owner}
}

func TestMembersOfTwoStacks(t *testing.T) {
	t.Parallel()
	const means = ". What either stack denies without MFA is denied: this is void for them unless that stack exempts the same, " +
		"or has enforce: false."
	exempt := map[string]string{"exemptActions": `["iam:ChangePassword"]`}
	roles := map[string]stack.Existing{
		"cli-prod-a": roleOf(t, "aws-cli-mfa/prod", "bob", "olivia"), "cli-prod-b": roleOf(t, "aws-cli-mfa/prod", "alice", "bob"),
		"cli-qa-a": roleOf(t, "other/qa", "alice"), "cli-ops-a": roleOf(t, "aws-cli-mfa/ops", "olivia"),
		"cli-dev-old": roleOf(t, "aws-cli-mfa/dev", "alice"), "cli-hand-made": roleOf(t, "", "alice"),
	}
	unreadable := map[string]stack.Existing{"cli-prod-a": {Path: "unreadable"}}
	many := map[string]stack.Existing{}
	for i := range 101 {
		many[fmt.Sprintf("cli-many-%d", i)] = roleOf(t, "", "alice")
	}
	for name, test := range map[string]struct {
		roles   map[string]stack.Existing
		listErr error
		values  map[string]string
		want    []string
	}{
		"an action is exempt": {roles, nil, exempt, []string{
			"aws-cli-mfa:exemptActions: stack aws-cli-mfa/prod has roles for these members, too: alice, bob" + means,
			"aws-cli-mfa:exemptActions: stack other/qa has roles for these members, too: alice" + means,
		}},
		"any device": {roles, nil, map[string]string{"mfaDeviceName": "any"}, []string{
			"aws-cli-mfa:mfaDeviceName: any: stack aws-cli-mfa/prod has roles for these members, too: alice, bob" + means,
			"aws-cli-mfa:mfaDeviceName: any: stack other/qa has roles for these members, too: alice" + means,
		}},
		"nothing is exempt": {roles, nil, nil, nil},
		"nothing is denied": {roles, nil, map[string]string{"enforce": "false", "exemptActions": `["iam:ChangePassword"]`}, nil},
		"no other stack":    {nil, nil, exempt, nil},
		"roles are not listed": {nil, errors.New("AccessDenied:\n  iam:ListRoles"), exempt, []string{
			"aws-cli-mfa:exemptActions: it was not seen whether another stack denies the members, too, which would make this void " +
				"(AccessDenied: iam:ListRoles). Allow the credentials of the deploy iam:ListRoles and iam:GetRole, or run awsmfa audit.",
		}},
		"a role is unreadable": {unreadable, nil, exempt, []string{
			"aws-cli-mfa:exemptActions: it was not seen whether another stack denies the members, too, which would make this void " +
				"(AccessDenied). Allow the credentials of the deploy iam:ListRoles and iam:GetRole, or run awsmfa audit.",
		}},
		"too many roles": {many, nil, exempt, []string{
			"aws-cli-mfa:exemptActions: 2 more roles may be another stack's and were not looked at. " +
				"Run awsmfa audit to see whether another stack denies the members, too.",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, warningsBeside(t, test.roles, test.listErr, test.values))
		})
	}
}
