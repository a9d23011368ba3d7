package awsconfig

import (
	"regexp"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff is a unified diff for people to read, "" if nothing changes. A nil before
// or after is a file that is not there.
//
// Values of keys that hold secrets are masked: lines of other sections stand
// around ours. If all lines of both texts end in CRLF that is not shown;
// otherwise the carriage returns are, as ^M. A missing line end at the end of the
// file is told as diff(1) tells it.
func Diff(path string, before, after []byte) string {
	show := func(text []byte) string { return masked(visible(string(text))) }
	if allCRLF(before) && allCRLF(after) {
		show = func(text []byte) string { return masked(visible(strings.ReplaceAll(string(text), "\r\n", "\n"))) }
	}
	return udiff.Unified(label(path, before), label(path, after), show(before), show(after))
}

func label(path string, text []byte) string {
	if text == nil {
		return "/dev/null"
	}
	return path
}

func allCRLF(text []byte) bool {
	return strings.Count(string(text), "\n") == strings.Count(string(text), "\r\n")
}

// visible writes control characters as cat -v does: a terminal would act on
// them.
func visible(text string) string {
	var shown strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r >= ' ' && r < 0x7f || r >= 0xa0:
			shown.WriteRune(r)
		case r < ' ':
			shown.WriteString("^" + string('@'+r))
		default:
			shown.WriteRune('?')
		}
	}
	return shown.String()
}

var secretLine = regexp.MustCompile(`(?im)^(\s*[^\n=:]*(?:secret|password|passwd|token)[^\n=:]*[=:][ \t]*)[^\n]+$`)

func masked(text string) string { return secretLine.ReplaceAllString(text, "${1}****") }
