package environment

import "strings"

const homeVariable = "USERPROFILE"

// isVariable reports whether it is the variable of that name: PATH is Path there.
func isVariable(found, name string) bool { return strings.EqualFold(found, name) }
