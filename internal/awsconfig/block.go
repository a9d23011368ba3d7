package awsconfig

import (
	"fmt"
	"slices"
	"strings"
)

// body is what stands between the markers of a block.
type body struct {
	// preamble are lines before the first section: we write none.
	preamble []string
	sections []section
}

// section is a header with the lines below it, without the blank line that we
// write behind every section.
//
// That line has a purpose before the end marker: `aws configure set` puts a new
// key of the last section of a file one line below the last setting, which
// would be behind the marker.
type section struct {
	// profile is "" for a section that we did not write.
	profile string
	// at is the index of the header in the block's body.
	at    int
	lines []string
}

func parseBody(raw []string) body {
	var b body
	seen := map[string]bool{}
	for i, l := range scan(raw) {
		switch last := len(b.sections) - 1; {
		case l.kind == header:
			s := section{profile: ownProfile(l.text), at: i, lines: raw[i : i+1]}
			if seen[s.profile] {
				s.profile = ""
			}
			seen[s.profile] = s.profile != ""
			b.sections = append(b.sections, s)
		case last < 0:
			b.preamble = append(b.preamble, raw[i])
		default:
			b.sections[last].lines = raw[b.sections[last].at : i+1]
		}
	}
	for i, s := range b.sections {
		if end := len(s.lines) - 1; end > 0 && isBlank(s.lines[end]) {
			b.sections[i].lines = s.lines[:end]
		}
	}
	return b
}

func isBlank(raw string) bool { return strings.TrimFunc(raw, isSpace) == "" }

// rendered are the lines of a profile that holds nothing but ours.
func rendered(p Profile, newline string) []string {
	lines := []string{headerOf(p.Name) + newline}
	for _, s := range p.Settings {
		lines = append(lines, s.Key+" = "+s.Value+newline)
	}
	return lines
}

// foreign are the lines of a section that we did not write, with their indexes
// in the body of the block. Blank lines say nothing and are left out.
func (s section) foreign() []foreignLine {
	if s.profile == "" {
		return []foreignLine{{s.at, "", "another section"}}
	}
	var found []foreignLine
	for i, l := range scan(s.lines) {
		if i > 0 && l.kind != blank && !l.ours() {
			found = append(found, foreignLine{s.at + i, s.profile, l.what()})
		}
	}
	return found
}

func (l line) ours() bool { return l.kind == option && managed(l.key) }

// isKeyName reports whether a key looks as those of AWS do. What looks otherwise may
// be a secret that got into the file by mistake.
func isKeyName(key string) bool {
	return key != "" && len(key) < 40 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" &&
		key[0] >= 'a'
}

func (l line) what() string {
	switch {
	case l.kind == comment:
		return "a comment"
	case !isKeyName(l.key):
		return "a line"
	case l.kind == continuation:
		return "a line that continues " + l.key
	default:
		return l.key
	}
}

// merge is the section with the settings of the profile, every line that is not
// ours being kept where it stands. It fails if a line that stays would then
// belong to another setting than before.
func (s section) merge(p Profile, newline string) (lines []string, ok bool) {
	old := scan(s.lines)
	if !slices.ContainsFunc(old[1:], func(l line) bool { return !l.ours() }) {
		return rendered(p, newline), true
	}
	missing := slices.Clone(p.Settings)
	lines = s.lines[:1:1]
	insertAt, indent := 1, ""
	if at := slices.IndexFunc(old, func(l line) bool { return l.kind == option }); at >= 0 {
		indent = indentText(old[at].text)
	}
	within := false
	for i, l := range old[1:] {
		switch {
		case l.ours():
			at := slices.IndexFunc(missing, func(s Setting) bool { return s.Key == l.key })
			within = at >= 0
			if !within {
				continue
			}
			lines = append(lines, indentText(l.text)+l.key+" = "+missing[at].Value+newline)
			missing = slices.Delete(missing, at, at+1)
			indent = indentText(l.text)
		default:
			lines = append(lines, withNewline(s.lines[i+1], newline))
			within = within && l.kind == continuation
		}
		if within {
			insertAt = len(lines)
		}
	}
	var added []string
	for _, m := range missing {
		added = append(added, indent+m.Key+" = "+m.Value+newline)
	}
	lines = slices.Insert(lines, insertAt, added...)
	return lines, slices.Equal(foreignMeaning(s.lines), foreignMeaning(lines))
}

func withNewline(raw, newline string) string {
	if strings.HasSuffix(raw, "\n") {
		return raw
	}
	return raw + newline
}

// foreignMeaning says of every line that is not ours what the AWS CLI takes it
// for.
func foreignMeaning(raw []string) []string {
	var all []string
	for _, l := range scan(raw) {
		if !l.ours() {
			all = append(all, fmt.Sprint(l.kind, l.key, l.text))
		}
	}
	return all
}

// merged is the block with other profiles, and the foreign lines, by their
// indexes in the body, that are lost by it.
func (b *block) merged(profiles []Profile) (*block, []foreignLine) {
	old, was := parseBody(b.body), map[string]section{}
	for _, s := range old.sections {
		was[s.profile] = s
	}
	var lost []foreignLine
	lines := slices.Clone(old.preamble)
	stays := map[string]bool{}
	for _, p := range profiles {
		stays[p.Name] = true
		merged := rendered(p, b.newline)
		if s, found := was[p.Name]; found {
			kept, ok := s.merge(p, b.newline)
			if ok {
				merged = kept
			} else {
				lost = append(lost, s.foreign()...)
			}
		}
		lines = append(append(lines, merged...), b.newline)
	}
	for _, s := range old.sections {
		switch {
		case s.profile == "":
			lines = append(append(lines, s.lines...), b.newline)
		case !stays[s.profile]:
			lost = append(lost, s.foreign()...)
		}
	}
	next := *b
	next.body, next.end, next.adopted = lines, b.endLine(), 0
	return &next, lost
}

// foreign are all lines of the block that we did not write, by their indexes in
// the body.
func (b *block) foreign() []foreignLine {
	var found []foreignLine
	parsed := parseBody(b.body)
	for i, l := range scan(parsed.preamble) {
		if l.kind != blank {
			found = append(found, foreignLine{i, "", l.what()})
		}
	}
	for _, s := range parsed.sections {
		found = append(found, s.foreign()...)
	}
	return found
}
