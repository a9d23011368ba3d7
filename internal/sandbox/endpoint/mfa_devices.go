package endpoint

import (
	"encoding/base64"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func mfaDeviceOperations() map[string]operation {
	return map[string]operation{
		"CreateVirtualMFADevice": write(newResource("mfa", "VirtualMFADeviceName"), createVirtualMFADevice,
			"VirtualMFADeviceName"),
		"DeleteVirtualMFADevice": silent1(deviceResource, (*account.Account).DeleteVirtualMFADevice, "SerialNumber"),
		"EnableMFADevice": silent(userResource, managingMFA(func(c *call) error {
			return c.account.EnableMFADevice(c.mfaDeviceInput())
		}), "UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"),
		"ResyncMFADevice": silent(userResource, func(c *call) error {
			return c.account.ResyncMFADevice(c.mfaDeviceInput())
		}, "UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"),
		"DeactivateMFADevice": silent(userResource, managingMFA(func(c *call) error {
			return c.account.DeactivateMFADevice(c.userName(), c.get("SerialNumber"))
		}), "SerialNumber"),
		"ListMFADevices": lists(userResource, "MFADevices", func(c *call) ([]account.MFADevice, error) {
			return c.account.ListMFADevices(c.userName())
		}, serialNumber, mfaDeviceOf),
		"ListVirtualMFADevices": lists(anyResource, "VirtualMFADevices", func(c *call) ([]account.MFADevice, error) {
			return c.account.ListVirtualMFADevices(c.get("AssignmentStatus"))
		}, serialNumber, virtualMFADeviceOf),
	}
}

func serialNumber(d account.MFADevice) string { return d.SerialNumber }

type mfaDeviceXML struct {
	UserName     string
	SerialNumber string
	EnableDate   time.Time
}

func mfaDeviceOf(d account.MFADevice) mfaDeviceXML {
	return mfaDeviceXML{d.User.UserName, d.SerialNumber, d.EnableDate}
}

// virtualMFADeviceXML has its blobs in base64: the seed is base64 of Base32.
type virtualMFADeviceXML struct {
	SerialNumber     string
	Base32StringSeed string `xml:",omitempty"`
	QRCodePNG        string `xml:",omitempty"`
	User             *account.User
	EnableDate       *time.Time
	Tags             account.Tags
}

func virtualMFADeviceOf(d account.MFADevice) virtualMFADeviceXML {
	x := virtualMFADeviceXML{SerialNumber: d.SerialNumber, Tags: d.Tags}
	if d.User != nil {
		owner := listedUser(*d.User)
		x.User, x.EnableDate = &owner, &d.EnableDate
	}
	return x
}

func createVirtualMFADevice(c *call) (any, error) {
	d, err := c.account.CreateVirtualMFADevice(
		c.get("VirtualMFADeviceName"), c.get("Path"), c.params.tags())
	if err != nil {
		return nil, err
	}
	x := virtualMFADeviceOf(d.MFADevice)
	x.Base32StringSeed = base64.StdEncoding.EncodeToString([]byte(d.Base32StringSeed))
	x.QRCodePNG = base64.StdEncoding.EncodeToString(d.QRCodePNG)
	return struct{ VirtualMFADevice virtualMFADeviceXML }{x}, nil
}

func (c *call) mfaDeviceInput() account.MFADeviceInput {
	return account.MFADeviceInput{
		UserName: c.get("UserName"), SerialNumber: c.get("SerialNumber"),
		AuthenticationCode1: c.get("AuthenticationCode1"),
		AuthenticationCode2: c.get("AuthenticationCode2"),
	}
}

// managingMFA is for those whom [account.Account.CheckManagesMFA] does not refuse.
func managingMFA(handle func(*call) error) func(*call) error {
	return func(c *call) error {
		if err := c.account.CheckManagesMFA(c.caller, c.userName()); err != nil {
			return err
		}
		return handle(c)
	}
}
