package provider

import (
	"net/url"
	"strings"

	awspolicy "github.com/hashicorp/awspolicyequivalence"
)

// storedDocument is a policy document as the IAM API returns it: percent-encoded by RFC 3986
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html), so that a plus sign is a plus sign.
func storedDocument(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text
	}
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}

// keptDocument is the text for the state: the one that is there already, if IAM's means the same.
func keptDocument(had, stored string) string {
	if had != "" && equivalentDocuments(had, stored) {
		return had
	}
	return stored
}

// equivalentDocuments reports whether two policy documents differ at most in ways that IAM does not tell apart, as the
// real provider asks. Text that is no policy is equivalent only to itself.
func equivalentDocuments(a, b string) bool {
	equivalent, err := awspolicy.PoliciesAreEquivalent(a, b)
	return a == b || err == nil && equivalent
}
