package mfadevice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// A virtual device cannot have the serial number of another kind.
func TestAVirtualDeviceReplacesOneOfAnotherKind(t *testing.T) {
	t.Parallel()
	for lost, want := range map[string]string{
		"GAHT12345678": aliceMFA + "/GAHT12345678",
		securityKey:    aliceMFA + "/key-ABCD",
	} {
		c, p := newCloud(t, policy.GroupPolicy{}), &person{}
		p.reads(c, -timeStep, 0)
		e := p.enrolment(withDevices{c.iam(t, "administrator"), []string{aliceMFA, lost}}, c, "alice", false)
		e.WithMFA, e.Lost = true, lost
		done, err := e.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, done.SerialNumber)
		require.Equal(t, lost, done.Replaced)
		require.Equal(t, []string{want}, c.devices(t, "alice"))
		require.Equal(t, "MFA device "+lost+" was taken away.\n", p.said.String())

		e.API = withDevices{c.iam(t, "administrator"), nil}
		_, err = e.Run(t.Context())
		require.ErrorContains(t, err, lost+" is no MFA device of alice, who has none")
	}
}

func TestNoRoomForAnotherDevice(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	full := []string{"GAHT12345678", "a", "b", "c", "d", "e", "f", "g"}
	e := p.enrolment(withDevices{c.iam(t, "administrator"), full}, c, "alice", false)
	e.WithMFA, e.Lost = true, "GAHT12345678"
	_, err := e.Run(t.Context())
	require.ErrorContains(t, err, "alice has 8 MFA devices, as many as IAM allows: take GAHT12345678 away first")
	require.Zero(t, p.ready)
}
