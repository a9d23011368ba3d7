package audit

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	ownName   = "cli-dev-developers"
	ownARN    = iamARN + "policy/" + ownName
	ownRole   = "cli-dev-power-user"
	powerUser = "arn:aws:iam::aws:policy/PowerUserAccess"
)

// deployedStack is what a deploy leaves: alice and bob in group developers, whom the
// role trusts and the policy denies without MFA.
func deployedStack(t *testing.T) (Subject, accountFacts) {
	t.Helper()
	account := policy.Account{Partition: "aws", ID: accountID}
	role := roleFacts{Name: ownRole, ARN: iamARN + "role/" + ownRole, Policies: []string{powerUser}}
	trust, err := policy.TrustPolicy([]string{userARN("alice"), userARN("bob")})
	require.NoError(t, err)
	role.Trust, role.Users = trust, []string{userARN("alice"), userARN("bob")}
	own, err := policy.GroupPolicy{Account: account, RoleARNs: []string{role.ARN}}.Document()
	require.NoError(t, err)
	enforce, ok := true, devices(virtual("x"))
	return Subject{
		Enforce: &enforce, Enrolment: policy.SelfService, DeviceName: policy.UsernameDevice,
		Groups: []Group{{Name: "developers", Policy: ownName}},
		Roles:  []Role{{Name: ownRole, Groups: []string{"developers"}, Policies: []string{"PowerUserAccess"}}},
	}, accountFacts{
		Account: account, Roles: []roleFacts{role},
		Groups: []groupFacts{{Name: "developers", Policies: []string{ownARN}, Own: &own}},
		Users:  []userFacts{member("alice", ok, key()), member("bob", ok, key())},
	}
}

// rewritten is the document with one text in the place of another.
func rewritten(t *testing.T, document policy.Document, old, text string) policy.Document {
	t.Helper()
	changed, err := policy.Parse(strings.ReplaceAll(document.String(), old, text))
	require.NoError(t, err)
	require.NotEqual(t, document, changed)
	return changed
}

func TestWhatIsDeployedIsComparedWithWhatIsMeant(t *testing.T) {
	t.Parallel()
	off := false
	detach := func(f *accountFacts) { f.Groups[0].Policies = nil }
	onlyAlice := func(t *testing.T, f *accountFacts) {
		t.Helper()
		f.Roles[0].Users = f.Roles[0].Users[:1]
	}
	for name, test := range map[string]struct {
		change func(t *testing.T, s *Subject, f *accountFacts)
		want   []Kind
		// message is a part of that of the first.
		message string
	}{
		"as deployed": {func(*testing.T, *Subject, *accountFacts) {}, nil, ""},
		"detached": {
			func(_ *testing.T, _ *Subject, f *accountFacts) { detach(f) },
			[]Kind{KindDenyMissing},
			"the stack's policy cli-dev-developers is not attached to it.",
		},
		"deleted": {
			func(_ *testing.T, _ *Subject, f *accountFacts) { detach(f); f.Groups[0].Own = nil },
			[]Kind{KindDenyMissing},
			"the stack's policy cli-dev-developers no longer exists.",
		},
		"by its ARN": {func(_ *testing.T, s *Subject, f *accountFacts) { s.Groups[0].Policy = ownARN; detach(f) }, []Kind{KindDenyMissing}, ""},
		"one of that name under another path": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			f.Groups[0].Policies = []string{iamARN + "policy/x/" + ownName}
		}, []Kind{KindDenyMissing}, ""},
		"detached, and not enforced": {
			func(_ *testing.T, s *Subject, f *accountFacts) { s.Enforce = &off; detach(f) },
			[]Kind{KindPolicyDetached},
			"may not enrol on their own",
		},
		"detached, of old outputs": {func(_ *testing.T, s *Subject, f *accountFacts) { s.Enforce = nil; detach(f) }, []Kind{KindDenyMissing}, ""},
		"a group that is new to the configuration": {func(_ *testing.T, s *Subject, f *accountFacts) {
			s.Groups = append(s.Groups, Group{Name: "operators", Policy: "cli-dev-operators"})
			s.Roles[0].Groups = append(s.Roles[0].Groups, "operators")
			f.Groups = append(f.Groups, groupFacts{Name: "operators"})
		}, nil, ""},
		"not deployed at all": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			detach(f)
			f.Groups[0].Own, f.Roles = nil, []roleFacts{{Name: ownRole}}
		}, []Kind{KindRoleNotDeployed}, ""},
		"deployed, but gone": {func(_ *testing.T, s *Subject, f *accountFacts) {
			detach(f)
			s.Roles[0].Deployed = []string{"alice", "bob"}
			f.Groups[0].Own, f.Roles = nil, []roleFacts{{Name: ownRole}}
		}, []Kind{KindDenyMissing, KindRoleGone}, ""},
		"unread": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			detach(f)
			f.Groups[0].PoliciesUnread, f.Roles[0].PoliciesUnread, f.Roles[0].Policies = true, true, nil
		}, nil, ""},
		"its document unread": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			f.Groups[0].Own, f.Groups[0].OwnUnread = nil, true
		}, nil, ""},
		"no deny": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			*f.Groups[0].Own = rewritten(t, *f.Groups[0].Own, `"Deny"`, `"Allow"`)
		}, []Kind{KindDenyMissing}, "denies nothing, or not yet"},
		"no deny, and not enforced": {func(t *testing.T, s *Subject, f *accountFacts) {
			t.Helper()
			s.Enforce = &off
			*f.Groups[0].Own = rewritten(t, *f.Groups[0].Own, `"Deny"`, `"Allow"`)
		}, nil, ""},
		"a deny that access keys pass": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			*f.Groups[0].Own = rewritten(t, *f.Groups[0].Own, "BoolIfExists", "Bool")
		}, []Kind{KindDenyChanged}, "with credential long-term-key"},
		"a deny with MFA, too": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			*f.Groups[0].Own = rewritten(t, *f.Groups[0].Own, `"aws:MultiFactorAuthPresent":"false"`, `"aws:CurrentTime":"false"`)
		}, []Kind{KindDenyChanged}, ""},
		"no grammar": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			f.Groups[0].Own, f.Groups[0].OwnFault = nil, errors.New("who knows")
		}, []Kind{KindDenyChanged}, "who knows"},
		"exempt by intention": {func(t *testing.T, s *Subject, f *accountFacts) {
			t.Helper()
			s.ExemptActions = []string{"iam:ChangePassword"}
			own, err := policy.GroupPolicy{
				Account: f.Account, RoleARNs: []string{f.Roles[0].ARN}, ExemptActions: s.ExemptActions,
			}.Document()
			require.NoError(t, err)
			f.Groups[0].Own = &own
		}, nil, ""},
		"enrolment is about to be an administrator's": {func(_ *testing.T, s *Subject, _ *accountFacts) {
			s.Enrolment = policy.AdminEnrolment
		}, nil, ""},
		"enrolment was an administrator's": {func(_ *testing.T, s *Subject, _ *accountFacts) {
			s.Settled, s.Enrolment = true, policy.AdminEnrolment
		}, []Kind{KindDenyChanged}, "iam:CreateVirtualMFADevice"},
		"the trust needs no MFA": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			f.Roles[0].Trust = rewritten(t, f.Roles[0].Trust, `"true"`, `"false"`)
		}, []Kind{KindTrustWithoutMFA}, "sts:AssumeRole on "},
		"the trust allows more": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			f.Roles[0].Trust = rewritten(t, f.Roles[0].Trust, `"sts:AssumeRole"`, `"sts:*"`)
		}, []Kind{KindTrustChanged}, "it demands MFA, but says something else besides"},
		"the trust is for a minute": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			f.Roles[0].Trust = rewritten(t, f.Roles[0].Trust,
				`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, `"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}`)
		}, []Kind{KindTrustChanged}, ""},
		"no role trusts bob": {
			func(t *testing.T, _ *Subject, f *accountFacts) { t.Helper(); onlyAlice(t, f) },
			[]Kind{KindCutOff},
			"bob is locked out: group developers is denied without MFA, and no role trusts bob.",
		},
		"no role trusts bob, who needs none": {func(t *testing.T, s *Subject, f *accountFacts) {
			t.Helper()
			onlyAlice(t, f)
			s.WithoutRole, s.Roles[0].Users = []string{"Bob"}, []string{"alice"}
		}, nil, ""},
		"no role trusts bob, nor is there a deny": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			onlyAlice(t, f)
			detach(f)
		}, []Kind{KindDenyMissing, KindNotTrusted}, ""},
		"bob was made again": {func(t *testing.T, s *Subject, f *accountFacts) {
			t.Helper()
			onlyAlice(t, f)
			f.Roles[0].Gone, s.Roles[0].Deployed = []string{"AIDAEXAMPLE"}, []string{"alice", "bob"}
		}, []Kind{KindCutOff, KindTrustedGone}, "they were probably deleted and created again, and role " + ownRole + " trusts the user who is gone."},
		"another role trusts bob": {func(t *testing.T, s *Subject, f *accountFacts) {
			t.Helper()
			onlyAlice(t, f)
			s.Roles = append(s.Roles, Role{Name: "other", Groups: []string{"developers"}})
			trust, err := policy.TrustPolicy([]string{userARN("alice"), userARN("bob")})
			require.NoError(t, err)
			f.Roles = append(f.Roles, roleFacts{Name: "other", ARN: iamARN + "role/other", Trust: trust, Users: []string{userARN("alice"), userARN("bob")}})
			own := rewritten(t, *f.Groups[0].Own, `"`+f.Roles[0].ARN+`"`, `["`+f.Roles[0].ARN+`","`+iamARN+`role/other"]`)
			f.Groups[0].Own = &own
		}, []Kind{KindNotTrusted}, ""},
		"who may trust bob is not known": {func(t *testing.T, _ *Subject, f *accountFacts) {
			t.Helper()
			f.Roles[0] = roleFacts{Name: ownRole, Unread: true}
		}, nil, ""},
		"who is leaving": {func(_ *testing.T, s *Subject, f *accountFacts) {
			s.Roles[0].Deployed, s.Roles[0].Leaving = []string{"alice", "bob", "carol"}, []string{"carol"}
			f.Roles[0].Users = append(f.Roles[0].Users, userARN("carol"))
		}, []Kind{KindLeaving}, "Role " + ownRole + " still trusts carol, who is leaving it, until the next pulumi up."},
		"whom no deploy trusted": {func(_ *testing.T, s *Subject, f *accountFacts) {
			s.Roles[0].Deployed = []string{"alice", "bob"}
			f.Roles[0].Users = append(f.Roles[0].Users, userARN("mallory"))
		}, []Kind{KindTrustedByHand}, "whom no deploy made it trust."},
		"other policies": {func(_ *testing.T, _ *Subject, f *accountFacts) {
			f.Roles[0].Policies = []string{"arn:aws:iam::aws:policy/AdministratorAccess"}
		}, []Kind{KindRolePolicyDetached, KindRolePolicyAdded}, "lacks policy " + powerUser},
		"policies that are not known": {func(_ *testing.T, s *Subject, f *accountFacts) {
			s.Roles[0].Policies, f.Roles[0].Policies = nil, nil
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject, facts := deployedStack(t)
			test.change(t, &subject, &facts)
			report := reportOf(subject, facts, now())
			var got []Kind
			failure := false
			for _, f := range report.Findings {
				got = append(got, f.Kind)
				failure = failure || f.Severity == severityFailure
			}
			require.Equal(t, test.want, got, report.Findings)
			require.Equal(t, failure, report.Failed())
			if test.message != "" {
				require.Contains(t, report.Findings[0].Message, test.message)
			}
			for _, user := range report.Users {
				cutOff := len(got) > 0 && got[0] == KindCutOff && user.Name == "bob"
				require.Equal(t, cutOff, user.Verdict == VerdictCutOff)
				if cutOff {
					require.Equal(t, []string{"bob"}, report.LockedOut)
					require.Contains(t, report.summary(), "1 locked out")
				}
			}
		})
	}
}

// Of somebody who has neither a device nor a role both are said.
func TestLockedOutAndCutOff(t *testing.T) {
	t.Parallel()
	subject, facts := deployedStack(t)
	facts.Roles[0].Users = facts.Roles[0].Users[:1]
	facts.Users[1].Devices = nil
	report := reportOf(subject, facts, now())
	require.Equal(t, VerdictLockedOut, report.Users[1].Verdict)
	require.Equal(t, []string{"bob"}, named(report.Findings, KindLockedOut))
	require.Equal(t, []string{"bob"}, named(report.Findings, KindCutOff))
	require.Equal(t, []string{"bob"}, report.LockedOut)
}
