package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// printOutputs writes the stack outputs for people.
func printOutputs(opts Options, changed string, outputs stack.Outputs) error {
	p := newPage(2)
	p.line("Stack %s in the sandbox's AWS account %s: %s.", opts.Stack, outputs.ClientConfig.AccountID, changed)
	p.line("")
	p.arns("Roles", outputs.RoleARNs)
	p.arns("MFA policies", outputs.MFAPolicyARNs)
	p.line("Grants")
	for _, group := range slices.Sorted(maps.Keys(outputs.Grants)) {
		for _, arn := range outputs.Grants[group] {
			p.line("  %s\t%s", group, arn)
		}
	}
	p.line("Profiles")
	for _, profile := range outputs.ClientConfig.Profiles {
		p.line("  %s\t%s, for %s", profile.Name, profile.Duration(), strings.Join(profile.TrustedUsers, ", "))
	}
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
	p := newPage(1)
	p.line("")
	p.line("# The sandbox's AWS, as its user %s, for a shell of its own: HOME changes.", person.Name)
	p.line("# The homes of the others are beside it. The code for a prompt: awsmfa sandbox code %s", person.Name)
	if warning != "" {
		p.line("# %s", warning)
	}
	for _, line := range story.Exports(person, endpoint) {
		p.line("%s", line)
	}
	return p.print(opts.Stdout)
}

// page is text with columns.
type page struct {
	text    *bytes.Buffer
	columns *tabwriter.Writer
}

func newPage(padding int) page {
	text := &bytes.Buffer{} // which does not fail
	return page{text, tabwriter.NewWriter(text, 0, 0, padding, ' ', 0)}
}

func (p page) line(format string, args ...any) { _, _ = fmt.Fprintf(p.columns, format+"\n", args...) }

func (p page) arns(title string, byName map[string]string) {
	p.line("%s", title)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p.line("  %s\t%s", name, byName[name])
	}
}

func (p page) print(out io.Writer) error {
	_ = p.columns.Flush()
	if _, err := p.text.WriteTo(out); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
