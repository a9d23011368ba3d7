//go:build !windows

package environment

const homeVariable = "HOME"

// isVariable reports whether it is the variable of that name.
func isVariable(found, name string) bool { return found == name }
