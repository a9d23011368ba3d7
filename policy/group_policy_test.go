package policy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const powerUser = "arn:aws:iam::123456789012:role/cli-dev-power-user"

// group is the policy with the defaults, changed.
func group(change func(*policy.GroupPolicy)) policy.GroupPolicy {
	g := policy.GroupPolicy{
		Account:  policy.Account{Partition: "aws", ID: "123456789012"},
		RoleARNs: []string{powerUser},
	}
	change(&g)
	return g
}

// oneOfEachScope are exempt actions on the caller's own user, on the account
// and of another service.
func oneOfEachScope() []string {
	return []string{"iam:ChangePassword", "codecommit:GitPull", "iam:GetAccountPasswordPolicy"}
}

// groups are settings that between them reach every part of the builder.
func groups() map[string]policy.GroupPolicy {
	return map[string]policy.GroupPolicy{
		"group-self-service": group(func(*policy.GroupPolicy) {}),
		"group-any-device":   group(func(g *policy.GroupPolicy) { g.DeviceName = policy.AnyDevice }),
		"group-admin":        group(func(g *policy.GroupPolicy) { g.Enrolment = policy.AdminEnrolment }),
		"group-without-deny": group(func(g *policy.GroupPolicy) { g.WithoutDeny = true }),
		"group-exempt-actions": group(func(g *policy.GroupPolicy) {
			g.ExemptActions = oneOfEachScope()
		}),
		"group-exempt-without-deny": group(func(g *policy.GroupPolicy) {
			g.WithoutDeny, g.ExemptActions = true, oneOfEachScope()
		}),
		"group-admin-without-deny": group(func(g *policy.GroupPolicy) {
			g.WithoutDeny, g.Enrolment = true, policy.AdminEnrolment
		}),
		"group-access-keys": group(func(g *policy.GroupPolicy) { g.SelfServiceAccessKeys = true }),
		"group-admin-access-keys": group(func(g *policy.GroupPolicy) {
			g.Enrolment, g.SelfServiceAccessKeys = policy.AdminEnrolment, true
		}),
		"group-two-roles": group(func(g *policy.GroupPolicy) {
			g.RoleARNs = []string{powerUser, "arn:aws:iam::123456789012:role/a/cli-dev-audit"}
		}),
		"group-aws-us-gov": group(func(g *policy.GroupPolicy) {
			g.Account.Partition = "aws-us-gov"
			g.RoleARNs = []string{"arn:aws-us-gov:iam::123456789012:role/r"}
		}),
		"group-aws-cn": group(func(g *policy.GroupPolicy) {
			g.Account.Partition = "aws-cn"
			g.RoleARNs = []string{"arn:aws-cn:iam::123456789012:role/r"}
		}),
	}
}

func TestGroupPolicyGolden(t *testing.T) {
	t.Parallel()
	for name, g := range groups() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := g.Document()
			require.NoError(t, err)
			requireGolden(t, name, doc)
			requireReadsBack(t, doc)
			require.NoError(t, doc.CheckIdentity())
			require.NoError(t, policy.ManagedPolicyQuota().Check(doc))
			require.Equal(t, policy.Version20121017, doc.Version, "policy variables are literal text in any other")
			requireGuards(t, g, doc)
		})
	}
}

func TestGroupPolicyDefaultsAreSelfServiceUsername(t *testing.T) {
	t.Parallel()
	zero, err := group(func(*policy.GroupPolicy) {}).Document()
	require.NoError(t, err)
	said, err := group(func(g *policy.GroupPolicy) {
		g.Enrolment, g.DeviceName = policy.SelfService, policy.UsernameDevice
	}).Document()
	require.NoError(t, err)
	require.Equal(t, said, zero)
}

// requireGuards holds what must be true of the policy of every setting.
func requireGuards(t require.TestingT, g policy.GroupPolicy, doc policy.Document) {
	denies := 0
	for _, s := range doc.Statements {
		require.Nil(t, s.Principal)
		require.NotContains(t, s.NotAction, "sts:AssumeRole", "a bare key could assume a role whose trust lacks MFA")
		switch s.Effect {
		case policy.Deny:
			denies++
			require.Equal(t, policy.Condition{"BoolIfExists": {
				"aws:MultiFactorAuthPresent": {"false"}, "aws:ViaAWSService": {"false"},
			}}, s.Condition)
		case policy.Allow:
			requireNarrowAllow(t, s)
		}
	}
	switch {
	case g.WithoutDeny:
		require.Zero(t, denies)
	case g.Enrolment == policy.AdminEnrolment:
		require.Equal(t, 1, denies)
		requireNoNotAction(t, doc)
	default:
		require.Equal(t, 2, denies)
	}
}

// requireNarrowAllow holds that an allow names its actions one by one, takes
// MFA by plain Bool if at all, and lets nobody undo MFA without it.
func requireNarrowAllow(t require.TestingT, s policy.Statement) {
	require.Nil(t, s.NotAction)
	require.Nil(t, s.NotResource)
	for _, action := range s.Action {
		require.NotContains(t, action, "*")
	}
	if s.Condition != nil {
		require.Equal(t, policy.Condition{"Bool": {"aws:MultiFactorAuthPresent": {"true"}}}, s.Condition)
		return
	}
	require.NotContains(t, s.Action, "iam:CreateAccessKey")
	require.NotContains(t, s.Action, "iam:DeactivateMFADevice")
	require.NotContains(t, s.Action, "iam:DeleteVirtualMFADevice")
}

func requireNoNotAction(t require.TestingT, doc policy.Document) {
	for _, s := range doc.Statements {
		require.Nil(t, s.NotAction)
	}
}

// The deny is independent of every convenience.
func TestGroupPolicyDenyIsTheSameWhateverTheConveniences(t *testing.T) {
	t.Parallel()
	denials := func(t *testing.T, g policy.GroupPolicy) []policy.Statement {
		t.Helper()
		doc, err := g.Document()
		require.NoError(t, err)
		return slices.DeleteFunc(doc.Statements, func(s policy.Statement) bool { return s.Effect != policy.Deny })
	}
	want := denials(t, group(func(*policy.GroupPolicy) {}))
	require.Len(t, want, 2)

	t.Run("roles", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, want, denials(t, groups()["group-two-roles"]))
	})
	t.Run("device name", func(t *testing.T) {
		t.Parallel()
		got := denials(t, groups()["group-any-device"])
		require.Equal(t, "arn:aws:iam::123456789012:mfa/*", got[1].NotResource[0])
		got[1].NotResource = slices.Clone(got[1].NotResource)
		got[1].NotResource[0] = want[1].NotResource[0]
		require.Equal(t, want, got, "but for the device")
	})
	t.Run("exempt actions", func(t *testing.T) {
		t.Parallel()
		got := denials(t, groups()["group-exempt-actions"])
		require.ElementsMatch(t, append(slices.Clone(want[0].NotAction), oneOfEachScope()...), got[0].NotAction)
		require.ElementsMatch(t, append(slices.Clone(want[1].Action), "iam:ChangePassword"), got[1].Action)
		got[0].NotAction, got[1].Action = want[0].NotAction, want[1].Action
		require.Equal(t, want, got, "but for the actions")
	})
}

func TestGroupPolicyDoesNotDependOnTheOrderOfItsLists(t *testing.T) {
	t.Parallel()
	g := group(func(g *policy.GroupPolicy) {
		g.RoleARNs = []string{powerUser, "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/z"}
		g.ExemptActions = []string{"codecommit:GitPull", "iam:ListAccessKeys", "iam:ChangePassword", "iam:GetAccountSummary"}
	})
	roles, actions := slices.Clone(g.RoleARNs), slices.Clone(g.ExemptActions)
	want, err := g.Document()
	require.NoError(t, err)
	require.Equal(t, roles, g.RoleARNs, "the caller's list is left alone")
	require.Equal(t, actions, g.ExemptActions, "the caller's list is left alone")
	slices.Reverse(g.RoleARNs)
	slices.Reverse(g.ExemptActions)
	got, err := g.Document()
	require.NoError(t, err)
	require.Equal(t, want.String(), got.String())
}

// Names that look like the caller's must not pass for the caller's (G2).
func TestGroupPolicyLookAlikes(t *testing.T) {
	t.Parallel()
	const begin = "arn:aws:iam::123456789012:"
	bobs := []string{begin + "user/bob", begin + "user/team/bob", begin + "user/team/blue/bob", begin + "mfa/bob"}
	notBobs := []string{
		begin + "user/jimbob", begin + "user/bobby", begin + "user/Bob", begin + "user/jim-bob", begin + "user/b.b",
		begin + "user/team/jimbob", begin + "user/bob/jim", begin + "user/team/bob/jim", begin + "user/teambob",
		begin + "mfa/jimbob", begin + "mfa/bob2", begin + "mfa/team/bob", begin + "mfa/Bob", begin + "mfa/bobby/jim", begin + "mfa/team/bob/jim", begin + "mfa/jim/bob",
		begin + "group/bob", begin + "role/bob", begin + "role/team/bob",
		"arn:aws:iam::210987654321:user/bob", "arn:aws:iam::210987654321:mfa/bob",
		"arn:aws-cn:iam::123456789012:user/bob", "arn:aws:iam:::user/bob", "*",
	}
	for _, name := range []string{"group-self-service", "group-exempt-actions", "group-two-roles"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := groups()[name].Document()
			require.NoError(t, err)
			own := map[string]policy.Values{
				"spared by the deny": statement(t, doc, policy.SidDenyOthersWithoutMFA).NotResource,
				"allowed": slices.Concat(statement(t, doc, policy.SidEnrolOwnDevice).Resource,
					statement(t, doc, policy.SidManageOwnEnrolment).Resource),
				"removed with MFA": statement(t, doc, policy.SidRemoveOwnDevice).Resource,
			}
			for what, patterns := range own {
				for _, arn := range bobs {
					require.True(t, matchesAs("bob", patterns, arn), "%s: %s", what, arn)
				}
				for _, arn := range notBobs {
					require.False(t, matchesAs("bob", patterns, arn), "%s: %s", what, arn)
				}
				require.Equal(t, what == "removed with MFA", matchesAs("bob", patterns, begin+"mfa/bob/jim"), what)
			}
		})
	}
}

// Any device name widens what is said of devices, and of nothing else.
func TestGroupPolicyAnyDeviceLookAlikes(t *testing.T) {
	t.Parallel()
	doc, err := groups()["group-any-device"].Document()
	require.NoError(t, err)
	spared := statement(t, doc, policy.SidDenyOthersWithoutMFA).NotResource
	require.True(t, matchesAs("bob", spared, "arn:aws:iam::123456789012:mfa/bobs-phone"))
	for _, arn := range []string{
		"arn:aws:iam::123456789012:user/jimbob", "arn:aws:iam::123456789012:user/mfa/jim",
		"arn:aws:iam::210987654321:mfa/bob",
	} {
		require.False(t, matchesAs("bob", spared, arn), arn)
	}
	require.Equal(t, policy.Values{"arn:aws:iam::123456789012:mfa/*"},
		statement(t, doc, policy.SidEnrolOwnDevice).Resource)
	require.Equal(t, statement(t, mustDocument(t, "group-self-service"), policy.SidManageOwnEnrolment),
		statement(t, doc, policy.SidManageOwnEnrolment))
}

func mustDocument(t *testing.T, name string) policy.Document {
	t.Helper()
	doc, err := groups()[name].Document()
	require.NoError(t, err)
	return doc
}

// matchesAs reports whether one of the patterns matches arn for the user of that
// name: "*" is any text, slashes included, and everything else is itself.
func matchesAs(username string, patterns policy.Values, arn string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		pattern = strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		pattern = strings.ReplaceAll(pattern, regexp.QuoteMeta("${aws:username}"), regexp.QuoteMeta(username))
		return regexp.MustCompile(`^` + pattern + `$`).MatchString(arn)
	})
}

func TestGroupPolicyRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		is      error
		change  func(*policy.GroupPolicy)
		reasons []string
	}{
		{policy.ErrGroupPolicy, func(g *policy.GroupPolicy) { g.RoleARNs = nil }, []string{"no roles to assume"}},
		{policy.ErrARN, func(g *policy.GroupPolicy) { g.Account.ID = "" }, []string{"12 digits"}},
		{policy.ErrARN, withRole("arn:aws:iam::123456789012:role/*"), []string{"role/*"}},
		{policy.ErrARN, withRole("*"), []string{`"*"`}},
		{policy.ErrARN, withRole("arn:aws:iam::123456789012:role/${aws:username}/r"), []string{"${aws:username}"}},
		{policy.ErrARN, withRole("arn:aws:iam::123456789012:user/alice"), []string{"user/alice is not a role of partition aws"}},
		{policy.ErrARN, withRole("arn:aws-cn:iam::123456789012:role/r"), []string{"is not a role of partition aws"}},
		{policy.ErrARN, withRole(powerUser), []string{powerUser + " is listed twice"}},
		{policy.ErrGroupPolicy, func(g *policy.GroupPolicy) { g.Enrolment = "none" }, []string{`enrolment "none": it must be self-service or admin`}},
		{policy.ErrGroupPolicy, func(g *policy.GroupPolicy) { g.DeviceName = "*" }, []string{`MFA device name "*": it must be username or any`}},
		{policy.ErrExemptAction, withExempt("sts:AssumeRole"), []string{`"sts:AssumeRole"`}},
		{policy.ErrExemptAction, withExempt("iam:ChangePassword", "iam:ChangePassword"), []string{"iam:ChangePassword is listed twice"}},
		{policy.ErrExemptAction, func(g *policy.GroupPolicy) {
			g.Enrolment, g.ExemptActions = policy.AdminEnrolment, []string{"iam:ChangePassword"}
		}, []string{"no action can be exempt"}},
		{policy.ErrGroupPolicy, func(g *policy.GroupPolicy) {
			*g = policy.GroupPolicy{RoleARNs: []string{"r"}, Enrolment: "e", DeviceName: "d", ExemptActions: []string{"*", "iam:*"}}
		}, []string{`partition ""`, `"r"`, `enrolment "e"`, `name "d"`, `"*" has a`, `"iam:*" has a`}},
	} {
		doc, err := group(test.change).Document()
		requireFaults(t, err, test.is, test.reasons)
		require.Zero(t, doc)
	}
}

func withExempt(actions ...string) func(*policy.GroupPolicy) {
	return func(g *policy.GroupPolicy) { g.ExemptActions = actions }
}

func withRole(arn string) func(*policy.GroupPolicy) {
	return func(g *policy.GroupPolicy) { g.RoleARNs = append(g.RoleARNs, arn) }
}
