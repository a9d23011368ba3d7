// Package awsconfig reads and edits the configuration file of the AWS CLI and
// the SDKs without losing a byte that is not ours.
//
// What awsmfa writes stands in blocks, one per stack, between two comment lines:
//
//	# >>> awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 (rewritten by the next run) >>>
//	[profile dev-power-user]
//	role_arn = arn:aws:iam::111122223333:role/power-user
//
//	# <<< awsmfa onboard, stack aws-cli-mfa/dev, account 111122223333 <<<
//
// [File.Put] followed by [File.Remove] gives the bytes that were there before.
// Within a block only the keys that we write are ours: other lines that people or
// `aws configure set` put into our profiles are kept, and a profile that holds some
// is not removed unless forced.
//
// The format of the file:
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package awsconfig

import (
	"bytes"
	"slices"
	"strings"
)

// Setting is one key of a profile with its value.
type Setting struct{ Key, Value string }

// Profile is a profile as we write it: its name without the word profile, and
// its settings in the order in which they are to stand.
type Profile struct {
	Name     string
	Settings []Setting
}

// Block is what one stack gives. Owner tells the blocks of a file apart, such as
// "stack aws-cli-mfa/dev, account 111122223333"; it stands in the marker lines.
type Block struct {
	Owner    string
	Profiles []Profile
}

// managed reports whether onboarding can ever write the key. In a profile of ours
// a line with such a key is ours, whoever wrote its value: Put rewrites it, or
// takes it out when the profile no longer has it. Every other line belongs to
// somebody else.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func managed(key string) bool {
	return slices.Contains([]string{
		"role_arn", "source_profile", "mfa_serial", "region", "duration_seconds",
		"role_session_name", "external_id", "credential_process", "endpoint_url", "services",
	}, key)
}

// File is a configuration file in memory: text that is not ours, and blocks.
type File struct {
	parts []part
	// created: the file is there because of us, so it goes when it gets empty.
	created bool
}

// part is either foreign text or a block of ours.
type part struct {
	text  string
	block *block
}

// block is one of our blocks as it stands in the file. Its methods change
// nothing in place: files share blocks.
type block struct {
	marker
	// body are the lines between the markers, and end is the line of the end
	// marker, with their line ends.
	body []string
	end  string
	// adopted is how many lines at the end of body stood behind the end marker.
	adopted int
}

func (p part) String() string {
	if p.block != nil {
		return p.block.begin() + strings.Join(p.block.body, "") + p.block.end
	}
	return p.text
}

// Parse reads a file. Everything is text to it except our own marker lines, so
// the only files that it refuses are those whose blocks are damaged and those in an
// encoding that no AWS tool reads.
func Parse(text []byte) (*File, error) {
	for mark, encoding := range map[string]string{
		"\xff\xfe": "is in UTF-16", "\xfe\xff": "is in UTF-16", "\ufeff": "begins with a byte order mark",
	} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return nil, atLine(1, "the file "+encoding+", which the AWS CLI cannot read",
				"save it as UTF-8 without a byte order mark")
		}
	}
	p := parser{text: string(text), started: map[string]int{}}
	for line := range strings.Lines(p.text) {
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	if p.open != nil {
		return nil, damaged(p.started[p.open.owner], "the block of %q begins here and has no end", p.open.owner)
	}
	p.foreign(p.end)
	return &p.file, nil
}

// parser collects parts, line by line.
type parser struct {
	text string
	file File
	// number is that of the line, end is where it ends in text, and foreignFrom where
	// the last block does.
	number, end, foreignFrom int
	open                     *block
	// started are the lines in which the blocks begin, by their owners.
	started map[string]int
}

// foreign adds the text behind the last block.
func (p *parser) foreign(to int) { p.file.parts = appendText(p.file.parts, p.text[p.foreignFrom:to]) }

func (p *parser) line(line string) error {
	p.number++
	p.end += len(line)
	found, kind := parseMarker(line)
	if kind != notMarker {
		return p.marker(found, kind, line)
	}
	if p.open != nil {
		p.open.body = append(p.open.body, line)
	}
	return nil
}

func (p *parser) marker(found marker, kind markerKind, line string) error {
	switch {
	case kind == brokenMarker:
		return damaged(p.number, "this line was a marker of awsmfa and has been changed")
	case kind == beginMarker && p.open != nil:
		return damaged(p.number, "a block of awsmfa begins inside the one that begins in line %d", p.started[p.open.owner])
	case kind == beginMarker && p.started[found.owner] > 0:
		return damaged(p.number, "there are two blocks of %q", found.owner)
	case kind == beginMarker:
		p.foreign(p.end - len(line))
		p.open, p.started[found.owner] = &block{marker: found}, p.number
	case p.open == nil:
		return damaged(p.number, "a block of awsmfa ends that has no beginning")
	case p.open.owner != found.owner:
		return damaged(p.number, "the end of %q stands in the block of %q, which begins in line %d",
			found.owner, p.open.owner, p.started[p.open.owner])
	default:
		p.open.end = line
		p.file.parts = append(p.file.parts, part{block: p.open})
		p.file.created = p.file.created || p.open.created
		p.open, p.foreignFrom = nil, p.end
	}
	return nil
}

// Bytes is the file as it is to be written: what Parse got, if nothing was
// changed since.
func (f *File) Bytes() []byte { return []byte(joined(f.parts)) }

func joined(parts []part) string {
	var all strings.Builder
	for _, p := range parts {
		all.WriteString(p.String())
	}
	return all.String()
}

// appendText keeps texts that follow one another in one part.
func appendText(parts []part, text string) []part {
	switch last := len(parts) - 1; {
	case text == "":
		return parts
	case last >= 0 && parts[last].block == nil:
		parts[last].text += text
		return parts
	default:
		return append(parts, part{text: text})
	}
}

func findBlock(parts []part, owner string) int {
	return slices.IndexFunc(parts, func(p part) bool { return p.block != nil && p.block.owner == owner })
}

// Owners are the owners of the blocks, in the order of the file.
func (f *File) Owners() []string {
	var owners []string
	for _, p := range f.parts {
		if p.block != nil {
			owners = append(owners, p.block.owner)
		}
	}
	return owners
}

// Profiles are those in the block of the owner, in the order of the file, with the
// settings that are ours; none if there is no such block.
func (f *File) Profiles(owner string) []Profile {
	at := findBlock(f.parts, owner)
	if at < 0 {
		return nil
	}
	var profiles []Profile
	for _, s := range parseBody(f.parts[at].block.body).sections {
		if s.profile == "" {
			continue
		}
		found := Profile{Name: s.profile}
		for _, l := range scan(s.lines) {
			if l.ours() {
				found.Settings = append(found.Settings, Setting{l.key, l.value})
			}
		}
		profiles = append(profiles, found)
	}
	return profiles
}

// ProfileNames are the profiles of the file as the AWS CLI reads it, ours and
// others, in the order of the file, each once.
func (f *File) ProfileNames() []string { return f.names(cliProfile) }

// CredentialsNames are the profiles of a credentials file, in whose headers no
// word profile stands, in the order of the file, each once.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html#file-format-creds
func (f *File) CredentialsNames() []string { return f.names(inBrackets) }

// names are those that the headers give, each once; an empty one is none.
func (f *File) names(of func(headerText string) string) []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, l := range scan(splitLines(joined(f.parts))) {
		if l.kind != header {
			continue
		}
		if name := of(l.text); !seen[name] {
			names, seen[name] = append(names, name), true
		}
	}
	return names
}
