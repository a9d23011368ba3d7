package main

import (
	"errors"
	"os"
	"os/exec"
)

// become runs the command, and ends this process with its exit code; it returns if
// that fails. Ctrl-C reaches all who share the console, and the command decides what
// it means.
func become(path string, command, environ []string) error {
	cmd := exec.Cmd{
		Path: path, Args: command, Env: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err == nil || ended {
		os.Exit(cmd.ProcessState.ExitCode())
	}
	return err
}
