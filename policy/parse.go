package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
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

// UnmarshalJSON reads a document; see [Parse] for what it refuses.
func (d *Document) UnmarshalJSON(data []byte) error {
	var doc Document
	err := eachMember(data, "the document", map[string]func(json.RawMessage) error{
		"Version":   func(raw json.RawMessage) error { return parseVersion(raw, &doc.Version) },
		"Id":        func(raw json.RawMessage) error { return into(raw, &doc.ID, "Id") },
		"Statement": func(raw json.RawMessage) error { return doc.parseStatements(raw) },
	})
	if err != nil {
		return err
	}
	if doc.Statements == nil {
		return syntax("the document has no Statement")
	}
	*d = doc
	return nil
}

func parseVersion(raw json.RawMessage, target *string) error {
	if err := into(raw, target, "Version"); err != nil {
		return err
	}
	if *target != Version20121017 && *target != Version20081017 {
		return syntax("Version %q: it must be %s or %s", *target, Version20121017, Version20081017)
	}
	return nil
}

func (d *Document) parseStatements(raw json.RawMessage) error {
	d.Statements = []Statement{}
	if isObject(raw) {
		raw = append(append([]byte{'['}, raw...), ']')
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
	err := eachMember(data, "a statement", map[string]func(json.RawMessage) error{
		"Sid":          func(raw json.RawMessage) error { return into(raw, &st.Sid, "Sid") },
		"Effect":       func(raw json.RawMessage) error { return into(raw, (*string)(&st.Effect), "Effect") },
		"Principal":    func(raw json.RawMessage) error { return parsePrincipal(raw, &st.Principal, "Principal") },
		"NotPrincipal": func(raw json.RawMessage) error { return parsePrincipal(raw, &st.NotPrincipal, "NotPrincipal") },
		"Action":       func(raw json.RawMessage) error { return parseStrings(raw, &st.Action, "Action") },
		"NotAction":    func(raw json.RawMessage) error { return parseStrings(raw, &st.NotAction, "NotAction") },
		"Resource":     func(raw json.RawMessage) error { return parseStrings(raw, &st.Resource, "Resource") },
		"NotResource":  func(raw json.RawMessage) error { return parseStrings(raw, &st.NotResource, "NotResource") },
		"Condition":    func(raw json.RawMessage) error { return parseCondition(raw, &st.Condition) },
	})
	if err != nil {
		return err
	}
	if err := st.check(); err != nil {
		return err
	}
	*s = st
	return nil
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

func parsePrincipal(raw json.RawMessage, target **Principal, element string) error {
	var p Principal
	if isObject(raw) {
		err := eachMember(raw, element, map[string]func(json.RawMessage) error{
			"AWS":           func(raw json.RawMessage) error { return parseStrings(raw, &p.AWS, "AWS") },
			"Service":       func(raw json.RawMessage) error { return parseStrings(raw, &p.Service, "Service") },
			"Federated":     func(raw json.RawMessage) error { return parseStrings(raw, &p.Federated, "Federated") },
			"CanonicalUser": func(raw json.RawMessage) error { return parseStrings(raw, &p.CanonicalUser, "CanonicalUser") },
		})
		if err != nil {
			return err
		}
		*target = &p
		return nil
	}
	var all string
	if json.Unmarshal(raw, &all) != nil || all != "*" {
		return syntax(`%s must be "*" or an object of principal types`, element)
	}
	*target = &Principal{All: true}
	return nil
}

func parseCondition(raw json.RawMessage, target *Condition) error {
	*target = Condition{}
	return everyMember(raw, "Condition", func(operator string, keys json.RawMessage) error {
		block := map[string]Values{}
		(*target)[operator] = block
		return everyMember(keys, operator, func(key string, raw json.RawMessage) error {
			values, err := parseValues(raw, scalarText)
			if err != nil {
				return fmt.Errorf("%s %s: %w", operator, key, err)
			}
			block[key] = values
			return nil
		})
	})
}

func parseStrings(raw json.RawMessage, target *Values, element string) error {
	values, err := parseValues(raw, func(raw json.RawMessage) (string, error) {
		var text string
		return text, into(raw, &text, element)
	})
	*target = values
	return err
}

// parseValues reads one value or a list of values; never nil without an error.
func parseValues(raw json.RawMessage, parse func(json.RawMessage) (string, error)) (Values, error) {
	items := []json.RawMessage{raw}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte{'['}) {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	values := make(Values, 0, len(items))
	for _, item := range items {
		text, err := parse(item)
		if err != nil {
			return nil, err
		}
		values = append(values, text)
	}
	return values, nil
}

// scalarText reads a condition value. IAM also takes JSON booleans and
// numbers there and compares their text; numbers keep the digits they had.
func scalarText(raw json.RawMessage) (string, error) {
	raw = bytes.TrimSpace(raw)
	var text string
	if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
		return text, nil
	}
	if raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return "", syntax("a condition value must be a string, a number or a boolean, not %s", raw)
	}
	return string(raw), nil
}

func into(raw json.RawMessage, target *string, element string) error {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte{'"'}) {
		return syntax("%s must be a string", element)
	}
	return json.Unmarshal(raw, target)
}

func eachMember(data []byte, what string, known map[string]func(json.RawMessage) error) error {
	return everyMember(data, what, func(name string, raw json.RawMessage) error {
		parse, ok := known[name]
		if !ok {
			return syntax("%s has an unknown element %q", what, name)
		}
		return parse(raw)
	})
}

// everyMember visits the members of a JSON object. Unlike a Go map or struct
// it sees a repeated name, and takes names as they are spelt.
func everyMember(data []byte, what string, visit func(name string, raw json.RawMessage) error) error {
	if !isObject(data) {
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

func isObject(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte{'{'}) }

func syntax(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSyntax, fmt.Sprintf(format, args...))
}
