package policy

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxSetValues is how many kinds of values a set may be made of.
const maxSetValues = 8

// keyValues are what a key may be in a request, as far as conditions tell.
type keyValues struct {
	// name is the key as a policy spells it.
	name    string
	choices []keyChoice
}

// keyChoice is the values of a key; a nil list means that it is absent.
type keyChoice []string

// valuesOf gives one choice for each way in which the conditions, all on one
// key, can turn out, the absent key first. It leaves out values that an operator
// cannot read: they are unjudged, with which every deny denies and no allow
// allows, so that a value that can be read allows no less.
func valuesOf(conditions []*condition, ctx Context) (keyValues, error) {
	found := keyValues{name: conditions[0].name, choices: []keyChoice{nil}}
	sets := false
	var kinds []matcher
	for _, c := range conditions {
		sets = sets || c.quantifier != single
		for _, m := range c.values {
			if m.resolves(ctx) {
				kinds = append(kinds, m)
			}
		}
	}
	values, err := distinctValues(conditions, kinds, ctx)
	if err != nil {
		return found, fmt.Errorf("%s: %w", found.name, err)
	}
	if !sets {
		for _, value := range values {
			found.choices = append(found.choices, keyChoice{value})
		}
		return found, nil
	}
	if len(values) > maxSetValues {
		return found, fmt.Errorf("%s: a set operator that tells more than %d values apart", found.name, maxSetValues)
	}
	found.choices = append(found.choices, setsOf(values)...)
	return found, nil
}

// setsOf are all sets of the values. By itself the empty text is as if the key
// were absent, and twice it is not.
func setsOf(values []string) []keyChoice {
	sets := []keyChoice{{""}}
	for members := range 1 << len(values) {
		set := keyChoice{}
		for i, value := range values {
			if members&(1<<i) != 0 {
				set = append(set, value)
			}
		}
		if len(set) == 1 && set[0] == "" {
			set = append(set, "")
		}
		sets = append(sets, set)
	}
	return sets
}

// distinctValues are values of which each answers the matchers differently, by
// the one type that the operators compare.
func distinctValues(conditions []*condition, matchers []matcher, ctx Context) ([]string, error) {
	var types []string
	values := []string{"x"} // only whether the key is present counts
	for _, m := range matchers {
		name, all := typeOf(m)
		if slices.Contains(types, name) {
			continue
		}
		if types = append(types, name); len(types) > 1 {
			return nil, errors.New("one key under operators of two types")
		}
		var err error
		if values, err = all(conditions, matchers, ctx); err != nil {
			return nil, err
		}
	}
	return values, nil
}

type valueFinder func(conditions []*condition, matchers []matcher, ctx Context) ([]string, error)

// typeOf names what a matcher compares, and finds the values for those of its type.
func typeOf(m matcher) (string, valueFinder) {
	switch m.(type) {
	case *boolean:
		return "truth", func([]*condition, []matcher, Context) ([]string, error) { return []string{"true", "false"}, nil }
	case *numberMatcher:
		return "number", numbersAround
	case *dateMatcher:
		return "date", datesAround
	case *address:
		return "address", addressesAround
	case *binary:
		return "bytes", bytesAmong
	}
	return "text", textsAmong
}

func bytesAmong(_ []*condition, matchers []matcher, _ Context) ([]string, error) {
	longest, values := "", []string{}
	for _, m := range matchers {
		if b, ok := m.(*binary); ok {
			values = append(values, b.bytes)
			longest = max(longest, b.bytes)
		}
	}
	return append(values, longest+"x"), nil
}

// numbersAround are the bounds, one number between any two neighbours, and one
// on either side of all.
func numbersAround(_ []*condition, matchers []matcher, _ Context) ([]string, error) {
	var bounds []*big.Rat
	places := 1
	for _, m := range matchers {
		n, ok := m.(*numberMatcher)
		if !ok {
			continue
		}
		bound, ok := new(big.Rat).SetString("0" + n.bound.whole + "." + n.bound.decimal + "0")
		if !ok {
			return nil, errors.New("a number that cannot be read")
		}
		if n.bound.negative {
			bound.Neg(bound)
		}
		places = max(places, len(n.bound.decimal)+1)
		bounds = append(bounds, bound)
	}
	slices.SortFunc(bounds, (*big.Rat).Cmp)
	one, half := big.NewRat(1, 1), big.NewRat(1, 2)
	all := []*big.Rat{new(big.Rat).Sub(bounds[0], one)}
	for i, bound := range bounds {
		after := new(big.Rat).Add(bound, one)
		if i+1 < len(bounds) {
			after = new(big.Rat).Mul(half, new(big.Rat).Add(bound, bounds[i+1]))
		}
		all = append(all, bound, after)
	}
	var values []string
	for _, n := range all {
		text := n.FloatString(places)
		if strings.Contains(text, ".") {
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		values = appendNew(values, text)
	}
	return values, nil
}

// datesAround are the bounds, a time between any two neighbours, and one on
// either side of all.
func datesAround(_ []*condition, matchers []matcher, _ Context) ([]string, error) {
	var bounds []time.Time
	for _, m := range matchers {
		if d, ok := m.(*dateMatcher); ok {
			bounds = append(bounds, d.bound)
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	all := []time.Time{bounds[0].Add(-time.Second)}
	for i, bound := range bounds {
		after := bound.Add(time.Second)
		if i+1 < len(bounds) {
			after = bound.Add(bounds[i+1].Sub(bound) / 2)
		}
		all = append(all, bound, after)
	}
	var values []string
	for _, t := range all {
		text := t.UTC().Format(time.RFC3339Nano)
		if _, ok := parseDate(text); !ok {
			return nil, errors.New("a date outside the years 0 to 9999")
		}
		values = appendNew(values, text)
	}
	return values, nil
}

// addressesAround are the first address of every range and the first after it,
// and the first of all: nothing else begins a stretch of addresses that the
// ranges tell apart. An IPv4 address in the form of IPv6 is one of IPv4.
func addressesAround(_ []*condition, matchers []matcher, _ Context) ([]string, error) {
	var ranges []netip.Prefix
	for _, m := range matchers {
		if a, ok := m.(*address); ok {
			ranges = append(ranges, a.prefix.Masked())
		}
	}
	var all []netip.Addr
	for _, r := range ranges {
		all = append(all, r.Addr())
	}
	for _, r := range ranges {
		if after := lastOf(r).Next(); after.IsValid() {
			all = append(all, after)
		}
	}
	for _, text := range []string{"198.51.100.1", "0.0.0.0", "2001:db8::1", "::", "::1:0:0:0"} {
		all = append(all, netip.MustParseAddr(text))
	}
	var values []string
	seen := map[string]bool{}
	for _, addr := range all {
		answers := make([]byte, len(ranges))
		for i, r := range ranges {
			if r.Contains(addr.Unmap()) {
				answers[i] = 1
			}
		}
		if !seen[string(answers)] {
			seen[string(answers)] = true
			values = append(values, addr.Unmap().String())
		}
	}
	return values, nil
}

func lastOf(r netip.Prefix) netip.Addr {
	bytes := r.Addr().AsSlice()
	for bit := r.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// textsAmong are texts and ARNs, the empty text by itself.
func textsAmong(conditions []*condition, matchers []matcher, ctx Context) ([]string, error) {
	var t tests
	var familiar []string
	for _, c := range conditions {
		var patterns []pattern
		for _, m := range c.values {
			if p, ok := patternOf(m, ctx); ok {
				patterns = append(patterns, p)
			}
		}
		t.add(patterns...)
	}
	t.add(anyARN())
	for _, m := range matchers {
		if p, ok := patternOf(m, ctx); ok {
			familiar = append(familiar, p.example())
		}
	}
	classes, err := t.classes(anyText{}, append(familiar, "x"))
	if err != nil {
		return nil, err
	}
	var values []string
	for _, c := range classes {
		values = append(values, c.text)
	}
	return append(values, ""), nil
}

// patternOf is what a matcher of texts or ARNs looks for, if its variables have values.
func patternOf(m matcher, ctx Context) (pattern, bool) {
	if !m.resolves(ctx) {
		return nil, false
	}
	switch m := m.(type) {
	case *exact:
		return m.pattern(ctx), true
	case *ignoreCase:
		p := m.pattern(ctx)
		for i := range p {
			p[i].kind = sameButForCase
		}
		return p, true
	case *arnLike:
		if m.anyARN {
			return anyARN(), true
		}
		var p pattern
		for i := range m.segments {
			segment := m.segments[i].pattern(ctx)
			if i < arnSegments-1 {
				segment = append(segment.within(':'), literalPattern(":")...)
			}
			p = append(p, segment...)
		}
		return p, true
	}
	return nil, false
}

func anyARN() pattern {
	p := literalPattern("arn:")
	for range arnSegments - 2 {
		p = append(p, patternPlace{kind: anyNumberButColon}, patternPlace{kind: oneCharacter, character: ':'})
	}
	return append(p, patternPlace{kind: anyNumber})
}

// example is a text that the pattern matches.
func (p pattern) example() string {
	var text strings.Builder
	for _, place := range p {
		switch place.kind {
		case oneCharacter, sameButForCase:
			text.WriteRune(place.character)
		case anyOne, anyOneButColon:
			text.WriteByte('x')
		case anyNumber, anyNumberButColon, anyNumberButSlash, endOfPattern:
		}
	}
	return text.String()
}

func appendNew(list []string, texts ...string) []string {
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
