package policy

import (
	"cmp"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// withoutVariables is embedded in matchers whose operators take no policy
// variables.
type withoutVariables struct{}

func (withoutVariables) resolves(Context) bool   { return true }
func (withoutVariables) usesVariables() []string { return nil }

// exact is StringEquals and StringLike: byte for byte, with wildcards or without.
type exact struct{ glob }

func compileText(wildcards bool) compiler {
	return func(text string, variables bool) (matcher, error) {
		g, err := parseGlob(text, parsing{wildcards: wildcards, variables: variables})
		return &exact{g}, err
	}
}

func (m *exact) match(value string, ctx Context) truth { return truthOf(m.matches(value, ctx)) }

// ignoreCase is StringEqualsIgnoreCase.
type ignoreCase struct{ glob }

func compileIgnoreCase(text string, variables bool) (matcher, error) {
	g, err := parseGlob(text, parsing{variables: variables})
	return &ignoreCase{g}, err
}

func (m *ignoreCase) match(value string, ctx Context) truth {
	return truthOf(strings.EqualFold(m.text(ctx), value))
}

// arnLike is ArnEquals and ArnLike, which are the same: each of the six parts
// is compared by itself, with wildcards and case.
type arnLike struct {
	segments [arnSegments]glob
	// anyARN is the lone "*".
	anyARN bool
}

func compileARN(text string, variables bool) (matcher, error) {
	if text == "*" {
		return &arnLike{anyARN: true}, nil
	}
	parts := splitARN(text, variables)
	if len(parts) != arnSegments {
		return nil, syntax("value %q: it must be an ARN of six parts", text)
	}
	var m arnLike
	for i, part := range parts {
		g, err := parseGlob(part, parsing{wildcards: true, variables: variables})
		if err != nil {
			return nil, err
		}
		m.segments[i] = g
	}
	return &m, nil
}

// splitARN splits at the first five colons, but for those inside a policy
// variable, as in ${aws:username}.
func splitARN(text string, variables bool) []string {
	var parts []string
	begin, inside := 0, false
	for i := 0; i < len(text) && len(parts) < arnSegments-1; i++ {
		switch {
		case variables && strings.HasPrefix(text[i:], "${"):
			inside = true
		case text[i] == '}':
			inside = false
		case text[i] == ':' && !inside:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	return append(parts, text[begin:])
}

func (m *arnLike) match(value string, ctx Context) truth {
	matches := true
	for i := range arnSegments {
		segment, rest, found := strings.Cut(value, ":")
		if i == arnSegments-1 {
			segment = value
		} else if !found {
			return unjudged
		}
		if i == 0 && segment != "arn" {
			return unjudged
		}
		matches = matches && (m.anyARN || m.segments[i].matches(segment, ctx))
		value = rest
	}
	return truthOf(matches)
}

func (m *arnLike) resolves(ctx Context) bool {
	return !slices.ContainsFunc(m.segments[:], func(g glob) bool { return !g.resolves(ctx) })
}

func (m *arnLike) usesVariables() []string {
	var list []string
	for i := range m.segments {
		list = append(list, m.segments[i].variables...)
	}
	return list
}

// boolean is Bool.
type boolean struct{ glob }

func compileBool(text string, variables bool) (matcher, error) {
	g, err := parseGlob(text, parsing{variables: variables})
	if err != nil {
		return nil, err
	}
	if _, ok := parseBool(text); !ok && g.variables == nil {
		return nil, syntax("value %q: it must be true or false", text)
	}
	return &boolean{g}, nil
}

func (m *boolean) match(value string, ctx Context) truth {
	want, ok := parseBool(m.text(ctx))
	got, readable := parseBool(value)
	if !ok || !readable {
		return unjudged
	}
	return truthOf(want == got)
}

func parseBool(text string) (value, ok bool) {
	return strings.EqualFold(text, "true"), strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// bytesMatcher is BinaryEquals: the policy has the value in base 64, the request as
// it is.
type bytesMatcher struct {
	withoutVariables
	bytes string
}

func compileBinary(text string, _ bool) (matcher, error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, syntax("value %q: it must be base 64", text)
	}
	return &bytesMatcher{bytes: string(decoded)}, nil
}

func (m *bytesMatcher) match(value string, _ Context) truth { return truthOf(value == m.bytes) }

// address is IpAddress: one address, or a range in CIDR notation.
type address struct {
	withoutVariables
	prefix netip.Prefix
}

func compileAddress(text string, _ bool) (matcher, error) {
	prefix, err := netip.ParsePrefix(text)
	if addr, addrErr := netip.ParseAddr(text); addrErr == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if err != nil || prefix.Addr().Is4In6() {
		return nil, syntax("value %q: it must be an IPv4 or IPv6 address or CIDR range", text)
	}
	return &address{prefix: prefix}, nil
}

func (m *address) match(value string, _ Context) truth {
	addr, err := netip.ParseAddr(value)
	if err != nil || addr.Zone() != "" {
		return unjudged
	}
	return truthOf(m.prefix.Contains(addr.Unmap()))
}

// number is a decimal number, of any size and precision, with an optional
// sign: the digits before and after the point, without needless zeros.
type number struct {
	negative       bool
	whole, decimal string
}

func parseNumber(text string) (number, bool) {
	var n number
	unsigned, negative := strings.CutPrefix(text, "-")
	if !negative {
		unsigned = strings.TrimPrefix(text, "+")
	}
	whole, decimal, point := strings.Cut(unsigned, ".")
	if !isDigits(whole) || point && !isDigits(decimal) {
		return number{}, false
	}
	n.whole, n.decimal = strings.TrimLeft(whole, "0"), strings.TrimRight(decimal, "0")
	n.negative = negative && n.whole+n.decimal != ""
	return n, true
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

func (n number) compare(m number) int {
	if n.negative != m.negative {
		if n.negative {
			return -1
		}
		return 1
	}
	outcome := cmp.Or(cmp.Compare(len(n.whole), len(m.whole)), cmp.Compare(n.whole, m.whole),
		cmp.Compare(n.decimal, m.decimal))
	if n.negative {
		return -outcome
	}
	return outcome
}

// ordered is the operators that compare numbers, or dates.
type ordered[T any] struct {
	withoutVariables
	order   order
	bound   T
	parse   func(string) (T, bool)
	compare func(T, T) int
}

type compiler = func(text string, variables bool) (matcher, error)

func comparing[T any](o order, parse func(string) (T, bool), compare func(T, T) int, must string) compiler {
	return func(text string, _ bool) (matcher, error) {
		bound, ok := parse(text)
		if !ok {
			return nil, syntax("value %q: it must be %s", text, must)
		}
		return &ordered[T]{order: o, bound: bound, parse: parse, compare: compare}, nil
	}
}

func numeric(o order) compiler { return comparing(o, parseNumber, number.compare, "a decimal number") }

func date(o order) compiler {
	return comparing(o, parseDate, time.Time.Compare, "an ISO 8601 date with a time zone, or epoch seconds")
}

func (m *ordered[T]) match(value string, _ Context) truth {
	v, ok := m.parse(value)
	if !ok {
		return unjudged
	}
	return truthOf(m.order.has(m.compare(v, m.bound)))
}

// parseDate reads the formats of the W3C note, and seconds since 1970. Four
// digits are a year.
//
// https://www.w3.org/TR/NOTE-datetime
func parseDate(text string) (time.Time, bool) {
	if isDigits(text) && len(text) != len("2006") {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0), err == nil
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
