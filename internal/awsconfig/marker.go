package awsconfig

import (
	"regexp"
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

var (
	beginLine = regexp.MustCompile(
		`^` + beginPrefix + `, ([^()<>]+) \(rewritten by the next run(` + createdNote + `)?(` + lineEndNote + `)?\) >>>$`)
	endLine = regexp.MustCompile(`^` + endPrefix + `, ([^()<>]+) <<<$`)
	// looksLikeMarker is wider than both: what matches and is neither was one
	// of ours before somebody changed it.
	looksLikeMarker = regexp.MustCompile(`^\s*[#;]\s*(>>>|<<<)\s*awsmfa onboard`)
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

// parseMarker reads a line with its line end.
func parseMarker(line string) (marker, markerKind) {
	if !looksLikeMarker.MatchString(line) {
		return marker{}, notMarker
	}
	text, newline := cutNewline(line)
	if m := beginLine.FindStringSubmatch(text); m != nil && newline != "" && checkOwner(m[1]) == nil {
		return marker{owner: m[1], created: m[2] != "", lineEnd: m[3] != "", newline: newline}, beginMarker
	}
	if m := endLine.FindStringSubmatch(text); m != nil && checkOwner(m[1]) == nil {
		return marker{owner: m[1], newline: newline}, endMarker
	}
	return marker{}, brokenMarker
}

// splitLines cuts text behind every line feed.
func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

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
