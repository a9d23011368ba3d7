package awsconfig

import (
	"slices"
	"strings"
)

// marker is what the begin marker of a block says.
type marker struct {
	owner string
	// created: the file was not there before us.
	created bool
	// lineEnd: the text before the block had no line end, and we added one.
	lineEnd bool
	// newline is the line end of the marker itself. It is also the one that
	// lineEnd speaks of.
	newline string
}

// The marker lines have neither a colon nor an equals sign: `aws configure set`
// takes any line with one for a setting, and would insert its own behind it.
const (
	beginPrefix     = "# >>> awsmfa onboard"
	endPrefix       = "# <<< awsmfa onboard"
	createdNote     = ", file created"
	lineEndNote     = ", line end added"
	reservedInOwner = "()<>[]:="
)

func (m marker) begin() string {
	notes := ""
	if m.created {
		notes += createdNote
	}
	if m.lineEnd {
		notes += lineEndNote
	}
	return beginPrefix + ", " + m.owner + " (rewritten by the next run" + notes + ") >>>" + m.newline
}

func (m marker) endLine() string { return endPrefix + ", " + m.owner + " <<<" + m.newline }

type markerKind int

const (
	notMarker markerKind = iota
	beginMarker
	endMarker
	brokenMarker
)

// parseMarker reads a line with its line end. What looks like a marker and is none
// was one of ours before somebody changed it.
func parseMarker(line string) (marker, markerKind) {
	if !looksLikeMarker(line) {
		return marker{}, notMarker
	}
	text, newline := cutNewline(line)
	text = strings.TrimPrefix(strings.TrimPrefix(text, beginPrefix+", "), endPrefix+", ")
	owner, notes, _ := strings.Cut(strings.TrimSuffix(text, " <<<"), " (")
	m := marker{
		owner: owner, created: strings.Contains(notes, createdNote), lineEnd: strings.Contains(notes, lineEndNote),
		newline: newline,
	}
	switch {
	case checkOwner(owner) != nil:
		return marker{}, brokenMarker
	case line == m.begin() && newline != "":
		return m, beginMarker
	case line == m.endLine():
		return m, endMarker
	default:
		return marker{}, brokenMarker
	}
}

func looksLikeMarker(line string) bool {
	rest := strings.TrimLeft(line, asciiSpace)
	if rest == "" || rest[0] != '#' && rest[0] != ';' {
		return false
	}
	rest = strings.TrimLeft(rest[1:], asciiSpace)
	if !strings.HasPrefix(rest, ">>>") && !strings.HasPrefix(rest, "<<<") {
		return false
	}
	return strings.HasPrefix(strings.TrimLeft(rest[3:], asciiSpace), "awsmfa onboard")
}

const asciiSpace = " \t\n\f\r"

// splitLines cuts text behind every line feed.
func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }

// cutNewline parts a line from its line end: \n, \r\n, or none.
func cutNewline(line string) (text, newline string) {
	text, found := strings.CutSuffix(line, "\n")
	if !found {
		return line, ""
	}
	if text, found := strings.CutSuffix(text, "\r"); found {
		return text, "\r\n"
	}
	return text, "\n"
}

// newlineOf is the first line end of a text, \n if it has none.
func newlineOf(text string) string {
	at := strings.IndexByte(text, '\n')
	if at > 0 && text[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
