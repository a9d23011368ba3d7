package awsconfig

import (
	"slices"
	"strings"
)

// Conflicts are the sections that may be read as a profile of the block by some AWS
// tool, in whatever spelling, and are not what an earlier Put of this owner wrote.
func (f *File) Conflicts(wanted Block) []Conflict { return conflicts(f.parts, wanted) }

func conflicts(parts []part, wanted Block) []Conflict {
	var found []Conflict
	names := wanted.plainNames()
	number := 0
	for _, p := range parts {
		own := ownHeaders(p, wanted.Owner)
		for i, raw := range splitLines(p.String()) {
			number++
			if own[i] {
				continue
			}
			for _, name := range denoted(raw) {
				for _, profile := range names[name] {
					found = append(found, Conflict{Profile: profile, Line: number, Owner: p.owner()})
				}
			}
		}
	}
	return found
}

// plainNames are the names of the profiles, by what plainName makes of them.
func (b Block) plainNames() map[string][]string {
	names := map[string][]string{}
	for _, p := range b.Profiles {
		plain := plainName(p.Name)
		names[plain] = append(names[plain], p.Name)
	}
	return names
}

// owner is "" for text that is not ours.
func (p part) owner() string {
	if p.block == nil {
		return ""
	}
	return p.block.owner
}

// ownHeaders are the indexes of the lines of a part that are the headers of the
// owner's profiles.
func ownHeaders(p part, owner string) map[int]bool {
	own := map[int]bool{}
	if p.block == nil || p.owner() != owner {
		return own
	}
	for _, s := range parseBody(p.block.body).sections {
		own[1+s.at] = s.profile != ""
	}
	return own
}

// takeOut deletes the sections that conflicts finds. A block of another owner
// with nothing left in it goes too.
func takeOut(parts []part, wanted Block) []part {
	parts = slices.Clone(parts)
	names := wanted.plainNames()
	for i, p := range parts {
		if p.block != nil {
			own := ownHeaders(p, wanted.Owner)
			next := *p.block
			next.body = withoutSections(next.body, func(at int) bool { return own[1+at] }, names)
			parts[i].block = &next
			continue
		}
		old := splitLines(p.text)
		kept := withoutSections(old, func(int) bool { return false }, names)
		parts[i].text = strings.Join(kept, "")
		if i+1 < len(parts) && (len(kept) == 0 || old[len(old)-1] != kept[len(kept)-1]) {
			next := *parts[i+1].block
			next.lineEnd = false // the line it was added to is gone
			parts[i+1].block = &next
		}
	}
	parts = compact(parts)
	for at, p := range slices.Backward(parts) {
		if p.block != nil && p.owner() != wanted.Owner && isBlank(strings.Join(p.block.body, "")) {
			parts = drop(parts, at)
		}
	}
	return parts
}

// withoutSections leaves out the sections of the profiles of those plain names, but
// for headers that are to be kept. Comments at the end of a section stay: they tend
// to be about what follows.
func withoutSections(lines []string, keep func(at int) bool, names map[string][]string) []string {
	gone := func(at int) bool {
		return !keep(at) && slices.ContainsFunc(denoted(lines[at]), func(name string) bool { return names[name] != nil })
	}
	var kept []string
	for at := 0; at < len(lines); at++ {
		if !gone(at) {
			kept = append(kept, lines[at])
			continue
		}
		end := at + 1
		for end < len(lines) && !isHeader(lines[end]) {
			end++
		}
		at += sectionLength(lines[at:end]) - 1
	}
	return kept
}

// sectionLength is the number of lines of a section up to the last that says
// something, with the blank lines directly behind it.
func sectionLength(lines []string) int {
	length, ended := 1, false
	for i, l := range scan(lines) {
		switch {
		case i == 0:
		case l.said():
			length, ended = i+1, false
		case l.kind == comment:
			ended = true
		case !ended && length == i:
			length = i + 1
		}
	}
	return length
}
