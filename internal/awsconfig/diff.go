package awsconfig

import (
	"bytes"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff is a unified diff for people to read, "" if nothing changes. A nil before
// or after is a file that is not there.
//
// The lines around ours may hold secrets: of those it shows headers and keys, without
// values and comments. If all lines of both texts end in CRLF that is not shown;
// otherwise the carriage returns are, as ^M.
func Diff(path string, before, after []byte) string {
	show := func(text []byte) string { return visible(masked(string(text))) }
	if allCRLF(before) && allCRLF(after) {
		show = func(text []byte) string { return visible(masked(strings.ReplaceAll(string(text), "\r\n", "\n"))) }
	}
	unified := diff.Diff(label(path, before), []byte(show(before)), label(path, after), []byte(show(after)))
	_, unified, _ = bytes.Cut(unified, []byte("\n")) // the line of the command
	return string(unified)
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

// masked hides what may be a secret: of lines that are not ours all but the
// header or the key.
func masked(text string) string {
	file, err := Parse([]byte(text))
	if err != nil { // nothing is surely ours
		file = &File{parts: []part{{text: text}}}
	}
	var shown strings.Builder
	for _, p := range file.parts {
		lines := splitLines(p.String())
		for i, l := range scan(lines) {
			if p.block != nil && (i == 0 || i == len(lines)-1 || l.ours() || ownProfile(l.text) != "") {
				shown.WriteString(lines[i])
				continue
			}
			_, newline := cutNewline(lines[i])
			shown.WriteString(l.masked() + newline)
		}
	}
	return shown.String()
}

const mask = "****"

// masked is the line without what may be a secret. A line without a key may be
// one, and so may a comment.
func (l line) masked() string {
	indent := indentText(l.text)
	trimmed := strings.TrimFunc(l.text, isSpace)
	switch {
	case l.kind == blank:
		return l.text
	case l.kind == comment:
		return indent + trimmed[:1] + " " + mask
	case l.kind == header:
		inner, rest, _ := strings.Cut(trimmed, "]")
		if rest != "" {
			rest = " " + mask
		}
		return indent + inner + "]" + rest
	case l.kind == option && l.value != "" && isKeyName(l.key):
		return indent + strings.TrimSuffix(trimmed, l.value) + mask
	case l.kind == option && isKeyName(l.key):
		return l.text // settings below it, as of s3
	default:
		return indent + mask
	}
}
