package proof

import (
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Limits are what restricts callers besides the policies that are judged.
type Limits struct {
	SCPs     []policy.NamedDocument
	Boundary *policy.NamedDocument
}

// ReadLimits reads the files of service control policies and, unless it is
// empty, that of the members' permissions boundary.
func ReadLimits(scps []string, boundary string) (Limits, error) {
	var limits Limits
	for _, path := range scps {
		document, err := readPolicyFile(path)
		if err != nil {
			return limits, err
		}
		limits.SCPs = append(limits.SCPs, policy.NamedDocument{Name: path, Document: document})
	}
	if boundary != "" {
		document, err := readPolicyFile(boundary)
		if err != nil {
			return limits, err
		}
		limits.Boundary = &policy.NamedDocument{Name: boundary, Document: document}
	}
	return limits, nil
}

// Note says what was given. An organisation may have service control policies
// that nobody gave.
func (l Limits) Note() string {
	var given []string
	for _, scp := range l.SCPs {
		given = append(given, "the SCP "+scp.Name)
	}
	if l.Boundary != nil {
		given = append(given, "the members' permissions boundary "+l.Boundary.Name)
	}
	note := "No SCP was given: one may deny what is possible here."
	switch {
	case len(l.SCPs) > 0:
		return "With " + output.Joined(given, "and") + "."
	case len(given) > 0:
		return "With " + given[0] + ". " + note
	}
	return note
}
