//go:build !windows

package main

import "syscall"

// become has the command in the place of this process; it returns if that fails.
func become(path string, command, environ []string) error {
	return syscall.Exec(path, command, environ) //nolint:gosec // G204: what it is for
}
