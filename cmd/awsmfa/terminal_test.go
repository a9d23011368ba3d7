package main

import (
	"bufio"
	"bytes"
	"errors"
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
	std := streams{in: bufio.NewReader(screen), err: screen, stdin: screen}
	_, err = std.ask(t.Context(), "Devices:\n  1 phone\nWhich one? ")
	require.ErrorIs(t, err, errNoAnswer)
	require.NotErrorIs(t, err, errNobodyToAsk)
	require.EqualError(t, err, `no answer to "Which one?"`)
	require.Contains(t, readUntil(t, keyboard, "Which one? \r\n"), "1 phone")
}

func TestAnEmptyInputIsNobody(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	_, err := streams{in: bufio.NewReader(strings.NewReader("")), err: &said}.ask(t.Context(), "Devices:\nWhich one? ")
	require.ErrorIs(t, err, errNobodyToAsk)
	require.EqualError(t, err, `there is no terminal to ask on: the answer to "Which one?": EOF`)
	require.Equal(t, "Devices:\nWhich one? ", said.String())
}
