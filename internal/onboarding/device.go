package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// ChooseDevice is the serial number of the device to use: of those that the AWS
// CLI can use the only one, the one that is used already, or the one that the
// person chooses.
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

// UsedDevice is the serial number of the device that the profiles of the stack
// name, as [Block] writes it; empty if there is none, or if they are another
// user's.
func UsedDevice(client stack.ClientConfig, userName string, file *awsconfig.File) string {
	serial := ""
	for _, profile := range file.Profiles(Owner(client)) {
		for _, s := range profile.Settings {
			_, flag, _ := strings.Cut(s.Value, serialNumberFlag+" ")
			switch {
			case s.Key == "role_session_name" && s.Value != userName:
				return ""
			case s.Key == "mfa_serial":
				serial = s.Value
			case s.Key == "credential_process" && flag != "":
				serial, _, _ = strings.Cut(flag, " ")
			}
		}
	}
	return serial
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
	for asked := 1; ; asked++ {
		answer, err := ask(ctx, question.String())
		switch {
		case errors.Is(err, context.Canceled):
			return "", err
		case err != nil:
			return "", fmt.Errorf("%w (name the device with --serial-number)", err)
		}
		if i, err := strconv.Atoi(answer); err == nil && i >= 1 && i <= len(usable) {
			return usable[i-1], nil
		}
		if slices.Contains(usable, answer) {
			return answer, nil
		}
		problem := fmt.Sprintf("%q is none of them: answer with a number from 1 to %d", answer, len(usable))
		if asked == maxQuestions {
			return "", errors.New(problem + ", or name the device with --serial-number")
		}
		question.Reset()
		fmt.Fprintf(&question, "%s: ", problem)
	}
}

// maxQuestions is how often the person is asked for the device.
const maxQuestions = 3
