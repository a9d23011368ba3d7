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

// ConflictError says that the file has profiles of the names that are to be
// written, and that they are not of the same block. Every spelling counts that
// the AWS CLI, boto3 or an SDK could take for the profile. Put with force takes
// those sections out.
type ConflictError struct{ Conflicts []Conflict }

// Error names the profiles, their lines, and what can be done.
func (e *ConflictError) Error() string {
	var found []string
	for _, c := range e.Conflicts {
		where := "not written by awsmfa"
		if c.Owner != "" {
			where = "written for " + c.Owner
		}
		found = append(found, fmt.Sprintf("profile %s in line %d (%s)", c.Profile, c.Line, where))
	}
	return "it has these profiles already: " + strings.Join(found, ", ") +
		"; rename them, have ours named differently, or replace them with --force"
}

// DamagedError says that the marker lines of our blocks are not as we wrote
// them, so that what is ours can no longer be told, or that the AWS CLI cannot read
// the file. Nothing was changed.
type DamagedError struct {
	// Line is where the damage shows, from 1.
	Line            int
	Problem, Remedy string
}

// Error names the line and how to mend it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("line %d: %s; nothing was changed: %s", e.Line, e.Problem, e.Remedy)
}

func damaged(line int, format string, args ...any) error {
	return &DamagedError{
		Line: line, Problem: fmt.Sprintf(format, args...),
		Remedy: "restore the marker lines (# >>> awsmfa onboard … and # <<< awsmfa onboard …), " +
			"or delete them together with the profiles between them, and run again",
	}
}

// ForeignLine is a line within a block of ours that we did not write.
type ForeignLine struct {
	// Line is its number, from 1.
	Line int
	// Profile is the profile it belongs to, "" if none.
	Profile string
	// What is the key of the setting, or what else the line is ("a comment"),
	// never a value.
	What string
}

// ForeignLinesError says that profiles of ours are to go that hold lines which
// are not ours. Put and Remove with force delete those lines too.
type ForeignLinesError struct {
	// Owner is the owner of the block.
	Owner string
	Lines []ForeignLine
}

// Error names the lines, but not the values that stand there.
func (e *ForeignLinesError) Error() string {
	var found []string
	for _, l := range e.Lines {
		where := ""
		if l.Profile != "" {
			where = " in profile " + l.Profile
		}
		found = append(found, fmt.Sprintf("%s%s (line %d)", l.What, where, l.Line))
	}
	return fmt.Sprintf("the profiles of %s hold lines that awsmfa did not write and would delete: %s; "+
		"move them elsewhere, or delete them too with --force", e.Owner, strings.Join(found, ", "))
}

// InvalidError says that a block cannot be written so that the AWS CLI, boto3
// and the SDKs read it alike: which rule is broken, without the value.
type InvalidError string

func (e InvalidError) Error() string { return string(e) }

func invalid(format string, args ...any) error { return InvalidError(fmt.Sprintf(format, args...)) }
