package onboarding

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
)

// ChooseDevice is the serial number of the device to use: of those that the AWS
// CLI can use the only one, the one that is used already, or the one that the
// person chooses. The error is that of [mfadevice.UsableSerialNumbers] or of ask.
func ChooseDevice(
	ctx context.Context, devices []mfadevice.Device, used string,
	ask func(ctx context.Context, question string) (string, error),
) (string, error) {
	usable, err := mfadevice.UsableSerialNumbers(devices)
	switch {
	case err != nil:
		return "", err
	case len(usable) == 1:
		return usable[0], nil
	case slices.Contains(usable, used):
		return used, nil
	}
	return chosen(ctx, usable, ask)
}

func chosen(
	ctx context.Context, usable []string, ask func(ctx context.Context, question string) (string, error),
) (string, error) {
	var question strings.Builder
	question.WriteString("You have several MFA devices:\n")
	for i, serial := range usable {
		fmt.Fprintf(&question, "  %d  %s\n", i+1, serial)
	}
	fmt.Fprintf(&question, "Which one gives the codes? [1-%d] ", len(usable))
	answer, err := ask(ctx, question.String())
	if err != nil {
		return "", fmt.Errorf("%w (name the device with --serial-number)", err)
	}
	if i, err := strconv.Atoi(answer); err == nil && i >= 1 && i <= len(usable) {
		return usable[i-1], nil
	}
	if slices.Contains(usable, answer) {
		return answer, nil
	}
	return "", fmt.Errorf("%q is none of them: answer with a number from 1 to %d, or name the device with --serial-number",
		answer, len(usable))
}
