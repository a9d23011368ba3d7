// Package proof is the verdict on documents, for people and scripts.
package proof

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// shownCounterexamples is how many counterexamples of a guarantee are printed
// for people. JSON has all that the report keeps.
const shownCounterexamples = 3

// The results of trying a guarantee.
const (
	ResultHolds    = "holds"
	ResultBroken   = "broken"
	ResultNotTried = "not tried"
)

// Proof is a [policy.Report] as it is printed; the tags are those of --json.
type Proof struct {
	// Source says where the documents come from.
	Source     string      `json:"source"`
	Account    string      `json:"accountId"`
	Holds      bool        `json:"holds"`
	Tried      int         `json:"tried"`
	Notes      []string    `json:"notes"`
	Guarantees []Guarantee `json:"guarantees"`
}

// Guarantee is what came of one guarantee.
type Guarantee struct {
	Guarantee policy.Guarantee `json:"guarantee"`
	Promise   string           `json:"promise"`
	Result    string           `json:"result"`
	Tried     int              `json:"tried"`
	// Broken is the number of requests that break it.
	Broken          int              `json:"broken"`
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
	Decision   string            `json:"decision,omitempty"`
	// Text is all of it in one sentence.
	Text string `json:"text"`
}

// Subject is what to verify, and what a person should know about it.
type Subject struct {
	// Source says in a few words where the documents come from.
	Source     string
	Deployment policy.Deployment
	Notes      []string
	// Missing says why guarantees are not tried, if documents are missing.
	Missing string
}

// Of is the proof of a subject.
func Of(subject Subject, report policy.Report) Proof {
	p := Proof{
		Source: subject.Source, Account: subject.Deployment.Account.ID,
		Holds: report.Holds(), Tried: report.Tried(), Notes: append([]string{}, subject.Notes...),
	}
	for _, result := range report.Results {
		g := Guarantee{
			Guarantee: result.Guarantee, Promise: result.Guarantee.Promise(), Result: ResultHolds,
			Tried: result.Tried, Broken: result.Broken, Note: result.Note, Counterexamples: []Counterexample{},
		}
		switch {
		case !result.Holds():
			g.Result = ResultBroken
		case result.Tried == 0:
			g.Result = ResultNotTried
			if g.Note == "" {
				g.Note = subject.Missing
			}
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
		Action: v.Action, Resource: v.Resource, Text: v.String(),
	}
	if v.Fault == "" {
		c.Decision = v.Decision.Outcome.String()
	}
	return c
}

// Err says which guarantees are broken.
func (p Proof) Err() error {
	var broken []string
	for _, g := range p.Guarantees {
		if g.Result == ResultBroken {
			broken = append(broken, string(g.Guarantee))
		}
	}
	if len(broken) == 0 {
		return nil
	}
	verb := " does not hold"
	if len(broken) > 1 {
		verb = " do not hold"
	}
	return errors.New(output.Joined(broken, "and") + verb)
}

// verdict is the result with what there is to say about it.
func (g Guarantee) verdict() string {
	text := g.Result
	if g.Result == ResultBroken {
		text = "BROKEN by " + output.Thousands(g.Broken)
	}
	if g.Note != "" {
		text += ": " + g.Note
	}
	return text
}

// Table prints the proof for a terminal.
func (p Proof) Table(out io.Writer, color bool) error {
	rows := []string{"\tPROMISE\tREQUESTS\tRESULT"}
	for _, g := range p.Guarantees {
		rows = append(rows, strings.Join([]string{
			string(g.Guarantee), g.Promise, output.Thousands(g.Tried), g.color().Paint(g.verdict(), color),
		}, "\t"))
	}
	if err := output.Table(out, rows); err != nil {
		return err
	}
	below := &output.Lines{W: out}
	p.eachBroken(func(g Guarantee, shown []Counterexample, more int) {
		below.Linef("\n%s is broken, for example:", g.Guarantee)
		for _, c := range shown {
			below.Linef("  - %s", c.Text)
		}
		if more > 0 {
			below.Linef("  and %s more", output.Thousands(more))
		}
	})
	return below.Err
}

func (p Proof) eachBroken(visit func(g Guarantee, shown []Counterexample, more int)) {
	for _, g := range p.Guarantees {
		if g.Result == ResultBroken {
			shown := different(g.Counterexamples)
			visit(g, shown, g.Broken-len(shown))
		}
	}
}

// different are the first counterexamples, without those that read the same.
func different(all []Counterexample) []Counterexample {
	var shown []Counterexample
	for _, c := range all {
		if len(shown) < shownCounterexamples && !slices.Contains(shown, c) {
			shown = append(shown, c)
		}
	}
	return shown
}

func (g Guarantee) color() output.Color {
	switch g.Result {
	case ResultHolds:
		return output.Green
	case ResultBroken:
		return output.Red
	default:
		return output.Dim
	}
}

// Markdown prints the proof for a pull request.
func (p Proof) Markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("| | promise | requests | result |\n| --- | --- | ---: | --- |")
	for _, g := range p.Guarantees {
		text.Linef("| %s | %s | %s | %s |",
			g.Guarantee, markdownText(g.Promise), output.Thousands(g.Tried), markdownText(g.verdict()))
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
