package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const aliceTablet = "arn:aws:iam::111122223333:mfa/alice/tablet"

// pocket has the devices of alice. A person types a code of one that she has, and then
// two of the new one.
type pocket struct {
	t       *testing.T
	account *account.Account
	// has and gets are serial numbers.
	has, gets string
	// stops after so many codes, if that is not zero.
	stops int

	begun time.Time
	lines int
}

func (p *pocket) Read(buffer []byte) (int, error) {
	p.lines++
	if p.lines == 1 {
		code, err := unusedCode(p.t, p.account, p.has)
		return copy(buffer, code+"\n"), err
	}
	if p.stops > 0 && p.lines > p.stops {
		return 0, context.Canceled
	}
	if p.lines == 2 {
		p.begun = time.Now()
	}
	code, err := totp.GenerateCode(accounttest.Seed(p.t, p.account, p.gets), p.begun.Add(time.Duration(p.lines-2)*30*time.Second))
	return copy(buffer, code+"\n"), err
}

// unusedCode is one that the device shows about now, and that was not used yet.
func unusedCode(t *testing.T, a *account.Account, serial string) (string, error) {
	t.Helper()
	devices, err := a.ListVirtualMFADevices("Assigned")
	require.NoError(t, err)
	for _, d := range devices {
		for steps := int64(-1); d.SerialNumber == serial && steps <= 1; steps++ {
			at := time.Now().Add(time.Duration(steps) * 30 * time.Second)
			used := false
			for _, step := range d.UsedSteps {
				used = used || step == at.Unix()/30
			}
			if !used {
				return totp.GenerateCode(accounttest.Seed(t, a, serial), at)
			}
		}
	}
	return "", errors.New("no code is left")
}

func (m machine) enrols(t *testing.T, p *pocket, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := m.converse(t, p, args...)
	require.Equal(t, program.OK, code, stderr)
	return stdout, stderr
}

// twoDevices are those of alice, the second of which she has made herself.
func twoDevices(t *testing.T) (machine, *account.Account) {
	t.Helper()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	stdout, stderr := m.enrols(t, &pocket{t: t, account: a, has: aliceSerial, gets: aliceTablet},
		"enrol", "--profile", "alice", "--another", "tablet")
	require.Equal(t, aliceTablet+"\n", stdout)
	require.Contains(t, stderr, "Enter MFA code for "+aliceSerial+": ")
	require.Contains(t, stderr, "MFA device "+aliceTablet+" is enabled.\n")
	require.Contains(t, stderr, "to have this one there, awsmfa onboard --outputs FILE --profile alice, with the stack outputs "+
		"from your administrator and --serial-number "+aliceTablet+"\n")
	require.Equal(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
	return m, a
}

func TestEnrolAnother(t *testing.T) {
	t.Parallel()
	m, a := twoDevices(t)
	seed := accounttest.Seed(t, a, aliceTablet)
	stderr := m.refuses(t, "enrol", "--profile", "alice", "--another", "third")
	require.Contains(t, stderr, "alice has several MFA devices: name the one that gives the code with --serial-number: "+
		aliceSerial+", "+aliceTablet)
	_, stderr = m.enrols(t, &pocket{t: t, account: a, has: aliceTablet}, "enrol", "--profile", "alice", "--another", "tablet",
		"--serial-number", aliceTablet)
	require.Contains(t, stderr, aliceTablet+": nothing to do.")
	require.Equal(t, seed, accounttest.Seed(t, a, aliceTablet))
}

// What was made and not enabled is made anew: with MFA nobody else is needed.
func TestEnrolAnotherGoesOn(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	enrol := []string{"enrol", "--profile", "alice", "--another", "tablet"}
	code, _, stderr := m.converse(t, &pocket{t: t, account: a, has: aliceSerial, gets: aliceTablet, stops: 2}, enrol...)
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "MFA device "+aliceTablet+" was made, but is not enabled: ")
	require.Contains(t, stderr, "Run 'awsmfa enrol --another tablet --profile alice' again, which makes it anew")
	seed := accounttest.Seed(t, a, aliceTablet)
	m.enrols(t, &pocket{t: t, account: a, has: aliceSerial, gets: aliceTablet}, enrol...)
	require.NotEqual(t, seed, accounttest.Seed(t, a, aliceTablet))
	require.Equal(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
}

func TestEnrolAnotherIsRefused(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	require.Contains(t, m.refuses(t, "enrol", "--profile", "alice", "--another", "tablet"),
		"alice has no MFA device that gives codes: run 'awsmfa enrol' first")
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	for i := range 7 {
		_, err := story.AddMFADevice(a, "alice", fmt.Sprintf("alice-%d", i))
		require.NoError(t, err)
	}
	stderr := m.refusesWith(t, nextCode(t, a)+"\n", "enrol", "--profile", "alice", "--another", "tablet",
		"--serial-number", aliceSerial)
	require.Contains(t, stderr, "alice has 8 MFA devices, as many as IAM allows")
}

// With enrolment: admin an administrator gives people a further device.
func TestEnrolAnotherByAnAdministrator(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: "111122223333"}, RoleARNs: []string{credentialsRole},
		Enrolment: policy.AdminEnrolment,
	}.Document()
	require.NoError(t, err)
	_, err = a.CreatePolicy(account.CreatePolicyInput{PolicyName: "admin", PolicyDocument: document.String()})
	require.NoError(t, err)
	require.NoError(t, a.AttachUserPolicy("alice", "arn:aws:iam::111122223333:policy/admin"))
	require.Contains(t, m.refuses(t, "enrol", "--profile", "alice", "--another", "tablet"),
		"With 'enrolment: admin' in the stack, an administrator has to run 'awsmfa enrol --user alice --another NAME' with you.")
	require.Contains(t, m.refuses(t, "replace-device", "--profile", "alice", "tablet"),
		"an administrator has to run 'awsmfa replace-device --user alice tablet' with you.")
	person := &pocket{t: t, account: a, gets: aliceTablet, lines: 1}
	stdout, stderr := m.enrols(t, person, "enrol", "--user", "alice", "--another", "tablet")
	require.Equal(t, aliceTablet+"\n", stdout)
	require.NotContains(t, stderr, "Enter MFA code")
	require.Equal(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
}

func TestReplaceDevice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, lost, serial, has string }{
		{"the first", "alice", aliceSerial, aliceTablet},
		{"the second", "alice/tablet", aliceTablet, aliceSerial},
		{"by serial number", aliceTablet, aliceTablet, aliceSerial},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, a := twoDevices(t)
			lost, kept := accounttest.Seed(t, a, test.serial), accounttest.Seed(t, a, test.has)
			stdout, stderr := m.enrols(t, &pocket{t: t, account: a, has: test.has, gets: test.serial},
				"replace-device", "--profile", "alice", test.lost)
			require.Equal(t, test.serial+"\n", stdout)
			require.Contains(t, stderr, "Enter MFA code for "+test.has+": ")
			require.Contains(t, stderr, "Profiles that name this device stay as they are.\n")
			require.ElementsMatch(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
			require.NotEqual(t, lost, accounttest.Seed(t, a, test.serial))
			require.Equal(t, kept, accounttest.Seed(t, a, test.has))
		})
	}
}

// An interrupted replacement is gone on from: the other device still gives codes.
func TestReplaceDeviceGoesOn(t *testing.T) {
	t.Parallel()
	m, a := twoDevices(t)
	replace := []string{"replace-device", "--profile", "alice", "alice"}
	code, _, stderr := m.converse(t, &pocket{t: t, account: a, has: aliceTablet, gets: aliceSerial, stops: 1}, replace...)
	require.Equal(t, program.Failure, code)
	require.Contains(t, stderr, "Run 'awsmfa replace-device alice --profile alice' again, which makes it anew")
	require.Equal(t, []string{aliceTablet}, serialsOf(t, a, "alice"))
	m.enrols(t, &pocket{t: t, account: a, has: aliceTablet, gets: aliceSerial}, replace...)
	require.ElementsMatch(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
}

func TestReplaceDeviceRefuses(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	require.Contains(t, m.refuses(t, "replace-device", "--profile", "alice", "alice"),
		"alice has no other MFA device that gives codes: an administrator has to run 'awsmfa reset-device alice', and then "+
			"you 'awsmfa enrol'")
	m, a = twoDevices(t)
	_, err = story.AddMFADevice(a, "bob", "bob")
	require.NoError(t, err)
	for _, lost := range []string{"bob", "arn:aws:iam::111122223333:mfa/ailce"} {
		code, err := unusedCode(t, a, aliceTablet)
		require.NoError(t, err)
		stderr := m.refusesWith(t, code+"\n", "replace-device", "--profile", "alice", "--serial-number", aliceTablet, lost)
		require.Regexp(t, `:.*`+lost+` is no MFA device of alice, who has `+aliceSerial+", "+aliceTablet, stderr)
	}
	require.Equal(t, []string{"arn:aws:iam::111122223333:mfa/bob"}, serialsOf(t, a, "bob"))
	require.Contains(t, m.refuses(t, "replace-device", "--profile", "alice", "--serial-number", aliceSerial, "alice"),
		aliceSerial+" is the device that is lost: name another one with --serial-number")
	require.ElementsMatch(t, []string{aliceSerial, aliceTablet}, serialsOf(t, a, "alice"))
}

func TestFurtherDeviceMistakesExitWith2(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"replace-device"},
		{"replace-device", ""},
		{"replace-device", "a", "b"},
		{"enrol", "--another", ""},
		{"enrol", "--another", "a/b"},
		{"enrol", "--another", "a", "--user", "alice", "--serial-number", aliceSerial},
		{"enrol", "--serial-number", aliceSerial},
		{"enrol", "--another", "a", "--serial-number", "a/b"},
	} {
		code, _, _ := execute(t, args...)
		require.Equal(t, program.Usage, code, args)
	}
}

// A profile may name either device.
func TestFurtherDeviceGivesCodes(t *testing.T) {
	t.Parallel()
	m, a, outputs := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	m.enrols(t, &pocket{t: t, account: a, has: aliceSerial, gets: aliceTablet}, "enrol", "--profile", "alice", "--another", "tablet")
	m["AWS_PROFILE"] = "alice"
	m.succeeds(t, "onboard", "--outputs", write(t, string(outputs), t.TempDir(), "outputs.json"), "--serial-number", aliceTablet)
	code, err := unusedCode(t, a, aliceTablet)
	require.NoError(t, err)
	_, stderr := m.succeedsWith(t, code+"\n", "login", "dev-power-user")
	require.Contains(t, stderr, "Enter MFA code for "+aliceTablet+": ")
	stdout, _ := m.succeeds(t, "status")
	require.Regexp(t, `dev-power-user +alice +alice/tablet +2`, stdout)
}

const alicesPhone = "arn:aws:iam::111122223333:mfa/alices-phone"

// phoneAndTablet are devices of alice that she made in the console, before her profiles
// were written to name the phone. The group's policy is that of mfaDeviceName.
func phoneAndTablet(t *testing.T, names policy.DeviceName) (m machine, a *account.Account, onboard []string) {
	t.Helper()
	m, a, outputs := deployDev(t)
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: "111122223333"}, RoleARNs: []string{credentialsRole}, DeviceName: names,
	}.Document()
	require.NoError(t, err)
	_, err = a.CreatePolicyVersion("arn:aws:iam::111122223333:policy/cli-dev-developers", document.String(), true)
	require.NoError(t, err)
	for _, name := range []string{"alices-phone", "alices-tablet"} {
		_, err := story.AddMFADevice(a, "alice", name)
		require.NoError(t, err)
	}
	onboard = []string{"onboard", "--outputs", write(t, string(outputs), t.TempDir(), "outputs.json"), "--profile", "alice"}
	m.succeeds(t, append(onboard, "--serial-number", alicesPhone)...)
	return m, a, onboard
}

// A device that is not named after its user is replaced as far as the group's policy
// goes, at once or in a second run, and a profile then asks for codes of the new one.
func TestReplaceDeviceOfAnotherName(t *testing.T) {
	t.Parallel()
	const alicesTablet, below = "arn:aws:iam::111122223333:mfa/alices-tablet", "arn:aws:iam::111122223333:mfa/alice/alices-phone"
	for _, test := range []struct {
		names       policy.DeviceName
		interrupted bool
		gets        string
		left        []string
		says        string
	}{
		{
			policy.AnyDevice, false, alicesPhone,
			[]string{alicesPhone, alicesTablet},
			"Profiles that name this device stay as they are.\n",
		},
		{
			policy.AnyDevice, true, alicesPhone,
			[]string{alicesPhone, alicesTablet},
			"Profiles that name this device stay as they are.\n",
		},
		{
			policy.UsernameDevice, false, below,
			[]string{below, alicesPhone, alicesTablet},
			"an administrator runs 'aws iam delete-virtual-mfa-device --serial-number " + alicesPhone + "'.\n",
		},
		{
			policy.UsernameDevice, true, below,
			[]string{below, alicesPhone, alicesTablet},
			"to have this one there, awsmfa onboard --outputs FILE --profile alice, with the stack outputs from your " +
				"administrator and --serial-number " + below + "\n",
		},
	} {
		t.Run(fmt.Sprintf("%s %t", test.names, test.interrupted), func(t *testing.T) {
			t.Parallel()
			m, a, onboard := phoneAndTablet(t, test.names)
			seed := accounttest.Seed(t, a, alicesPhone)
			replace := []string{"replace-device", "--profile", "alice", "alices-phone"}
			if test.interrupted {
				code, _, stderr := m.converse(t, &pocket{t: t, account: a, has: alicesTablet, gets: test.gets, stops: 1}, replace...)
				require.Equal(t, program.Failure, code)
				require.Contains(t, stderr, "Run 'awsmfa replace-device alices-phone --profile alice' again, which makes it anew")
			}
			stdout, stderr := m.enrols(t, &pocket{t: t, account: a, has: alicesTablet, gets: test.gets}, replace...)
			require.Equal(t, test.gets+"\n", stdout)
			require.Contains(t, stderr, test.says)
			require.ElementsMatch(t, []string{test.gets, alicesTablet}, serialsOf(t, a, "alice"))
			require.NotEqual(t, seed, accounttest.Seed(t, a, test.gets))
			devices, err := a.ListVirtualMFADevices("Any")
			require.NoError(t, err)
			there := []string{}
			for _, d := range devices {
				there = append(there, d.SerialNumber)
			}
			require.ElementsMatch(t, test.left, there)

			if test.gets != alicesPhone {
				m.succeeds(t, append(onboard, "--serial-number", test.gets)...)
			}
			code, err := unusedCode(t, a, test.gets)
			require.NoError(t, err)
			_, stderr = m.succeedsWith(t, code+"\n", "login", "dev-power-user")
			require.Contains(t, stderr, "Enter MFA code for "+test.gets+": ")
		})
	}
}

// Who has no other device is told what an administrator has to run, which works.
func TestReplaceDeviceOfAnotherNameByAnAdministrator(t *testing.T) {
	t.Parallel()
	m, a, _ := phoneAndTablet(t, policy.UsernameDevice)
	require.NoError(t, a.DeactivateMFADevice("alice", "arn:aws:iam::111122223333:mfa/alices-tablet"))
	require.Contains(t, m.refuses(t, "replace-device", "--profile", "alice", "alices-phone"),
		"alice has no other MFA device that gives codes: an administrator has to run 'awsmfa reset-device --all alice', and "+
			"then you 'awsmfa enrol'")
	seed := accounttest.Seed(t, a, alicesPhone)
	stdout, _ := m.enrols(t, &pocket{t: t, account: a, gets: alicesPhone, lines: 1},
		"replace-device", "--user", "alice", "alices-phone")
	require.Equal(t, alicesPhone+"\n", stdout)
	require.NotEqual(t, seed, accounttest.Seed(t, a, alicesPhone))
	m.succeeds(t, "reset-device", "--yes", "--all", "alice")
	m.enrols(t, &pocket{t: t, account: a, gets: aliceSerial, lines: 1}, "enrol", "--profile", "alice")
	require.Equal(t, []string{aliceSerial}, serialsOf(t, a, "alice"))
}
