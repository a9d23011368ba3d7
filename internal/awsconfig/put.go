package awsconfig

import (
	"slices"
	"strings"
)

// Put writes the block: in the place of the owner's block if there is one, or
// else at the end of the file, with the line ends of the file. Profiles that the
// owner's block holds and the new one does not are taken out; a block without
// profiles is removed. Putting the same block again changes nothing.
//
// Lines of our profiles that are not ours (see managed) are kept in their
// order. So are settings without a header directly behind the block: to every
// tool they belong to the last profile in it, so they move into it.
//
// It fails with [InvalidError] if the block cannot be written, if the file has such
// profiles elsewhere, and if a profile that is to go holds lines that are not ours.
// With force the sections in the way (their comments included) and those lines
// are deleted. After an error the file is as it was.
func (f *File) Put(block Block, force bool) error {
	if err := checkBlock(block); err != nil {
		return err
	}
	if len(block.Profiles) == 0 {
		_, err := f.Remove(block.Owner, force)
		return err
	}
	parts := f.parts
	if found := conflicts(parts, block); len(found) > 0 {
		if !force {
			return conflictsError(found)
		}
		parts = takeOut(parts, block)
	}
	parts = adopt(parts, block.Owner)
	at := findBlock(parts, block.Owner)
	if at < 0 {
		f.parts = f.append(parts, block)
		return nil
	}
	merged, lost := parts[at].block.merged(block.Profiles)
	if len(lost) > 0 && !force {
		return foreignLinesError(parts, at, lost)
	}
	f.parts = slices.Clone(parts)
	f.parts[at].block = merged
	return nil
}

// Remove takes the owner's block out of the file and gives the names of its
// profiles; none if there is no such block. The line end that Put had to add
// before the block goes too, unless something follows.
//
// It fails if the block holds lines that are not ours. With force they are deleted.
// After an error the file is as it was.
func (f *File) Remove(owner string, force bool) (removed []string, err error) {
	parts := adopt(f.parts, owner)
	at := findBlock(parts, owner)
	if at < 0 {
		return nil, nil
	}
	if lost := parts[at].block.foreign(); len(lost) > 0 && !force {
		return nil, foreignLinesError(parts, at, lost)
	}
	for _, p := range f.Profiles(owner) {
		removed = append(removed, p.Name)
	}
	f.parts = drop(parts, at)
	return removed, nil
}

// append puts a new block at the end.
func (f *File) append(parts []part, wanted Block) []part {
	text := joined(parts)
	added := &block{marker: marker{owner: wanted.Owner, newline: newlineOf(text)}}
	added.created = f.created && !slices.ContainsFunc(parts, func(p part) bool {
		return p.block != nil && p.block.created
	})
	added, _ = added.merged(wanted.Profiles)
	parts = slices.Clone(parts)
	if text != "" && !strings.HasSuffix(text, "\n") {
		added.lineEnd = true
		last := &parts[len(parts)-1]
		*last = last.changed(func(s string) string { return s + added.newline })
	}
	return append(parts, part{block: added})
}

// changed is the part with another last line: of a block that is its end marker.
func (p part) changed(edit func(string) string) part {
	if p.block == nil {
		return part{text: edit(p.text)}
	}
	next := *p.block
	next.end = edit(next.end)
	return part{block: &next}
}

// drop takes a block out, and hands on what its begin marker says: a block that
// follows has the line end before it now, and any other one the knowledge that
// the file is ours.
func drop(parts []part, at int) []part {
	gone := parts[at].block
	before, after := slices.Clone(parts[:at]), slices.Clone(parts[at+1:])
	switch {
	case len(after) > 0 && after[0].block != nil:
		next := *after[0].block
		next.lineEnd = gone.lineEnd
		if gone.lineEnd {
			next.newline = gone.newline
		}
		after[0].block = &next
	case len(after) == 0 && gone.lineEnd && at > 0:
		before[at-1] = before[at-1].changed(func(s string) string {
			if cut, found := strings.CutSuffix(s, gone.newline); found {
				return cut
			}
			return strings.TrimSuffix(s, "\n")
		})
	}
	rest := compact(append(before, after...))
	if heir := slices.IndexFunc(rest, func(p part) bool { return p.block != nil }); heir >= 0 && gone.created {
		next := *rest[heir].block
		next.created = true
		rest[heir].block = &next
	}
	return rest
}

// compact joins texts that follow one another and leaves out empty ones.
func compact(parts []part) []part {
	var all []part
	for _, p := range parts {
		if p.block != nil {
			all = append(all, p)
			continue
		}
		all = appendText(all, p.text)
	}
	return all
}

// adopt moves the settings that stand behind the owner's block without a header
// into it. `aws configure set` puts them there for the last profile of a file.
func adopt(parts []part, owner string) []part {
	at := findBlock(parts, owner)
	if at < 0 || at+1 == len(parts) || parts[at+1].block != nil {
		return parts
	}
	following := splitLines(parts[at+1].text)
	strays := 0
	for i, l := range scan(following) {
		if isHeader(following[i]) {
			break
		}
		if l.said() {
			strays = i + 1
		}
	}
	if strays == 0 {
		return parts
	}
	next := *parts[at].block
	next.body = slices.Clone(next.body)
	for _, raw := range following[:strays] {
		next.body = append(next.body, withNewline(raw, next.newline))
	}
	next.adopted = strays
	parts = slices.Clone(parts)
	parts[at].block = &next
	parts[at+1].text = strings.Join(following[strays:], "")
	return compact(parts)
}
