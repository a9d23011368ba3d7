package policy

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// maxSetValues is how many kinds of values a set may be made of.
const maxSetValues = 8

// keyValues are what a key may be in a request, as far as conditions tell.
type keyValues struct {
	// key is in lower case, name as a policy spells it.
	key, name string
	choices   []keyChoice
}

// keyChoice is the values of a key; a nil list means that it is absent.
type keyChoice []string

// valuesOf gives one choice for each way in which the conditions, all on one
// key, can turn out, the absent key first. It leaves out values that an operator
// cannot read: they are unjudged, with which every deny denies and no allow
// allows, so that a value that can be read allows no less.
func valuesOf(conditions []*condition, ctx Context) (keyValues, error) {
	found := keyValues{key: conditions[0].key, name: conditions[0].name, choices: []keyChoice{nil}}
	values, err := distinctValues(conditions, ctx)
	sets := slices.ContainsFunc(conditions, func(c *condition) bool { return c.quantifier != single })
	switch {
	case err != nil:
		return found, fmt.Errorf("%s: %w", found.name, err)
	case sets && len(values) > maxSetValues:
		return found, fmt.Errorf("%s: a set operator that tells more than %d values apart", found.name, maxSetValues)
	case sets:
		found.choices = append(found.choices, setsOf(values)...)
	default:
		for _, value := range values {
			found.choices = append(found.choices, keyChoice{value})
		}
	}
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

// distinctValues are values of which each answers the conditions differently, by
// the one type that the operators compare.
func distinctValues(conditions []*condition, ctx Context) ([]string, error) {
	var numbers []number
	var dates []time.Time
	var ranges []netip.Prefix
	var bytes []string
	truths, texts := false, false
	for _, c := range conditions {
		for _, m := range c.values {
			if !m.resolves(ctx) {
				continue
			}
			switch m := m.(type) {
			case *ordered[number]:
				numbers = append(numbers, m.bound)
			case *ordered[time.Time]:
				dates = append(dates, m.bound)
			case *address:
				ranges = append(ranges, m.prefix.Masked())
			case *bytesMatcher:
				bytes = append(bytes, m.bytes)
			case *boolean:
				truths = true
			default:
				texts = true
			}
		}
	}
	types, values, err := 0, []string{"x"}, error(nil) // only whether the key is present counts
	found := func(some bool, find func() ([]string, error)) {
		if some {
			types++
			values, err = find()
		}
	}
	found(numbers != nil, func() ([]string, error) { return numbersAround(numbers), nil })
	found(dates != nil, func() ([]string, error) { return datesAround(dates) })
	found(ranges != nil, func() ([]string, error) { return addressesAround(ranges), nil })
	found(bytes != nil, func() ([]string, error) { return append(bytes, slices.Max(bytes)+"x"), nil })
	found(truths, func() ([]string, error) { return []string{"true", "false"}, nil })
	found(texts, func() ([]string, error) { return textsAmong(conditions, ctx) })
	if types > 1 {
		return nil, errors.New("one key under operators of two types")
	}
	if !texts {
		values = onlyOf(conditions[0].key, values)
	}
	return values, err
}

// onlyOf are the values that the key can have, or else one that no operator of
// another type can read.
func onlyOf(key string, values []string) []string {
	example, has := valueOf(key)
	if has == nil {
		return values
	}
	values = slices.DeleteFunc(values, func(v string) bool { return !has(v) })
	if len(values) == 0 {
		return []string{example}
	}
	return values
}

// valueOf is a value of a key of which AWS says what values it has, and tells them.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func valueOf(key string) (example string, has func(string) bool) {
	switch key {
	case "aws:multifactorauthage":
		return "60", func(text string) bool { n, ok := parseNumber(text); return ok && !n.negative }
	case "aws:currenttime", "aws:tokenissuetime":
		return "2026-01-01T00:00:00Z", func(text string) bool { _, ok := parseDate(text); return ok }
	case "aws:sourceip", "aws:vpcsourceip":
		return "198.51.100.1", func(text string) bool { _, err := netip.ParseAddr(text); return err == nil }
	case "aws:securetransport":
		return "true", func(text string) bool { _, ok := parseBool(text); return ok }
	}
	return "", nil
}

// around are the bounds, something between any two neighbours, and on either side
// of all.
func around[T any](bounds []T, compare func(T, T) int, below, above func(T) T, between func(T, T) T) []T {
	sort.Slice(bounds, func(i, j int) bool { return compare(bounds[i], bounds[j]) < 0 })
	all := []T{below(bounds[0])}
	for i, bound := range bounds {
		after := above(bound)
		if i+1 < len(bounds) {
			after = between(bound, bounds[i+1])
		}
		all = append(all, bound, after)
	}
	return all
}

func numbersAround(numbers []number) []string {
	var bounds []*big.Rat
	places := 1
	for _, n := range numbers {
		bound, _ := new(big.Rat).SetString("0" + n.whole + "." + n.decimal + "0")
		if n.negative {
			bound.Neg(bound)
		}
		places = max(places, len(n.decimal)+1)
		bounds = append(bounds, bound)
	}
	plus := func(n int64) func(*big.Rat) *big.Rat {
		return func(r *big.Rat) *big.Rat { return new(big.Rat).Add(r, big.NewRat(n, 1)) }
	}
	var values []string
	for _, n := range around(bounds, (*big.Rat).Cmp, plus(-1), plus(1), func(a, b *big.Rat) *big.Rat {
		return new(big.Rat).Mul(big.NewRat(1, 2), new(big.Rat).Add(a, b))
	}) {
		values = appendNew(values, strings.TrimSuffix(strings.TrimRight(n.FloatString(places), "0"), "."))
	}
	return values
}

func datesAround(bounds []time.Time) ([]string, error) {
	plus := func(d time.Duration) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return t.Add(d) }
	}
	var values []string
	for _, t := range around(bounds, time.Time.Compare, plus(-time.Second), plus(time.Second),
		func(a, b time.Time) time.Time { return a.Add(b.Sub(a) / 2) }) {
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
func addressesAround(ranges []netip.Prefix) []string {
	var all, after []netip.Addr
	for _, r := range ranges {
		all = append(all, r.Addr())
		if next := lastOf(r).Next(); next.IsValid() {
			after = append(after, next)
		}
	}
	all = append(all, after...)
	for _, text := range []string{"198.51.100.1", "0.0.0.0", "2001:db8::1", "::", "::1:0:0:0"} {
		all = append(all, netip.MustParseAddr(text))
	}
	var values []string
	seen := map[string]bool{}
	for _, addr := range all {
		var answers []byte
		for _, r := range ranges {
			answers = strconv.AppendBool(answers, r.Contains(addr.Unmap()))
		}
		if !seen[string(answers)] {
			seen[string(answers)] = true
			values = append(values, addr.Unmap().String())
		}
	}
	return values
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
func textsAmong(conditions []*condition, ctx Context) ([]string, error) {
	t := testsOf([]pattern{some(anyCharacters)})
	var familiar []string
	for _, c := range conditions {
		var patterns []pattern
		for _, m := range c.values {
			if p, ok := patternOf(m, ctx); ok {
				patterns, familiar = append(patterns, p), append(familiar, p.example())
			}
		}
		t.add(patterns...)
	}
	t.add(anyARN())
	values, err := textsOf(t.classes(append(familiar, "x")))
	return append(values, ""), err
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
			p[i].anyCase = true
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
				segment = append(segment.within(butColon), literalPattern(":")...)
			}
			p = append(p, segment...)
		}
		return p, true
	}
	return nil, false
}

func anyARN() pattern {
	return slices.Concat(literalPattern("arn:"), segments(arnSegments-2), anyNumber(anyCharacters))
}

func appendNew(list []string, texts ...string) []string {
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
