package mfadevice_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func serials(devices []mfadevice.Device) []string {
	var found []string
	for _, device := range devices {
		found = append(found, device.SerialNumber)
	}
	return found
}

func TestReset(t *testing.T) {
	t.Parallel()
	tablet, spelt := owner().VirtualMFADeviceARN("tablet"), owner().VirtualMFADeviceARN("Alice")
	for _, test := range []struct {
		name  string
		setUp func(c cloud)
		all   bool

		halfMade            string
		enabled, kept, gone []string
	}{
		{name: "nothing", setUp: func(cloud) {}},
		{name: "half made", setUp: func(c cloud) { c.made(t, "alice") }, halfMade: aliceMFA, gone: []string{aliceMFA}},
		{
			name: "enabled", setUp: func(c cloud) { c.enable(t, "alice", "alice", c.made(t, "alice")) },
			enabled: []string{aliceMFA}, gone: []string{aliceMFA},
		},
		{
			name: "another one", setUp: func(c cloud) { c.enable(t, "alice", "tablet", c.made(t, "tablet")) },
			kept: []string{tablet},
		},
		{
			name: "another one and half made", all: true, halfMade: aliceMFA, enabled: []string{tablet}, gone: []string{tablet, aliceMFA},
			setUp: func(c cloud) { c.made(t, "alice"); c.enable(t, "alice", "tablet", c.made(t, "tablet")) },
		},
		{
			name: "in another spelling", setUp: func(c cloud) { c.enable(t, "alice", "Alice", c.made(t, "Alice")) },
			enabled: []string{spelt}, gone: []string{spelt},
		},
		{
			name: "all, in another spelling", all: true,
			setUp:   func(c cloud) { c.enable(t, "alice", "Alice", c.made(t, "Alice")) },
			enabled: []string{spelt}, gone: []string{spelt},
		},
		{
			name: "half made in another spelling", setUp: func(c cloud) { c.made(t, "ALICE") },
			halfMade: owner().VirtualMFADeviceARN("ALICE"), gone: []string{owner().VirtualMFADeviceARN("ALICE")},
		},
		{
			name: "one of two", enabled: []string{aliceMFA}, kept: []string{tablet}, gone: []string{aliceMFA},
			setUp: func(c cloud) {
				c.enable(t, "alice", "alice", c.made(t, "alice"))
				c.enable(t, "alice", "tablet", c.made(t, "tablet"))
			},
		},
		{
			name: "two", all: true, enabled: []string{aliceMFA, tablet}, gone: []string{aliceMFA, tablet},
			setUp: func(c cloud) {
				c.enable(t, "alice", "alice", c.made(t, "alice"))
				c.enable(t, "alice", "tablet", c.made(t, "tablet"))
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, policy.GroupPolicy{})
			test.setUp(c)
			c.made(t, "bob") // stays in any case
			api := c.iam(t, "administrator")
			plan, err := mfadevice.PlanReset(t.Context(), api, owner(), "alice", test.all)
			require.NoError(t, err)
			require.Equal(t, test.halfMade, plan.HalfMade)
			require.Equal(t, test.enabled, serials(plan.Enabled))
			require.Equal(t, test.kept, serials(plan.Kept))
			require.Equal(t, test.gone == nil, plan.IsEmpty())
			gone, err := plan.Run(t.Context(), api)
			require.NoError(t, err)
			require.Equal(t, test.gone, gone)
			require.Equal(t, test.kept, c.devices(t, "alice"))
			left, err := c.account.ListVirtualMFADevices("")
			require.NoError(t, err)
			require.Len(t, left, 1+len(test.kept))

			gone, err = plan.Run(t.Context(), api)
			require.NoError(t, err, "what is gone already is no error")
			require.Equal(t, test.gone, gone)
		})
	}
}

func TestResetRefusesTheDeviceOfSomebodyElse(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	c.enable(t, "bob", "alice", c.made(t, "alice"))
	_, err := mfadevice.PlanReset(t.Context(), c.iam(t, "administrator"), owner(), "alice", true)
	require.ErrorContains(t, err, "is in use by bob (arn:aws:iam::111122223333:user/team/bob), not by alice")
	require.Equal(t, []string{aliceMFA}, c.devices(t, "bob"))
}

// It was enabled since the devices of the user were listed.
func TestResetTakesNoDeviceOfTheUserForSomebodyElses(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	c.enable(t, "alice", "Alice", c.made(t, "Alice"))
	plan, err := mfadevice.PlanReset(t.Context(), withDevices{c.iam(t, "administrator"), nil}, owner(), "alice", false)
	require.NoError(t, err)
	require.True(t, plan.IsEmpty())
}

// undeletable deletes nothing.
type undeletable struct {
	*iam.Client
	err error
}

func (u undeletable) DeleteVirtualMFADevice(
	context.Context, *iam.DeleteVirtualMFADeviceInput, ...func(*iam.Options),
) (*iam.DeleteVirtualMFADeviceOutput, error) {
	return nil, u.err
}

func TestResetNamesADeviceThatIsNobodysThen(t *testing.T) {
	t.Parallel()
	const remedy = "'aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::111122223333:mfa/tablet'"
	for _, test := range []struct {
		err  error
		want []string
		not  string
	}{
		{&smithy.GenericAPIError{Code: "AccessDenied"}, []string{"lack the permission iam:DeleteVirtualMFADevice", remedy}, "again"},
		{context.Canceled, []string{"was interrupted", remedy}, "permission"},
		{&smithy.GenericAPIError{Code: "DeleteConflict"}, []string{"was enabled meanwhile"}, remedy},
	} {
		c := newCloud(t, policy.GroupPolicy{})
		c.enable(t, "alice", "tablet", c.made(t, "tablet"))
		api := undeletable{c.iam(t, "administrator"), test.err}
		plan, err := mfadevice.PlanReset(t.Context(), api, owner(), "alice", true)
		require.NoError(t, err)
		gone, err := plan.Run(t.Context(), api)
		for _, want := range test.want {
			require.ErrorContains(t, err, want)
		}
		require.NotContains(t, err.Error(), test.not)
		require.Empty(t, gone)
	}
}

func TestResetTakesASecurityKeyAwayWithoutDeletingIt(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	api := keyring{withDevices: withDevices{c.iam(t, "administrator"), []string{securityKey}}}
	plan, err := mfadevice.PlanReset(t.Context(), &api, owner(), "alice", true)
	require.NoError(t, err)
	gone, err := plan.Run(t.Context(), &api)
	require.NoError(t, err)
	require.Equal(t, []string{securityKey}, gone)
	require.Equal(t, []string{securityKey}, api.deactivated)
}

// keyring deactivates security keys, and has nothing to delete.
type keyring struct {
	withDevices
	deactivated []string
}

func (k *keyring) DeactivateMFADevice(
	_ context.Context, in *iam.DeactivateMFADeviceInput, _ ...func(*iam.Options),
) (*iam.DeactivateMFADeviceOutput, error) {
	k.deactivated = append(k.deactivated, *in.SerialNumber)
	return &iam.DeactivateMFADeviceOutput{}, nil
}

func (*keyring) DeleteVirtualMFADevice(
	context.Context, *iam.DeleteVirtualMFADeviceInput, ...func(*iam.Options),
) (*iam.DeleteVirtualMFADeviceOutput, error) {
	return nil, errors.New("not a virtual device")
}

func TestResetFails(t *testing.T) {
	t.Parallel()
	c := newCloud(t, policy.GroupPolicy{})
	administrator := c.iam(t, "administrator")
	_, err := mfadevice.PlanReset(t.Context(), administrator, owner(), "zoe", false)
	require.ErrorContains(t, err, "the account has no such user")

	// Somebody who is no administrator: with and without a device of their own.
	alice := c.iam(t, "alice")
	_, err = mfadevice.PlanReset(t.Context(), alice, owner(), "bob", false)
	requirePermission(t, err, "iam:ListMFADevices")
	_, err = mfadevice.PlanReset(t.Context(), alice, owner(), "alice", false)
	requirePermission(t, err, "iam:ListVirtualMFADevices")
	c.enable(t, "alice", "alice", c.made(t, "alice"))
	plan, err := mfadevice.PlanReset(t.Context(), alice, owner(), "alice", false)
	require.NoError(t, err)
	gone, err := plan.Run(t.Context(), alice)
	requirePermission(t, err, "iam:DeactivateMFADevice")
	require.Empty(t, gone)
	require.Equal(t, enabled(), c.devices(t, "alice"))

	// Enabled between the plan and its execution.
	c.made(t, "bob")
	plan, err = mfadevice.PlanReset(t.Context(), administrator, owner(), "bob", false)
	require.NoError(t, err)
	c.enable(t, "bob", "bob", c.seed(t, owner().VirtualMFADeviceARN("bob")))
	_, err = plan.Run(t.Context(), administrator)
	require.ErrorContains(t, err, "was enabled meanwhile: run 'awsmfa reset-device bob' again")

	// Interrupted.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = plan.Run(ctx, administrator)
	require.ErrorContains(t, err, "was interrupted: run it again")
}

func requirePermission(t *testing.T, err error, permission string) {
	t.Helper()
	require.ErrorContains(t, err, "lack the permission "+permission)
	require.ErrorContains(t, err, "Use the profile of an administrator")
}
