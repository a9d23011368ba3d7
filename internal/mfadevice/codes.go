package mfadevice

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// timeStep is how long an authenticator shows a code.
//
// https://datatracker.ietf.org/doc/html/rfc6238#section-5.2
const timeStep = 30 * time.Second

const (
	// codeDigits is the length of a code.
	codeDigits = 6
	// verifiedSteps is by how many steps a code may be off when STS verifies it;
	// IAM notes the drift of a clock that is further off.
	verifiedSteps = 2
	// searchedSteps is how far from now a pair of codes is looked for: 26 hours,
	// which is more than any wrong time zone.
	searchedSteps = int64(26 * time.Hour / timeStep)
	// searchedGap is how many steps may lie between the two codes of a pair.
	searchedGap = 10
	// nearSteps is how far from now one code alone is looked for. Further away,
	// a wrong code would often be found by chance.
	nearSteps = 20
)

// ParseCode takes a code as people type it, with the spaces that apps show; ok
// is false unless it has six digits.
func ParseCode(typed string) (code string, ok bool) {
	code = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed)
	return code, len(code) == codeDigits && strings.Trim(code, "0123456789") == ""
}

// AskForCode asks until the answer is a code, which it gives without the spaces;
// before is what to tell first, if it is not empty. The error is that of ask.
func AskForCode(
	ctx context.Context, before string, ask func(ctx context.Context, before string) (string, error),
) (string, error) {
	for {
		typed, err := ask(ctx, before)
		if err != nil {
			return "", err
		}
		if code, ok := ParseCode(typed); ok {
			return code, nil
		}
		before = aboutDigits
	}
}

// WrongCode is what to tell a person whose code STS did not take.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_mfa-iam.html
const WrongCode = "AWS does not accept this code: it is wrong, or was used already. Wait for the next one."

// aboutDigits is about an answer that is no code.
const aboutDigits = "A code has six digits."

// pair is two codes as they were typed.
type pair struct{ first, second string }

// skew is by how much the clock of the authenticator is ahead of AWS's, going by
// the newer one of two consecutive codes; ok is false if they are none.
func (p pair) skew(seed Seed, now time.Time) (ahead time.Duration, ok bool) {
	found, ok := p.find(seed, now)
	return found.ahead, ok && found.gap == 1
}

// diagnose says why AWS did not take the two codes at that time, and what to do.
func (p pair) diagnose(seed Seed, now time.Time) string {
	if found, ok := p.find(seed, now); ok {
		switch found.gap {
		case 1:
			return fmt.Sprintf("The codes are right, but the clock of your authenticator is %s: too far for AWS. "+
				"Have your phone set its time automatically, then type two new codes.", describeSkew(found.ahead))
		case -1:
			return "These are two consecutive codes in the wrong order: the older one comes first."
		default:
			return "Both codes are of this entry, but they do not follow one another: " +
				"type one, and then the very next one that appears."
		}
	}
	codes := newCodeSource(seed, now)
	switch first, second := codes.near(p.first), codes.near(p.second); {
	case first && !second:
		return "The first code is right, the second is not a code of this entry: was there a typing error?"
	case second && !first:
		return "The second code is right, the first is not a code of this entry: was there a typing error?"
	default:
		return "Neither is a code of this entry: did you read them from another entry of the app, perhaps an " +
			"older one for the same account? If there is no other, the clock of your authenticator is more " +
			"than a day off."
	}
}

// match is where two codes were found.
type match struct {
	// ahead is how far after now the newer of the two is shown.
	ahead time.Duration
	// gap is how many steps the second comes after the first.
	gap int64
}

// find looks for the two codes near one another, and as near to now as can be.
func (p pair) find(seed Seed, now time.Time) (match, bool) {
	codes := newCodeSource(seed, now)
	for distance := range searchedSteps + 1 {
		for _, first := range []int64{-distance, distance} {
			if codes.at(first) != p.first {
				continue
			}
			for gap := range int64(searchedGap + 1) {
				for _, gap := range []int64{gap, -gap} {
					if codes.at(first+gap) == p.second {
						return match{time.Duration(max(first, first+gap)) * timeStep, gap}, true
					}
				}
			}
		}
	}
	return match{}, false
}

// codeSource gives the codes of a seed by their distance from now in steps.
type codeSource struct {
	seed    Seed
	current int64
}

func newCodeSource(seed Seed, now time.Time) codeSource {
	return codeSource{seed, now.Unix() / int64(timeStep/time.Second)}
}

// at is empty where there is no code: before 1970, or when the seed is none.
func (c codeSource) at(offset int64) string {
	step := c.current + offset
	if step < 0 {
		return ""
	}
	code, err := hotp.GenerateCodeCustom(c.seed.base32, uint64(step), hotp.ValidateOpts{
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return ""
	}
	return code
}

func (c codeSource) near(code string) bool {
	for offset := int64(-nearSteps); offset <= nearSteps; offset++ {
		if c.at(offset) == code {
			return true
		}
	}
	return false
}

// isOff reports whether a clock is further off than STS lets a code be.
func isOff(ahead time.Duration) bool { return ahead.Abs() > verifiedSteps*timeStep }

// describeSkew says by how much a clock is off, as people say it.
func describeSkew(ahead time.Duration) string {
	direction := "ahead"
	if ahead < 0 {
		direction = "behind"
	}
	ahead = ahead.Abs()
	switch {
	case ahead < 2*time.Minute:
		return fmt.Sprintf("%d seconds %s", int(ahead.Seconds()), direction)
	case ahead < 2*time.Hour:
		return fmt.Sprintf("about %d minutes %s", int(ahead.Round(time.Minute).Minutes()), direction)
	default:
		minutes := int(ahead.Round(time.Minute).Minutes())
		return fmt.Sprintf("about %d h %02d min %s", minutes/60, minutes%60, direction)
	}
}
