package policy

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode"
)

// characters are a set of characters, by their kinds.
type characters uint16

const (
	lowerCase characters = 1 << iota
	digit
	hyphen
	upperCase
	underscore
	inNames // + = , . @
	colon
	slash
	inPaths // the others of IAM's paths
	others

	anyCharacters  = others<<1 - 1
	butColon       = anyCharacters &^ colon
	butSlash       = anyCharacters &^ slash
	serviceLetters = lowerCase | digit | hyphen
	nameLetters    = serviceLetters | upperCase | underscore | inNames
	pathLetters    = nameLetters | colon | inPaths
)

// ofEachKind are some characters of each kind, in the order of preference.
func ofEachKind() [10]string {
	return [...]string{
		"xabcdefghijklmnopqrstuvwyz", "9876543210", "-", "XABCDEFGHIJKLMNOPQRSTUVWYZ", "_", "=+,.@", ":", "/", "!#%&()",
		" éäöü",
	}
}

func kindOf(r rune) characters {
	switch {
	case r >= 'a' && r <= 'z':
		return lowerCase
	case r >= '0' && r <= '9':
		return digit
	case r >= 'A' && r <= 'Z':
		return upperCase
	case strings.ContainsRune("=+,.@", r):
		return inNames
	}
	if i := strings.IndexRune("-_:/", r); i >= 0 {
		return [...]characters{hyphen, underscore, colon, slash}[i]
	}
	if r <= ' ' || r > '~' || strings.ContainsRune("*?$", r) {
		return others
	}
	return inPaths
}

// A place of a pattern is where a reader of a subject may be. It reads one
// character, or one of some kinds, once or as often as it likes.
type place struct {
	character rune
	// test is the number of the one that a subject passes which ends here.
	test    int32
	isEnd   bool
	kinds   characters
	anyCase bool
	repeats bool
	// back is how many places back the reader may go on, too.
	back uint8
}

func (p *place) reads(r rune, kind characters) bool {
	return p.kinds&kind != 0 || p.kinds == 0 && (r == p.character || p.anyCase && foldsTo(r, p.character))
}

func foldsTo(a, b rune) bool { return strings.EqualFold(string(a), string(b)) }

// A pattern is a text of a policy, or what texts a request can have, as places.
type pattern []place

func one(kinds characters) pattern       { return pattern{{kinds: kinds}} }
func anyNumber(kinds characters) pattern { return pattern{{kinds: kinds, repeats: true}} }
func some(kinds characters) pattern      { return append(one(kinds), anyNumber(kinds)...) }

// segments are segments of an ARN of any text, and the colons after them.
func segments(n int) pattern {
	return slices.Repeat(append(anyNumber(butColon), place{character: ':'}), n)
}

// literalPattern is the text itself.
func literalPattern(text string) pattern {
	list := make(pattern, 0, len(text)+8)
	for _, r := range text {
		list = append(list, place{character: r})
	}
	return list
}

// wildcardPattern is a text in which * and ? are wildcards for the kinds.
func wildcardPattern(text string, kinds characters) pattern {
	list := literalPattern(text)
	for i := range list {
		if r := list[i].character; r == '*' || r == '?' {
			list[i] = place{kinds: kinds, repeats: r == '*'}
		}
	}
	return list
}

// within keeps the wildcards within those kinds.
func (p pattern) within(kinds characters) pattern {
	list := slices.Clone(p)
	for i := range list {
		list[i].kinds &= kinds
	}
	return list
}

// pattern is the glob with the values of its variables, all of which have one.
func (g *glob) pattern(ctx Context) pattern {
	var list pattern
	for i := range g.parts {
		switch part := &g.parts[i]; part.kind {
		case anyCharacter:
			list = append(list, place{kinds: anyCharacters})
		case anyCharacterButColon:
			list = append(list, place{kinds: butColon})
		case anything:
			list = append(list, place{kinds: anyCharacters, repeats: true})
		case anythingButColon:
			list = append(list, place{kinds: butColon, repeats: true})
		case literal, variable:
			text, _ := part.value(ctx)
			list = append(list, literalPattern(text)...)
		}
	}
	return list
}

// example is a text that the pattern matches.
func (p pattern) example() string {
	var text strings.Builder
	for _, place := range p {
		switch {
		case place.kinds == 0:
			text.WriteRune(place.character)
		case !place.repeats:
			text.WriteByte('x')
		}
	}
	return text.String()
}

// The texts that a request can have, each as patterns, of which a text matches one.

// actionNames are service:Name in lower case.
func actionNames() []pattern {
	return []pattern{slices.Concat(some(serviceLetters), literalPattern(":"), some(serviceLetters|underscore))}
}

// resourceNames are ARNs of the partition, and * for an action that has no resource.
func resourceNames(partition string) []pattern {
	arn := literalPattern("arn:" + partition + ":")
	return []pattern{literalPattern("*"), slices.Concat(arn, one(butColon), segments(3), some(anyCharacters))}
}

// identityNames are ARNs of users or roles: the prefix, a path, a name.
func identityNames(prefix string) []pattern {
	path := append(some(pathLetters), place{character: '/', back: 2})
	return []pattern{
		append(literalPattern(prefix), some(nameLetters)...),
		slices.Concat(literalPattern(prefix), path, some(nameLetters)),
	}
}

// tests are what is asked about one text of a request: whether it matches one of
// some patterns. Texts read by all of them side by side tell all vectors of
// answers that some text gives.
type tests struct {
	places []place
	begin  []int
	count  int32
	// language is how many of the first places are those of the texts that there are.
	language int
	// ignoreCase says that the patterns are in lower case and texts need not be.
	ignoreCase bool
	// most is how many sets of places [tests.classes] looks at.
	most int
}

func testsOf(language []pattern) *tests {
	const likely = 512
	return languageOf(language, make([]place, 0, likely))
}

func languageOf(language []pattern, places []place) *tests {
	t := &tests{count: -1, places: places, most: maxStates}
	t.add(language...)
	t.language = len(t.places)
	return t
}

// add adds a test, the answer to which is the next one.
func (t *tests) add(patterns ...pattern) {
	for _, p := range patterns {
		t.begin = append(t.begin, len(t.places))
		t.places = append(append(t.places, p...), place{isEnd: true, character: -1, test: t.count})
	}
	t.count++
}

// enter adds a place to a sorted set, and those that a reader may skip to.
func (t *tests) enter(set []uint16, at uint16) []uint16 {
	for {
		if n := len(set); n == 0 || set[n-1] < at {
			set = append(set, at)
		} else if i, found := slices.BinarySearch(set, at); !found {
			set = slices.Insert(set, i, at)
		} else {
			return set
		}
		if !t.places[at].repeats {
			return set
		}
		at++
	}
}

func (t *tests) first() []uint16 {
	set := make([]uint16, 0, 64)
	for _, at := range t.begin {
		set = t.enter(set, uint16(at)) //nolint:gosec // at most maxPlaces
	}
	return set
}

// next appends to into the places after those of set when r is read; there are
// none if no text goes on like this.
func (t *tests) next(into, set []uint16, r rune) []uint16 {
	kind := kindOf(r)
	for _, at := range set {
		p := &t.places[at]
		if int(at) >= t.language && len(into) == 0 {
			return into
		}
		if !p.reads(r, kind) {
			continue
		}
		if p.repeats {
			into = t.enter(into, at)
			continue
		}
		if p.back > 0 {
			into = t.enter(into, at-uint16(p.back))
		}
		into = t.enter(into, at+1)
	}
	return into
}

// answers appends one byte for each test, '1' for yes; ok is false for a text that
// there is not.
func (t *tests) answers(into []byte, set []uint16) (answers []byte, ok bool) {
	for range t.count {
		into = append(into, '0')
	}
	for _, at := range set {
		switch p := &t.places[at]; {
		case !p.isEnd:
		case p.test < 0:
			ok = true
		default:
			into[p.test] = '1'
		}
	}
	return into, ok
}

// A reader reads texts, many of which begin alike, one after the other.
type reader struct {
	*tests
	// sets are the places at the begin of the last text, and after each of its
	// characters.
	text []rune
	sets [][]uint16
}

func (t *tests) reader() *reader { return &reader{tests: t, sets: [][]uint16{t.first()}} }

// reach are the places after a text.
func (r *reader) reach(text string) []uint16 {
	if r.ignoreCase {
		text = strings.ToLower(text)
	}
	characters, same := []rune(text), 0
	for same < min(len(characters), len(r.text)) && characters[same] == r.text[same] {
		same++
	}
	r.text = characters
	for i := same; i < len(characters); i++ {
		if i+1 == len(r.sets) {
			r.sets = append(r.sets, make([]uint16, 0, len(r.sets[0])))
		}
		r.sets[i+1] = r.next(r.sets[i+1][:0], r.sets[i], characters[i])
	}
	return r.sets[len(characters)]
}

// class is all texts with the same answers, and one that stands for them.
type class struct {
	text, answers string
}

func (c class) is(test int) bool { return c.answers[test] == '1' }

func textsOf(classes []class, err error) ([]string, error) {
	var texts []string
	for _, c := range classes {
		texts = append(texts, c.text)
	}
	return texts, err
}

// errTooMany says that a cap was reached.
var errTooMany = errors.New("there are too many cases to tell apart")

// maxStates is how many sets of places [tests.classes] looks at, unless it is to be
// fewer, and maxPlaces how many places there may be.
const (
	maxStates = 50_000
	maxPlaces = 1<<16 - 1
)

type reading struct {
	// set is the places, in two bytes each.
	set    string
	before int
	last   rune
}

// classes are all vectors of answers that a text of the language has, each with
// the first of the familiar texts, or the shortest, that gives it: breadth first
// through the sets of places that the tests can be at.
func (t *tests) classes(familiar []string) ([]class, error) {
	if len(t.places) > maxPlaces {
		return nil, errTooMany
	}
	const likely = 256
	found, seen := map[string]bool{}, make(map[string]bool, likely)
	var list []class
	var set, next []uint16
	var answers, key []byte
	var alphabet []rune
	isNew := func(set []uint16) (ok bool) {
		answers, ok = t.answers(answers[:0], set)
		return ok && !found[string(answers)]
	}
	add := func(text string) {
		found[string(answers)] = true
		list = append(list, class{text, string(answers)})
	}
	texts := t.reader()
	for i, text := range familiar {
		if !slices.Contains(familiar[:i], text) && isNew(texts.reach(text)) {
			add(text)
		}
	}
	queue := append(make([]reading, 0, likely), reading{set: string(asBytes(nil, t.first())), before: -1})
	for i := 0; i < len(queue); i++ {
		if len(queue) > t.most {
			return nil, errTooMany
		}
		if set = asPlaces(set[:0], queue[i].set); isNew(set) {
			add(spell(queue, i))
		}
		alphabet = t.alphabet(alphabet[:0], set)
		for _, r := range alphabet {
			next = t.next(next[:0], set, r)
			if key = asBytes(key[:0], next); len(key) > 0 && !seen[string(key)] {
				queue = append(queue, reading{string(key), i, r})
				seen[queue[len(queue)-1].set] = true
			}
		}
	}
	return list, nil
}

func asPlaces(into []uint16, set string) []uint16 {
	for at := 0; at < len(set); at += 2 {
		into = append(into, uint16(set[at])<<8|uint16(set[at+1]))
	}
	return into
}

func asBytes(into []byte, set []uint16) []byte {
	for _, at := range set {
		into = binary.BigEndian.AppendUint16(into, at)
	}
	return into
}

func spell(queue []reading, i int) string {
	var text []rune
	for ; queue[i].before >= 0; i = queue[i].before {
		text = append(text, queue[i].last)
	}
	slices.Reverse(text)
	return string(text)
}

// alphabet appends one character of each of the kinds that the places tell
// apart, and the characters that they name.
func (t *tests) alphabet(into []rune, set []uint16) []rune {
	named, told := make([]rune, 0, 64), make([]characters, 0, 16)
	for _, at := range set {
		p := &t.places[at]
		switch {
		case p.kinds != 0 && !slices.Contains(told, p.kinds):
			told = append(told, p.kinds)
		case p.kinds == 0 && !p.isEnd && !slices.Contains(named, p.character):
			named = append(named, p.character)
			for r := unicode.SimpleFold(p.character); p.anyCase && r != p.character; r = unicode.SimpleFold(r) {
				named = append(named, r)
			}
		}
	}
	return append(toldApart(into, told, named), named...)
}

// toldApart appends one character of each of the kinds that are told apart, and
// none that is named.
func toldApart(into []rune, told []characters, named []rune) []rune {
	seen := make([]uint64, 0, 16)
	for i, some := range ofEachKind() {
		answers := uint64(0)
		for _, kinds := range told {
			answers = answers<<1 | uint64(kinds>>i&1)
		}
		if answers == 0 || slices.Contains(seen, answers) {
			continue
		}
		for _, r := range some {
			if !slices.Contains(named, r) {
				into, seen = append(into, r), append(seen, answers)
				break
			}
		}
	}
	return into
}
