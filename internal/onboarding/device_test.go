package onboarding_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/onboarding"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func TestUsedDevice(t *testing.T) {
	t.Parallel()
	client := client()
	for _, mode := range []onboarding.Mode{onboarding.Prompt, onboarding.SDK, onboarding.OneCode} {
		file, err := awsconfig.Parse(nil)
		require.NoError(t, err)
		require.Empty(t, onboarding.UsedDevice(client, "alice", file), mode)
		block, err := onboarding.Block(client, alice(), mode, "awsmfa")
		require.NoError(t, err)
		require.NoError(t, file.Put(block, false))
		require.Equal(t, alice().SerialNumber, onboarding.UsedDevice(client, "alice", file), mode)
		require.Empty(t, onboarding.UsedDevice(client, "bob", file), "whose key it was before")
		person := alice()
		person.UserName = "a" // too short for a role_session_name
		letter := client
		letter.Profiles = []stack.Profile{client.Profiles[2]}
		letter.Profiles[0].TrustedUsers = []string{"a"}
		block, err = onboarding.Block(letter, person, mode, "awsmfa")
		require.NoError(t, err)
		require.NoError(t, file.Put(block, false))
		require.Equal(t, person.SerialNumber, onboarding.UsedDevice(letter, "a", file), mode)
		other := client
		other.Stack = "prod"
		require.Empty(t, onboarding.UsedDevice(other, "alice", file), mode)
	}
}

func TestChooseDevice(t *testing.T) {
	t.Parallel()
	const phone, key = "arn:aws:iam::111122223333:mfa/phone", "arn:aws:iam::111122223333:u2f/user/alice/key"
	const token = "GAHT12345678"
	nobody := errors.New("nobody to ask")
	for _, test := range []struct {
		name    string
		serials []string
		used    string
		// answer is empty where nobody is to be asked.
		answer string
		want   string
		err    error
		says   string
	}{
		{name: "the only one", serials: []string{phone}, want: phone},
		{name: "the only one with codes", serials: []string{key, token}, want: token},
		{name: "none", says: "run awsmfa enrol"},
		{name: "none with codes", serials: []string{key}, says: "awsmfa reset-device"},
		{name: "by number", serials: []string{key, phone, token}, answer: "2", want: token},
		{name: "by name", serials: []string{phone, token}, answer: phone, want: phone},
		{name: "the used one", serials: []string{phone, token}, used: token, want: token},
		{name: "the used one is gone", serials: []string{phone, token}, used: "gone", answer: "1", want: phone},
		{name: "zero", serials: []string{phone, token}, answer: "0", says: "answer with a number from 1 to 2"},
		{name: "a number too high", serials: []string{phone, token}, answer: "3", says: "answer with a number from 1 to 2"},
		{name: "one without codes", serials: []string{phone, key, token}, answer: key, says: "is none of them"},
		{name: "nobody to ask", serials: []string{phone, token}, err: nobody, says: "--serial-number"},
	} {
		var devices []mfadevice.Device
		for _, serial := range test.serials {
			devices = append(devices, mfadevice.Device{SerialNumber: serial, Kind: mfadevice.KindOf(serial)})
		}
		got, err := onboarding.ChooseDevice(t.Context(), devices, test.used, func(context.Context, string) (string, error) {
			if test.answer == "" {
				return "", nobody
			}
			return test.answer, nil
		})
		if test.says != "" {
			require.ErrorContains(t, err, test.says, test.name)
			if test.err != nil {
				require.ErrorIs(t, err, test.err, test.name)
			}
			continue
		}
		require.NoError(t, err, test.name)
		require.Equal(t, test.want, got, test.name)
	}
}

func TestTheDeviceIsAskedForAgain(t *testing.T) {
	t.Parallel()
	devices := []mfadevice.Device{
		{SerialNumber: "GAHT12345678", Kind: mfadevice.KindOf("GAHT12345678")},
		{SerialNumber: "GAHT87654321", Kind: mfadevice.KindOf("GAHT87654321")},
	}
	for _, test := range []struct {
		answers []string
		want    string
	}{
		{[]string{"", "2"}, "GAHT87654321"},
		{[]string{"3", "", "1"}, "GAHT12345678"},
		{[]string{"3", "", "0"}, ""},
	} {
		var questions []string
		got, err := onboarding.ChooseDevice(t.Context(), devices, "", func(_ context.Context, question string) (string, error) {
			questions = append(questions, question)
			return test.answers[len(questions)-1], nil
		})
		require.Equal(t, test.want, got)
		require.Equal(t, test.want == "", err != nil)
		require.Len(t, questions, len(test.answers))
		require.Contains(t, questions[1], "is none of them: answer with a number from 1 to 2: ")
	}
	_, err := onboarding.ChooseDevice(t.Context(), devices, "", func(context.Context, string) (string, error) {
		return "", context.Canceled
	})
	require.Equal(t, context.Canceled, err, "who gave up needs no advice")
}
