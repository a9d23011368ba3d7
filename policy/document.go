package policy

import (
	"bytes"
	"encoding/json"
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
	text, err := encode(d.json())
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

// MarshalJSON writes the document in the grammar's order.
func (d Document) MarshalJSON() ([]byte, error) { return encode(d.json()) }

// MarshalJSON writes the statement in the grammar's order.
func (s Statement) MarshalJSON() ([]byte, error) { return encode(s.json()) }

// MarshalJSON writes "*" for everybody, else an object of principal types.
func (p Principal) MarshalJSON() ([]byte, error) { return encode(p.json()) }

// MarshalJSON writes one value as a string, any other number as a list.
func (v Values) MarshalJSON() ([]byte, error) {
	if v == nil {
		return encode([]string{})
	}
	return encode(v.json())
}

// documentJSON and what is below give what encoding/json writes by itself: a
// marshaler inside a marshaler would be encoded once for each level.
type documentJSON struct {
	Version   string          `json:"Version,omitempty"`
	ID        string          `json:"Id,omitempty"`
	Statement []statementJSON `json:"Statement"`
}

func (d Document) json() documentJSON {
	statements := make([]statementJSON, 0, len(d.Statements))
	for _, s := range d.Statements {
		statements = append(statements, s.json())
	}
	return documentJSON{d.Version, d.ID, statements}
}

type statementJSON struct {
	Sid          string                    `json:"Sid,omitempty"`
	Effect       Effect                    `json:"Effect"`
	Principal    any                       `json:"Principal,omitempty"`
	NotPrincipal any                       `json:"NotPrincipal,omitempty"`
	Action       any                       `json:"Action,omitempty"`
	NotAction    any                       `json:"NotAction,omitempty"`
	Resource     any                       `json:"Resource,omitempty"`
	NotResource  any                       `json:"NotResource,omitempty"`
	Condition    map[string]map[string]any `json:"Condition,omitzero"`
}

func (s Statement) json() statementJSON {
	j := statementJSON{
		Sid: s.Sid, Effect: s.Effect, Action: s.Action.json(), NotAction: s.NotAction.json(),
		Resource: s.Resource.json(), NotResource: s.NotResource.json(), Condition: s.Condition.json(),
	}
	if s.Principal != nil {
		j.Principal = s.Principal.json()
	}
	if s.NotPrincipal != nil {
		j.NotPrincipal = s.NotPrincipal.json()
	}
	return j
}

func (p Principal) json() any {
	if p.All {
		return "*"
	}
	return struct {
		AWS           any `json:"AWS,omitempty"`
		Service       any `json:"Service,omitempty"`
		Federated     any `json:"Federated,omitempty"`
		CanonicalUser any `json:"CanonicalUser,omitempty"`
	}{p.AWS.json(), p.Service.json(), p.Federated.json(), p.CanonicalUser.json()}
}

// json is nil for an absent element, one string, or a list.
func (v Values) json() any {
	switch {
	case v == nil:
		return nil
	case len(v) == 1:
		return v[0]
	default:
		return []string(v)
	}
}

func (c Condition) json() map[string]map[string]any {
	if c == nil {
		return nil
	}
	operators := make(map[string]map[string]any, len(c))
	for operator, block := range c {
		keys := make(map[string]any, len(block))
		for key, values := range block {
			if keys[key] = values.json(); values == nil {
				keys[key] = []string{}
			}
		}
		operators[operator] = keys
	}
	return operators
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
