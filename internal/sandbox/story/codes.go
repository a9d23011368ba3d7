package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// ErrNoCode is a user all of whose codes of the moment have been used.
var ErrNoCode = errors.New("every code of the moment has been used")

// ErrNoDevice is a user without an MFA device.
var ErrNoDevice = errors.New("no MFA device")

// timeStep is how long an authenticator shows a code.
const timeStep = 30 * time.Second

// Codes are the authenticators of the sandbox's users. They show the codes of
// the device that a user enabled first, or of a further one: alice/tablet.
type Codes struct{ Account *account.Account }

// Next is a code of the user's that has not been used: the present one, or one
// of the neighbours that AWS takes for a clock which is a little off, the later
// ones first. It leaves out the earliest of the five, which ends with the present
// step, perhaps before it is typed. The error wraps [ErrNoDevice] or, when the
// four have been used, [ErrNoCode].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_sync.html
func (c Codes) Next(user string) (string, error) {
	device, err := c.device(user)
	if err != nil {
		return "", err
	}
	now := c.Account.Now()
	for _, offset := range []int64{0, 1, 2, -1} {
		if !slices.Contains(device.UsedSteps, step(now)+device.Drift+offset) {
			return c.at(user, now, device.Drift+offset)
		}
	}
	return "", fmt.Errorf("the authenticator of %s: %w: wait %s", user, ErrNoCode, untilNext(now))
}

// Await waits until [Codes.Next] has a code of the user's, which is when the authenticator
// shows another one. Before it pauses it says for how long.
func (c Codes) Await(
	ctx context.Context, user string, say func(time.Duration), pause func(context.Context, time.Duration) error,
) error {
	for {
		_, err := c.Next(user)
		if !errors.Is(err, ErrNoCode) {
			return err
		}
		left := untilNext(c.Account.Now())
		say(left)
		if err := pause(ctx, left); err != nil {
			return fmt.Errorf("waiting for a code of %s: %w", user, err)
		}
	}
}

// untilNext is how long an authenticator still shows the same code, in whole seconds.
func untilNext(now time.Time) time.Duration {
	return timeStep - time.Duration(now.Unix()%int64(timeStep/time.Second))*time.Second
}

// ToEnable are two codes that follow one another, which enable the device that was
// made under the user's name. The error wraps [ErrNoDevice].
func (c Codes) ToEnable(user string) (first, second string, err error) {
	now := c.Account.Now()
	if first, err = c.at(user, now, -1); err == nil {
		second, err = c.at(user, now, 0)
	}
	if failure, ok := errors.AsType[*account.Error](err); ok && failure.Code == "NoSuchEntity" {
		owner, name, further := strings.Cut(user, "/")
		enrol := "awsmfa enrol"
		if further {
			enrol += " --another " + name
		}
		err = fmt.Errorf("the authenticator of %s: %w: %s makes one, in 'awsmfa sandbox shell %s'",
			user, ErrNoDevice, enrol, owner)
	}
	return first, second, err
}

// consecutive are two codes of a seed that follow one another, as enabling a
// device wants them.
func consecutive(seed string, now time.Time) (first, second string, err error) {
	first, err = totp.GenerateCode(seed, now.Add(-timeStep))
	if err != nil {
		return "", "", err
	}
	second, err = totp.GenerateCode(seed, now)
	return first, second, err
}

// Wrong is a code that the user's device does not show these minutes.
func (c Codes) Wrong(user string) (string, error) {
	device, err := c.device(user)
	if err != nil {
		return "", err
	}
	const minutes = 10 // steps either way
	var shown []string
	for offset := int64(-minutes); offset <= minutes; offset++ {
		code, err := c.at(user, c.Account.Now(), device.Drift+offset)
		if err != nil {
			return "", err
		}
		shown = append(shown, code)
	}
	wrong := "000000"
	for n := 1; slices.Contains(shown, wrong); n++ {
		wrong = fmt.Sprintf("%06d", n)
	}
	return wrong, nil
}

func (c Codes) at(user string, now time.Time, steps int64) (string, error) {
	code, err := c.Account.TOTPCode(user, now.Add(time.Duration(steps)*timeStep))
	if err != nil {
		return "", fmt.Errorf("the authenticator of %s: %w", user, err)
	}
	return code, nil
}

func step(at time.Time) int64 { return at.Unix() / int64(timeStep/time.Second) }

// device is the user's first device, or the further one.
func (c Codes) device(user string) (account.MFADevice, error) {
	owner, _, further := strings.Cut(user, "/")
	devices, err := c.Account.ListMFADevices(owner)
	if further {
		devices = slices.DeleteFunc(devices, func(d account.MFADevice) bool {
			return !strings.HasSuffix(d.SerialNumber, ":mfa/"+user)
		})
	}
	if err == nil && len(devices) == 0 {
		err = ErrNoDevice
	}
	if err != nil {
		return account.MFADevice{}, fmt.Errorf("the authenticator of %s: %w", user, err)
	}
	return devices[0], nil
}
