package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrSyntax is wrapped by every error of [Parse].
var ErrSyntax = errors.New("malformed policy document")

// Parse reads a policy document as people write it and as IAM returns it:
// one string or a list wherever IAM allows both, one statement or a list, and
// the RFC 3986 percent-encoding of the IAM API. It keeps everything the
// document says and fails closed on what it does not know: an element that
// the grammar lacks, a repeated element, a missing Effect.
func Parse(text string) (Document, error) {
	text, err := decodeURL(text)
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if !utf8.ValidString(text) {
		// encoding/json would put U+FFFD for each bad byte, and so change what the document says.
		return Document{}, syntax("it is not UTF-8 text")
	}
	var doc Document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		if errors.Is(err, ErrSyntax) {
			return Document{}, err
		}
		return Document{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return doc, nil
}

// decodeURL undoes the encoding of the IAM API, in which "+" stands for
// itself. JSON text cannot begin with a percent sign, so one decides.
func decodeURL(text string) (string, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "%") {
		return text, nil
	}
	decoded, err := url.PathUnescape(strings.TrimSpace(text))
	if err != nil {
		return "", fmt.Errorf("percent-encoding: %w", err)
	}
	return decoded, nil
}

// element reads the element of that name.
type element func(name string, raw json.RawMessage) error

// UnmarshalJSON reads a document; see [Parse] for what it refuses.
func (d *Document) UnmarshalJSON(data []byte) error {
	var doc Document
	err := eachElement(data, "the document", map[string]element{
		"Version": doc.parseVersion, "Id": text(&doc.ID), "Statement": doc.parseStatements,
	})
	if err == nil && doc.Statements == nil {
		err = syntax("the document has no Statement")
	}
	if err == nil {
		*d = doc
	}
	return err
}

func (d *Document) parseVersion(name string, raw json.RawMessage) error {
	err := text(&d.Version)(name, raw)
	if err == nil && d.Version != Version20121017 && d.Version != Version20081017 {
		return syntax("Version %q: it must be %s or %s", d.Version, Version20121017, Version20081017)
	}
	return err
}

func (d *Document) parseStatements(_ string, raw json.RawMessage) error {
	d.Statements = []Statement{}
	if begins(raw, '{') {
		raw = slices.Concat([]byte{'['}, raw, []byte{']'})
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		return syntax("Statement must be a statement or a list of statements")
	}
	for i, item := range items {
		var s Statement
		if err := s.UnmarshalJSON(item); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
		d.Statements = append(d.Statements, s)
	}
	return nil
}

// UnmarshalJSON reads one statement; see [Parse] for what it refuses.
func (s *Statement) UnmarshalJSON(data []byte) error {
	var st Statement
	err := eachElement(data, "a statement", map[string]element{
		"Sid": text(&st.Sid), "Effect": text((*string)(&st.Effect)), "Condition": st.parseCondition,
		"Principal": principal(&st.Principal), "NotPrincipal": principal(&st.NotPrincipal),
		"Action": texts(&st.Action), "NotAction": texts(&st.NotAction),
		"Resource": texts(&st.Resource), "NotResource": texts(&st.NotResource),
	})
	if err == nil {
		err = st.check()
	}
	if err == nil {
		*s = st
	}
	return err
}

// check holds the rules of the grammar that do not depend on where the policy
// is attached; [Document.CheckIdentity] and [Document.CheckTrust] hold the rest.
func (s Statement) check() error {
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		return syntax("Effect %q: it must be Allow or Deny", s.Effect)
	case (s.Action == nil) == (s.NotAction == nil):
		return syntax("a statement must have either Action or NotAction")
	case s.Resource != nil && s.NotResource != nil:
		return syntax("a statement cannot have both Resource and NotResource")
	case s.Principal != nil && s.NotPrincipal != nil:
		return syntax("a statement cannot have both Principal and NotPrincipal")
	}
	return nil
}

func principal(target **Principal) element {
	return func(name string, raw json.RawMessage) error {
		var p Principal
		*target = &p
		if begins(raw, '{') {
			return eachElement(raw, name, map[string]element{
				"AWS": texts(&p.AWS), "Service": texts(&p.Service),
				"Federated": texts(&p.Federated), "CanonicalUser": texts(&p.CanonicalUser),
			})
		}
		var all string
		if p.All = json.Unmarshal(raw, &all) == nil && all == "*"; !p.All {
			return syntax(`%s must be "*" or an object of principal types`, name)
		}
		return nil
	}
}

func (s *Statement) parseCondition(name string, raw json.RawMessage) error {
	s.Condition = Condition{}
	return eachMember(raw, name, func(operator string, keys json.RawMessage) error {
		block := map[string]Values{}
		s.Condition[operator] = block
		return eachMember(keys, operator, func(key string, raw json.RawMessage) (err error) {
			if block[key], err = parseValues(raw, scalarText); err != nil {
				return fmt.Errorf("%s %s: %w", operator, key, err)
			}
			return nil
		})
	})
}

func text(target *string) element {
	return func(name string, raw json.RawMessage) error {
		if !begins(raw, '"') {
			return syntax("%s must be a string", name)
		}
		return json.Unmarshal(raw, target)
	}
}

func texts(target *Values) element {
	return func(name string, raw json.RawMessage) (err error) {
		*target, err = parseValues(raw, func(raw json.RawMessage) (value string, err error) {
			return value, text(&value)(name, raw)
		})
		return err
	}
}

// parseValues reads one value or a list of values; never nil without an error.
func parseValues(raw json.RawMessage, parse func(json.RawMessage) (string, error)) (Values, error) {
	items := []json.RawMessage{raw}
	if begins(raw, '[') {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	return compileEach(items, parse)
}

// scalarText reads a condition value. IAM also takes JSON booleans and
// numbers there and compares their text; numbers keep the digits they had.
func scalarText(raw json.RawMessage) (value string, err error) {
	switch {
	case begins(raw, '"'):
		return value, json.Unmarshal(raw, &value)
	case begins(raw, '{'), begins(raw, '['), begins(raw, 'n'):
		return "", syntax("a condition value must be a string, a number or a boolean, not %s", raw)
	}
	return string(bytes.TrimSpace(raw)), nil
}

func eachElement(data []byte, what string, known map[string]element) error {
	return eachMember(data, what, func(name string, raw json.RawMessage) error {
		parse, ok := known[name]
		if !ok {
			return syntax("%s has an unknown element %q", what, name)
		}
		return parse(name, raw)
	})
}

// eachMember visits the members of a JSON object. Unlike a Go map or struct
// it sees a repeated name, and takes names as they are spelt.
func eachMember(data []byte, what string, visit func(name string, raw json.RawMessage) error) error {
	if !begins(data, '{') {
		return syntax("%s must be an object", what)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok || seen[name] {
			return syntax("%s has %q twice", what, token)
		}
		seen[name] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		if err := visit(name, raw); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func begins(raw []byte, with byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte{with}) }

func syntax(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSyntax, fmt.Sprintf(format, args...))
}
