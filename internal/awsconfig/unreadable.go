package awsconfig

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Readable is what the AWS CLI refuses the file for, if it does: see [Update].
func (f *File) Readable() error { return unreadable(joined(f.parts)) }

// unreadable is what the AWS CLI and boto3 refuse a file for, at the first line
// with such a thing; nil if they read it. Everything that they are asked for then
// fails, be it of another profile.
func unreadable(text string) error {
	lines := splitLines(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"))
	for i, raw := range lines {
		if !utf8.ValidString(raw) {
			return refused(i, "it is not in UTF-8", "save the file as UTF-8")
		}
	}
	r := reader{sections: map[string]int{}, defaults: map[string]int{}, own: map[string]int{}}
	for i, l := range scan(lines) {
		if err := r.line(i, l); err != nil {
			return err
		}
	}
	return nil
}

// reader is where configparser is in a file.
type reader struct {
	// section is the header, as it stands there.
	section string
	// sections are the lines in which they stand, and keys those of the section: its
	// own, or defaults of all sections [DEFAULT].
	sections, keys, own, defaults map[string]int
	// nested: the last key has its value below it.
	nested bool
}

func (r *reader) line(i int, l line) error {
	switch {
	case l.kind == header:
		return r.header(i, inBrackets(l.text))
	case !l.said():
	case r.section == "":
		return refused(i, "this line stands before the first [section]", "move it below one, or delete it")
	case l.kind == junk:
		return refused(i, "this line is neither a [section], nor a setting with =, nor a comment", "correct or delete it")
	case l.kind == option:
		if first, twice := r.keys[l.key]; twice {
			return refused(i, fmt.Sprintf("%s has been set in line %d", keyOrLine(l.key), first), "delete one of the two")
		}
		r.keys[l.key], r.nested = i+1, l.value == ""
	case r.nested && !strings.Contains(l.text, "="):
		return refused(i, "a setting below "+keyOrLine(l.key)+" has no =", "correct or delete it")
	}
	return nil
}

// header begins a section. Those of [DEFAULT] are configparser's own, and one.
func (r *reader) header(i int, name string) error {
	if first, twice := r.sections[name]; twice && name != "DEFAULT" {
		return refused(i, fmt.Sprintf("the same section begins in line %d", first), "make one of the two")
	}
	r.section = name
	r.sections[name], r.nested = i+1, false
	if r.keys = r.defaults; name != "DEFAULT" {
		clear(r.own)
		r.keys = r.own
	}
	return nil
}

// keyOrLine is a key that can be shown.
func keyOrLine(key string) string {
	if isKeyName(key) {
		return key
	}
	return "this key"
}

func refused(i int, problem, remedy string) error {
	return atLine(i+1, problem+", so the AWS CLI cannot read the file", remedy)
}
