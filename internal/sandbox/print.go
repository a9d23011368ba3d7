package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// printOutputs writes the stack outputs for people.
func printOutputs(opts Options, changed string, outputs stack.Outputs) error {
	p := &page{}
	p.line("Stack %s in the sandbox's AWS account %s: %s.", opts.Stack, outputs.ClientConfig.AccountID, changed)
	p.line("")
	p.section("Roles", arns(outputs.RoleARNs))
	p.section("MFA policies", arns(outputs.MFAPolicyARNs))
	var grants, profiles [][2]string
	for _, group := range slices.Sorted(maps.Keys(outputs.Grants)) {
		for _, arn := range outputs.Grants[group] {
			grants = append(grants, [2]string{group, arn})
		}
	}
	p.section("Grants", grants)
	for _, profile := range outputs.ClientConfig.Profiles {
		profiles = append(profiles, [2]string{
			profile.Name, fmt.Sprintf("%s, for %s", profile.Duration(), strings.Join(profile.TrustedUsers, ", ")),
		})
	}
	p.section("Profiles", profiles)
	if len(outputs.ExemptActions) > 0 {
		p.line("Exempt from MFA")
		p.line("  %s", strings.Join(outputs.ExemptActions, ", "))
	}
	if len(outputs.ExemptActionsAtMyRisk) > 0 {
		p.line("Exempt from MFA at your own risk")
		p.line("  %s", strings.Join(outputs.ExemptActionsAtMyRisk, ", "))
	}
	p.line("")
	p.line("The outputs as JSON: %s", opts.outputsFile())
	return p.print(opts.Stdout)
}

// printExports writes the shell lines with which the AWS CLI and every AWS SDK
// use the endpoint as that person, and the warning, if there is one.
func printExports(opts Options, endpoint string, person story.Person, warning string) error {
	p := &page{}
	p.line("")
	p.line("# The sandbox's AWS, as its user %s, for a shell of its own: HOME changes.", person.Name)
	p.line("# The homes of the others are beside it. The code for a prompt:")
	p.line("#   awsmfa sandbox code %s%s", person.Name, opts.Flags)
	if warning != "" {
		p.line("# %s", warning)
	}
	for _, line := range story.Exports(person, endpoint) {
		p.line("%s", line)
	}
	return p.print(opts.Stdout)
}

// page is text for a terminal.
type page struct{ text bytes.Buffer }

func (p *page) line(format string, args ...any) { _, _ = fmt.Fprintf(&p.text, format+"\n", args...) }

// section has the values beside their names, or below where there is no room.
func (p *page) section(title string, rows [][2]string) {
	p.line("%s", title)
	names, values := 0, 0
	for _, row := range rows {
		names, values = max(names, len(row[0])), max(values, len(row[1]))
	}
	const indent, gap = "  ", 2
	for _, row := range rows {
		if len(indent)+names+gap+values <= output.Width {
			p.line("%s%-*s%s", indent, names+gap, row[0], row[1])
			continue
		}
		p.line("%s%s\n%s%s", indent, row[0], indent+indent, output.Wrapped(row[1], indent+indent))
	}
}

func arns(byName map[string]string) (rows [][2]string) {
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		rows = append(rows, [2]string{name, byName[name]})
	}
	return rows
}

func (p *page) print(out io.Writer) error {
	if _, err := p.text.WriteTo(out); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
