package account

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// checkManagedDocument holds the document of a managed policy to IAM's grammar
// and to its quota.
func checkManagedDocument(text string) error {
	if err := checkIdentityDocument(text); err != nil {
		return err
	}
	if q := policy.ManagedPolicyQuota(); policy.Size(text) > q.Limit {
		return overQuota(quota{q.Name, q.Limit})
	}
	return nil
}

// checkIdentityDocument holds the document of an identity-based policy to IAM's
// grammar.
func checkIdentityDocument(text string) error {
	doc, err := parseDocument(text)
	if err != nil {
		return err
	}
	for _, s := range doc.Statements {
		if err := checkIdentityStatement(s); err != nil {
			return err
		}
	}
	if doc.CheckIdentity() != nil {
		return malformedDocument("Syntax errors in policy.")
	}
	return nil
}

func checkIdentityStatement(s policy.Statement) error {
	switch {
	case s.Principal != nil:
		return malformedDocument("Has prohibited field Principal")
	case s.NotPrincipal != nil:
		return malformedDocument("Has prohibited field NotPrincipal")
	case len(s.Resource) == 0 && len(s.NotResource) == 0:
		return malformedDocument("Policy statement must contain resources.")
	}
	for _, resource := range slices.Concat(s.Resource, s.NotResource) {
		if resource != "*" && !strings.HasPrefix(resource, "arn:") {
			return malformedDocument("Resource %s must be in ARN format or \"*\".", resource)
		}
	}
	return checkActions(s)
}

// parseTrustDocument is the trust policy that text says, held to IAM's
// grammar. Its principals are not looked up, nor is it held to a quota.
func parseTrustDocument(text string) (policy.Document, error) {
	doc, err := parseDocument(text)
	if err != nil {
		return policy.Document{}, err
	}
	for _, s := range doc.Statements {
		if err := checkTrustStatement(s); err != nil {
			return policy.Document{}, err
		}
	}
	if doc.CheckTrust() != nil {
		return policy.Document{}, malformedDocument("Syntax errors in policy.")
	}
	return doc, nil
}

func checkTrustStatement(s policy.Statement) error {
	switch {
	case s.Resource != nil:
		return malformedDocument("Has prohibited field Resource")
	case s.NotResource != nil:
		return malformedDocument("Has prohibited field NotResource")
	case s.Principal == nil && s.NotPrincipal == nil:
		return malformedDocument("Missing required field Principal")
	case isEmpty(s.Principal) || isEmpty(s.NotPrincipal):
		return malformedDocument("Missing required field Principal cannot be empty!")
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return malformedDocument("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	return checkActions(s)
}

func isEmpty(p *policy.Principal) bool {
	return p != nil && !p.All &&
		len(p.AWS)+len(p.Service)+len(p.Federated)+len(p.CanonicalUser) == 0
}

func parseDocument(text string) (policy.Document, error) {
	if err := checkText("policyDocument", text, documentRule); err != nil {
		return policy.Document{}, err
	}
	// IAM takes JSON alone here; policy.Parse would also take the encoded
	// text that IAM answers with.
	if !json.Valid([]byte(text)) {
		return policy.Document{}, malformedDocument("This policy contains invalid Json")
	}
	doc, err := policy.Parse(text)
	if err != nil || len(doc.Statements) == 0 {
		return policy.Document{}, malformedDocument("Syntax errors in policy.")
	}
	return doc, nil
}

func checkActions(s policy.Statement) error {
	actions := slices.Concat(s.Action, s.NotAction)
	if len(actions) == 0 {
		return malformedDocument("Policy statement must contain actions.")
	}
	for _, action := range actions {
		vendor, name, found := strings.Cut(action, ":")
		switch {
		case action == "*":
		case !found:
			return malformedDocument(
				"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		case strings.Contains(name, ":"):
			return malformedDocument("Actions/Condition can contain only one colon.")
		case !isVendor(vendor):
			return malformedDocument("Vendor %s is not valid", vendor)
		}
	}
	return nil
}

func isVendor(vendor string) bool {
	return vendor != "" && strings.Trim(strings.ToLower(vendor), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}
