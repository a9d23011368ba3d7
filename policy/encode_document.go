package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// MarshalJSON writes the document in the grammar's order.
func (d Document) MarshalJSON() ([]byte, error) { return d.appendJSON(nil), nil }

// MarshalJSON writes the statement in the grammar's order.
func (s Statement) MarshalJSON() ([]byte, error) { return s.appendJSON(nil), nil }

// MarshalJSON writes "*" for everybody, else an object of principal types.
func (p Principal) MarshalJSON() ([]byte, error) { return p.appendJSON(nil), nil }

// MarshalJSON writes one value as a string, any other number as a list.
func (v Values) MarshalJSON() ([]byte, error) { return v.appendJSON(nil), nil }

// Documents are written by hand because each is written several times for each
// deployment: encoding/json takes ten times as long, most of it for the elements that
// write themselves.

func (d Document) appendJSON(into []byte) []byte {
	into = appendText(append(into, '{'), "Version", d.Version)
	into = append(appendKey(appendText(into, "Id", d.ID), "Statement"), '[')
	for i := range d.Statements {
		into = d.Statements[i].appendJSON(separate(into))
	}
	return append(into, "]}"...)
}

func (s *Statement) appendJSON(into []byte) []byte {
	into = appendText(append(into, '{'), "Sid", s.Sid)
	into = appendString(appendKey(into, "Effect"), string(s.Effect))
	into = appendPrincipal(into, "Principal", s.Principal)
	into = appendPrincipal(into, "NotPrincipal", s.NotPrincipal)
	into = appendValues(into, "Action", s.Action)
	into = appendValues(into, "NotAction", s.NotAction)
	into = appendValues(into, "Resource", s.Resource)
	into = appendValues(into, "NotResource", s.NotResource)
	if s.Condition != nil {
		into = s.Condition.appendJSON(appendKey(into, "Condition"))
	}
	return append(into, '}')
}

func (p *Principal) appendJSON(into []byte) []byte {
	if p.All {
		return appendString(into, "*")
	}
	into = appendValues(append(into, '{'), "AWS", p.AWS)
	into = appendValues(into, "Service", p.Service)
	into = appendValues(into, "Federated", p.Federated)
	return append(appendValues(into, "CanonicalUser", p.CanonicalUser), '}')
}

func (c Condition) appendJSON(into []byte) []byte {
	into = append(into, '{')
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		into = append(appendKey(into, operator), '{')
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			into = c[operator][key].appendJSON(appendKey(into, key))
		}
		into = append(into, '}')
	}
	return append(into, '}')
}

func (v Values) appendJSON(into []byte) []byte {
	if len(v) == 1 {
		return appendString(into, v[0])
	}
	into = append(into, '[')
	for _, value := range v {
		into = appendString(separate(into), value)
	}
	return append(into, ']')
}

// Members of an object, but for those that are absent.

func appendText(into []byte, key, value string) []byte {
	if value == "" {
		return into
	}
	return appendString(appendKey(into, key), value)
}

func appendPrincipal(into []byte, key string, p *Principal) []byte {
	if p == nil {
		return into
	}
	return p.appendJSON(appendKey(into, key))
}

func appendValues(into []byte, key string, v Values) []byte {
	if v == nil {
		return into
	}
	return v.appendJSON(appendKey(into, key))
}

func appendKey(into []byte, key string) []byte {
	return append(appendString(separate(into), key), ':')
}

// separate appends the comma after what came before in the same list or object.
func separate(into []byte) []byte {
	if last := into[len(into)-1]; last == '[' || last == '{' {
		return into
	}
	return append(into, ',')
}

// appendString leaves what has to be escaped to encoding/json, without the HTML
// escaping: IAM stores & < > as they are, and each escape would count six characters
// against the quota.
func appendString(into []byte, text string) []byte {
	isPlain := func(c byte) bool { return c >= ' ' && c <= '~' && c != '"' && c != '\\' }
	for i := range len(text) {
		if !isPlain(text[i]) {
			var out bytes.Buffer
			escaped := json.NewEncoder(&out)
			escaped.SetEscapeHTML(false)
			if err := escaped.Encode(text); err != nil {
				panic("policy: encoding a string: " + err.Error()) // a string always encodes
			}
			return append(into, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(into, '"'), text...), '"')
}
