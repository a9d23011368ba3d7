package engine

import (
	"os/exec"
	"syscall"
)

// ownProcessGroup keeps the terminal's Ctrl-C from reaching the CLI directly:
// it would get a second interrupt from the cancelled context, and the CLI takes
// two as an order to stop at once, leaving its locks and half-made resources.
func ownProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
