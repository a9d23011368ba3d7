package audit_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
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
func key(change ...func(*audit.KeyFacts)) audit.KeyFacts {
	k := audit.KeyFacts{
		ID: "AKIAIOSFODNN7EXAMPLE", Active: true, CreateDate: daysAgo(200),
		LastUse: &audit.LastUse{Date: daysAgo(1), Service: "s3", Region: "eu-west-1"},
	}
	for _, f := range change {
		f(&k)
	}
	return k
}

func unused(k *audit.KeyFacts)  { k.LastUse = nil }
func retired(k *audit.KeyFacts) { k.Active, k.LastUse = false, nil }
func created(n int) func(*audit.KeyFacts) {
	return func(k *audit.KeyFacts) { k.CreateDate = daysAgo(n) }
}

func used(n int) func(*audit.KeyFacts) {
	return func(k *audit.KeyFacts) { k.LastUse.Date = daysAgo(n) }
}

func member(name string, devices []mfadevice.Device, keys ...audit.KeyFacts) audit.UserFacts {
	return audit.UserFacts{
		Name: name, ARN: userARN(name), Groups: []string{"developers"}, Devices: devices, AccessKeys: keys,
	}
}

func devices(list ...mfadevice.Device) []mfadevice.Device { return list }

func judged(enrolment policy.Enrolment, halfMade []string, people ...audit.UserFacts) audit.Report {
	subject := audit.Subject{Enrolment: enrolment, Groups: []audit.Group{{Name: "developers"}}}
	return audit.Judge(subject, audit.Facts{
		Groups: []audit.GroupFacts{{Name: "developers"}}, Users: people, HalfMade: halfMade,
	}, now())
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	halfMade := iamARN + "mfa/alice"
	const active = "alice would be locked out by enforce: true: an active access key, and "
	const together = "As an administrator, run awsmfa enrol --user alice together with alice: with enrolment admin "
	for _, test := range []struct {
		name      string
		user      audit.UserFacts
		enrolment policy.Enrolment
		halfMade  []string
		want      audit.Verdict
		canEnrol  bool
		// message and remedy are parts of the finding about who is locked out.
		message, remedy string
	}{
		{name: "virtual device", user: member("alice", devices(virtual("alice")), key()), want: audit.VerdictOK},
		{name: "a device of another name", user: member("alice", devices(virtual("phone")), key()), want: audit.VerdictOK},
		{name: "hardware token", user: member("alice", devices(device("GAHT12345678")), key()), want: audit.VerdictOK},
		{
			name: "security key and virtual device",
			user: member("alice", devices(securityKey("alice"), virtual("alice")), key()), want: audit.VerdictOK,
		},
		{name: "device, no key", user: member("alice", devices(virtual("alice"))), want: audit.VerdictOK},
		{name: "neither", user: member("alice", nil), want: audit.VerdictNoAccessKey},
		{name: "inactive key", user: member("alice", nil, key(retired)), want: audit.VerdictNoAccessKey},
		{
			name: "no device", user: member("alice", nil, key(retired), key()), want: audit.VerdictLockedOut, canEnrol: true,
			message: active + "no MFA device.", remedy: "Have alice run awsmfa enrol.",
		},
		{
			name: "no device, enrolment admin", user: member("alice", nil, key()), enrolment: policy.AdminEnrolment,
			want: audit.VerdictLockedOut, message: active + "no MFA device.", remedy: together,
		},
		{
			name: "no device, a key that nobody uses", user: member("alice", nil, key(unused)),
			want: audit.VerdictLockedOut, canEnrol: true, message: active + "no MFA device.",
			remedy: "Have alice run awsmfa enrol. Or deactivate the access key, if it is not needed: aws iam " +
				"update-access-key --user-name alice --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive.",
		},
		{
			name: "security key only", user: member("alice", devices(securityKey("alice")), key()),
			want:    audit.VerdictLockedOut,
			message: active + "only a security key for MFA, which the AWS CLI cannot use.",
			remedy: "Have alice sign in to the console with the security key and add an authenticator app, or as an " +
				"administrator run awsmfa enrol --user alice together with alice.",
		},
		{
			name: "security key only, enrolment admin", user: member("alice", devices(securityKey("alice")), key()),
			enrolment: policy.AdminEnrolment, want: audit.VerdictLockedOut,
			message: "only a security key", remedy: together,
		},
		{
			name: "half-made device", user: member("alice", nil, key()), halfMade: []string{halfMade},
			want:    audit.VerdictLockedOut,
			message: active + "no MFA device, and a virtual device that was created and never enabled.",
			remedy: "Have alice run awsmfa enrol. If their authenticator app does not have that device, " +
				"run awsmfa reset-device alice first.",
		},
		{
			name: "half-made device, enrolment admin", user: member("alice", nil, key()), halfMade: []string{halfMade},
			enrolment: policy.AdminEnrolment, want: audit.VerdictLockedOut,
			message: "created and never enabled.", remedy: together + "nobody enrols themself. " +
				"If their authenticator app does not have that device, run awsmfa reset-device alice first.",
		},
		{
			name: "somebody else's half-made device", user: member("alice", nil, key()),
			halfMade: []string{iamARN + "mfa/bob", iamARN + "mfa/team/alice"}, want: audit.VerdictLockedOut, canEnrol: true,
			message: active + "no MFA device.", remedy: "Have alice run awsmfa enrol.",
		},
		{name: "devices unread", user: audit.UserFacts{
			Name: "alice", DevicesUnread: true, AccessKeys: []audit.KeyFacts{key()},
		}, want: audit.VerdictUnknown},
		{name: "devices unread, no key", user: audit.UserFacts{
			Name: "alice", DevicesUnread: true,
		}, want: audit.VerdictNoAccessKey},
		{name: "keys unread", user: audit.UserFacts{Name: "alice", KeysUnread: true}, want: audit.VerdictUnknown},
		{name: "keys unread, device", user: audit.UserFacts{
			Name: "alice", KeysUnread: true, Devices: devices(virtual("alice")),
		}, want: audit.VerdictOK},
		{name: "deleted", user: audit.UserFacts{
			Name: "alice", Deleted: true, AccessKeys: []audit.KeyFacts{key()},
		}, want: audit.VerdictDeleted},
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
			require.Equal(t, test.want == audit.VerdictLockedOut, report.Failed())
			if test.want != audit.VerdictLockedOut {
				require.Empty(t, report.LockedOut)
				return
			}
			require.Equal(t, []string{"alice"}, report.LockedOut)
			require.Equal(t, audit.KindLockedOut, report.Findings[0].Kind)
			require.Contains(t, report.Findings[0].Message, test.message)
			require.True(t, strings.HasPrefix(report.Findings[0].Remedy, test.remedy), report.Findings[0].Remedy)
		})
	}
}

func TestIdleKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		key        audit.KeyFacts
	}{
		{name: "in use", key: key(created(400))},
		{name: "inactive", key: key(retired, created(400))},
		{name: "new and unused", key: key(unused, created(89))},
		{name: "used 89 days ago", key: key(used(89), created(400))},
		{
			name: "never used", key: key(unused, created(90)),
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 90 days old and has never been used.",
		},
		{
			name: "used long ago", key: key(used(90), created(400)),
			want: "The access key AKIAIOSFODNN7EXAMPLE of alice is 400 days old and was last used 90 days ago.",
		},
		{name: "last use unread", key: key(unused, created(400), func(k *audit.KeyFacts) { k.UseUnread = true })},
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
			require.Equal(t, audit.KindIdleKey, report.Findings[0].Kind)
			require.Equal(t, test.want, report.Findings[0].Message)
		})
	}
}

func TestSeveralDevices(t *testing.T) {
	t.Parallel()
	report := judged(policy.SelfService, nil,
		member("alice", devices(virtual("alice"), device("GAHT12345678"), securityKey("alice")), key()),
		member("bob", devices(virtual("bob"), securityKey("bob")), key()))
	require.Equal(t, []string{"alice"}, named(report.Findings, audit.KindSeveralDevices))
	require.Equal(t, "alice has 2 MFA devices that the CLI can use: "+iamARN+"mfa/alice, GAHT12345678.",
		report.Findings[0].Message)
	require.False(t, report.Failed())
}

func TestTrustOfRoles(t *testing.T) {
	t.Parallel()
	const role, group = "cli-dev-power-user", "developers"
	roleARN := iamARN + "role/" + role
	trusts := func(names ...string) audit.RoleFacts {
		facts := audit.RoleFacts{Name: role, ARN: roleARN}
		for _, name := range names {
			facts.Users = append(facts.Users, userARN(name))
		}
		return facts
	}
	withGone := func(facts audit.RoleFacts) audit.RoleFacts {
		facts.Gone = []string{"AIDAEXAMPLE"}
		return facts
	}
	type found struct {
		kind audit.Kind
		user string
	}
	for _, test := range []struct {
		name string
		// role is what is meant; its name and groups are filled in.
		role  audit.Role
		facts audit.RoleFacts
		group audit.GroupFacts
		want  []found
	}{
		{name: "both members", facts: trusts("alice", "bob")},
		{name: "not yet", facts: trusts("alice"), want: []found{{audit.KindNotTrusted, "bob"}}},
		{name: "not meant to be", role: audit.Role{Users: []string{"alice"}}, facts: trusts("alice")},
		{
			name: "not meant any more", role: audit.Role{Users: []string{"alice"}}, facts: trusts("alice", "bob"),
			want: []found{{audit.KindTrustedNotMeant, "bob"}},
		},
		{
			name: "no member any more", facts: trusts("alice", "bob", "carol"),
			want: []found{{audit.KindTrustedNoMember, "carol"}},
		},
		{
			name: "of the same name under another path", facts: audit.RoleFacts{
				Name: role, ARN: roleARN, Users: []string{userARN("team/alice"), userARN("bob")},
			}, want: []found{{audit.KindTrustedNoMember, "alice"}, {audit.KindNotTrusted, "alice"}},
		},
		{
			name: "gone", role: audit.Role{Deployed: []string{"alice", "bob", "carol"}},
			facts: withGone(trusts("alice", "bob")), want: []found{{audit.KindTrustedGone, ""}},
		},
		{
			name: "recreated", role: audit.Role{Deployed: []string{"alice", "bob"}}, facts: withGone(trusts("alice")),
			want: []found{{audit.KindTrustedGone, ""}, {audit.KindRecreated, "bob"}},
		},
		{
			name: "recreated and named", role: audit.Role{Users: []string{"bob"}}, facts: withGone(trusts()),
			want: []found{{audit.KindTrustedGone, ""}, {audit.KindRecreated, "bob"}},
		},
		{
			name: "somebody else is gone", role: audit.Role{Deployed: []string{"alice", "carol"}},
			facts: withGone(trusts("alice")), want: []found{{audit.KindTrustedGone, ""}, {audit.KindNotTrusted, "bob"}},
		},
		{
			name: "others", facts: audit.RoleFacts{
				Name: role, ARN: roleARN, Users: []string{userARN("alice"), userARN("bob")}, Others: []string{iamARN + "root"},
			}, want: []found{{audit.KindTrustsOthers, ""}},
		},
		{
			name: "named and no member", role: audit.Role{Users: []string{"alice", "carol"}}, facts: trusts("alice"),
			want: []found{{audit.KindNamedNoMember, "carol"}},
		},
		{
			name: "not deployed", role: audit.Role{Users: []string{"carol"}}, facts: audit.RoleFacts{Name: role},
			want: []found{{audit.KindNamedNoMember, "carol"}, {audit.KindRoleNotDeployed, ""}},
		},
		{name: "role unread", facts: audit.RoleFacts{Name: role, Unread: true}},
		{
			name: "members unread", facts: withGone(trusts("carol")), group: audit.GroupFacts{MembersUnread: true},
			want: []found{{audit.KindTrustedGone, ""}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.role.Name, test.role.Groups, test.group.Name = role, []string{group}, group
			ok := devices(virtual("x"))
			report := audit.Judge(audit.Subject{Roles: []audit.Role{test.role}}, audit.Facts{
				Groups: []audit.GroupFacts{test.group}, Roles: []audit.RoleFacts{test.facts},
				Users: []audit.UserFacts{member("alice", ok), member("bob", ok)},
			}, now())
			var got []found
			for _, f := range report.Findings {
				require.Equal(t, role, f.Role)
				require.NotEmpty(t, f.Remedy)
				got = append(got, found{f.Kind, f.User})
			}
			require.Equal(t, test.want, got)
			require.False(t, report.Failed())
		})
	}
}

func sample() audit.Report {
	return audit.Judge(
		audit.Subject{Enrolment: policy.SelfService, Groups: []audit.Group{{Name: "developers", Policy: "cli-dev-developers"}}},
		audit.Facts{
			Groups:   []audit.GroupFacts{{Name: "developers", Policies: make([]string, 9)}},
			HalfMade: []string{iamARN + "mfa/dave"},
			Users: []audit.UserFacts{
				member("alice", devices(virtual("alice"), device("GAHT12345678")), key()),
				member("bob", nil, key(unused, created(3))),
				member("carol", devices(securityKey("carol")), key(retired)),
				member("dave", nil, key()),
			},
			Unread: []audit.Unread{{
				Permission: "iam:GetRole", Purpose: "whom a role trusts", Objects: []string{"a", "b", "c", "d", "e", "f", "g"},
			}},
		}, now())
}

func TestText(t *testing.T) {
	t.Parallel()
	var plain, color bytes.Buffer
	require.NoError(t, sample().WriteText(&plain, false))
	require.NoError(t, sample().WriteText(&color, true))
	require.Equal(t, `USER   GROUPS      MFA DEVICES                      CLI  ACCESS KEYS                 VERDICT
alice  developers  mfa/alice, GAHT12345678 (token)  yes  200d old, used 1d ago (s3)  ok
bob    developers  -                                no   3d old, never used          LOCKED OUT, can enrol
carol  developers  security key                     no   200d old, inactive          no active access key
dave   developers  half-made                        no   200d old, used 1d ago (s3)  LOCKED OUT
`, regexp.MustCompile(`(?s)\n\n.*`).ReplaceAllString(plain.String(), "\n"))
	require.Contains(t, plain.String(), "\nfailure  Not read for want of the permission iam:GetRole: "+
		"whom a role trusts (a, b, c, d, e and 2 more).\n         Audit with credentials")
	require.Contains(t, plain.String(), "\nwarning  Group developers has 9 of the 10 managed policies that IAM allows: "+
		"the stack's own, cli-dev-developers, takes the last place.\n")
	require.Contains(t, plain.String(), "\nnote     alice has 2 MFA devices")
	require.True(t, strings.HasSuffix(plain.String(),
		"\n4 users in 1 group: 2 would be locked out, 1 without an active access key; 1 warning.\n"), plain.String())

	require.Contains(t, color.String(), "\x1b[1;31mLOCKED OUT\x1b[0m\n")
	require.Contains(t, color.String(), "\n\x1b[33mwarning\x1b[0m  Group")
	require.Equal(t, plain.String(), regexp.MustCompile(`\x1b\[[\d;]*m`).ReplaceAllString(color.String(), ""))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(sample())
	require.NoError(t, err)
	var report map[string]any
	require.NoError(t, json.Unmarshal(text, &report))
	require.EqualValues(t, 1, report["version"])
	require.Equal(t, []any{"bob", "dave"}, report["lockedOut"])
	alice := report["users"].([]any)[0]
	require.Equal(t, map[string]any{
		"name": "alice", "arn": userARN("alice"), "groups": []any{"developers"}, "verdict": "ok", "canEnrol": false,
		"mfaDevices": []any{
			map[string]any{
				"serialNumber": iamARN + "mfa/alice", "kind": "virtual", "enableDate": "2026-05-22T12:00:00Z", "cliUsable": true,
			},
			map[string]any{
				"serialNumber": "GAHT12345678", "kind": "hardware", "enableDate": "2026-05-22T12:00:00Z", "cliUsable": true,
			},
		},
		"accessKeys": []any{map[string]any{
			"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "active": true, "createDate": "2025-11-13T12:00:00Z", "ageDays": 200.0,
			"lastUse": map[string]any{"date": "2026-05-31T12:00:00Z", "service": "s3", "region": "eu-west-1"},
		}},
	}, alice)
	empty, err := json.Marshal(audit.Judge(audit.Subject{}, audit.Facts{}, now()))
	require.NoError(t, err)
	require.NotContains(t, string(empty), "null")
}
