package main

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
	resultHolds    = "holds"
	resultBroken   = "broken"
	resultNotTried = "not tried"
)

// proof is a [policy.Report] as it is printed; the tags are those of --json.
type proof struct {
	// Source says where the documents come from.
	Source     string      `json:"source"`
	Account    string      `json:"accountId"`
	Holds      bool        `json:"holds"`
	Tried      int         `json:"tried"`
	Notes      []string    `json:"notes"`
	Guarantees []guarantee `json:"guarantees"`
}

// guarantee is what came of one guarantee.
type guarantee struct {
	Guarantee policy.Guarantee `json:"guarantee"`
	Promise   string           `json:"promise"`
	Result    string           `json:"result"`
	Tried     int              `json:"tried"`
	// Broken is the number of requests that break it.
	Broken          int              `json:"broken"`
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
	Decision   string            `json:"decision,omitempty"`
	// Text is all of it in one sentence.
	Text string `json:"text"`
}

func proofOf(subject judged, report policy.Report) proof {
	p := proof{
		Source: subject.source, Account: subject.deployment.Account.ID,
		Holds: report.Holds(), Tried: report.Tried(), Notes: append([]string{}, subject.notes...),
	}
	for _, result := range report.Results {
		g := guarantee{
			Guarantee: result.Guarantee, Promise: result.Guarantee.Promise(), Result: resultHolds,
			Tried: result.Tried, Broken: result.Broken, Note: result.Note, Counterexamples: []counterexample{},
		}
		switch {
		case !result.Holds():
			g.Result = resultBroken
		case result.Tried == 0:
			g.Result = resultNotTried
			if g.Note == "" {
				g.Note = subject.missing
			}
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
		Action: v.Action, Resource: v.Resource, Text: v.String(),
	}
	if v.Fault == "" {
		c.Decision = v.Decision.Outcome.String()
	}
	return c
}

// err says which guarantees are broken.
func (p proof) err() error {
	var broken []string
	for _, g := range p.Guarantees {
		if g.Result == resultBroken {
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
func (g guarantee) verdict() string {
	text := g.Result
	if g.Result == resultBroken {
		text = "BROKEN by " + output.Thousands(g.Broken)
	}
	if g.Note != "" {
		text += ": " + g.Note
	}
	return text
}

// table prints the proof for a terminal.
func (p proof) table(out io.Writer, color bool) error {
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
	p.eachBroken(func(g guarantee, shown []counterexample, more int) {
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

func (p proof) eachBroken(visit func(g guarantee, shown []counterexample, more int)) {
	for _, g := range p.Guarantees {
		if g.Result == resultBroken {
			shown := different(g.Counterexamples)
			visit(g, shown, g.Broken-len(shown))
		}
	}
}

// different are the first counterexamples, without those that read the same.
func different(all []counterexample) []counterexample {
	var shown []counterexample
	for _, c := range all {
		if len(shown) < shownCounterexamples && !slices.Contains(shown, c) {
			shown = append(shown, c)
		}
	}
	return shown
}

func (g guarantee) color() output.Color {
	switch g.Result {
	case resultHolds:
		return output.Green
	case resultBroken:
		return output.Red
	default:
		return output.Dim
	}
}

// markdown prints the proof for a pull request.
func (p proof) markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("| | promise | requests | result |\n| --- | --- | ---: | --- |")
	for _, g := range p.Guarantees {
		text.Linef("| %s | %s | %s | %s |",
			g.Guarantee, markdownText(g.Promise), output.Thousands(g.Tried), markdownText(g.verdict()))
	}
	p.eachBroken(func(g guarantee, shown []counterexample, more int) {
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
