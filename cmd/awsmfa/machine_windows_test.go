package main

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// withoutTerminal has a process without a console.
func withoutTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS}
}

// printing is the credential_process that prints a file.
const printing = "type "
