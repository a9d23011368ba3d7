package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A pattern is a text of a policy as the places that a reader of a subject may
// be at; a test is a set of patterns, one of which must match the whole
// subject. The subjects of several tests, read side by side, tell all vectors
// of answers that some subject gives.

type placeKind uint8

const (
	oneCharacter placeKind = iota
	sameButForCase
	anyOne
	anyOneButColon
	anyNumber
	anyNumberButColon
	anyNumberButSlash
	endOfPattern
)

type patternPlace struct {
	kind placeKind
	// character is the one to read.
	character rune
	// test is the one that a subject passes which ends here.
	test int
}

type pattern []patternPlace

// reads reports whether the place may read the character, and stays reports whether
// the reader may remain there.
func (p *patternPlace) reads(r rune) (reads, stays bool) {
	switch p.kind {
	case oneCharacter:
		return r == p.character, false
	case sameButForCase:
		return strings.EqualFold(string(r), string(p.character)), false
	case anyOne:
		return true, false
	case anyOneButColon:
		return r != ':', false
	case anyNumber:
		return false, true
	case anyNumberButColon:
		return false, r != ':'
	case anyNumberButSlash:
		return false, r != '/'
	case endOfPattern:
	}
	return false, false
}

func (p *patternPlace) repeats() bool {
	return p.kind == anyNumber || p.kind == anyNumberButColon || p.kind == anyNumberButSlash
}

// literalPattern is the text itself.
func literalPattern(text string) pattern {
	var list pattern
	for _, r := range text {
		list = append(list, patternPlace{kind: oneCharacter, character: r})
	}
	return list
}

// wildcardPattern is a text in which * and ? are wildcards.
func wildcardPattern(text string) pattern {
	list := literalPattern(text)
	for i, place := range list {
		switch place.character {
		case '*':
			list[i] = patternPlace{kind: anyNumber}
		case '?':
			list[i] = patternPlace{kind: anyOne}
		}
	}
	return list
}

// pattern is the glob with the values of its variables, all of which have one.
func (g *glob) pattern(ctx Context) pattern {
	var list pattern
	for i := range g.parts {
		switch part := &g.parts[i]; part.kind {
		case anyCharacter:
			list = append(list, patternPlace{kind: anyOne})
		case anyCharacterButColon:
			list = append(list, patternPlace{kind: anyOneButColon})
		case anything:
			list = append(list, patternPlace{kind: anyNumber})
		case anythingButColon:
			list = append(list, patternPlace{kind: anyNumberButColon})
		case literal, variable:
			text, _ := part.value(ctx)
			list = append(list, literalPattern(text)...)
		}
	}
	return list
}

// within keeps the wildcards from reading a colon, or else a slash.
func (p pattern) within(kept rune) pattern {
	list := slices.Clone(p)
	for i := range list {
		switch {
		case list[i].kind == anyOne && kept == ':':
			list[i].kind = anyOneButColon
		case list[i].kind == anyNumber && kept == ':':
			list[i].kind = anyNumberButColon
		case list[i].kind == anyNumber:
			list[i].kind = anyNumberButSlash
		}
	}
	return list
}

// tests are what is asked about one text of a request.
type tests struct {
	places []patternPlace
	begin  []int
	count  int
	// ignoreCase says that the patterns are in lower case and texts need not be.
	ignoreCase bool
}

// add adds a test and gives its place in the answers.
func (t *tests) add(patterns ...pattern) int {
	for _, p := range patterns {
		t.begin = append(t.begin, len(t.places))
		t.places = append(t.places, p...)
		t.places = append(t.places, patternPlace{kind: endOfPattern, test: t.count})
	}
	t.count++
	return t.count - 1
}

// enter adds a place to a sorted set, and those that a reader may skip to.
func (t *tests) enter(set []int, at int) []int {
	for {
		i, found := slices.BinarySearch(set, at)
		if found {
			return set
		}
		set = slices.Insert(set, i, at)
		if !t.places[at].repeats() {
			return set
		}
		at++
	}
}

func (t *tests) first() []int {
	var set []int
	for _, at := range t.begin {
		set = t.enter(set, at)
	}
	return set
}

// next appends to into the places after those of set when r is read.
func (t *tests) next(into, set []int, r rune) []int {
	for _, at := range set {
		reads, stays := t.places[at].reads(r)
		if stays {
			into = t.enter(into, at)
		}
		if reads {
			into = t.enter(into, at+1)
		}
	}
	return into
}

// answers has one byte for each test, '1' for yes, and one for the mark of the language.
func (t *tests) answers(set []int, mark bool) string {
	list := slices.Repeat([]byte{'0'}, t.count+1)
	for _, at := range set {
		if place := t.places[at]; place.kind == endOfPattern {
			list[place.test] = '1'
		}
	}
	if mark {
		list[t.count] = '1'
	}
	return string(list)
}

// class is all texts with the same answers, and one that stands for them.
type class struct {
	text, answers string
}

func (c class) is(test int) bool { return c.answers[test] == '1' }

// errTooMany says that a cap was reached.
var errTooMany = errors.New("there are too many cases to tell apart")

// maxStates is how many sets of places [tests.classes] looks at.
const maxStates = 50_000

type reading struct {
	set    []int
	state  int
	before int
	last   rune
}

// classes are all vectors of answers that a text of the language has, each with
// the first of the familiar texts, or the shortest, that gives it: breadth first
// through the sets of places that the tests can be at. Characters that no place
// tells apart, and the language neither, stand for one another.
func (t *tests) classes(l textLanguage, familiar []string) ([]class, error) {
	found := map[string]bool{}
	var list []class
	add := func(text, answers string) {
		if !found[answers] {
			found[answers] = true
			list = append(list, class{text, answers})
		}
	}
	for _, text := range familiar {
		if set, state := t.read(l, text); state >= 0 && l.accepts(state) {
			add(text, t.answers(set, l.marks(state)))
		}
	}
	queue := []reading{{set: t.first(), before: -1}}
	seen := map[string]bool{string(readingKey(nil, &queue[0])): true}
	var key []byte
	var set []int
	for i := 0; i < len(queue); i++ {
		if len(queue) > maxStates {
			return nil, errTooMany
		}
		if l.accepts(queue[i].state) {
			if answers := t.answers(queue[i].set, l.marks(queue[i].state)); !found[answers] {
				add(spell(queue, i), answers)
			}
		}
		for _, r := range t.alphabet(l, &queue[i]) {
			state := l.step(queue[i].state, r)
			if state < 0 {
				continue
			}
			set = t.next(set[:0], queue[i].set, r)
			next := reading{set: set, state: state, before: i, last: r}
			if key = readingKey(key[:0], &next); !seen[string(key)] {
				seen[string(key)] = true
				next.set = slices.Clone(set)
				queue = append(queue, next)
			}
		}
	}
	return list, nil
}

func (t *tests) read(l textLanguage, text string) (set []int, state int) {
	set = t.first()
	if t.ignoreCase {
		text = strings.ToLower(text)
	}
	var spare []int
	for _, r := range text {
		if state = l.step(state, r); state < 0 {
			return nil, state
		}
		spare, set = set, t.next(spare[:0], set, r)
	}
	return set, state
}

// knownClasses are those found already: many requests are told apart by the same
// tests.
type knownClasses map[string][]class

func (k knownClasses) of(t *tests, l textLanguage, familiar []string) ([]class, error) {
	key := make([]byte, 0, 8*len(t.places))
	for _, place := range t.places {
		key = strconv.AppendInt(append(key, byte(place.kind)), int64(place.test), 36)
		key = append(key, string(place.character)...)
	}
	name := fmt.Sprintf("%v %v %q ", l, t.count, familiar) + string(key)
	if list, ok := k[name]; ok {
		return list, nil
	}
	list, err := t.classes(l, familiar)
	if err == nil {
		k[name] = list
	}
	return list, err
}

func readingKey(key []byte, r *reading) []byte {
	key = strconv.AppendInt(key, int64(r.state), 36)
	for _, at := range r.set {
		key = strconv.AppendInt(append(key, ' '), int64(at), 36)
	}
	return key
}

func spell(queue []reading, i int) string {
	var text []rune
	for ; queue[i].before >= 0; i = queue[i].before {
		text = append(text, queue[i].last)
	}
	slices.Reverse(text)
	return string(text)
}

// alphabet are the characters that the places name, and one of each kind that
// they do not.
func (t *tests) alphabet(l textLanguage, at *reading) []rune {
	var named []rune
	for _, i := range at.set {
		switch place := t.places[i]; place.kind {
		case oneCharacter:
			named = append(named, place.character)
		case sameButForCase:
			named = append(named, place.character)
			for r := unicode.SimpleFold(place.character); r != place.character; r = unicode.SimpleFold(r) {
				named = append(named, r)
			}
		case anyOneButColon, anyNumberButColon:
			named = append(named, ':')
		case anyNumberButSlash:
			named = append(named, '/')
		case anyOne, anyNumber, endOfPattern:
		}
	}
	slices.Sort(named)
	named = slices.Compact(named)
	var all []rune
	for _, kind := range l.kinds(at.state) {
		for _, r := range kind {
			if !slices.Contains(named, r) {
				all = append(all, r)
				break
			}
		}
	}
	return append(all, named...)
}
