//go:build !windows

package environment

import (
	"errors"
	"io"
	"os"
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
	if found, err := openTerminal(); err != nil {
		want = ErrNobodyToAsk
	} else {
		found.close() // where the tests are run from a terminal, the person is there
	}
	require.Equal(t, want, New(nil, "", nothing, nil, nil).CheckPerson())
}
