package mfadevice_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// enabled is what alice has in the end.
func enabled() []string { return []string{aliceMFA} }

func TestEnrolWithTheRightsOfTheGroupPolicy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alice", "bob"} {
		for _, device := range []policy.DeviceName{policy.UsernameDevice, policy.AnyDevice} {
			c, p := newCloud(t, policy.GroupPolicy{DeviceName: device}), &person{}
			p.reads(c, -timeStep, 0)
			done, err := p.enrolment(c.iam(t, name), c, name, true).Run(t.Context())
			require.NoError(t, err)
			serial := owner().VirtualMFADeviceARN(name)
			require.Equal(t, name, done.UserName)
			require.Equal(t, serial, done.SerialNumber)
			require.Equal(t, mfadevice.Enabled, done.Outcome)
			require.Equal(t, []string{serial}, c.devices(t, name))
			require.Equal(t, 1, p.ready)
			require.Len(t, p.shown, 1)
			require.Equal(t, c.seed(t, serial), p.shown[0].Seed.Reveal())
			require.Equal(t, "\x89PNG", string(p.shown[0].QRCodePNG[:4]))
			require.Empty(t, p.said.String())
			require.Equal(t, []string{"First code: ", "Second code, the very next one: "}, p.asked)
			require.NoError(t, mfadevice.AwaitSTS(t.Context(), c.tokens(t, name), done, noPause))
		}
	}
}

// withDevices has ListMFADevices give these devices, which the sandbox has not.
type withDevices struct {
	*iam.Client
	serials []string
}

func (w withDevices) ListMFADevices(
	context.Context, *iam.ListMFADevicesInput, ...func(*iam.Options),
) (*iam.ListMFADevicesOutput, error) {
	out := &iam.ListMFADevicesOutput{}
	for _, serial := range w.serials {
		out.MFADevices = append(out.MFADevices, types.MFADevice{SerialNumber: aws.String(serial)})
	}
	return out, nil
}

const securityKey = "arn:aws:iam::111122223333:u2f/user/alice/key-ABCD"

func TestOnlySecurityKeys(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	keys := withDevices{c.iam(t, "alice"), []string{securityKey}}
	_, err := p.enrolment(keys, c, "alice", true).Run(t.Context())
	require.ErrorContains(t, err, "alice has only passkeys or security keys")
	require.ErrorContains(t, err, "awsmfa reset-device --all alice")
	require.ErrorContains(t, err, "sign in with 'aws login --profile signin'")
	require.ErrorContains(t, err, "awsmfa onboard --profile signin")
	require.Zero(t, p.ready)

	// A usable device beside them is enough.
	keys.serials = append(keys.serials, "GAHT12345678")
	done, err := p.enrolment(keys, c, "alice", true).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "GAHT12345678", done.SerialNumber)

	// The rule is not for administrators.
	keys = withDevices{c.iam(t, "administrator"), []string{securityKey}}
	p.reads(c, -timeStep, 0)
	_, err = p.enrolment(keys, c, "alice", false).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, enabled(), c.devices(t, "alice"))
}

func TestNothingIsMadeForAPersonWhoIsNotReady(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{unready: errors.New("nobody there")}
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.ErrorIs(t, err, p.unready)
	require.ErrorContains(t, err, "nothing was made")
	virtual, err := c.account.ListVirtualMFADevices("")
	require.NoError(t, err)
	require.Empty(t, virtual)
}

func TestAnAdministratorEnrols(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{Enrolment: policy.AdminEnrolment}), &person{}
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.ErrorContains(t, err, "lack the permission iam:ListMFADevices")
	require.ErrorContains(t, err, "'enrolment: admin'")
	require.ErrorContains(t, err, "'awsmfa enrol --user alice'")

	p.reads(c, -timeStep, 0)
	_, err = p.enrolment(c.iam(t, "administrator"), c, "alice", false).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, enabled(), c.devices(t, "alice"))

	_, err = p.enrolment(c.iam(t, "administrator"), c, "zoe", false).Run(t.Context())
	require.ErrorContains(t, err, "the account has no such user")

	// Who is none says so, and is told to be one.
	_, err = p.enrolment(c.iam(t, "alice"), c, "bob", false).Run(t.Context())
	require.ErrorContains(t, err, "Use the profile of an administrator")
}

func TestCreateMayBeDeniedAlone(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	// The policy of bob's group allows him no device of alice's name.
	nameless := withDevices{c.iam(t, "bob"), nil}
	_, err := p.enrolment(nameless, c, "alice", true).Run(t.Context())
	require.ErrorContains(t, err, "lack the permission iam:CreateVirtualMFADevice")
	require.Empty(t, p.asked)
}

func TestWrongCodesAreExplained(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	p.types("hello", "12345")
	p.reads(c, 0) // the first code, after two that are none
	p.types("")
	p.reads(c, 0)         // the same again
	p.reads(c, -timeStep) // and the one before it
	p.reads(c, -2*timeStep, 0)
	p.types("000 000", "111111")
	p.reads(c, -timeStep-9*time.Hour, -9*time.Hour)
	p.reads(c, -timeStep, 0)
	e := p.enrolment(c.iam(t, "alice"), c, "alice", true)
	e.Now = func() time.Time { return c.clock.Now().Add(time.Hour) } // this computer is wrong, too
	done, err := e.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, mfadevice.Enabled, done.Outcome)
	require.Equal(t, `A code has six digits.
A code has six digits.
A code has six digits.
That is the first code again: wait for the next one, it changes every 30 seconds.
These are two consecutive codes in the wrong order: the older one comes first.
Both codes are of this entry, but they do not follow one another: type one, and then the very next one that appears.
Neither is a code of this entry: did you read them from another entry of the app, perhaps an older one for the same account? If there is no other, the clock of your authenticator is more than a day off.
The codes are right, but the clock of your authenticator is about 9 h 00 min behind: too far for AWS. Have your phone set its time automatically, then type two new codes.
`, p.said.String())
}

func TestFiveWrongPairsEndIt(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	for range 6 {
		p.types("000000", "111111")
	}
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.ErrorContains(t, err, "MFA device "+aliceMFA+" was made, but is not enabled: wrong codes, 5 times.")
	require.Len(t, p.asked, 10)
	require.Empty(t, c.devices(t, "alice"))
}

func TestTheClockIsComparedWithThatOfAWS(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ahead time.Duration
		want  string
	}{
		{0, ""},
		{timeStep, ""},
		{-2 * timeStep, ""},
		{4 * time.Minute, "The clock of your authenticator is about 4 minutes ahead. AWS has taken note"},
		{-4 * time.Minute, "The clock of your authenticator is about 4 minutes behind. AWS has taken note"},
		{8 * time.Hour, "about 8 h 00 min ahead"},
	} {
		c, p := newCloud(t, policy.GroupPolicy{}), &person{}
		p.reads(c, test.ahead-timeStep, test.ahead)
		e := p.enrolment(c.iam(t, "alice"), c, "alice", true)
		e.Now = func() time.Time { return c.clock.Now().Add(time.Hour) } // this computer is wrong, too
		_, err := e.Run(t.Context())
		require.NoError(t, err)
		if test.want == "" {
			require.Empty(t, p.said.String())
		}
		require.Contains(t, p.said.String(), test.want)
	}
}

// undated answers without the time: one refusal, then success.
type undated struct {
	*iam.Client
	asked int
}

func (u *undated) EnableMFADevice(
	context.Context, *iam.EnableMFADeviceInput, ...func(*iam.Options),
) (*iam.EnableMFADeviceOutput, error) {
	u.asked++
	if u.asked == 1 {
		return nil, &types.InvalidAuthenticationCodeException{}
	}
	return &iam.EnableMFADeviceOutput{}, nil
}

func TestAnAnswerMayHaveNoTime(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	p.reads(c, 9*time.Hour-timeStep, 9*time.Hour, 4*time.Minute-timeStep, 4*time.Minute)
	_, err := p.enrolment(&undated{Client: c.iam(t, "alice")}, c, "alice", true).Run(t.Context())
	require.NoError(t, err)
	require.Contains(t, p.said.String(), "about 9 h 00 min ahead: too far for AWS")
	require.Contains(t, p.said.String(), "about 4 minutes ahead. AWS has taken note")
}

func TestErrorsOfTheNetworkAreNotHidden(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	api := c.iam(t, "alice")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&person{}).enrolment(api, c, "alice", true).Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = (&person{}).enrolment(withDevices{Client: api}, c, "alice", true).Run(ctx)
	require.ErrorContains(t, err, "making the MFA device of alice (iam:CreateVirtualMFADevice): ")
	_, err = mfadevice.PlanReset(ctx, api, owner(), "alice", false)
	require.ErrorContains(t, err, "was interrupted: run it again")
}

func TestNoFirstCodeShowsTheSeedAgain(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	p.types("", "")
	p.reads(c, -timeStep, 0)
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.NoError(t, err)
	require.Len(t, p.shown, 1)
	require.Equal(t, []mfadevice.NewDevice{p.shown[0], p.shown[0]}, p.shownAgain)
	require.Empty(t, p.said.String())
	require.Equal(t, []string{"First code: ", "First code: ", "First code: ", "Second code, the very next one: "}, p.asked)
}

func TestAHalfMadeDeviceIsEnabled(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	seed := c.made(t, "alice")
	now := c.clock.Now()
	p.types("000000", "111111", code(seed, now.Add(-timeStep)), code(seed, now))
	done, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, mfadevice.Enabled, done.Outcome)
	require.Equal(t, enabled(), c.devices(t, "alice"))
	require.Empty(t, p.shown, "AWS shows the seed once")
	require.Contains(t, p.said.String(), "was made before and never enabled")
	require.Contains(t, p.said.String(), "AWS does not accept these codes")
	require.NotContains(t, p.said.String(), seed)
}

func TestAHalfMadeDeviceWhoseSeedIsLost(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	c.made(t, "alice")
	// Somebody who may make devices for others, and delete none.
	require.NoError(t, c.account.PutInlinePolicy(account.Identity{Kind: "user", Name: "bob"}, "helper",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:ListMFADevices"],`+
			`"Resource":"*"}]}`))
	require.NoError(t, c.account.RemoveUserFromGroup("developers", "bob"))
	for caller, advice := range map[string]string{
		"alice": "AWS advises against letting users delete a device without MFA, so an administrator has to run " +
			"'awsmfa reset-device alice' first; then 'awsmfa enrol' makes a new one.",
		"bob": "Run 'awsmfa reset-device alice --profile admin' first; then 'awsmfa enrol --user alice --profile admin' " +
			"makes a new one.",
	} {
		p := &person{}
		p.types("")
		enrolment := p.enrolment(c.iam(t, caller), c, "alice", caller == "alice")
		if !enrolment.Own {
			enrolment.Flags = " --profile admin"
		}
		_, err := enrolment.Run(t.Context())
		require.EqualError(t, err, "MFA device "+aliceMFA+" was made, but is not enabled: no authenticator app has "+
			"an entry for it. "+advice)
		require.NotContains(t, p.said.String(), "deleted")
	}
}

// Whoever may delete the device gets out of it: an administrator, and a user whom
// nothing denies yet.
func TestAHalfMadeDeviceIsMadeAgain(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		c, p := newCloud(t, policy.GroupPolicy{WithoutDeny: own}), &person{}
		lost := c.made(t, "alice")
		caller := "administrator"
		if own {
			caller = "alice"
			require.NoError(t, c.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/IAMFullAccess"))
		}
		p.types("")
		p.reads(c, -timeStep, 0)
		done, err := p.enrolment(c.iam(t, caller), c, "alice", own).Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, mfadevice.Enabled, done.Outcome)
		require.Equal(t, enabled(), c.devices(t, "alice"))
		require.NotEqual(t, lost, p.shown[0].Seed.Reveal())
		require.Contains(t, p.said.String(), "MFA device "+aliceMFA+", which nobody could use, was deleted.")
	}
}

// A device that somebody has is never deleted.
func TestADeviceInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	c.enable(t, "bob", "alice", c.made(t, "alice"))
	p.types("")
	_, err := p.enrolment(c.iam(t, "administrator"), c, "alice", false).Run(t.Context())
	require.ErrorContains(t, err, "no authenticator app has an entry for it")
	require.Equal(t, enabled(), c.devices(t, "bob"))
}

func TestInterruption(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	ctx, interrupt := context.WithCancel(t.Context())
	p.answers = append(p.answers, func() string { interrupt(); return "123456" })
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(ctx)
	require.ErrorContains(t, err, "is not enabled: interrupted. If the authenticator app has its entry, go on with "+
		"'awsmfa enrol': two codes enable it. If not: AWS advises")
	require.NotContains(t, err.Error(), p.shown[0].Seed.Reveal())

	// And so it goes on.
	p.reads(c, -timeStep, 0)
	_, err = p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, enabled(), c.devices(t, "alice"))
}

func TestAHalfMadeDeviceOfAnotherSpelling(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	c.made(t, "Alice")
	p.types("123456", "654321")
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.ErrorContains(t, err, "If it was deleted meanwhile, 'awsmfa enrol' makes a new one.")
	require.ErrorContains(t, err, "an administrator has to run 'awsmfa reset-device alice' first, which finds it")
}

// TestMeanwhile has something happen to the device while the codes are typed.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	enable := func(t *testing.T, c cloud, user string) {
		t.Helper()
		c.enable(t, user, "alice", c.seed(t, aliceMFA))
	}
	for _, test := range []struct {
		name      string
		meanwhile func(t *testing.T, c cloud)
		caller    string
		outcome   mfadevice.Outcome
		want      string
	}{
		{
			name: "enabled, by key", caller: "alice", outcome: mfadevice.AlreadyEnabled,
			meanwhile: func(t *testing.T, c cloud) { t.Helper(); enable(t, c, "alice") },
		},
		{
			name: "enabled, by administrator", caller: "administrator", outcome: mfadevice.AlreadyEnabled,
			meanwhile: func(t *testing.T, c cloud) { t.Helper(); enable(t, c, "alice") },
		},
		{
			name: "enabled for somebody else", caller: "alice", want: "belongs to another user: an administrator has to find out whose it is ('awsmfa reset-device alice' says)",
			meanwhile: func(t *testing.T, c cloud) { t.Helper(); enable(t, c, "bob") },
		},
		{
			name: "deleted", caller: "alice", want: "it was deleted meanwhile. Run 'awsmfa enrol' again.",
			meanwhile: func(t *testing.T, c cloud) {
				t.Helper()
				require.NoError(t, c.account.DeleteVirtualMFADevice(aliceMFA))
			},
		},
		{
			name: "rights taken away", caller: "alice", want: "these credentials lack the permission iam:EnableMFADevice",
			meanwhile: func(t *testing.T, c cloud) {
				t.Helper()
				require.NoError(t, c.account.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
				require.NoError(t, c.account.RemoveUserFromGroup("developers", "alice"))
			},
		},
		{
			name: "all rights taken away", caller: "alice", want: "iam:ListMFADevices",
			meanwhile: func(t *testing.T, c cloud) {
				t.Helper()
				require.NoError(t, c.account.RemoveUserFromGroup("developers", "alice"))
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, p := newCloud(t, policy.GroupPolicy{}), &person{}
			p.reads(c, -timeStep)
			p.answers = append(p.answers, func() string { test.meanwhile(t, c); return code(p.shown[0].Seed.Reveal(), c.clock.Now()) })
			done, err := p.enrolment(c.iam(t, test.caller), c, "alice", test.caller == "alice").Run(t.Context())
			if test.outcome != "" {
				require.NoError(t, err)
				require.Equal(t, mfadevice.Enrolled{UserName: "alice", SerialNumber: aliceMFA, Outcome: test.outcome}, done)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), p.shown[0].Seed.Reveal())
		})
	}
}
