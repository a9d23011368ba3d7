package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// serialsOf are the devices that a user has enabled.
func serialsOf(t *testing.T, a *account.Account, userName string) []string {
	t.Helper()
	devices, err := a.ListMFADevices(userName)
	require.NoError(t, err)
	serials := []string{}
	for _, device := range devices {
		serials = append(serials, device.SerialNumber)
	}
	return serials
}

func TestResetDeviceAsks(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	for answer, want := range map[string]string{
		"":     "there is no terminal to ask on",
		"\n":   "nothing was taken away",
		"no\n": "nothing was taken away",
	} {
		stderr := m.refusesWith(t, answer, "reset-device", "alice")
		require.Regexp(t, regexp.QuoteMeta("alice uses "+aliceSerial+" (virtual, since ")+`\d{4}-\d\d-\d\d\)`, stderr)
		require.Contains(t, stderr, "whoever holds the access key of alice can enrol a device of their own, until alice does")
		require.Contains(t, stderr, "Take it away? [y/N] ")
		require.Contains(t, stderr, want)
		require.Equal(t, answer == "", strings.Contains(stderr, "; --yes takes it away without a question"))
		require.Equal(t, []string{aliceSerial}, serialsOf(t, a, "alice"))
	}
	stdout, stderr := m.succeedsWith(t, "y\n", "reset-device", "alice")
	require.Equal(t, aliceSerial+"\n", stdout)
	require.Contains(t, stderr, "MFA device "+aliceSerial+" was taken away.\nNext, for alice: awsmfa enrol\n")
	require.Empty(t, serialsOf(t, a, "alice"))
	left, err := a.ListVirtualMFADevices("")
	require.NoError(t, err)
	require.Empty(t, left)

	stdout, stderr = m.succeeds(t, "reset-device", "alice")
	require.Empty(t, stdout)
	require.Equal(t, "Nothing to take away: alice has no MFA device named after them.\n", stderr)
	stdout, _ = m.succeeds(t, "reset-device", "alice", "--json")
	require.JSONEq(t, `{"userName": "alice", "removed": [], "kept": []}`, stdout)
}

func TestResetDeviceKeepsOthers(t *testing.T) {
	t.Parallel()
	m, a, _ := deployDev(t)
	_, err := story.MFADevice(a, "alice")
	require.NoError(t, err)
	tablet, err := story.AddMFADevice(a, "alice", "tablet")
	require.NoError(t, err)

	stdout, stderr := m.succeeds(t, "reset-device", "alice", "--yes", "--json")
	require.Contains(t, stdout, `"removed": [`+"\n    \""+aliceSerial+`"`)
	require.Contains(t, stdout, `"serialNumber": "`+tablet+`"`)
	require.Contains(t, stderr, "alice keeps "+tablet+" (virtual, since ")
	require.Contains(t, stderr, "--all takes it away, too")
	require.Contains(t, stderr, "Next, for alice: awsmfa replace-device alice\n")
	require.Equal(t, []string{tablet}, serialsOf(t, a, "alice"))
	m.enrols(t, &pocket{t: t, account: a, has: tablet, gets: aliceSerial}, "replace-device", "--profile", "alice", "alice")
	require.ElementsMatch(t, []string{aliceSerial, tablet}, serialsOf(t, a, "alice"))
	_, stderr = m.succeedsWith(t, "y\n", "reset-device", "alice")
	require.NotContains(t, stderr, "can enrol a device of their own", "AWS lets nobody who has one without a code of it")

	stdout, _ = m.succeeds(t, "reset-device", "alice", "--yes", "--all")
	require.Equal(t, tablet+"\n", stdout)
	require.Empty(t, serialsOf(t, a, "alice"))
}
