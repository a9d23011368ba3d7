//go:build !windows

package story

import (
	"os/exec"
	"syscall"
)

// killGroup kills the process group that the program leads.
func killGroup(program *exec.Cmd) { _ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
