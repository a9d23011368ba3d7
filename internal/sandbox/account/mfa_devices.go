package account

import (
	"bytes"
	"cmp"
	"fmt"
	"image/png"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// MFADevice is a virtual MFA device.
type MFADevice struct {
	SerialNumber string
	// User is whose device it is; nil for an unassigned one.
	User *User
	// EnableDate is zero for an unassigned device.
	EnableDate time.Time
	Tags       Tags
	// Drift is by how many time steps the device's clock is ahead, and UsedSteps
	// are those whose codes have been used, of late. AWS tells neither.
	Drift     int64
	UsedSteps []int64
}

// NewMFADevice is a device as [Account.CreateVirtualMFADevice] gives it, with
// what an authenticator needs and what is not told again.
type NewMFADevice struct {
	MFADevice
	// Base32StringSeed is the seed, in Base32.
	Base32StringSeed string
	// QRCodePNG is the image of an otpauth URL that holds the seed.
	QRCodePNG []byte
}

// mfaDevice is one device. Its seed is a secret like an access key's.
type mfaDevice struct {
	SerialNumber string `json:"serialNumber"`
	Seed         string `json:"seed"`
	// OwnerID is the unique id of the user; empty for an unassigned device.
	OwnerID    string    `json:"ownerId,omitempty"`
	EnableDate time.Time `json:"enableDate,omitzero"`
	// Drift is by how many time steps the device's clock is ahead.
	Drift int64 `json:"drift,omitempty"`
	// UsedSteps are the time steps whose codes have been used, of those that are
	// still in the window.
	UsedSteps []int64 `json:"usedSteps,omitempty"`
	Tags      Tags    `json:"tags,omitempty"`
}

// The parameters of AWS's codes, and how far a clock may be off: two steps when
// a code is verified, and about a thousand when a device is enabled.
const (
	timeStep        = 30 * time.Second
	stepWindow      = 2
	searchWindow    = 998
	seedBytes       = 40
	qrCodePixels    = 256
	mfaIssuer       = "Amazon Web Services"
	mfaResourceKind = "mfa"
)

var deviceNameRule = nameRule(226)

// WithMFAPropagation has STS refuse the codes of a device for so long after it
// was enabled, as AWS does for about 10 seconds. Without it, STS knows a device
// at once.
func WithMFAPropagation(d time.Duration) Option {
	return func(a *Account) { a.mfaPropagation = d }
}

// CreateVirtualMFADevice creates an unassigned device; the path is / unless
// given.
func (a *Account) CreateVirtualMFADevice(name, path string, tags []Tag) (NewMFADevice, error) {
	var c constraints
	c.text("virtualMFADeviceName", name, deviceNameRule)
	c.optional("path", path, pathRule)
	c.tags(tags)
	if err := c.err(); err != nil {
		return NewMFADevice{}, err
	}
	set, err := withTags(nil, tags, ignoreCase)
	if err != nil {
		return NewMFADevice{}, err
	}
	device, err := a.newDevice(name)
	if err != nil {
		return NewMFADevice{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	device.SerialNumber = a.arn(mfaResourceKind + cmp.Or(path, "/") + name)
	if _, ok := a.state.MFADevices[key(device.SerialNumber)]; ok {
		return NewMFADevice{}, alreadyExists("MFA device already exists.")
	}
	d := &mfaDevice{SerialNumber: device.SerialNumber, Seed: device.Base32StringSeed, Tags: set}
	a.touch(d)
	a.state.MFADevices[key(d.SerialNumber)] = d
	device.Tags = slices.Clone(set)
	return device, nil
}

// newDevice makes a seed and its image.
func (a *Account) newDevice(name string) (NewMFADevice, error) {
	generated, err := totp.Generate(totp.GenerateOpts{
		Issuer: mfaIssuer, AccountName: name + "@" + a.state.ID, SecretSize: seedBytes,
	})
	if err != nil {
		return NewMFADevice{}, fmt.Errorf("making the seed of MFA device %s: %w", name, err)
	}
	picture, err := generated.Image(qrCodePixels, qrCodePixels)
	var encoded bytes.Buffer
	if err == nil {
		encoder := png.Encoder{CompressionLevel: png.BestSpeed} // what takes time is not the size
		err = encoder.Encode(&encoded, picture)
	}
	if err != nil {
		return NewMFADevice{}, fmt.Errorf("making the QR code of MFA device %s: %w", name, err)
	}
	return NewMFADevice{Base32StringSeed: generated.Secret(), QRCodePNG: encoded.Bytes()}, nil
}

// DeleteVirtualMFADevice deletes an unassigned device.
func (a *Account) DeleteVirtualMFADevice(serialNumber string) error {
	return changing(a, a.findDevice, serialNumber, func(d *mfaDevice) error {
		if d.OwnerID != "" {
			return deleteConflict("MFA VirtualDevice in use. Must deactivate first.")
		}
		delete(a.state.MFADevices, key(serialNumber))
		return nil
	})
}

// MFADeviceInput is a user, a device and two codes that follow one another.
type MFADeviceInput struct {
	UserName            string
	SerialNumber        string
	AuthenticationCode1 string
	AuthenticationCode2 string
}

func (in MFADeviceInput) check() error {
	var c constraints
	c.text("serialNumber", in.SerialNumber, serialNumberRule)
	c.text("authenticationCode1", in.AuthenticationCode1, tokenCodeRule)
	c.text("authenticationCode2", in.AuthenticationCode2, tokenCodeRule)
	return c.err()
}

// EnableMFADevice makes an unassigned device the user's.
func (a *Account) EnableMFADevice(in MFADeviceInput) error {
	if err := in.check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.findUser(in.UserName)
	if err != nil {
		return err
	}
	d, err := a.findDevice(in.SerialNumber)
	if err != nil {
		return err
	}
	switch {
	case d.OwnerID == u.ID:
		return alreadyExists("MFA Device for user %s already exists.", u.Name)
	case d.OwnerID != "":
		return alreadyExists("MFA Device is already in use.")
	case len(a.devicesOf(u)) >= mfaDevicesPerUser.limit:
		return overQuota(mfaDevicesPerUser)
	}
	if err := d.synchronize(in, a.now()); err != nil {
		return err
	}
	a.touch(d)
	d.OwnerID, d.EnableDate, d.UsedSteps = u.ID, a.timestamp(), nil
	return nil
}

// ResyncMFADevice fits the account to the clock of a user's device.
func (a *Account) ResyncMFADevice(in MFADeviceInput) error {
	if err := in.check(); err != nil {
		return err
	}
	return changing(a, a.devicesOfUser(in.UserName), in.SerialNumber, func(d *mfaDevice) error {
		return d.synchronize(in, a.now())
	})
}

// DeactivateMFADevice takes a device from its user.
func (a *Account) DeactivateMFADevice(userName, serialNumber string) error {
	if err := checkText("serialNumber", serialNumber, serialNumberRule); err != nil {
		return err
	}
	return changing(a, a.devicesOfUser(userName), serialNumber, func(d *mfaDevice) error {
		d.OwnerID, d.EnableDate, d.Drift, d.UsedSteps = "", time.Time{}, 0, nil
		return nil
	})
}

// CheckManagesMFA refuses a user who has a device and has not used it: AWS lets
// a long-term key enable or deactivate nobody's but other users' devices then.
//
// https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
func (a *Account) CheckManagesMFA(caller Caller, userName string) error {
	if caller.Temporary() || caller.UserName != userName {
		return nil
	}
	devices, err := a.ListMFADevices(userName)
	if err != nil || len(devices) == 0 {
		return err
	}
	return refused("To complete this action, please ensure that you are authenticated " +
		"with an MFA device that is enabled for this user.")
}

// ListMFADevices is a user's devices in the order in which they were enabled.
func (a *Account) ListMFADevices(userName string) ([]MFADevice, error) {
	return reading(a, a.findUser, userName, func(u *user) []MFADevice { return mapSlice(a.devicesOf(u), a.deviceOf) })
}

// ListVirtualMFADevices is the devices of the account, sorted by serial number.
// The assignment status is Assigned, Unassigned, Any or empty, which is Any.
func (a *Account) ListVirtualMFADevices(assignmentStatus string) ([]MFADevice, error) {
	var c constraints
	c.oneOf("assignmentStatus", cmp.Or(assignmentStatus, "Any"), "Assigned", "Unassigned", "Any")
	if err := c.err(); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	devices := slices.SortedFunc(maps.Values(a.state.MFADevices), func(x, y *mfaDevice) int {
		return cmp.Compare(x.SerialNumber, y.SerialNumber)
	})
	others := map[string]func(*mfaDevice) bool{
		"Assigned":   func(d *mfaDevice) bool { return d.OwnerID == "" },
		"Unassigned": func(d *mfaDevice) bool { return d.OwnerID != "" },
	}
	if other := others[assignmentStatus]; other != nil {
		devices = slices.DeleteFunc(devices, other)
	}
	return mapSlice(devices, a.deviceOf), nil
}

// TOTPCode is what the user's authenticator shows at that time, for the device
// that was enabled first, or else the one that was made under their name and not
// enabled yet; of alice/tablet, a further device of alice, what that shows. It stands in
// for the person's telephone: AWS has no such operation.
func (a *Account) TOTPCode(userName string, at time.Time) (string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if strings.Contains(userName, "/") {
		further, err := a.findDevice(a.arn(mfaResourceKind + "/" + userName))
		if err != nil {
			return "", err
		}
		return totp.GenerateCode(further.Seed, at)
	}
	u, err := a.findUser(userName)
	if err != nil {
		return "", err
	}
	devices := a.devicesOf(u)
	made, ok := a.state.MFADevices[key(a.arn(mfaResourceKind+"/"+u.Name))]
	if ok && len(devices) == 0 && made.OwnerID == "" {
		devices = append(devices, made)
	}
	if len(devices) == 0 {
		return "", noSuchEntity("The user with name %s has no MFA device.", userName)
	}
	return totp.GenerateCode(devices[0].Seed, at)
}

func (a *Account) findDevice(serialNumber string) (*mfaDevice, error) {
	if err := checkText("serialNumber", serialNumber, serialNumberRule); err != nil {
		return nil, err
	}
	d, ok := a.state.MFADevices[key(serialNumber)]
	if !ok || d.SerialNumber != serialNumber {
		return nil, noSuchEntity("VirtualMFADevice with serial number %s doesn't exist.", serialNumber)
	}
	return d, nil
}

// devicesOfUser finds a user's devices by serial number.
func (a *Account) devicesOfUser(userName string) func(serialNumber string) (*mfaDevice, error) {
	return func(serialNumber string) (*mfaDevice, error) {
		u, err := a.findUser(userName)
		if err != nil {
			return nil, err
		}
		d, ok := a.state.MFADevices[key(serialNumber)]
		if !ok || d.OwnerID != u.ID || d.SerialNumber != serialNumber {
			return nil, noSuchEntity("MFA Device invalid for user.")
		}
		return d, nil
	}
}

// devicesOf is a user's devices in the order in which they were enabled.
func (a *Account) devicesOf(u *user) []*mfaDevice {
	var devices []*mfaDevice
	for _, d := range a.state.MFADevices {
		if d.OwnerID == u.ID {
			devices = append(devices, d)
		}
	}
	slices.SortFunc(devices, func(x, y *mfaDevice) int {
		return cmp.Or(x.EnableDate.Compare(y.EnableDate), cmp.Compare(x.SerialNumber, y.SerialNumber))
	})
	return devices
}

func (a *Account) deviceOf(d *mfaDevice) MFADevice {
	device := MFADevice{
		SerialNumber: d.SerialNumber, EnableDate: d.EnableDate, Tags: slices.Clone(d.Tags),
		Drift: d.Drift, UsedSteps: slices.Clone(d.UsedSteps),
	}
	if owner, ok := a.principals[d.OwnerID]; ok {
		u := a.userOf(a.state.Users[key(owner.Name)])
		device.User = &u
	}
	return device
}

// use reports whether code is the device's about now, and was not used before.
func (d *mfaDevice) use(code string, now time.Time) bool {
	current := now.Unix()/int64(timeStep/time.Second) + d.Drift
	d.UsedSteps = slices.DeleteFunc(slices.Clone(d.UsedSteps), func(used int64) bool {
		return used < current-2*stepWindow
	})
	for step := current - stepWindow; step <= current+stepWindow; step++ {
		if d.shows(code, step) && !slices.Contains(d.UsedSteps, step) {
			d.UsedSteps = append(d.UsedSteps, step)
			return true
		}
	}
	return false
}

// synchronize looks for two codes that follow one another and notes by how much
// the device's clock is off, if that is more than a code may be.
func (d *mfaDevice) synchronize(in MFADeviceInput, now time.Time) error {
	current := now.Unix() / int64(timeStep/time.Second)
	for distance := range int64(searchWindow + 1) {
		for _, offset := range []int64{distance, -distance} {
			if d.shows(in.AuthenticationCode1, current+offset-1) && d.shows(in.AuthenticationCode2, current+offset) {
				d.Drift = 0
				if distance > stepWindow {
					d.Drift = offset
				}
				return nil
			}
		}
	}
	return NewError("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
}

func (d *mfaDevice) shows(code string, step int64) bool {
	at := time.Unix(step*int64(timeStep/time.Second), 0)
	valid, err := totp.ValidateCustom(code, d.Seed, at, totp.ValidateOpts{
		Period: uint(timeStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	return err == nil && valid
}
