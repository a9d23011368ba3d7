package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSandboxIsNotForWindows(t *testing.T) {
	t.Parallel()
	require.Contains(t, machine{}.refuses(t, "sandbox"), "on Windows run it in WSL")
}
