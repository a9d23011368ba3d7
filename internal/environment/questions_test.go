package environment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

func TestCtrlDIsNoAnswer(t *testing.T) {
	t.Parallel()
	keyboard, screen, err := pty.Open()
	require.NoError(t, err)
	defer func() { require.NoError(t, errors.Join(keyboard.Close(), screen.Close())) }()
	_, err = keyboard.Write([]byte{4})
	require.NoError(t, err)
	env := New(nil, "", screen, nil, screen)
	_, err = env.Ask(t.Context(), "Devices:\n  1 phone\nWhich one? ")
	require.NotErrorIs(t, err, ErrNobodyToAsk)
	require.EqualError(t, err, `no answer to "Which one?"`)
	const want = "Devices:\r\n  1 phone\r\nWhich one? \r\n"
	said := make([]byte, len(want))
	_, err = io.ReadFull(keyboard, said)
	require.NoError(t, err)
	require.Equal(t, want, string(said))
}

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

func TestAPersonMustBeThere(t *testing.T) {
	t.Parallel()
	keyboard, screen, err := pty.Open()
	require.NoError(t, err)
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	nothing, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() {
		require.NoError(t, errors.Join(keyboard.Close(), screen.Close(), reader.Close(), writer.Close(), nothing.Close()))
	}()
	require.NoError(t, New(nil, "", screen, nil, nil).CheckPerson())
	require.NoError(t, New(nil, "", reader, nil, nil).CheckPerson())
	require.NoError(t, Environment{}.CheckPerson())
	var want error
	if terminal, err := openTerminal(); err != nil {
		want = ErrNobodyToAsk
	} else {
		require.NoError(t, terminal.Close()) // where the tests are run from a terminal, the person is there
	}
	require.Equal(t, want, New(nil, "", nothing, nil, nil).CheckPerson())
}
