package audit

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func daysAgo(n int) time.Time { return now().Add(-time.Duration(n) * 24 * time.Hour) }

func device(serial string) mfadevice.Device {
	return mfadevice.Device{SerialNumber: serial, Kind: mfadevice.KindOf(serial), EnableDate: daysAgo(10)}
}

func virtual(name string) mfadevice.Device { return device(iamARN + "mfa/" + name) }

func securityKey(name string) mfadevice.Device {
	return device(iamARN + "u2f/user/" + name + "/default")
}

// key is an active access key that was used, unless changed.
func key(change ...func(*AccessKeyReport)) AccessKeyReport {
	k := AccessKeyReport{
		AccessKeyID: "AKIAIOSFODNN7EXAMPLE", Active: true, CreateDate: daysAgo(50),
		LastUse: &LastUse{Date: daysAgo(1), Service: "s3", Region: "eu-west-1"},
	}
	for _, f := range change {
		f(&k)
	}
	return k
}

func unused(k *AccessKeyReport)  { k.LastUse = nil }
func retired(k *AccessKeyReport) { k.Active, k.LastUse = false, nil }
func created(n int) func(*AccessKeyReport) {
	return func(k *AccessKeyReport) { k.CreateDate = daysAgo(n) }
}

func used(n int) func(*AccessKeyReport) {
	return func(k *AccessKeyReport) { k.LastUse.Date = daysAgo(n) }
}

func member(name string, devices []mfadevice.Device, keys ...AccessKeyReport) userFacts {
	return userFacts{
		Name: name, ARN: userARN(name), Groups: []string{"developers"}, Devices: devices, AccessKeys: keys,
	}
}

func devices(list ...mfadevice.Device) []mfadevice.Device { return list }

func judged(enrolment policy.Enrolment, halfMade []string, people ...userFacts) Report {
	subject := Subject{Enrolment: enrolment, Groups: []Group{{Name: "developers"}}}
	return reportOf(subject, accountFacts{
		Groups: []groupFacts{{Name: "developers"}}, Users: people, HalfMade: halfMade,
	}, now())
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	halfMade := iamARN + "mfa/alice"
	const active = "alice would be locked out by enforce: true: an active access key, and "
	const together = "As an administrator, run awsmfa enrol --user alice together with alice: with enrolment admin "
	for _, test := range []struct {
		name      string
		user      userFacts
		enrolment policy.Enrolment
		halfMade  []string
		want      Verdict
		canEnrol  bool
		// message and remedy are parts of the finding about who is locked out.
		message, remedy string
	}{
		{name: "virtual device", user: member("alice", devices(virtual("alice")), key()), want: VerdictOK},
		{name: "a device of another name", user: member("alice", devices(virtual("phone")), key()), want: VerdictOK},
		{name: "hardware token", user: member("alice", devices(device("GAHT12345678")), key()), want: VerdictOK},
		{
			name: "security key and virtual device",
			user: member("alice", devices(securityKey("alice"), virtual("alice")), key()), want: VerdictOK,
		},
		{name: "device, no key", user: member("alice", devices(virtual("alice"))), want: VerdictOK},
		{name: "neither", user: member("alice", nil), want: VerdictNoAccessKey},
		{name: "inactive key", user: member("alice", nil, key(retired)), want: VerdictNoAccessKey},
		{
			name: "no device", user: member("alice", nil, key(retired), key()), want: VerdictLockedOut, canEnrol: true,
			message: active + "no MFA device.", remedy: "Have alice run awsmfa enrol.",
		},
		{
			name: "no device, enrolment admin", user: member("alice", nil, key()), enrolment: policy.AdminEnrolment,
			want: VerdictLockedOut, message: active + "no MFA device.", remedy: together,
		},
		{
			name: "no device, a key that nobody uses", user: member("alice", nil, key(unused)),
			want: VerdictLockedOut, canEnrol: true, message: active + "no MFA device.",
			remedy: "Have alice run awsmfa enrol. Or deactivate the access key, if it is not needed: aws iam " +
				"update-access-key --user-name alice --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive.",
		},
		{
			name: "security key only", user: member("alice", devices(securityKey("alice")), key()),
			want:    VerdictLockedOut,
			message: active + "only a security key for MFA, which the AWS CLI cannot use.",
			remedy: "Have alice sign in to the console with the security key and add an authenticator app, or as an " +
				"administrator run awsmfa enrol --user alice together with alice.",
		},
		{
			name: "security key only, enrolment admin", user: member("alice", devices(securityKey("alice")), key()),
			enrolment: policy.AdminEnrolment, want: VerdictLockedOut,
			message: "only a security key", remedy: together,
		},
		{
			name: "half-made device", user: member("alice", nil, key()), halfMade: []string{halfMade},
			want:    VerdictLockedOut,
			message: active + "no MFA device, and a virtual device that was created and never enabled.",
			remedy: "Have alice run awsmfa enrol. If their authenticator app does not have that device, " +
				"run awsmfa reset-device alice first.",
		},
		{
			name: "half-made device, of a name in another case", user: member("alice", nil, key()),
			halfMade: []string{iamARN + "mfa/Alice"}, want: VerdictLockedOut,
			message: active + "no MFA device, and a virtual device that was created and never enabled.",
			remedy:  "Have alice run awsmfa enrol. If their",
		},
		{
			name: "half-made device, enrolment admin", user: member("alice", nil, key()), halfMade: []string{halfMade},
			enrolment: policy.AdminEnrolment, want: VerdictLockedOut,
			message: "created and never enabled.", remedy: together + "nobody enrols on their own. " +
				"If their authenticator app does not have that device, run awsmfa reset-device alice first.",
		},
		{
			name: "somebody else's half-made device", user: member("alice", nil, key()),
			halfMade: []string{iamARN + "mfa/bob", iamARN + "mfa/team/alice"}, want: VerdictLockedOut, canEnrol: true,
			message: active + "no MFA device.", remedy: "Have alice run awsmfa enrol.",
		},
		{name: "devices unread", user: userFacts{
			Name: "alice", DevicesUnread: true, AccessKeys: []AccessKeyReport{key()},
		}, want: VerdictUnknown},
		{name: "devices unread, no key", user: userFacts{
			Name: "alice", DevicesUnread: true,
		}, want: VerdictNoAccessKey},
		{name: "keys unread", user: userFacts{Name: "alice", KeysUnread: true}, want: VerdictUnknown},
		{name: "keys unread, device", user: userFacts{
			Name: "alice", KeysUnread: true, Devices: devices(virtual("alice")),
		}, want: VerdictOK},
		{name: "deleted", user: userFacts{
			Name: "alice", Deleted: true, AccessKeys: []AccessKeyReport{key()},
		}, want: VerdictDeleted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			enrolment := test.enrolment
			if enrolment == "" {
				enrolment = policy.SelfService
			}
			report := judged(enrolment, test.halfMade, test.user)
			require.Equal(t, test.want, report.Users[0].Verdict)
			require.Equal(t, test.canEnrol, report.Users[0].CanEnrol)
			require.Equal(t, test.want == VerdictLockedOut, report.Failed())
			if test.want != VerdictLockedOut {
				require.Empty(t, report.LockedOut)
				return
			}
			require.Equal(t, []string{"alice"}, report.LockedOut)
			require.Equal(t, KindLockedOut, report.Findings[0].Kind)
			require.Contains(t, report.Findings[0].Message, test.message)
			require.True(t, strings.HasPrefix(report.Findings[0].Remedy, test.remedy), report.Findings[0].Remedy)
		})
	}
}

func TestIdleAndOldKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		kind       Kind
		key        AccessKeyReport
	}{
		{name: "in use", key: key(created(89))},
		{
			name: "in use and old", key: key(created(90)), kind: KindOldKey,
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 90 days old.",
		},
		{name: "inactive", key: key(retired, created(400))},
		{name: "new and unused", key: key(unused, created(89))},
		{
			name: "used 89 days ago", key: key(used(89), created(400)), kind: KindOldKey,
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 400 days old.",
		},
		{
			name: "never used", key: key(unused, created(90)), kind: KindIdleKey,
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 90 days old and has never been used.",
		},
		{
			name: "used long ago", key: key(used(90), created(400)), kind: KindIdleKey,
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 400 days old and was last used 90 days ago.",
		},
		{
			name: "last use unread", key: key(unused, created(400), func(k *AccessKeyReport) { k.UseUnread = true }),
			kind: KindOldKey, want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 400 days old.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report := judged(policy.SelfService, nil, member("alice", devices(virtual("alice")), test.key))
			require.False(t, report.Failed())
			if test.want == "" {
				require.Empty(t, report.Findings)
				return
			}
			require.Len(t, report.Findings, 1)
			require.Equal(t, test.kind, report.Findings[0].Kind)
			require.Equal(t, test.want, report.Findings[0].Message)
		})
	}
}

func TestSeveralDevices(t *testing.T) {
	t.Parallel()
	report := judged(policy.SelfService, nil,
		member("alice", devices(virtual("alice"), device("GAHT12345678"), securityKey("alice")), key()),
		member("bob", devices(virtual("bob"), securityKey("bob")), key()))
	require.Equal(t, []string{"alice"}, named(report.Findings, KindSeveralDevices))
	require.Equal(t, "alice has 2 MFA devices that the CLI can use: "+iamARN+"mfa/alice, GAHT12345678.",
		report.Findings[0].Message)
	require.False(t, report.Failed())
}

func TestTrustOfRoles(t *testing.T) {
	t.Parallel()
	const role, group = "cli-dev-power-user", "developers"
	roleARN := iamARN + "role/" + role
	trusts := func(names ...string) roleFacts {
		facts := roleFacts{Name: role, ARN: roleARN}
		for _, name := range names {
			facts.Users = append(facts.Users, userARN(name))
		}
		return facts
	}
	withGone := func(facts roleFacts) roleFacts {
		facts.Gone = []string{"AIDAEXAMPLE"}
		return facts
	}
	type found struct {
		kind Kind
		user string
	}
	for _, test := range []struct {
		name string
		// role is what is meant; its name and groups are filled in.
		role  Role
		facts roleFacts
		group groupFacts
		want  []found
	}{
		{name: "both members", facts: trusts("alice", "bob")},
		{name: "not yet", facts: trusts("alice"), want: []found{{KindNotTrusted, "bob"}}},
		{name: "not meant to be", role: Role{Users: []string{"alice"}}, facts: trusts("alice"), want: []found{{KindNoRole, "bob"}}},
		{
			name: "not meant any more", role: Role{Users: []string{"alice"}}, facts: trusts("alice", "bob"),
			want: []found{{KindTrustedNotMeant, "bob"}, {KindNoRole, "bob"}},
		},
		{
			name: "no member any more", facts: trusts("alice", "bob", "carol"),
			want: []found{{KindTrustedNoMember, "carol"}},
		},
		{
			name: "of the same name under another path", facts: roleFacts{
				Name: role, ARN: roleARN, Users: []string{userARN("team/alice"), userARN("bob")},
			}, want: []found{{KindTrustedNoMember, "alice"}, {KindNotTrusted, "alice"}},
		},
		{
			name: "gone", role: Role{Deployed: []string{"alice", "bob", "carol"}},
			facts: withGone(trusts("alice", "bob")), want: []found{{KindTrustedGone, ""}},
		},
		{
			name: "recreated", role: Role{Deployed: []string{"alice", "bob"}}, facts: withGone(trusts("alice")),
			want: []found{{KindTrustedGone, ""}, {KindRecreated, "bob"}},
		},
		{
			name: "recreated and named", role: Role{Users: []string{"bob"}}, facts: withGone(trusts()),
			want: []found{{KindTrustedGone, ""}, {KindRecreated, "bob"}, {KindNoRole, "alice"}},
		},
		{
			name: "somebody else is gone", role: Role{Deployed: []string{"alice", "carol"}},
			facts: withGone(trusts("alice")), want: []found{{KindTrustedGone, ""}, {KindNotTrusted, "bob"}},
		},
		{
			name: "others", facts: roleFacts{
				Name: role, ARN: roleARN, Users: []string{userARN("alice"), userARN("bob")}, Others: []string{iamARN + "root"},
			}, want: []found{{KindTrustsOthers, ""}},
		},
		{
			name: "named and no member", role: Role{Users: []string{"alice", "carol"}}, facts: trusts("alice"),
			want: []found{{KindNoRole, "bob"}, {KindNamedNoMember, "carol"}},
		},
		{
			name: "not deployed", role: Role{Users: []string{"carol"}}, facts: roleFacts{Name: role},
			want: []found{
				{KindNoRole, "alice"}, {KindNoRole, "bob"}, {KindNamedNoMember, "carol"}, {KindRoleNotDeployed, ""},
			},
		},
		{name: "role unread", facts: roleFacts{Name: role, Unread: true}},
		{
			name: "members unread", facts: withGone(trusts("carol")), group: groupFacts{MembersUnread: true},
			want: []found{{KindTrustedGone, ""}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.role.Name, test.role.Groups, test.group.Name = role, []string{group}, group
			ok := devices(virtual("x"))
			report := reportOf(Subject{Roles: []Role{test.role}}, accountFacts{
				Groups: []groupFacts{test.group}, Roles: []roleFacts{test.facts},
				Users: []userFacts{member("alice", ok), member("bob", ok)},
			}, now())
			var got []found
			for _, f := range report.Findings {
				require.Equal(t, f.Kind != KindNoRole, f.Role == role)
				require.NotEmpty(t, f.Remedy)
				got = append(got, found{f.Kind, f.User})
			}
			require.Equal(t, test.want, got)
			require.Equal(t, len(test.facts.Others) > 0, report.Failed(), "a door is open")
		})
	}
}

func TestMembersWhomNoRoleIsFor(t *testing.T) {
	t.Parallel()
	only := func(group string, users ...string) Role {
		return Role{Name: group + "-role", Groups: []string{group}, Users: users}
	}
	ok := devices(virtual("x"))
	both := member("bob", ok, key())
	both.Groups = []string{"developers", "operators"}
	gone := member("carol", ok, key())
	gone.Deleted = true
	for _, test := range []struct {
		name  string
		roles []Role
		// unread is a group whose members are not known.
		unread string
		people []userFacts
		want   []string
	}{
		{name: "groups alone", people: []userFacts{both}},
		{name: "all members", roles: []Role{only("developers")}, people: []userFacts{both}},
		{name: "nobody at all", roles: []Role{{Groups: []string{"developers"}, Users: []string{}}}, people: []userFacts{both}, want: []string{"bob"}},
		{
			name: "named elsewhere", roles: []Role{only("developers", "alice"), only("operators", "bob")},
			people: []userFacts{both, member("carol", ok, key())}, want: []string{"carol"},
		},
		{
			name: "named by a role of a group without them", roles: []Role{only("developers", "alice"), only("operators", "carol")},
			people: []userFacts{both, member("carol", nil, key())}, want: []string{"bob", "carol"},
		},
		{
			name: "perhaps in a group that could not be read", unread: "operators",
			roles:  []Role{only("developers", "alice"), only("operators", "carol")},
			people: []userFacts{both, member("carol", nil, key())}, want: []string{"bob"},
		},
		{name: "deleted", roles: []Role{only("developers", "alice")}, people: []userFacts{gone}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report := reportOf(Subject{Roles: test.roles}, accountFacts{
				Groups: []groupFacts{{Name: "developers"}, {Name: "operators", MembersUnread: test.unread != ""}},
				Users:  test.people,
			}, now())
			require.Equal(t, test.want, named(report.Findings, KindNoRole))
			for _, user := range report.Users {
				require.Equal(t, slices.Contains(test.want, user.Name), user.NoRole)
				require.Equal(t, user.Verdict == VerdictLockedOut, slices.Contains(report.LockedOut, user.Name))
			}
		})
	}
}

func TestTextOfMembersWhomNoRoleIsFor(t *testing.T) {
	t.Parallel()
	report := reportOf(
		Subject{Roles: []Role{{Name: "r", Groups: []string{"developers"}, Users: []string{"alice"}}}},
		accountFacts{
			Account: policy.Account{Partition: "aws", ID: accountID}, Groups: []groupFacts{{Name: "developers"}},
			Users: []userFacts{
				member("alice", devices(virtual("alice")), key()), member("bob", devices(virtual("bob")), key()),
				member("carol", nil, key()),
			},
		}, now())
	var plain, color bytes.Buffer
	require.NoError(t, report.WriteText(&plain, false))
	require.NoError(t, report.WriteText(&color, true))
	require.Regexp(t, `(?m)^alice .* ok$`, plain.String())
	require.Regexp(t, `(?m)^bob .* ok, no role$`, plain.String())
	require.Regexp(t, `(?m)^carol .* LOCKED OUT, can\n.* enrol, no role$`, plain.String())
	require.Contains(t, plain.String(), "\nwarning  No role of the stack is for bob, who is in group developers: "+
		"with enforce: true they are denied without MFA, and have no profile that gives it.\n         Put them into users of a role, "+
		"or leave out users of the role, so that all members are trusted; or take them out of the group; "+
		"or name them in withoutRole, if a role of another stack is theirs.\n")
	require.True(t, strings.HasSuffix(plain.String(),
		"\n3 users in 1 group of account "+accountID+": 1 would be locked out; 2 warnings.\n"), plain.String())
	require.Contains(t, color.String(), "\x1b[32mok\x1b[0m\n")
	require.Contains(t, color.String(), "\x1b[33mok, no role\x1b[0m\n")
	require.Contains(t, color.String(), "\x1b[1;31menrol, no role\x1b[0m\n")
}

func sample() Report {
	return reportOf(
		Subject{Enrolment: policy.SelfService, Groups: []Group{{Name: "developers", Policy: "cli-dev-developers"}}},
		accountFacts{
			Account:  policy.Account{Partition: "aws", ID: accountID},
			Groups:   []groupFacts{{Name: "developers", Policies: make([]string, 9)}},
			HalfMade: []string{iamARN + "mfa/dave"},
			Users: []userFacts{
				member("alice", devices(virtual("alice"), device("GAHT12345678")), key()),
				member("bob", nil, key(unused, created(3))),
				member("carol", devices(securityKey("carol")), key(retired)),
				member("dave", nil, key()),
			},
			Unread: []Unread{{
				Permission: "iam:GetRole", Purpose: "whom a role trusts", Objects: []string{"a", "b", "c", "d", "e", "f", "g"},
			}},
		}, now())
}

func TestText(t *testing.T) {
	t.Parallel()
	var plain, color bytes.Buffer
	require.NoError(t, sample().WriteText(&plain, false))
	require.NoError(t, sample().WriteText(&color, true))
	require.Equal(t, `USER   GROUPS      MFA DEVICES        CLI  ACCESS KEYS        VERDICT
alice  developers  mfa/alice,         yes  50d old, used 1d   ok
                   GAHT12345678            ago (s3)
                   (token)
bob    developers  -                  no   3d old, never      LOCKED OUT, can
                                           used               enrol
carol  developers  security key       no   50d old, inactive  no active access
                                                              key
dave   developers  half-made          no   50d old, used 1d   LOCKED OUT
                                           ago (s3)
`, regexp.MustCompile(`(?s)\n\n.*`).ReplaceAllString(plain.String(), "\n"))
	require.Contains(t, plain.String(), "\nfailure  Cannot read whom a role trusts "+
		"(a, b, c, d, e and 2 more): these credentials lack the permission iam:GetRole, or are denied it without MFA.\n         Audit with credentials "+
		"that have it (AWS's policy IAMReadOnlyAccess has all that are needed), or with a profile that uses MFA.\n")
	require.Contains(t, plain.String(), "\nwarning  Group developers has 9 of the 10 managed policies that IAM allows: "+
		"the stack's own, cli-dev-developers, takes the last place.\n")
	require.Contains(t, plain.String(), "\nnote     alice has 2 MFA devices")
	require.True(t, strings.HasSuffix(plain.String(),
		"\n4 users in 1 group of account "+accountID+": 2 would be locked out, 1 without an active access key; 1 warning; "+
			"not everything could be read.\n"), plain.String())

	require.Contains(t, color.String(), "\x1b[1;31mLOCKED OUT\x1b[0m\n")
	require.Contains(t, color.String(), "\n\x1b[33mwarning\x1b[0m  Group")
	require.Equal(t, plain.String(), regexp.MustCompile(`\x1b\[[\d;]*m`).ReplaceAllString(color.String(), ""))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(sample(), "", "  ")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/report.json")
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text))
	empty, err := json.Marshal(reportOf(Subject{Roles: []Role{{Name: "a"}}}, accountFacts{Roles: []roleFacts{{Name: "a"}}}, now()))
	require.NoError(t, err)
	require.NotContains(t, string(empty), "null")
}
