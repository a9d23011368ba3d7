package policy

import (
	"maps"
	"slices"
	"strings"
)

// Context is the request context: what conditions and policy variables read.
// A key is absent, or present with no value (the empty set), one value or
// several. Names of keys are compared without regard to case. A Context does
// not change; [Context.With] and [Context.Without] give another. The zero
// Context has no keys.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
type Context struct {
	values map[string][]string
}

// NewContext is the context of these keys. The values of two spellings of one
// key are joined, in the order of the spellings.
func NewContext(values map[string][]string) Context {
	c := Context{values: make(map[string][]string, len(values))}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		name := strings.ToLower(key)
		c.values[name] = append(c.values[name], values[key]...)
	}
	return c
}

// With is the context in which the key has these values; with none the key is
// present and empty.
func (c Context) With(key string, values ...string) Context {
	changed := maps.Clone(c.values)
	if changed == nil {
		changed = map[string][]string{}
	}
	changed[strings.ToLower(key)] = slices.Clone(values)
	return Context{values: changed}
}

// WithEach is the context in which each of the keys has its one value.
func (c Context) WithEach(values map[string]string) Context {
	changed := make(map[string][]string, len(c.values)+len(values))
	maps.Copy(changed, c.values)
	for key, value := range values {
		changed[strings.ToLower(key)] = []string{value}
	}
	return Context{values: changed}
}

// Without is the context in which the key is absent.
func (c Context) Without(key string) Context {
	changed := maps.Clone(c.values)
	delete(changed, strings.ToLower(key))
	return Context{values: changed}
}

// Lookup gives the values of a key, and whether it is present.
func (c Context) Lookup(key string) ([]string, bool) { return c.lookup(strings.ToLower(key)) }

// lookup takes a key in lower case.
func (c Context) lookup(key string) ([]string, bool) {
	values, ok := c.values[key]
	return values, ok
}
