// Package proof is the verdict on documents, and what a change of them adds and takes
// away, for people and scripts.
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

// shownCounterexamples is how many counterexamples of a guarantee are printed
// for people. JSON has all that the report keeps.
const shownCounterexamples = 3

// Proof is a [policy.Report] as it is printed; the tags are those of --json.
type Proof struct {
	// Source says where the documents come from.
	Source     string      `json:"source"`
	Account    string      `json:"accountId"`
	Holds      bool        `json:"holds"`
	Classes    int         `json:"classes"`
	Notes      []string    `json:"notes"`
	Guarantees []Guarantee `json:"guarantees"`
}

// Guarantee is what is decided about one guarantee.
type Guarantee struct {
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
	Counterexamples []Counterexample `json:"counterexamples"`
}

// Counterexample is a [policy.Violation]; one of G8 has a Text alone.
type Counterexample struct {
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

// Subject is what to verify, and what a person should know about it.
type Subject struct {
	// Source says in a few words where the documents come from.
	Source     string
	Deployment policy.Deployment
	// Beside are further stacks of the account.
	Beside []policy.Deployment
	Notes  []string
	// Missing says why guarantees are not judged, if documents are missing.
	Missing string
}

// Verify decides what is promised of the subject.
func (s Subject) Verify(limits Limits) Proof {
	stacks := append([]policy.Deployment{s.Deployment}, s.Beside...)
	for i := range stacks {
		stacks[i].SCPs, stacks[i].MemberBoundary = limits.SCPs, limits.Boundary
	}
	s.Notes = append(slices.Clip(s.Notes), limits.Note)
	return Of(s, policy.VerifyTogether(stacks...))
}

// Of is the proof of a subject.
func Of(subject Subject, report policy.Report) Proof {
	p := Proof{
		Source: subject.Source, Account: subject.Deployment.Account.ID,
		Holds: report.Holds(), Classes: report.Classes(), Notes: append([]string{}, subject.Notes...),
	}
	for _, result := range report.Results {
		g := Guarantee{
			Guarantee: result.Guarantee, Verdict: result.Verdict, Promise: result.Guarantee.Promise(),
			Classes: result.Classes, Broken: result.Broken, Why: result.Why, Conditions: result.Conditions,
			Note: result.Note, Counterexamples: []Counterexample{},
		}
		if g.Verdict == policy.NotJudged && g.Note == "" {
			g.Note = subject.Missing
		}
		for _, violation := range result.Violations {
			g.Counterexamples = append(g.Counterexamples, counterexampleOf(violation))
		}
		p.Guarantees = append(p.Guarantees, g)
	}
	return p
}

func counterexampleOf(v policy.Violation) Counterexample {
	c := Counterexample{
		Caller: v.Caller, Credential: v.Credential, Attached: v.Attached,
		Action: v.Action, Resource: v.Resource, Keys: v.Keys, Text: v.String(),
	}
	if v.Fault == "" {
		c.Decision = v.Decision.Outcome.String()
	}
	return c
}

// Err says which guarantees are not proved.
func (p Proof) Err() error {
	var faults []error
	if broken := p.with(policy.Broken); len(broken) > 1 {
		faults = append(faults, errors.New(output.Joined(broken, "and")+" do not hold"))
	} else if len(broken) == 1 {
		faults = append(faults, errors.New(broken[0]+" does not hold"))
	}
	if undecided := p.with(policy.Undecided); len(undecided) > 0 {
		faults = append(faults, errors.New("undecided, and so not proved: "+output.Joined(undecided, "and")))
	}
	return errors.Join(faults...)
}

func (p Proof) with(verdict policy.Verdict) []string {
	var list []string
	for _, g := range p.Guarantees {
		if g.Verdict == verdict {
			list = append(list, string(g.Guarantee))
		}
	}
	return list
}

// remarks are what there is to say about the verdict.
func (g Guarantee) remarks() []string {
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

// TextWidth is that of a terminal.
const TextWidth = 80

// Table prints the proof for a terminal.
func (p Proof) Table(out io.Writer, color bool) error {
	const begin = "%-2s  %s  %7s  "
	indent := strings.Repeat(" ", len("G1  not judged  CLASSES  "))
	text := &output.Lines{W: out}
	text.Linef(begin+"PROMISE", "", "VERDICT   ", "CLASSES")
	for _, g := range p.Guarantees {
		verdict := colored(fmt.Sprintf("%-10s", g.Verdict), g.Verdict, color)
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "\n")
		text.Linef(begin+"%s", g.Guarantee, verdict, output.Thousands(g.Classes), wrapped(promise, indent))
	}
	p.eachBroken(func(g Guarantee, shown []Counterexample, more int) {
		text.Linef("\n%s is broken, for example:", g.Guarantee)
		for _, c := range shown {
			text.Linef("  - %s", wrapped(c.Text, "    "))
		}
		if more > 0 {
			text.Linef("  and %s more", output.Thousands(more))
		}
	})
	return text.Err
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
			case j > 0 && at+1+len(word) > TextWidth:
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

func (p Proof) eachBroken(visit func(g Guarantee, shown []Counterexample, more int)) {
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

// Markdown prints the proof for a pull request.
func (p Proof) Markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("| | verdict | classes | promise |\n| --- | --- | ---: | --- |")
	for _, g := range p.Guarantees {
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "; ")
		text.Linef("| %s | %s | %s | %s |", g.Guarantee, g.Verdict, output.Thousands(g.Classes), markdownText(promise))
	}
	p.eachBroken(func(g Guarantee, shown []Counterexample, more int) {
		text.Linef("\n%s is broken, for example:\n", g.Guarantee)
		for _, c := range shown {
			text.Linef("- `%s`", strings.ReplaceAll(c.Text, "`", "'"))
		}
		if more > 0 {
			text.Linef("- and %s more", output.Thousands(more))
		}
	})
	return text.Err
}

// markdownText escapes what a table cell would not show as it is.
func markdownText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}
