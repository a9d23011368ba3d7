package proof

import (
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

// shownNames is how many names of a list are printed for people.
const shownNames = 4

// details are lines about the request, each with what it is about.
func (a Access) details() [][2]string {
	list := [][2]string{
		{"caller", a.Caller},
		{"with", output.Joined(a.Credentials, "or")},
		{"keys", output.Joined(a.Keys, "and")},
	}
	if a.Attached != "nothing" {
		list = append(list, [2]string{"attached", a.Attached + ", for whatever else is"})
	}
	list = append(list, [2]string{"before", a.Before}, [2]string{"after", a.After})
	for i, others := range [][]string{a.Actions, a.Resources, a.Callers} {
		if i == 1 && slices.Contains(others, "*") {
			continue // it says enough of the others
		}
		text := output.Joined(others[1:min(1+shownNames, len(others))], "and")
		if more := len(others) - 1 - shownNames; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
		if text != "" {
			list = append(list, [2]string{"also", []string{"actions", "resources", "callers"}[i] + " such as " + text})
		}
	}
	return list
}

// Table prints the difference for a terminal.
func (d Difference) Table(out io.Writer, color bool) error {
	text := &output.Lines{W: out}
	for _, side := range []struct {
		sign, title string
		ink         output.Color
		list        []Access
	}{{"+", "Added", output.Red, d.Added}, {"-", "Taken away", output.Green, d.Removed}} {
		if len(side.list) == 0 {
			text.Linef("%s: nothing", side.title)
			continue
		}
		text.Linef("%s: %s of request", side.title, output.Counted(len(side.list), "kind"))
		for _, one := range side.list {
			title := strings.TrimPrefix(one.Of+": ", ": ") + one.Action + " on " + one.Resource
			text.Linef("%s %s", side.ink.Paint(side.sign, color), output.Wrapped(title, "  "))
			for _, line := range one.details() {
				if line[1] != "" {
					text.Linef("    %-8s  %s", line[0], output.Wrapped(line[1], "              "))
				}
			}
		}
	}
	for _, why := range d.Undecided {
		text.Linef("Undecided: %s", output.Wrapped(why, "  "))
	}
	return text.Err
}

// Markdown prints the difference for a pull request.
func (d Difference) Markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("```diff")
	err := d.Table(out, false)
	text.Linef("```")
	return errors.Join(err, text.Err)
}
