package account

import (
	"cmp"
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
	_, err := parseDocument(text, policy.Document.CheckIdentity, func(s policy.Statement) error {
		for _, resource := range slices.Concat(s.Resource, s.NotResource) {
			if resource != "*" && !strings.HasPrefix(resource, "arn:") {
				return malformedDocument("Resource %s must be in ARN format or \"*\".", resource)
			}
		}
		return nil
	})
	return err
}

// parseTrustDocument is the trust policy that text says, held to IAM's
// grammar. Its principals are not looked up, nor is it held to a quota.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func parseTrustDocument(text string) (policy.Document, error) {
	return parseDocument(text, policy.Document.CheckTrust, func(s policy.Statement) error {
		for _, action := range slices.Concat(s.Action, s.NotAction) {
			if !strings.HasPrefix(strings.ToLower(action), "sts:") {
				return malformedDocument("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
		return nil
	})
}

// parseDocument is the policy that text says, held to a grammar, and each of its
// statements to check.
func parseDocument(
	text string, grammar func(policy.Document) error, check func(policy.Statement) error,
) (policy.Document, error) {
	if err := checkText("policyDocument", text, documentRule); err != nil {
		return policy.Document{}, err
	}
	// IAM takes JSON alone here; policy.Parse would also take the encoded
	// text that IAM answers with.
	if !json.Valid([]byte(text)) {
		return policy.Document{}, malformedDocument("This policy contains invalid Json")
	}
	doc, err := policy.Parse(text)
	if err != nil {
		return policy.Document{}, malformedDocument("Syntax errors in policy.")
	}
	if err := grammar(doc); err != nil {
		return policy.Document{}, malformedDocument("%s", err)
	}
	for _, s := range doc.Statements {
		if err := cmp.Or(check(s), checkActions(s)); err != nil {
			return policy.Document{}, err
		}
	}
	return doc, nil
}

func checkActions(s policy.Statement) error {
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		vendor, name, found := strings.Cut(action, ":")
		switch {
		case action == "*":
		case !found:
			return malformedDocument(
				"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		case strings.Contains(name, ":"):
			return malformedDocument("Actions/Condition can contain only one colon.")
		case vendor == "" || strings.Trim(strings.ToLower(vendor), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "":
			return malformedDocument("Vendor %s is not valid", vendor)
		}
	}
	return nil
}
