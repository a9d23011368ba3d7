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
// Within a block only the keys of [ManagedKeys] are ours: other lines that
// people or `aws configure set` put into our profiles are kept, and a profile
// that holds some is not removed unless forced.
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

// ManagedKeys are the keys that onboarding can ever write. In a profile of ours
// a line with one of them is ours, whoever wrote its value: Put rewrites it, or
// takes it out when the profile no longer has it. Every other line belongs to
// somebody else. [File.Put] refuses to write other keys.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func ManagedKeys() []string {
	return []string{
		"role_arn", "source_profile", "mfa_serial", "region", "duration_seconds",
		"role_session_name", "external_id", "credential_process", "endpoint_url", "services",
	}
}

func managed(key string) bool { return slices.Contains(ManagedKeys(), key) }

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

func (b *block) text() string { return b.begin() + strings.Join(b.body, "") + b.end }

func (p part) String() string {
	if p.block != nil {
		return p.block.text()
	}
	return p.text
}

// Parse reads a file. Everything is text to it except our own marker lines, so
// the only files that it refuses are those whose blocks are damaged
// ([DamagedError]) and those in UTF-16, which no AWS tool reads.
func Parse(text []byte) (*File, error) {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, &DamagedError{
			Line: 1, Problem: "the file is in UTF-16, which the AWS CLI cannot read", Remedy: "save it as UTF-8",
		}
	}
	p := parser{}
	rest := string(text)
	if after, found := strings.CutPrefix(rest, byteOrderMark); found {
		p.foreign(byteOrderMark)
		rest = after
	}
	for _, line := range splitLines(rest) {
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

const byteOrderMark = "\ufeff"

// parser collects parts, line by line.
type parser struct {
	file    File
	number  int
	open    *block
	started int
}

func (p *parser) foreign(text string) { p.file.parts = appendText(p.file.parts, text) }

func (p *parser) line(line string) error {
	p.number++
	found, kind := parseMarker(line)
	switch {
	case kind == brokenMarker:
		return damaged(p.number, "this line was a marker of awsmfa and has been changed")
	case kind == beginMarker:
		return p.begin(found)
	case kind == endMarker:
		return p.end(found, line)
	case p.open != nil:
		p.open.body = append(p.open.body, line)
	default:
		p.foreign(line)
	}
	return nil
}

func (p *parser) begin(found marker) error {
	switch {
	case p.open != nil:
		return damaged(p.number, "a block of awsmfa begins inside the one that begins in line %d", p.started)
	case p.file.find(found.owner) >= 0:
		return damaged(p.number, "there are two blocks of %q", found.owner)
	default:
		p.open, p.started = &block{marker: found}, p.number
		return nil
	}
}

func (p *parser) end(found marker, line string) error {
	switch {
	case p.open == nil:
		return damaged(p.number, "a block of awsmfa ends that has no beginning")
	case p.open.owner != found.owner:
		return damaged(p.number, "the end of %q stands in the block of %q, which begins in line %d",
			found.owner, p.open.owner, p.started)
	default:
		p.open.end = line
		p.file.parts = append(p.file.parts, part{block: p.open})
		p.file.created = p.file.created || p.open.created
		p.open = nil
		return nil
	}
}

func (p *parser) finish() (*File, error) {
	if p.open != nil {
		return nil, damaged(p.started, "the block of %q begins here and has no end", p.open.owner)
	}
	return &p.file, nil
}

// Bytes is the file as it is to be written: what Parse got, if nothing was
// changed since.
func (f *File) Bytes() []byte { return []byte(joined(f.parts)) }

// lines are those of the file as the AWS CLI reads them.
func (f *File) lines() []line {
	return scan(splitLines(strings.TrimPrefix(string(f.Bytes()), byteOrderMark)))
}

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

func (f *File) find(owner string) int { return findBlock(f.parts, owner) }

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

// Profiles are the names of the profiles in the block of the owner, in the order
// of the file; none if there is no such block.
func (f *File) Profiles(owner string) []string {
	at := f.find(owner)
	if at < 0 {
		return nil
	}
	var names []string
	for _, s := range parseBody(f.parts[at].block.body).sections {
		if s.profile != "" {
			names = append(names, s.profile)
		}
	}
	return names
}

// Has reports whether any section may be read as the profile by some AWS tool,
// ours or not. It would rather say yes: see [ConflictError].
func (f *File) Has(profile string) bool {
	for _, line := range splitLines(string(f.Bytes())) {
		if denotes(line, profile) {
			return true
		}
	}
	return false
}

// Setting is the value of a key of a profile as the AWS CLI reads it: names are
// unquoted, comments after a value belong to it, and keys are in lower case. A
// key that has settings below it, as s3 has, has no value. Of a key that is
// there twice the last one counts, though the AWS CLI itself refuses such a file.
func (f *File) Setting(profile, key string) (string, bool) {
	var value string
	var found, within bool
	current := ""
	for _, l := range f.lines() {
		switch {
		case l.kind == header:
			within, current = cliProfile(l.text) == profile, ""
		case l.kind == option:
			current = l.key
			if within && current == key {
				value, found = l.value, l.value != ""
			}
		case l.kind == continuation && within && current == key && value != "":
			value += "\n" + strings.TrimFunc(l.text, isSpace)
		}
	}
	return value, found
}
