package awsconfig

import (
	"fmt"
	"strings"
)

// No error of this package has a value of the file in its text: values may be
// secrets.

// Conflict is a section that may be read as a profile that is to be written.
type Conflict struct {
	Profile string
	// Line is the number of the section's first line, from 1.
	Line int
	// Owner is the owner of the block of ours that it stands in, "" for a
	// section that awsmfa did not write.
	Owner string
}

func conflictsError(conflicts []Conflict) error {
	var found []string
	for _, c := range conflicts {
		where := "not written by awsmfa"
		if c.Owner != "" {
			where = "written for " + c.Owner
		}
		found = append(found, fmt.Sprintf("profile %s in line %d (%s)", c.Profile, c.Line, where))
	}
	return fmt.Errorf("it has these profiles already: %s; rename them, have ours named differently with --prefix, "+
		"or replace them with --force", strings.Join(found, ", "))
}

// damaged is the error about marker lines that are not as we wrote them, so that what
// is ours can no longer be told.
func damaged(line int, format string, args ...any) error {
	return atLine(line, fmt.Sprintf(format, args...), "restore the marker lines (# >>> awsmfa onboard … and "+
		"# <<< awsmfa onboard …), or delete them together with the profiles between them, and run again")
}

func atLine(line int, problem, remedy string) error {
	return fmt.Errorf("line %d: %s; nothing was changed: %s", line, problem, remedy)
}

// foreignLine is a line within a block of ours that we did not write.
type foreignLine struct {
	// line is its index in the body of the block.
	line int
	// profile is the one it belongs to, "" if none.
	profile string
	// what is the key of the setting, or what else the line is ("a comment"),
	// never a value.
	what string
}

// foreignLinesError is about the lines of the block that would be deleted with it.
func foreignLinesError(parts []part, at int, lines []foreignLine) error {
	b := parts[at].block
	first := strings.Count(joined(parts[:at]), "\n") + 2
	var found []string
	for _, l := range lines {
		number, where := first+l.line, ""
		if l.line >= len(b.body)-b.adopted {
			number++ // it stands behind the end marker
		}
		if l.profile != "" {
			where = " in profile " + l.profile
		}
		found = append(found, fmt.Sprintf("%s%s (line %d)", l.what, where, number))
	}
	return fmt.Errorf("the profiles of %s hold lines that awsmfa did not write and would delete: %s; "+
		"move them elsewhere, or delete them too with --force", b.owner, strings.Join(found, ", "))
}

// InvalidError says that a block cannot be written so that the AWS CLI, boto3
// and the SDKs read it alike: which rule is broken, without the value.
type InvalidError string

func (e InvalidError) Error() string { return string(e) }

func invalid(format string, args ...any) error { return InvalidError(fmt.Sprintf(format, args...)) }
