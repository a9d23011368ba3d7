package audit

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// WriteText prints the report for people: a row for each user, then the
// findings with what to do, and a line that counts.
func (r Report) WriteText(out io.Writer, color bool) error {
	var text bytes.Buffer
	rows, colors := [][]string{{"USER", "GROUPS", "MFA DEVICES", "CLI", "ACCESS KEYS", "VERDICT"}}, []output.Color{""}
	for _, user := range r.Users {
		rows, colors = append(rows, user.row(r.Time)), append(colors, user.color())
	}
	if !color {
		colors = nil
	}
	if err := output.Table(&text, rows, colors); err != nil {
		return err
	}
	text.WriteByte('\n')
	severities := map[Severity]output.Color{
		severityFailure: output.Red, severityWarning: output.Yellow, severityNote: output.Dim,
	}
	for _, f := range r.Findings {
		// Padded before it is coloured: escape sequences have no width.
		severity := severities[f.Severity].Paint(fmt.Sprintf("%-7s", f.Severity), color)
		fmt.Fprintf(&text, "%s  %s\n         %s\n", severity, output.Printable(f.Message), output.Printable(f.Remedy))
	}
	if len(r.Findings) > 0 {
		text.WriteByte('\n')
	}
	text.WriteString(r.summary() + "\n")
	_, err := text.WriteTo(out)
	return err
}

func (r Report) summary() string {
	parts := r.lockedOut()
	for _, rare := range []struct {
		verdict Verdict
		text    string
	}{{VerdictUnknown, "unknown"}, {VerdictNoAccessKey, "without an active access key"}, {VerdictDeleted, "deleted"}} {
		if n := r.count(rare.verdict); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, rare.text))
		}
	}
	summary := fmt.Sprintf("%s in %s of account %s: %s",
		output.Counted(len(r.Users), "user"), output.Counted(len(r.Groups), "group"), r.AccountID, strings.Join(parts, ", "))
	warnings := 0
	for _, f := range r.Findings {
		if f.Severity == severityWarning {
			warnings++
		}
	}
	if warnings > 0 {
		summary += "; " + output.Counted(warnings, "warning")
	}
	if len(r.Unread) > 0 {
		summary += "; not everything could be read"
	}
	return summary + "."
}

// lockedOut counts those who are locked out, and those who would be.
func (r Report) lockedOut() []string {
	now := 0
	for _, user := range r.Users {
		if user.Denied && slices.Contains(r.LockedOut, user.Name) {
			now++
		}
	}
	var parts []string
	if now > 0 {
		parts = append(parts, fmt.Sprintf("%d locked out", now))
	}
	if would := len(r.LockedOut) - now; would > 0 || now == 0 {
		parts = append(parts, fmt.Sprintf("%d would be locked out", would))
	}
	return parts
}

func (u UserReport) row(now time.Time) []string {
	var devices []string
	for _, device := range u.Devices {
		devices = append(devices, device.short())
	}
	if u.HalfMadeDevice != "" {
		devices = append(devices, "half-made")
	}
	usable := "no"
	switch {
	case u.Verdict == VerdictUnknown || u.Verdict == VerdictDeleted:
		usable = "?"
	case slices.ContainsFunc(u.Devices, func(d DeviceReport) bool { return d.CLIUsable }):
		usable = "yes"
	}
	var keys []string
	for _, key := range u.AccessKeys {
		keys = append(keys, key.short(now))
	}
	return []string{
		u.Name, strings.Join(u.Groups, ", "), orNone(devices, ", "), usable, orNone(keys, "; "), u.verdict(),
	}
}

// short is the device without the parts of its ARN that all have in common.
func (d DeviceReport) short() string {
	switch d.Kind {
	case mfadevice.SecurityKey:
		return "security key"
	case mfadevice.Hardware:
		return d.SerialNumber + " (token)"
	default:
		arn, _ := policy.SplitARN(d.SerialNumber)
		return arn.Resource
	}
}

func (k AccessKeyReport) short(now time.Time) string {
	age := fmt.Sprintf("%dd old", k.AgeDays)
	switch {
	case !k.Active:
		return age + ", inactive"
	case k.UseUnread:
		return age + ", last use unknown"
	case k.LastUse == nil:
		return age + ", never used"
	}
	return fmt.Sprintf("%s, used %dd ago (%s)", age, days(now.Sub(k.LastUse.Date)), k.LastUse.Service)
}

func (u UserReport) verdict() string {
	texts := map[Verdict]string{
		VerdictOK: "ok", VerdictLockedOut: "LOCKED OUT", VerdictNoAccessKey: "no active access key",
		VerdictUnknown: "unknown", VerdictDeleted: "deleted meanwhile", VerdictCutOff: "LOCKED OUT, no role trusts them",
	}
	text := texts[u.Verdict]
	if u.CanEnrol {
		text += ", can enrol"
	}
	if u.NoRole && u.Verdict != VerdictCutOff {
		text += ", no role"
	}
	return text
}

func orNone(parts []string, separator string) string {
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, separator)
}

func (u UserReport) color() output.Color {
	switch {
	case u.Verdict == VerdictLockedOut || u.Verdict == VerdictCutOff || u.Verdict == VerdictUnknown:
		return output.Red
	case u.NoRole:
		return output.Yellow
	case u.Verdict == VerdictOK:
		return output.Green
	default:
		return output.Dim
	}
}
