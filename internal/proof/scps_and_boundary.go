package proof

import (
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Limits are what restricts callers besides the policies that are judged.
type Limits struct {
	SCPs     []policy.NamedDocument
	Boundary *policy.NamedDocument
	// Note says what was given, or that an organization may have more.
	Note string
}

// ReadLimits reads the files of service control policies and, unless it is
// empty, that of the members' permissions boundary.
func ReadLimits(scps []string, boundary string) (Limits, error) {
	var limits Limits
	var notes []string
	for _, path := range scps {
		document, err := readPolicyFile(path)
		if err != nil {
			return limits, err
		}
		limits.SCPs = append(limits.SCPs, policy.NamedDocument{Name: path, Document: document})
		notes = append(notes, "With the SCP "+path+".")
	}
	if boundary != "" {
		document, err := readPolicyFile(boundary)
		if err != nil {
			return limits, err
		}
		limits.Boundary = &policy.NamedDocument{Name: boundary, Document: document}
		notes = append(notes, "With the members' permissions boundary "+boundary+".")
	}
	if len(scps) == 0 {
		notes = append(notes, "No SCP was given: one may deny what is possible here.")
	}
	limits.Note = strings.Join(notes, " ")
	return limits, nil
}
