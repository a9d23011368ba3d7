package clienttest

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Script writes a shell script that can be started at once, to stand in for a
// program. While the file is open for writing no process may be forked that would
// inherit it: the script would be "text file busy" (https://go.dev/issue/22315).
func Script(tb testing.TB, path, body string) string {
	tb.Helper()
	require.NoError(tb, os.MkdirAll(filepath.Dir(path), 0o700))
	if runtime.GOOS == "windows" {
		tb.Skip("there is no sh for " + path)
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(tb, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // G306: it is started
	return path
}
