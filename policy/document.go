package policy

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Versions of the policy language. Policy variables such as ${aws:username}
// are literal text in a document of Version20081017, which is also what IAM
// assumes when a document names no version.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const (
	Version20121017 = "2012-10-17"
	Version20081017 = "2008-10-17"
)

// Effect says whether a statement allows or denies.
type Effect string

// The two effects; IAM knows no other and spells them exactly so.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Document is one IAM policy document. Marshal it with [Document.String] or
// [encoding/json]; read one with [Parse].
type Document struct {
	Version    string
	ID         string
	Statements []Statement
}

// Statement is one statement of a [Document]. A nil element is absent; an
// empty, non-nil list is the empty list, which [Parse] keeps and IAM refuses
// ([Document.CheckIdentity], [Document.CheckTrust]).
type Statement struct {
	Sid          string
	Effect       Effect
	Principal    *Principal
	NotPrincipal *Principal
	Action       Values
	NotAction    Values
	Resource     Values
	NotResource  Values
	Condition    Condition
}

// Principal says who a resource policy or trust policy speaks of. All is the
// bare "*"; the other fields are the principal types of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
type Principal struct {
	All           bool
	AWS           Values
	Service       Values
	Federated     Values
	CanonicalUser Values
}

// Values is an element that IAM lets be one string or a list of strings. One
// value marshals as the bare string, as IAM and its console show it.
type Values []string

// Condition maps an operator (such as BoolIfExists) to condition keys, and
// each key to the values it is compared with.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
type Condition map[string]map[string]Values

// String is the document as compact JSON, with elements in the order of the
// grammar, map keys sorted and no HTML escaping: the text given to IAM.
func (d Document) String() string {
	return string(d.appendJSON(nil))
}

// Indent is [Document.String] over several lines, for people and golden files.
func (d Document) Indent() string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(d.String()), "", "  "); err != nil {
		panic("policy: indenting a document: " + err.Error())
	}
	return out.String()
}

// Denies reports whether a statement of the document denies.
func (d Document) Denies() bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Effect == Deny })
}
