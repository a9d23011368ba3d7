package environment

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEmptyInputIsNobody(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	_, err := New(nil, "", strings.NewReader(""), nil, &said).Ask(t.Context(), "Devices:\nWhich one? ")
	require.ErrorIs(t, err, ErrNobodyToAsk)
	require.EqualError(t, err, `there is no terminal to ask on: the answer to "Which one?": EOF`)
	require.Equal(t, "Devices:\nWhich one? ", said.String())
}

func TestNothingIsAskedAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var said bytes.Buffer
	_, err := New(nil, "", strings.NewReader("123456\n"), nil, &said).Ask(ctx, "Code: ")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, said.String())
}

func TestTheCodeIsAskedFor(t *testing.T) {
	t.Parallel()
	var prompt bytes.Buffer
	const serial = "arn:aws:iam::111122223333:mfa/alice"
	code, err := New(nil, "", strings.NewReader("123456\n"), nil, &prompt).AskForCode(t.Context(), serial, "")
	require.NoError(t, err)
	require.Equal(t, "123456", code)
	require.Equal(t, "Enter MFA code for "+serial+": ", prompt.String())
}
