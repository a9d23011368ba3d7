package provider

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
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

// equivalentDocuments reports whether two policy documents differ at most in ways that IAM does not tell apart:
// white space, the order of keys, statements and list members, a lone value or a list of it, an account id or its
// root ARN. It follows hashicorp/awspolicyequivalence, which the real provider uses to suppress such differences.
// Text that is not a JSON object is equivalent only to itself.
func equivalentDocuments(a, b string) bool {
	if a == b {
		return true
	}
	canonicalA, okA := canonicalDocument(a)
	canonicalB, okB := canonicalDocument(b)
	return okA && okB && canonicalA == canonicalB
}

func canonicalDocument(text string) (string, bool) {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil || document == nil {
		return "", false
	}
	if statement, ok := document["Statement"]; ok {
		document["Statement"] = set(statement, canonicalStatement)
	}
	return compact(document), true
}

func canonicalStatement(v any) any {
	statement, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if statement["Sid"] == "" {
		delete(statement, "Sid")
	}
	for _, key := range []string{"Action", "NotAction", "Resource", "NotResource"} {
		if value, ok := statement[key]; ok {
			statement[key] = set(value, nil)
		}
	}
	for _, key := range []string{"Principal", "NotPrincipal"} {
		if value, ok := statement[key]; ok {
			statement[key] = canonicalPrincipal(value)
		}
	}
	if condition, ok := statement["Condition"].(map[string]any); ok {
		statement["Condition"] = eachField(condition, canonicalCondition)
	}
	return statement
}

func canonicalPrincipal(v any) any {
	principals, ok := v.(map[string]any)
	if !ok {
		return v
	}
	return eachField(principals, func(ids any) any { return set(ids, accountOfRoot) })
}

// accountOfRoot is the account id in place of the root ARN that IAM stores for it.
func accountOfRoot(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	if parsed, err := arn.Parse(s); err == nil && parsed.Service == "iam" && parsed.Resource == "root" {
		return parsed.AccountID
	}
	return s
}

func canonicalCondition(operator any) any {
	keys, ok := operator.(map[string]any)
	if !ok {
		return operator
	}
	return eachField(keys, func(wanted any) any { return set(wanted, conditionText) })
}

// conditionText is a condition value as text: IAM takes true and "true", 5 and "5" for the same.
func conditionText(v any) any {
	if _, ok := v.(string); ok {
		return v
	}
	return compact(v)
}

func eachField(object map[string]any, change func(any) any) map[string]any {
	changed := make(map[string]any, len(object))
	for key, value := range object {
		changed[key] = change(value)
	}
	return changed
}

// set is a value, or list of values, as an ordered list without repetition of their canonical JSON.
func set(v any, canonical func(any) any) []string {
	members, ok := v.([]any)
	if !ok {
		members = []any{v}
	}
	out := make([]string, 0, len(members))
	for _, member := range members {
		if canonical != nil {
			member = canonical(member)
		}
		out = append(out, compact(member))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// compact is a value's JSON. Object keys are in order, because encoding/json sorts the keys of maps.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
