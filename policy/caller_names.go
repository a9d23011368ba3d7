package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

var errMixedNames = errors.New("names of users are put together with other text, and compared with others")

// keyTexts is what the conditions on one key compare it with.
type keyTexts struct {
	// named says that some text has a variable, mixed that it does not stand
	// between slashes and colons alone.
	named, mixed bool
	texts        map[string]bool
	parts        []pattern
}

// addComparedNames adds patterns of ARNs of callers whose names conditions compare:
// beside home/${aws:username}/* on one key, those of the parts of home/alice/*.
func (t *tests) addComparedNames(policies []Attached, prefix string) error {
	keys := map[string]*keyTexts{}
	for c := range conditionsOf(policies) {
		if keys[c.key] == nil {
			keys[c.key] = &keyTexts{texts: map[string]bool{}}
		}
		for _, m := range c.values {
			_, ignoresCase := m.(*ignoreCase)
			for _, g := range globsOf(m) {
				keys[c.key].add(&g, ignoresCase)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		k := keys[key]
		if !k.named || len(k.texts) == 1 {
			continue
		}
		if k.mixed {
			return errMixedNames
		}
		for _, part := range k.parts {
			for _, p := range underAnyPath(prefix, part) {
				t.add(p)
			}
		}
	}
	return nil
}

func (k *keyTexts) add(g *glob, ignoresCase bool) {
	k.texts[fmt.Sprint(g.parts)] = true
	k.named = k.named || g.variables != nil
	for _, part := range g.namePattern().split() {
		if ignoresCase {
			for i := range part {
				part[i].anyCase = true
			}
		}
		alone := len(part) == 1 && part[0].repeats
		wild := slices.ContainsFunc(part, func(place place) bool { return place.repeats })
		k.mixed = k.mixed || wild && !alone
		if !wild {
			k.parts = append(k.parts, part)
		}
	}
}

func globsOf(m matcher) []glob {
	switch m := m.(type) {
	case *exact:
		return []glob{m.glob}
	case *ignoreCase:
		return []glob{m.glob}
	case *boolean:
		return []glob{m.glob}
	case *arnLike:
		return m.segments[:]
	}
	return nil
}

// split cuts the pattern at slashes and colons.
func (p pattern) split() []pattern {
	var parts []pattern
	begin := 0
	for i, place := range p {
		if place.kinds == 0 && (place.character == '/' || place.character == ':') {
			parts, begin = append(parts, slices.Clone(p[begin:i])), i+1
		}
	}
	return append(parts, slices.Clone(p[begin:]))
}
