package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// printOutputs writes the stack outputs for people.
func printOutputs(opts Options, changed string, outputs stack.Outputs) error {
	w := tabwriter.NewWriter(opts.Stdout, 0, 0, 2, ' ', 0)
	p := &printer{w: w}
	p.line("Stack %s in the sandbox's AWS account %s: %s.", opts.Stack, outputs.ClientConfig.AccountID, changed)
	p.line("")
	p.line("Roles")
	for _, role := range slices.Sorted(maps.Keys(outputs.RoleARNs)) {
		p.line("  %s\t%s", role, outputs.RoleARNs[role])
	}
	p.line("MFA policies")
	for _, group := range slices.Sorted(maps.Keys(outputs.MFAPolicyARNs)) {
		p.line("  %s\t%s", group, outputs.MFAPolicyARNs[group])
	}
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
	p.line("")
	p.line("The outputs as JSON: %s", opts.outputsFile())
	return p.flush()
}

// printExports writes the shell lines with which the AWS CLI and every AWS SDK
// use the endpoint as that person, and the warning, if there is one.
func printExports(opts Options, endpoint string, person story.Person, warning string) error {
	p := &printer{w: tabwriter.NewWriter(opts.Stdout, 0, 0, 1, ' ', 0)}
	p.line("")
	p.line("# The sandbox's AWS, as its user %s, for a shell of its own: HOME changes.", person.Name)
	p.line("# The homes of the others are beside it. The code for a prompt: awsmfa sandbox code %s", person.Name)
	if warning != "" {
		p.line("# %s", warning)
	}
	for _, line := range story.Exports(person, endpoint) {
		p.line("%s", line)
	}
	return p.flush()
}

// printer writes lines and keeps the first error.
type printer struct {
	w   *tabwriter.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) flush() error {
	if p.err != nil {
		return fmt.Errorf("write the result: %w", p.err)
	}
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
