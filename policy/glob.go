package policy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// arnSegments is how many parts, separated by colons, an ARN has. The last may
// hold colons itself.
const arnSegments = 6

type partKind uint8

const (
	literal partKind = iota
	// anyCharacter is "?".
	anyCharacter
	// anyCharacterButColon is "?" inside a segment of an ARN.
	anyCharacterButColon
	// anything is "*".
	anything
	// anythingButColon is "*" inside a segment of an ARN.
	anythingButColon
	// variable is a policy variable; its value is literal, wildcards and all.
	variable
)

// part is one piece of a [glob].
type part struct {
	kind partKind
	// text is the literal text, or the variable's key in lower case.
	text string
	// fallback is the variable's default value.
	fallback    string
	hasFallback bool
}

// glob is a compiled text of a policy: literals, wildcards and variables.
type glob struct {
	parts []part
	// variables are the keys of its policy variables.
	variables []string
	// anyCase says that literals match in any case.
	anyCase bool
}

// parsing says what is special in a text.
type parsing struct {
	wildcards, variables bool
}

// parseGlob compiles text. ${*}, ${?} and ${$} stand for the characters
// themselves; ${key, 'default'} has a default value.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func parseGlob(text string, mode parsing) (glob, error) {
	var g glob
	for text != "" {
		var p part
		switch {
		case mode.variables && strings.HasPrefix(text, "${"):
			var inside string
			var closed bool
			if inside, text, closed = cutVariable(text); !closed {
				return glob{}, syntax("a policy variable is not closed")
			}
			var err error
			if p, err = parseVariable(inside); err != nil {
				return glob{}, err
			}
		case mode.wildcards && text[0] == '*':
			p, text = part{kind: anything}, text[1:]
		case mode.wildcards && text[0] == '?':
			p, text = part{kind: anyCharacter}, text[1:]
		default:
			n := literalLength(text, mode)
			p, text = part{text: text[:n]}, text[n:]
		}
		g.add(p)
	}
	return g, nil
}

// cutVariable cuts text, which begins with "${", at the brace that closes it;
// a brace in a quoted default value does not.
func cutVariable(text string) (inside, rest string, closed bool) {
	quoted := false
	for i := len("${"); i < len(text); i++ {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case text[i] == '}' && !quoted:
			return text[len("${"):i], text[i+1:], true
		}
	}
	return "", "", false
}

// literalLength is the length of text up to the next special character, at
// least one.
func literalLength(text string, mode parsing) int {
	for i := 1; i < len(text); i++ {
		if mode.wildcards && (text[i] == '*' || text[i] == '?') ||
			mode.variables && strings.HasPrefix(text[i:], "${") {
			return i
		}
	}
	return len(text)
}

func parseVariable(inside string) (part, error) {
	switch inside {
	case "*", "?", "$":
		return part{text: inside}, nil
	}
	key, fallback, hasFallback := strings.Cut(inside, ",")
	key, fallback = strings.TrimSpace(key), strings.TrimSpace(fallback)
	if key == "" || strings.ContainsAny(key, "*?${}'") {
		return part{}, syntax("policy variable ${%s}: it must hold the name of a condition key", inside)
	}
	p := part{kind: variable, text: strings.ToLower(key), hasFallback: hasFallback}
	if hasFallback {
		if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return part{}, syntax("policy variable ${%s}: its default value must stand in single quotes", inside)
		}
		p.fallback = fallback[1 : len(fallback)-1]
	}
	return p, nil
}

// add appends p; literals in a row become one.
func (g *glob) add(p part) {
	if last := len(g.parts) - 1; p.kind == literal && last >= 0 && g.parts[last].kind == literal {
		g.parts[last].text += p.text
		return
	}
	g.parts = append(g.parts, p)
	if p.kind == variable {
		g.variables = append(g.variables, p.text)
	}
}

// value gives the text of a literal or a variable. A variable whose key is
// absent takes its default, and has no value without one; a multivalued key
// cannot be a variable.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (p *part) value(ctx Context) (text string, ok bool) {
	if p.kind == literal {
		return p.text, true
	}
	values, _ := ctx.lookup(p.text)
	switch len(values) {
	case 0:
		return p.fallback, p.hasFallback
	case 1:
		return values[0], true
	}
	return "", false
}

// resolves reports whether every variable has a value.
func (g *glob) resolves(ctx Context) bool {
	return g.variables == nil || !slices.ContainsFunc(g.parts, func(p part) bool {
		_, ok := p.value(ctx)
		return p.kind == variable && !ok
	})
}

func (g *glob) usesVariables() []string { return g.variables }

// text is the glob's text with its variables' values; it has no wildcards.
func (g *glob) text(ctx Context) string {
	if len(g.parts) == 1 {
		text, _ := g.parts[0].value(ctx)
		return text
	}
	var out strings.Builder
	for i := range g.parts {
		text, _ := g.parts[i].value(ctx)
		out.WriteString(text)
	}
	return out.String()
}

// star is where a star was met: the part after it, and how far in the subject
// the star reaches.
type star struct {
	part, at int
	set      bool
}

// matches reports whether the glob, whose variables all have values, matches the
// whole subject. On a mismatch [glob.finds] lets the last star take one character more;
// when that one meets a colon it may not take, the last star that may. Earlier
// stars need no second try: what stands between two stars matches best at its
// first place.
func (g *glob) matches(subject string, ctx Context) bool {
	if len(g.parts) == 1 && g.parts[0].kind == literal && !g.anyCase {
		return subject == g.parts[0].text
	}
	return g.finds(subject, ctx)
}

func (g *glob) finds(subject string, ctx Context) bool {
	var wide, narrow star
	for i, at := 0, 0; ; {
		if i == len(g.parts) && at == len(subject) {
			return true
		}
		if i < len(g.parts) {
			switch g.parts[i].kind {
			case anything:
				i++
				if i == len(g.parts) {
					return true
				}
				wide, narrow = star{i, at, true}, star{}
				continue
			case anythingButColon:
				i++
				narrow = star{i, at, true}
				continue
			default:
				if n, ok := g.consume(i, subject[at:], ctx); ok {
					i, at = i+1, at+n
					continue
				}
			}
		}
		var again bool
		if i, at, again = retry(&narrow, &wide, subject); !again {
			return false
		}
	}
}

// retry lets a star take one character more, and gives where to go on.
func retry(narrow, wide *star, subject string) (i, at int, again bool) {
	last := wide
	if narrow.set && narrow.at < len(subject) && subject[narrow.at] != ':' {
		last = narrow
	}
	if !last.set || last.at >= len(subject) {
		return 0, 0, false
	}
	last.at += width(subject[last.at:])
	return last.part, last.at, true
}

// consume matches one part, not a star, at the beginning of subject, and gives
// the length of what it matched.
func (g *glob) consume(i int, subject string, ctx Context) (int, bool) {
	switch p := &g.parts[i]; p.kind {
	case anyCharacter:
		return width(subject), subject != ""
	case anyCharacterButColon:
		return width(subject), subject != "" && subject[0] != ':'
	default:
		text, _ := p.value(ctx)
		n := len(text)
		return n, strings.HasPrefix(subject, text) || g.anyCase && len(subject) >= n && strings.EqualFold(subject[:n], text)
	}
}

func width(text string) int {
	if text != "" && text[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// parseResource compiles an entry of Resource or NotResource: "*", or an ARN
// whose wildcards stay inside their segments, except that a "*" which ends its
// segment may match beyond the colon. There is no wildcard in the service, and
// no variable before the fifth colon.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards
func parseResource(text string, variables bool) (glob, error) {
	if text == "*" {
		return glob{parts: []part{{kind: anything}}}, nil
	}
	segments := strings.SplitN(text, ":", arnSegments)
	if err := checkResource(text, segments); err != nil {
		return glob{}, err
	}
	var g glob
	for i, segment := range segments {
		last := i == arnSegments-1
		if !last && variables && strings.Contains(segment, "${") {
			return glob{}, syntax("resource %q: a policy variable cannot stand before the fifth colon", text)
		}
		s, err := parseGlob(segment, parsing{wildcards: true, variables: variables})
		if err != nil {
			return glob{}, err
		}
		if !last {
			confine(s.parts)
		}
		if i > 0 {
			g.add(part{text: ":"})
		}
		for _, p := range s.parts {
			g.add(p)
		}
	}
	return g, nil
}

func checkResource(text string, segments []string) error {
	switch {
	case segments[0] != "arn" || len(segments) < 4 ||
		len(segments) < arnSegments && !strings.HasSuffix(text, "*"):
		return syntax("resource %q: it must be an ARN or *", text)
	case segments[2] == "" || strings.ContainsAny(segments[2], "*?"):
		return syntax("resource %q: its service must be spelt out", text)
	}
	return nil
}

// confine keeps the wildcards of a segment inside it, but for a final star.
func confine(parts []part) {
	for i := range parts {
		switch {
		case parts[i].kind == anyCharacter:
			parts[i].kind = anyCharacterButColon
		case parts[i].kind == anything && i < len(parts)-1:
			parts[i].kind = anythingButColon
		}
	}
}

// parseAction compiles "*" or "*:*", or service:name with wildcards in the name, in
// any case. IAM answers to others: Action vendors must not contain wildcards.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func parseAction(text string) (glob, error) {
	service, name, found := strings.Cut(text, ":")
	switch {
	case text == "*", text == "*:*":
	case !found || service == "" || name == "":
		return glob{}, syntax("action %q: it must be service:Action or *", text)
	case !isActionText(service, "-"), !isActionText(name, "*?-_"):
		return glob{}, syntax("action %q: letters and digits, and wildcards after the colon only", text)
	}
	g, err := parseGlob(text, parsing{wildcards: true})
	g.anyCase = true
	return g, err
}

func isActionText(text, besides string) bool {
	for _, r := range text {
		if !isAlphanumeric(r) && !strings.ContainsRune(besides, r) {
			return false
		}
	}
	return true
}
