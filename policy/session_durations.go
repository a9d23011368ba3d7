package policy

import (
	"errors"
	"fmt"
	"time"
)

// How long the sessions of STS last: the least and the most that may be asked for,
// and what they get that ask for nothing. The most of AssumeRole is
// [MaxSessionDuration].
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const (
	MinSTSDuration              = 15 * time.Minute
	DefaultAssumeRoleDuration   = time.Hour
	DefaultSessionTokenDuration = 12 * time.Hour
	MaxSessionTokenDuration     = 36 * time.Hour
)

// Bounds of a role's maximum session duration.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
const (
	MinSessionDuration = time.Hour
	MaxSessionDuration = 12 * time.Hour
)

// ErrSessionDuration is wrapped by the error of [CheckSessionDuration].
var ErrSessionDuration = errors.New("invalid maximum session duration")

// CheckSessionDuration holds a role's maximum session duration to IAM's rule:
// 1 to 12 hours, in whole seconds.
func CheckSessionDuration(d time.Duration) error {
	if d < MinSessionDuration || d > MaxSessionDuration || d%time.Second != 0 {
		return fmt.Errorf("%w: %s: it must be from %s to %s, in whole seconds",
			ErrSessionDuration, d, MinSessionDuration, MaxSessionDuration)
	}
	return nil
}
