package endpoint

import (
	"encoding/base64"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func mfaDeviceOperations() map[string]operation {
	return map[string]operation{
		"CreateVirtualMFADevice": write(createVirtualMFADevice, "VirtualMFADeviceName"),
		"DeleteVirtualMFADevice": silent(deleteVirtualMFADevice, "SerialNumber"),
		"EnableMFADevice": silent(enableMFADevice,
			"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"),
		"ResyncMFADevice": silent(resyncMFADevice,
			"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"),
		"DeactivateMFADevice":   silent(deactivateMFADevice, "SerialNumber"),
		"ListMFADevices":        read(listMFADevices),
		"ListVirtualMFADevices": read(listVirtualMFADevices),
	}
}

// virtualMFADeviceXML has its blobs in base64: the seed is base64 of Base32.
type virtualMFADeviceXML struct {
	SerialNumber     string
	Base32StringSeed string `xml:",omitempty"`
	QRCodePNG        string `xml:",omitempty"`
	User             *userXML
	EnableDate       string `xml:",omitempty"`
	Tags             *list[tagXML]
}

func virtualMFADeviceOf(d account.MFADevice) virtualMFADeviceXML {
	x := virtualMFADeviceXML{SerialNumber: d.SerialNumber, Tags: optionalList(d.Tags, tagOf)}
	if d.User != nil {
		owner := listedUser(*d.User)
		x.User, x.EnableDate = &owner, iso8601(d.EnableDate)
	}
	return x
}

func createVirtualMFADevice(c *call) (any, error) {
	d, err := c.account.CreateVirtualMFADevice(
		c.params.get("VirtualMFADeviceName"), c.params.get("Path"), c.params.tags())
	if err != nil {
		return nil, err
	}
	x := virtualMFADeviceOf(d.MFADevice)
	x.Base32StringSeed = base64.StdEncoding.EncodeToString([]byte(d.Base32StringSeed))
	x.QRCodePNG = base64.StdEncoding.EncodeToString(d.QRCodePNG)
	return struct{ VirtualMFADevice virtualMFADeviceXML }{x}, nil
}

func deleteVirtualMFADevice(c *call) error {
	return c.account.DeleteVirtualMFADevice(c.params.get("SerialNumber"))
}

func (c *call) mfaDeviceInput() account.MFADeviceInput {
	return account.MFADeviceInput{
		UserName: c.params.get("UserName"), SerialNumber: c.params.get("SerialNumber"),
		AuthenticationCode1: c.params.get("AuthenticationCode1"),
		AuthenticationCode2: c.params.get("AuthenticationCode2"),
	}
}

func enableMFADevice(c *call) error {
	if err := c.account.CheckManagesMFA(c.caller, c.userName()); err != nil {
		return err
	}
	return c.account.EnableMFADevice(c.mfaDeviceInput())
}

func resyncMFADevice(c *call) error { return c.account.ResyncMFADevice(c.mfaDeviceInput()) }

func deactivateMFADevice(c *call) error {
	if err := c.account.CheckManagesMFA(c.caller, c.userName()); err != nil {
		return err
	}
	return c.account.DeactivateMFADevice(c.userName(), c.params.get("SerialNumber"))
}

func listMFADevices(c *call) (any, error) {
	devices, err := c.account.ListMFADevices(c.userName())
	if err != nil {
		return nil, err
	}
	devices, info, err := page(c, devices, func(d account.MFADevice) string { return d.SerialNumber })
	type mfaDeviceXML struct {
		UserName     string
		SerialNumber string
		EnableDate   string
	}
	return struct {
		MFADevices list[mfaDeviceXML]
		pageInfo
	}{listOf(devices, func(d account.MFADevice) mfaDeviceXML {
		return mfaDeviceXML{d.User.UserName, d.SerialNumber, iso8601(d.EnableDate)}
	}), info}, err
}

func listVirtualMFADevices(c *call) (any, error) {
	devices, err := c.account.ListVirtualMFADevices(c.params.get("AssignmentStatus"))
	if err != nil {
		return nil, err
	}
	devices, info, err := page(c, devices, func(d account.MFADevice) string { return d.SerialNumber })
	return struct {
		VirtualMFADevices list[virtualMFADeviceXML]
		pageInfo
	}{listOf(devices, virtualMFADeviceOf), info}, err
}
