package proof

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Difference is what changes come to, as it is printed; the tags are those of --json.
type Difference struct {
	// Before and After say where the documents come from.
	Before  string   `json:"before"`
	After   string   `json:"after"`
	Account string   `json:"accountId"`
	Classes int      `json:"classes"`
	Notes   []string `json:"notes"`
	Added   []Access `json:"added"`
	Removed []Access `json:"removed"`
	// Undecided says why more may be added or removed.
	Undecided []string `json:"undecided"`
}

// Access is a [policy.Access]: one request, and the others that the same
// statements decide.
type Access struct {
	// Of is the group or role of a stack whose policies change.
	Of         string   `json:"of,omitempty"`
	Caller     string   `json:"caller"`
	Credential string   `json:"credential"`
	Attached   string   `json:"attached"`
	Action     string   `json:"action"`
	Resource   string   `json:"resource"`
	Keys       []string `json:"keys"`
	// Before and After say what decides on either side.
	Before string `json:"before"`
	After  string `json:"after"`
	// Callers to Resources are those of all the requests, the first of each class.
	Callers     []string `json:"callers"`
	Credentials []string `json:"credentials"`
	Actions     []string `json:"actions"`
	Resources   []string `json:"resources"`
	Classes     int      `json:"classes"`
}

// Add decides a change, and adds what it comes to.
func (d *Difference) Add(of string, change policy.Change) error {
	found, err := policy.Diff(change)
	if err != nil {
		return err
	}
	d.Classes += found.Classes
	d.Added = append(d.Added, accesses(of, found.Added)...)
	d.Removed = append(d.Removed, accesses(of, found.Removed)...)
	for _, why := range found.Undecided {
		d.undecided(of, why)
	}
	return nil
}

// withLists has [] in JSON where there is nothing.
func (d Difference) withLists() Difference {
	d.Added, d.Removed = output.NotNull(d.Added), output.NotNull(d.Removed)
	d.Notes, d.Undecided = output.NotNull(d.Notes), output.NotNull(d.Undecided)
	return d
}

func (d *Difference) undecided(of, why string) {
	d.Undecided = appendNew(d.Undecided, []string{strings.TrimPrefix(of+": "+why, ": ")})
}

func accesses(of string, list []policy.Access) []Access {
	var printed []Access
	for _, one := range list {
		printed = append(printed, Access{
			Of: of, Caller: one.Callers[0], Credential: one.Credentials[0], Attached: one.Attached,
			Action: one.Request.Action, Resource: one.Request.Resource, Keys: output.NotNull(one.Keys),
			Before: one.Before.Reason(), After: one.After.Reason(), Classes: one.Classes,
			Callers: one.Callers, Credentials: one.Credentials, Actions: one.Actions, Resources: one.Resources,
		})
	}
	return printed
}

// Err says that access is added, or may be.
func (d Difference) Err() error {
	switch {
	case len(d.Added) > 0:
		return errors.New("the change adds access")
	case len(d.Undecided) > 0:
		return errors.New("undecided, and so not 'nothing added'")
	}
	return nil
}

// row is one line about an access.
type row struct{ name, text string }

// shownNames is how many names of a list are printed for people.
const shownNames = 4

func some(list []string, conjunction string) string {
	if more := len(list) - shownNames; more > 1 {
		return strings.Join(list[:shownNames], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return output.Joined(list, conjunction)
}

func (a Access) rows() []row {
	rows := []row{{"caller", a.Caller}, {"with", output.Joined(a.Credentials, "or")}}
	if len(a.Keys) > 0 {
		rows = append(rows, row{"keys", output.Joined(a.Keys, "and")})
	}
	if a.Attached != "nothing" {
		rows = append(rows, row{"attached", a.Attached + ", for whatever else is"})
	}
	rows = append(rows, row{"before", a.Before}, row{"after", a.After})
	// A request without a resource says enough of the others.
	for _, others := range []struct {
		of   string
		list []string
	}{{"actions", a.Actions}, {"resources", a.Resources}, {"callers", a.Callers}} {
		if len(others.list) > 1 && !slices.Contains(others.list, "*") {
			rows = append(rows, row{"also", others.of + " such as " + some(others.list[1:], "and")})
		}
	}
	return rows
}

func (a Access) title() string {
	return strings.TrimPrefix(a.Of+": ", ": ") + a.Action + " on " + a.Resource
}

// eachSide visits what is added and what is removed.
func (d Difference) eachSide(visit func(sign, title string, list []Access)) {
	visit("+", "Added", d.Added)
	visit("-", "Taken away", d.Removed)
}

// Text prints the difference for a terminal.
func (d Difference) Text(out io.Writer, color bool) error {
	text := &output.Lines{W: out}
	d.eachSide(func(sign, title string, list []Access) {
		text.Linef("%s: %s", title, cmp.Or(nothingIf(len(list) == 0), output.Counted(len(list), "kind")+" of request"))
		ink := map[string]output.Color{"+": output.Red, "-": output.Green}[sign]
		for _, one := range list {
			text.Linef("%s %s", ink.Paint(sign, color), wrapped(one.title(), "  "))
			for _, row := range one.rows() {
				text.Linef("    %-8s  %s", row.name, wrapped(row.text, strings.Repeat(" ", len("    attached  "))))
			}
		}
	})
	for _, why := range d.Undecided {
		text.Linef("Undecided: %s", wrapped(why, "  "))
	}
	return text.Err
}

func nothingIf(none bool) string {
	if none {
		return "nothing"
	}
	return ""
}

// Markdown prints the difference for a pull request.
func (d Difference) Markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("| | request | who and how | decided |\n| --- | --- | --- | --- |")
	d.eachSide(func(_, title string, list []Access) {
		if len(list) == 0 {
			text.Linef("| %s | nothing | | |", title)
		}
		for _, one := range list {
			var who, decided []string
			for _, row := range one.rows() {
				line := row.name + ": " + row.text
				if slices.Contains([]string{"before", "after"}, row.name) {
					decided = append(decided, line)
				} else {
					who = append(who, line)
				}
			}
			join := func(lines []string) string {
				return strings.ReplaceAll(markdownText(strings.Join(lines, "\n")), "\n", "<br>")
			}
			text.Linef("| %s | %s | %s | %s |", title, markdownText(one.title()), join(who), join(decided))
		}
	})
	for _, why := range d.Undecided {
		text.Linef("\nUndecided: %s", markdownText(why))
	}
	return text.Err
}
