package awsconfig

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type lineKind int

const (
	blank lineKind = iota
	comment
	header
	option
	continuation
	// junk is what the AWS CLI would refuse.
	junk
)

// line is what the AWS CLI takes a line of the file for.
type line struct {
	kind lineKind
	// text is without the line end, indent the number of spaces before it.
	text   string
	indent int
	// key is in lower case. A continuation has that of the line it continues.
	key, value string
}

// scan reads lines as Python's configparser does, which is what the AWS CLI and
// boto3 use: a line that is indented deeper than the setting above it continues
// that setting, whatever it looks like.
//
// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
func scan(raw []string) []line {
	lines := make([]line, 0, len(raw))
	level, key := 0, ""
	for _, r := range raw {
		text, _ := cutNewline(r)
		l := line{text: text, indent: utf8.RuneCountInString(indentText(text))}
		trimmed := strings.TrimFunc(text, isSpace)
		switch {
		case trimmed == "":
			l.kind = blank
		case trimmed[0] == '#' || trimmed[0] == ';':
			l.kind = comment
		case key != "" && l.indent > level:
			l.kind, l.key = continuation, key
		default:
			l.kind, l.key, l.value = statement(trimmed)
			level, key = l.indent, l.key
		}
		lines = append(lines, l)
	}
	return lines
}

// statement reads a line that continues nothing, without the space around it.
func statement(trimmed string) (kind lineKind, key, value string) {
	if trimmed[0] == '[' && strings.LastIndexByte(trimmed, ']') > 1 {
		return header, "", ""
	}
	at := strings.IndexAny(trimmed, "=:")
	if at < 0 {
		return junk, "", ""
	}
	key = strings.ToLower(strings.TrimRightFunc(trimmed[:at], isSpace))
	if key == "" {
		return junk, "", ""
	}
	return option, key, strings.TrimLeftFunc(trimmed[at+1:], isSpace)
}

// indentText is the space before a line.
func indentText(text string) string { return text[:len(text)-len(strings.TrimLeftFunc(text, isSpace))] }

// isSpace is Python's: str.strip also takes the ASCII separators.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// said reports whether the line has an effect in the AWS CLI.
func (l line) said() bool { return l.kind != blank && l.kind != comment }
