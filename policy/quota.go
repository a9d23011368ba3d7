package policy

import "fmt"

// Quota is a limit that IAM sets on the size of a document.
type Quota struct {
	// Name is IAM's own, as its LimitExceeded error spells it.
	Name string
	// Limit is in characters, as [Size] counts them.
	Limit int
}

// MaxAttachedPolicies is how many managed policies IAM lets a group have, and
// a role unless its quota was raised.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MaxAttachedPolicies = 10

// ManagedPolicyQuota is fixed by IAM.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func ManagedPolicyQuota() Quota { return Quota{Name: "PolicySize", Limit: 6144} }

// TrustPolicyQuota is IAM's default for a role's trust policy; an account may
// have had it raised.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TrustPolicyQuota() Quota { return Quota{Name: "ACLSizePerRole", Limit: 2048} }

// SizeError says that a document does not fit its quota.
type SizeError struct {
	Quota Quota
	// Size is in characters, as [Size] counts them.
	Size int
}

// Error says by how many characters the document is too large.
func (e *SizeError) Error() string {
	return fmt.Sprintf("%d characters, %d over the quota %s of %d", e.Size, e.Over(), e.Quota.Name, e.Quota.Limit)
}

// Over is the number of characters past the limit.
func (e *SizeError) Over() int { return e.Size - e.Quota.Limit }

// Check returns a [*SizeError] when d is larger than q allows.
func (q Quota) Check(d Document) error {
	if size := d.Size(); size > q.Limit {
		return &SizeError{Quota: q, Size: size}
	}
	return nil
}

// Size is the document's size in characters as IAM counts it.
func (d Document) Size() int { return Size(d.String()) }

// Size counts the characters of a JSON document as IAM does: white space
// outside strings is free, everything else counts, one for each character
// and not for each byte.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func Size(document string) int {
	size := 0
	inString, escaped := false, false
	for _, r := range document {
		if !inString && (r == ' ' || r == '\t' || r == '\n' || r == '\r') {
			continue
		}
		size++
		switch {
		case escaped:
			escaped = false
		case inString && r == '\\':
			escaped = true
		case r == '"':
			inString = !inString
		}
	}
	return size
}
