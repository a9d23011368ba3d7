//go:build !windows

package environment

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

func TestTheSecretIsShownInATerminal(t *testing.T) {
	t.Parallel()
	keyboard, screen, err := pty.Open()
	require.NoError(t, err)
	defer func() { require.NoError(t, errors.Join(keyboard.Close(), screen.Close())) }()
	out, done, private := New(nil, "", screen, nil, screen).Private()
	done()
	require.Equal(t, io.Writer(screen), out)
	require.True(t, private)
	for size, small := range map[pty.Winsize]bool{
		{Rows: 24, Cols: 80}: false, {Rows: 23, Cols: 80}: true, {Rows: 24, Cols: 44}: true,
	} {
		require.NoError(t, pty.Setsize(screen, &size))
		require.Equal(t, small, TooSmall(screen, 45, 23), size)
	}
	require.False(t, TooSmall(&bytes.Buffer{}, 45, 23))
}
