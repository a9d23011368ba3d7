package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
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
	Version    string      `json:"Version,omitzero"`
	ID         string      `json:"Id,omitzero"`
	Statements []Statement `json:"Statement"`
}

// Statement is one statement of a [Document]. A nil element is absent; an
// empty, non-nil list is the empty list, which [Parse] keeps and IAM refuses
// ([Document.CheckIdentity], [Document.CheckTrust]).
type Statement struct {
	Sid          string     `json:"Sid,omitzero"`
	Effect       Effect     `json:"Effect"`
	Principal    *Principal `json:"Principal,omitzero"`
	NotPrincipal *Principal `json:"NotPrincipal,omitzero"`
	Action       Values     `json:"Action,omitzero"`
	NotAction    Values     `json:"NotAction,omitzero"`
	Resource     Values     `json:"Resource,omitzero"`
	NotResource  Values     `json:"NotResource,omitzero"`
	Condition    Condition  `json:"Condition,omitzero"`
}

// Principal says who a resource policy or trust policy speaks of. All is the
// bare "*"; the other fields are the principal types of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
type Principal struct {
	All           bool   `json:"-"`
	AWS           Values `json:"AWS,omitzero"`
	Service       Values `json:"Service,omitzero"`
	Federated     Values `json:"Federated,omitzero"`
	CanonicalUser Values `json:"CanonicalUser,omitzero"`
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
	text, err := d.MarshalJSON()
	if err != nil {
		// Strings, lists and maps of strings always encode.
		panic("policy: encoding a document: " + err.Error())
	}
	return string(text)
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

// MarshalJSON writes the document in the grammar's order.
func (d Document) MarshalJSON() ([]byte, error) {
	type document Document
	if d.Statements == nil {
		d.Statements = []Statement{}
	}
	return encode(document(d))
}

// MarshalJSON writes "*" for everybody, else an object of principal types.
func (p Principal) MarshalJSON() ([]byte, error) {
	if p.All {
		return encode("*")
	}
	type principal Principal
	return encode(principal(p))
}

// MarshalJSON writes one value as a string, any other number as a list.
func (v Values) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return encode(v[0])
	}
	return encode(append([]string{}, v...))
}

// encode is json.Marshal without HTML escaping: IAM stores & < > as they are,
// and each escape would count six characters against the quota.
func encode(v any) ([]byte, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(out.String(), "\n")), nil
}
