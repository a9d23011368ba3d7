package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"
)

// onTerminal is for tests that run where there are pseudo-terminals.
func onTerminal(t *testing.T, _ *exec.Cmd) *os.File {
	t.Helper()
	unixOnly(t, "it has a pseudo-terminal")
	return nil
}

// withoutTerminal has a process without a console.
func withoutTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS}
}

// printing is the credential_process that prints a file.
const printing = "type "
