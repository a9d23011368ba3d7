package story

import "os/exec"

// killGroup kills the program alone: no pseudo-terminal is made on Windows.
func killGroup(program *exec.Cmd) { _ = program.Process.Kill() }
