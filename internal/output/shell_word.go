package output

import (
	"regexp"
	"runtime"
	"strings"
)

// plainWord is what a shell takes as it is, and plainWordOfWindows what both of
// those of Windows do.
const (
	plainWord          = `^[\w@%+=:,./-]+$`
	plainWordOfWindows = `^[\w+=:./\\~-]+$`
)

// ShellWord is a word of a command that a person is told to run. It has double
// quotes where it needs any: the command itself is shown in single ones.
func ShellWord(text string) string {
	if runtime.GOOS == "windows" {
		return shellWordOfWindows(text)
	}
	if regexp.MustCompile(plainWord).MatchString(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(text) + `"`
}

// shellWordOfWindows serves cmd.exe, to which a backslash is one, and PowerShell, which
// has its own before what it would put in.
func shellWordOfWindows(text string) string {
	if regexp.MustCompile(plainWordOfWindows).MatchString(text) {
		return text
	}
	return `"` + strings.NewReplacer("$", "`$", "`", "``", `"`, "`\"").Replace(text) + `"`
}
