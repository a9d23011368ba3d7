package tests

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// troubles are in an order in which each begins where nothing is found.
func troubles() []trouble {
	return slices.Concat(driftTroubles(), configTroubles(), peopleTroubles(), twoStacksTroubles())
}

// driftTroubles are what somebody changed in the account, or should have deployed.
func driftTroubles() []trouble {
	attachedAndTrusted := []audit.Kind{
		audit.KindDenyMissing, audit.KindRolePolicyDetached, audit.KindTrustWithoutMFA, audit.KindTrustsOthers,
		audit.KindTrustedByHand, audit.KindNotTrusted,
	}
	rewritten := []audit.Kind{audit.KindDenyChanged, audit.KindCutOff, audit.KindTrustedGone}
	again := []audit.Kind{audit.KindRecreated, audit.KindTrustedGone, audit.KindDenyMissing}
	membership := []audit.Kind{audit.KindTrustedNoMember, audit.KindCutOff}
	gone := []audit.Kind{audit.KindRoleGone, audit.KindCutOff}
	return []trouble{{
		name: "a trust policy that allows more", kinds: []audit.Kind{audit.KindTrustChanged},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			role, err := w.account.GetRole(roleName)
			require.NoError(t, err)
			require.NoError(t, w.account.UpdateAssumeRolePolicy(roleName,
				strings.Replace(role.AssumeRolePolicyDocument, `"sts:AssumeRole"`, `"sts:*"`, 1)))
		},
		follow: runsUp(audit.KindTrustChanged),
	}, {
		name: "detached, and another trust policy", kinds: attachedAndTrusted,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.DetachGroupPolicy("developers", groupPolicy))
			require.NoError(t, w.account.DetachRolePolicy(roleName, "arn:aws:iam::aws:policy/PowerUserAccess"))
			require.NoError(t, w.account.UpdateAssumeRolePolicy(roleName, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
				`"Principal":{"AWS":["arn:aws:iam::111122223333:user/mallory","arn:aws:iam::111122223333:root"]},"Action":"sts:AssumeRole"}]}`))
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			runsUp(attachedAndTrusted...)(t, w, found)
			require.Contains(t, found[audit.KindTrustsOthers].Remedy, "prove the outcome with awsmfa verify --outputs.")
			w.succeeds(t, w.people["administrator"], "awsmfa verify --outputs "+w.outputs)
		},
	}, {
		name: "the deny rewritten, a user made again", kinds: rewritten,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			current, err := w.account.GetPolicy(groupPolicy)
			require.NoError(t, err)
			version, err := w.account.GetPolicyVersion(groupPolicy, current.DefaultVersionID)
			require.NoError(t, err)
			_, err = w.account.CreatePolicyVersion(groupPolicy, strings.ReplaceAll(version.Document, "BoolIfExists", "Bool"), true)
			require.NoError(t, err)
			w.makeAgain(t, "bob", "/team/")
		},
		follow: runsUp(rewritten...),
	}, {
		name: "a user made again while the deny is detached", kinds: again,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.DetachGroupPolicy("developers", groupPolicy))
			w.makeAgain(t, "bob", "/team/")
		},
		follow: runsUp(again...),
	}, {
		name: "somebody left and somebody came", kinds: membership,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "alice"))
			require.NoError(t, w.account.AddUserToGroup("developers", "dana"))
		},
		follow: runsUp(membership...),
		restore: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.AddUserToGroup("developers", "alice"))
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "dana"))
			w.up(t)
		},
	}, {
		name: "somebody should not have left", kinds: []audit.Kind{audit.KindTrustedNoMember},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "alice"))
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindTrustedNoMember].Remedy, "or add them to the group")
			require.NoError(t, w.account.AddUserToGroup("developers", "alice"))
		},
	}, {
		name: "the role is gone", kinds: gone,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.DetachRolePolicy(roleName, "arn:aws:iam::aws:policy/PowerUserAccess"))
			require.NoError(t, w.account.DeleteRole(roleName))
		},
		follow: runsUp(gone...),
	}, {
		name: "a policy more", kinds: []audit.Kind{audit.KindRolePolicyAdded},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.AttachRolePolicy(roleName, readOnly))
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.does(t, w.people["administrator"], found[audit.KindRolePolicyAdded], `aws iam detach-role-policy [^.]*`)
		},
	}}
}

// configTroubles are what the stack file says other than the account.
func configTroubles() []trouble {
	const project = "--project PROJECT"
	with := func(change func(string) string) func(*testing.T, *workplace) {
		return func(t *testing.T, w *workplace) {
			t.Helper()
			w.stack.configure(t, change(devStack(t)))
		}
	}
	adding := func(lines string) func(*testing.T, *workplace) {
		return with(func(file string) string { return file + lines })
	}
	asItWas := func(ups int) func(*testing.T, *workplace) {
		return func(t *testing.T, w *workplace) {
			t.Helper()
			w.stack.configure(t, devStack(t))
			for range ups {
				w.up(t)
			}
		}
	}
	return []trouble{{
		name: "a policy more, which is meant", kinds: []audit.Kind{audit.KindRolePolicyAdded}, source: project,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.AttachRolePolicy(roleName, readOnly))
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindRolePolicyAdded].Remedy, "Or add it to the role's policies, and run pulumi up.")
			with(func(file string) string {
				return strings.ReplaceAll(file, "[PowerUserAccess]", "[PowerUserAccess, ReadOnlyAccess]")
			})(t, w)
			w.up(t)
		},
		restore: asItWas(1),
	}, {
		name: "whom users leave out leaves the group", source: project,
		kinds:  []audit.Kind{audit.KindTrustedNotMeant, audit.KindNoRole, audit.KindRoleNotDeployed},
		breaks: adding("      users: [bob]\n    more: {policies: [ReadOnlyAccess], groups: [developers], users: [bob]}\n"),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindNoRole].Remedy, "or take them out of the group; ")
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "alice"))
			runsUp(audit.KindTrustedNotMeant, audit.KindRoleNotDeployed)(t, w, found)
		},
		restore: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.AddUserToGroup("developers", "alice"))
			asItWas(1)(t, w)
		},
	}, {
		name: "whom users leave out is named", kinds: []audit.Kind{audit.KindTrustedNotMeant, audit.KindNoRole}, source: project,
		breaks: adding("      users: [bob]\n"),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindNoRole].Remedy, "Put them into users of a role")
			require.Contains(t, found[audit.KindTrustedNotMeant].Remedy, "or name them in users")
			adding("      users: [bob, alice]\n")(t, w)
		},
		restore: asItWas(0),
	}, {
		name: "whom users leave out needs no role", kinds: []audit.Kind{audit.KindNoRole}, source: project,
		breaks: adding("      users: [bob]\n"),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindNoRole].Remedy, "or name them in withoutRole")
			adding("      users: [bob]\n  aws-cli-mfa:withoutRole: [alice]\n")(t, w)
		},
		restore: asItWas(0),
	}, {
		name: "a user who is no member", kinds: []audit.Kind{audit.KindNamedNoMember}, source: project,
		breaks: adding("      users: [alice, bob, dana]\n"),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindNamedNoMember].Remedy, "Add them to a group of the role")
			require.NoError(t, w.account.AddUserToGroup("developers", "dana"))
		},
		restore: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.RemoveUserFromGroup("developers", "dana"))
			asItWas(0)(t, w)
		},
	}, {
		name: "the name of a policy is taken", kinds: []audit.Kind{audit.KindNameTaken}, source: project,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			_, err := w.account.CreatePolicy(account.CreatePolicyInput{
				PolicyName: "CLI-dev-operators", Path: "/team/", PolicyDocument: `{"Version":"2012-10-17",` +
					`"Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`,
			})
			require.NoError(t, err)
			adding("    more: {policies: [ReadOnlyAccess], groups: [operators]}\n")(t, w)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			_, err := w.stack.Up(t.Context())
			require.ErrorContains(t, err, "A policy called CLI-dev-operators already exists.")
			require.NotContains(t, look(w.account), "olivia", "not denied")
			require.Contains(t, found[audit.KindNameTaken].Remedy, "or delete that policy")
			require.NoError(t, w.account.DeletePolicy("arn:aws:iam::111122223333:policy/team/CLI-dev-operators"))
			w.up(t)
		},
		restore: asItWas(1),
	}, {
		name: "detached where nothing is enforced", kinds: []audit.Kind{audit.KindPolicyDetached},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			adding("  aws-cli-mfa:enforce: false\n")(t, w)
			w.up(t)
			require.NoError(t, w.account.DetachGroupPolicy("developers", groupPolicy))
		},
		follow:  runsUp(audit.KindPolicyDetached),
		restore: asItWas(1),
	}, {
		name: "who is leaving", kinds: []audit.Kind{audit.KindLeaving},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			w.stack.configure(t, forOperators)
			w.up(t)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Equal(t, "Run pulumi up once more to let them go.", found[audit.KindLeaving].Remedy)
			w.up(t)
		},
		restore: asItWas(2),
	}}
}

// peopleTroubles are those of devices, access keys and quotas.
func peopleTroubles() []trouble {
	lockedOut := []audit.Kind{audit.KindLockedOut}
	loses := func(half bool) func(*testing.T, *workplace) {
		return func(t *testing.T, w *workplace) { t.Helper(); w.lose(t, "alice", half) }
	}
	again := func(t *testing.T, w *workplace) {
		t.Helper()
		w.lose(t, "alice", false)
		w.removeKeys(t, "alice")
		w.equip(t, "alice")
		w.succeeds(t, w.people["alice"], "aws sts get-caller-identity")
	}
	return []trouble{{
		name: "no device", kinds: lockedOut, breaks: loses(false),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.enrols(t, w.people["alice"], found[audit.KindLockedOut], "awsmfa enrol")
		},
	}, {
		name: "no device, and enrolment is an administrator's", kinds: lockedOut, breaks: loses(false),
		source: "--group developers --enrolment admin",
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.enrols(t, w.people["administrator"], found[audit.KindLockedOut], "awsmfa enrol --user alice")
		},
	}, {
		name: "an enrolment that stopped half-way", kinds: lockedOut, breaks: loses(true),
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.does(t, w.people["administrator"], found[audit.KindLockedOut], "awsmfa reset-device alice")
			w.enrols(t, w.people["alice"], found[audit.KindLockedOut], "awsmfa enrol")
		},
	}, {
		name: "a security key alone", kinds: lockedOut,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			w.lose(t, "alice", false)
			_, err := story.AddMFADevice(w.account, "alice", "key-alice")
			require.NoError(t, err)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindLockedOut].Message, "only a security key")
			w.enrols(t, w.people["administrator"], found[audit.KindLockedOut], "awsmfa enrol --user alice")
		},
		restore: again,
	}, {
		name: "a key that nobody uses", kinds: lockedOut,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			w.lose(t, "alice", false)
			w.newKey(t, "alice", 0)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.does(t, w.people["administrator"], found[audit.KindLockedOut], `aws iam update-access-key [^.]*`)
		},
		restore: again,
	}, {
		name: "an idle key", kinds: []audit.Kind{audit.KindIdleKey},
		breaks: func(t *testing.T, w *workplace) { t.Helper(); w.newKey(t, "alice", 100*24*time.Hour) },
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.does(t, w.people["administrator"], found[audit.KindIdleKey], `aws iam update-access-key [^.]*`)
		},
		restore: again,
	}, {
		name: "an old key in use", kinds: []audit.Kind{audit.KindOldKey},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			w.newKey(t, "alice", 100*24*time.Hour)
			keys, err := w.account.ListAccessKeys("alice")
			require.NoError(t, err)
			w.account.NoteAccessKeyUse(keys[0].AccessKeyID, "s3", "eu-west-1")
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			w.does(t, w.people["administrator"], found[audit.KindOldKey], `aws iam create-access-key [^,]*`)
			w.does(t, w.people["administrator"], found[audit.KindOldKey], `aws iam delete-access-key [^.]*`)
		},
		restore: again,
	}, {
		name: "two devices", kinds: []audit.Kind{audit.KindSeveralDevices}, stays: true,
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			_, err := story.AddMFADevice(w.account, "alice", "telephone")
			require.NoError(t, err)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Equal(t, "awsmfa onboard asks which one to write into the profiles.", found[audit.KindSeveralDevices].Remedy)
			screen, failed := inTerminal(t, w.command(t.Context(), w.people["alice"], "awsmfa onboard --outputs", w.outputs),
				reply{regexp.MustCompile(`\[1-2\] $`), func(*testing.T, string) string { return "1" }})
			require.False(t, failed, screen)
		},
		restore: again,
	}, {
		name: "no room for the stack's policy", kinds: []audit.Kind{audit.KindGroupFull, audit.KindDenyMissing},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			require.NoError(t, w.account.DetachGroupPolicy("developers", groupPolicy))
			w.attach(t, 10)
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Equal(t, "Detach one, or merge two, before pulumi up.", found[audit.KindGroupFull].Remedy)
			require.NoError(t, w.account.DetachGroupPolicy("developers", furtherPolicy(0)))
			w.up(t)
			near := w.audit(t, w.people["administrator"], "")[audit.KindGroupNearQuota]
			require.Equal(t, "Merge policies before another one is needed.", near.Remedy)
		},
		restore: func(t *testing.T, w *workplace) {
			t.Helper()
			for i := 1; i < 10; i++ {
				require.NoError(t, w.account.DetachGroupPolicy("developers", furtherPolicy(i)))
			}
		},
	}, {
		name: "nearly no room", kinds: []audit.Kind{audit.KindGroupNearQuota},
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			for i := range 8 {
				require.NoError(t, w.account.AttachGroupPolicy("developers", furtherPolicy(i)))
			}
		},
		follow: func(t *testing.T, w *workplace, _ findings) {
			t.Helper()
			for i := range 8 {
				require.NoError(t, w.account.DetachGroupPolicy("developers", furtherPolicy(i)))
			}
		},
	}}
}

// twoStacksTroubles are those of a group that another stack denies, too.
func twoStacksTroubles() []trouble {
	const othersARN = "arn:aws:iam::111122223333:policy/cli-prod-developers"
	document := func(t *testing.T, exempt ...string) string {
		t.Helper()
		made, err := policy.GroupPolicy{
			Account: awsAccount(), RoleARNs: []string{"arn:aws:iam::111122223333:role/cli-prod-x"}, ExemptActions: exempt,
		}.ManagedPolicy()
		require.NoError(t, err)
		return made.String()
	}
	denies := func(t *testing.T, w *workplace) {
		t.Helper()
		_, err := w.account.CreatePolicy(account.CreatePolicyInput{
			PolicyName: "cli-prod-developers", PolicyDocument: document(t),
			Tags: account.Tags{{Key: stack.OwnerTag, Value: "aws-cli-mfa/prod"}},
		})
		require.NoError(t, err)
		require.NoError(t, w.account.AttachGroupPolicy("developers", othersARN))
	}
	noMore := func(t *testing.T, w *workplace) {
		t.Helper()
		require.NoError(t, w.account.DetachGroupPolicy("developers", othersARN))
	}
	return []trouble{{
		name: "another stack denies, too", kinds: []audit.Kind{audit.KindTwoStacks}, stays: true, breaks: denies,
		follow: func(t *testing.T, _ *workplace, found findings) {
			t.Helper()
			require.Equal(t, "Nothing needs to be done: what either stack denies is denied.", found[audit.KindTwoStacks].Remedy)
		},
		restore: noMore,
	}, {
		name: "another stack denies what is exempt", kinds: []audit.Kind{audit.KindExemptionVoid}, source: "--project PROJECT",
		breaks: func(t *testing.T, w *workplace) {
			t.Helper()
			w.stack.configure(t, devStack(t)+"  aws-cli-mfa:exemptActions: [iam:ChangePassword]\n")
			require.NoError(t, w.account.AttachGroupPolicy("developers", othersARN))
		},
		follow: func(t *testing.T, w *workplace, found findings) {
			t.Helper()
			require.Contains(t, found[audit.KindExemptionVoid].Remedy, "Leave the same open in stack aws-cli-mfa/prod, or ")
			_, err := w.account.CreatePolicyVersion(othersARN, document(t, "iam:ChangePassword"), true)
			require.NoError(t, err)
		},
		restore: func(t *testing.T, w *workplace) {
			t.Helper()
			w.stack.configure(t, devStack(t))
			noMore(t, w)
		},
	}}
}
