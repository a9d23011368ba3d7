package proof

import (
	"fmt"
	"io"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

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

// shownCounterexamples is how many of a guarantee are printed for people. JSON has
// all that the report keeps.
const shownCounterexamples = 3

// Table prints the proof for a terminal.
func (p Proof) Table(out io.Writer, color bool) error {
	const begin = "%-2s  %s  %7s  "
	indent := strings.Repeat(" ", len("G1  not judged  CLASSES  "))
	text := &output.Lines{W: out}
	text.Linef(begin+"PROMISE", "", "VERDICT   ", "CLASSES")
	for _, g := range p.Guarantees {
		verdict := colorOf(g.Verdict).Paint(fmt.Sprintf("%-10s", g.Verdict), color)
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "\n")
		text.Linef(begin+"%s", g.Guarantee, verdict, output.Thousands(g.Classes), output.Wrapped(promise, indent))
	}
	p.examples(text, "", "  - %s", "  and %s more", func(example string) string { return output.Wrapped(example, "    ") })
	return text.Err
}

// examples prints counterexamples of what is broken, each in the form item.
func (p Proof) examples(text *output.Lines, gap, item, rest string, show func(example string) string) {
	for _, g := range p.Guarantees {
		if g.Verdict != policy.Broken {
			continue
		}
		text.Linef("\n%s is broken, for example:"+gap, g.Guarantee)
		shown := g.Counterexamples[:min(shownCounterexamples, len(g.Counterexamples))]
		for _, c := range shown {
			text.Linef(item, show(c.Text))
		}
		if more := g.Broken - len(shown); more > 0 {
			text.Linef(rest, output.Thousands(more))
		}
	}
}

func colorOf(verdict policy.Verdict) output.Color {
	return map[policy.Verdict]output.Color{
		policy.Proved: output.Green, policy.Broken: output.Red, policy.Undecided: output.Yellow,
		policy.NotJudged: output.Dim,
	}[verdict]
}

// Markdown prints the proof for a pull request.
func (p Proof) Markdown(out io.Writer) error {
	text := &output.Lines{W: out}
	text.Linef("| | verdict | classes | promise |\n| --- | --- | ---: | --- |")
	for _, g := range p.Guarantees {
		promise := strings.Join(append([]string{g.Promise}, g.remarks()...), "; ")
		text.Linef("| %s | %s | %s | %s |", g.Guarantee, g.Verdict, output.Thousands(g.Classes), markdownText(promise))
	}
	p.examples(text, "\n", "- `%s`", "- and %s more", func(example string) string {
		return strings.ReplaceAll(example, "`", "'")
	})
	return text.Err
}

// markdownText escapes what a table cell would not show as it is.
func markdownText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}
