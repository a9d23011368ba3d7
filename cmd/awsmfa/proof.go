package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// shownCounterexamples is how many counterexamples of a guarantee are printed
// for people. JSON has all that the report keeps.
const shownCounterexamples = 3

// proof is a [policy.Report] as it is printed; the tags are those of --json.
type proof struct {
	// Source says where the documents come from.
	Source     string      `json:"source"`
	Account    string      `json:"accountId"`
	Holds      bool        `json:"holds"`
	Classes    int         `json:"classes"`
	Notes      []string    `json:"notes"`
	Guarantees []guarantee `json:"guarantees"`
}

// guarantee is what is decided about one guarantee.
type guarantee struct {
	Guarantee policy.Guarantee `json:"guarantee"`
	Verdict   policy.Verdict   `json:"verdict"`
	Promise   string           `json:"promise"`
	// Classes is the number of requests that were evaluated, one of each class.
	Classes int `json:"classes"`
	// Broken is the number of classes that break it.
	Broken int `json:"broken"`
	// Why says why it is undecided, Conditions on what a verdict depends.
	Why             []string         `json:"why,omitempty"`
	Conditions      []string         `json:"conditions,omitempty"`
	Note            string           `json:"note,omitempty"`
	Counterexamples []counterexample `json:"counterexamples"`
}

// counterexample is a [policy.Violation]; one of G8 has a Text alone.
type counterexample struct {
	Caller     string            `json:"caller,omitempty"`
	Credential policy.Credential `json:"credential,omitempty"`
	Attached   string            `json:"attached,omitempty"`
	Action     string            `json:"action,omitempty"`
	Resource   string            `json:"resource,omitempty"`
	Keys       []string          `json:"keys,omitempty"`
	Decision   string            `json:"decision,omitempty"`
	// Text is all of it in one sentence.
	Text string `json:"text"`
}

func proofOf(subject judged, report policy.Report) proof {
	p := proof{
		Source: subject.source, Account: subject.deployment.Account.ID,
		Holds: report.Holds(), Classes: report.Classes(), Notes: append([]string{}, subject.notes...),
	}
	for _, result := range report.Results {
		g := guarantee{
			Guarantee: result.Guarantee, Verdict: result.Verdict, Promise: result.Guarantee.Promise(),
			Classes: result.Classes, Broken: result.Broken, Why: result.Why, Conditions: result.Conditions,
			Note: result.Note, Counterexamples: []counterexample{},
		}
		if g.Verdict == policy.NotJudged && g.Note == "" {
			g.Note = subject.missing
		}
		for _, violation := range result.Violations {
			g.Counterexamples = append(g.Counterexamples, counterexampleOf(violation))
		}
		p.Guarantees = append(p.Guarantees, g)
	}
	return p
}

func counterexampleOf(v policy.Violation) counterexample {
	c := counterexample{
		Caller: v.Caller, Credential: v.Credential, Attached: v.Attached,
		Action: v.Action, Resource: v.Resource, Keys: v.Keys, Text: v.String(),
	}
	if v.Fault == "" {
		c.Decision = v.Decision.Outcome.String()
	}
	return c
}

// err says which guarantees are not proved.
func (p proof) err() error {
	var faults []error
	if broken := p.with(policy.Broken); len(broken) > 1 {
		faults = append(faults, errors.New(joined(broken, "and")+" do not hold"))
	} else if len(broken) == 1 {
		faults = append(faults, errors.New(broken[0]+" does not hold"))
	}
	if undecided := p.with(policy.Undecided); len(undecided) > 0 {
		faults = append(faults, errors.New("undecided, and so not proved: "+joined(undecided, "and")))
	}
	return errors.Join(faults...)
}

func (p proof) with(verdict policy.Verdict) []string {
	var list []string
	for _, g := range p.Guarantees {
		if g.Verdict == verdict {
			list = append(list, string(g.Guarantee))
		}
	}
	return list
}

func (p proof) json(out io.Writer) error { return printJSON(out, p) }

func printJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// remarks are what there is to say about the verdict.
func (g guarantee) remarks() []string {
	var list []string
	if g.Note != "" {
		list = append(list, "("+g.Note+")")
	}
	for _, why := range g.Why {
		list = append(list, "undecided: "+why)
	}
	for _, condition := range g.Conditions {
		list = append(list, "on condition of such as "+condition)
	}
	return list
}

// textWidth is that of a terminal.
const textWidth = 80

// table prints the proof for a terminal.
func (p proof) table(out io.Writer, color bool) error {
	const begin = "%-2s  %s  %7s  "
	indent := strings.Repeat(" ", len("G1  not judged  CLASSES  "))
	text := &lines{w: out}
	text.linef(begin+"PROMISE", "", "VERDICT   ", "CLASSES")
	for _, g := range p.Guarantees {
		verdict := colored(fmt.Sprintf("%-10s", g.Verdict), g.Verdict, color)
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "\n")
		text.linef(begin+"%s", g.Guarantee, verdict, thousands(g.Classes), wrapped(promise, indent))
	}
	p.eachBroken(func(g guarantee, shown []counterexample, more int) {
		text.linef("\n%s is broken, for example:", g.Guarantee)
		for _, c := range shown {
			text.linef("  - %s", wrapped(c.Text, "    "))
		}
		if more > 0 {
			text.linef("  and %s more", thousands(more))
		}
	})
	return text.err
}

// wrapped breaks text between words, to go on below the indent at which it begins.
func wrapped(text, indent string) string {
	var out strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteString("\n" + indent)
		}
		at := len(indent)
		for j, word := range strings.Fields(line) {
			switch {
			case j > 0 && at+1+len(word) > textWidth:
				out.WriteString("\n" + indent)
				at = len(indent)
			case j > 0:
				out.WriteByte(' ')
				at++
			}
			out.WriteString(word)
			at += len(word)
		}
	}
	return out.String()
}

func (p proof) eachBroken(visit func(g guarantee, shown []counterexample, more int)) {
	for _, g := range p.Guarantees {
		if g.Verdict == policy.Broken {
			shown := g.Counterexamples[:min(shownCounterexamples, len(g.Counterexamples))]
			visit(g, shown, g.Broken-len(shown))
		}
	}
}

func colored(text string, verdict policy.Verdict, color bool) string {
	codes := map[policy.Verdict]string{
		policy.Proved: "32", policy.Broken: "1;31", policy.Undecided: "33", policy.NotJudged: "2",
	}
	if !color {
		return text
	}
	return "\x1b[" + codes[verdict] + "m" + text + "\x1b[0m"
}

// markdown prints the proof for a pull request.
func (p proof) markdown(out io.Writer) error {
	text := &lines{w: out}
	text.linef("| | verdict | classes | promise |\n| --- | --- | ---: | --- |")
	for _, g := range p.Guarantees {
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "; ")
		text.linef("| %s | %s | %s | %s |", g.Guarantee, g.Verdict, thousands(g.Classes), markdownText(promise))
	}
	p.eachBroken(func(g guarantee, shown []counterexample, more int) {
		text.linef("\n%s is broken, for example:\n", g.Guarantee)
		for _, c := range shown {
			text.linef("- `%s`", strings.ReplaceAll(c.Text, "`", "'"))
		}
		if more > 0 {
			text.linef("- and %s more", thousands(more))
		}
	})
	return text.err
}

// markdownText escapes what a table cell would not show as it is.
func markdownText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}

// thousands is a number with a comma at every thousand.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// joined is "a, b and c".
func joined(list []string, conjunction string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " " + conjunction + " " + list[last]
}

// lines writes lines and keeps the first error.
type lines struct {
	w   io.Writer
	err error
}

func (l *lines) linef(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format+"\n", args...)
	}
}
