package mfadevice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	for serial, want := range map[string]mfadevice.Kind{
		"arn:aws:iam::111122223333:mfa/alice":                mfadevice.Virtual,
		"arn:aws-us-gov:iam::111122223333:mfa/team/alice":    mfadevice.Virtual,
		"arn:aws:iam::111122223333:u2f/user/alice/yubi-ABCD": mfadevice.SecurityKey,
		"arn:aws:iam::111122223333:passkey/alice":            mfadevice.SecurityKey,
		"arn:aws:iam::111122223333":                          mfadevice.SecurityKey,
		"GAHT12345678":                                       mfadevice.Hardware,
		"arnold-1":                                           mfadevice.Hardware,
		"":                                                   "",
	} {
		require.Equal(t, want, mfadevice.KindOf(serial), serial)
		usable := want == mfadevice.Virtual || want == mfadevice.Hardware
		require.Equal(t, usable, mfadevice.Device{Kind: mfadevice.KindOf(serial)}.Usable(), serial)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	api := c.iam(t, "administrator")
	devices, err := mfadevice.List(t.Context(), api, "alice")
	require.NoError(t, err)
	require.Empty(t, devices)

	enabled := c.clock.Now().UTC().Truncate(time.Second)
	c.enable(t, "alice", "alice", c.made(t, "alice"))
	devices, err = mfadevice.List(t.Context(), api, "alice")
	require.NoError(t, err)
	require.Equal(t, []mfadevice.Device{{SerialNumber: aliceMFA, Kind: mfadevice.Virtual, EnableDate: enabled}}, devices)

	_, err = mfadevice.List(t.Context(), api, "zoe")
	require.ErrorContains(t, err, "listing the MFA devices of zoe (iam:ListMFADevices)")
	require.ErrorContains(t, err, "NoSuchEntity")
}

func TestCheckSerialNumber(t *testing.T) {
	t.Parallel()
	for serial, want := range map[string]string{
		"arn:aws:iam::111122223333:mfa/alice": "",
		"GAHT12345678":                        "",
		"":                                    "9 to 256",
		"GAHT1":                               "9 to 256",
		"GAHT12345|touch":                     "9 to 256",
		"GAHT 12345678":                       "9 to 256",
		strings.Repeat("G", 257):              "9 to 256",
		"arn:aws:iam::111122223333:u2f/user/alice/key-AB": "gives no codes",
		"arn:aws-cn:iam::111122223333:user/team/alice":    "the one that is named after them is arn:aws-cn:iam::111122223333:mfa/alice",
		"arn:aws:iam::111122223333:mfa/":                  "names no device",
		"mfa/alice":                                       "its whole ARN, arn:aws:iam::ACCOUNT:mfa/alice",
		"alice/tablet":                                    "its whole ARN, arn:aws:iam::ACCOUNT:mfa/alice/tablet",
	} {
		err := mfadevice.CheckSerialNumber(serial)
		if want == "" {
			require.NoError(t, err, serial)
			continue
		}
		require.ErrorContains(t, err, want, serial)
	}
}
