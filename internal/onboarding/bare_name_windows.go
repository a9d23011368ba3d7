package onboarding

import (
	"strings"

	"golang.org/x/sys/windows"
)

// bareName is the short name of a path that has a space in it, such as C:\PROGRA~1,
// if the disk has those: a credential_process can have no quotes.
func bareName(path string) string {
	long, err := windows.UTF16PtrFromString(path)
	if err != nil || !strings.Contains(path, " ") {
		return path
	}
	short := make([]uint16, windows.MAX_LONG_PATH)
	length, err := windows.GetShortPathName(long, &short[0], windows.MAX_LONG_PATH)
	if err != nil || length == 0 || length > windows.MAX_LONG_PATH {
		return path
	}
	return windows.UTF16ToString(short[:length])
}
