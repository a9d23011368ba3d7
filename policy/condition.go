package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// truth is the outcome of a comparison. Unjudged is neither: AWS documents no
// outcome, or the value of the request cannot be read. A statement that hangs
// on it does not allow, and does deny: "if the AWS enforcement code encounters
// an error at any point during the evaluation, then it generates an exception
// and closes".
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type truth uint8

const (
	no truth = iota
	unjudged
	yes
)

func truthOf(matches bool) truth {
	if matches {
		return yes
	}
	return no
}

// matcher compares one value of the request with one value of the policy.
type matcher interface {
	match(value string, ctx Context) truth
	// resolves reports whether the policy variables in it have values.
	resolves(ctx Context) bool
	usesVariables() []string
}

// quantifier is the set operator before the colon.
type quantifier uint8

const (
	single quantifier = iota
	forAllValues
	forAnyValue
)

// condition is one key of one operator.
type condition struct {
	// key is in lower case, name as the document spells it.
	key, name  string
	quantifier quantifier
	ifExists   bool
	negated    bool
	// presence is the Null operator; its matchers are never asked.
	presence bool
	absent   []bool
	values   []matcher
	// variables are the keys of the policy variables in the values.
	variables []string
}

// operator says how a condition operator compares.
type operator struct {
	negated bool
	// compile reads one value of the policy; nil for Null. The flag says
	// whether the document has policy variables.
	compile compiler
}

// operators are all condition operators; each but Null takes IfExists and a
// set operator.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = sync.OnceValue(func() map[string]operator {
	return map[string]operator{
		"StringEquals":              {compile: compileText(false)},
		"StringNotEquals":           {compile: compileText(false), negated: true},
		"StringEqualsIgnoreCase":    {compile: compileIgnoreCase},
		"StringNotEqualsIgnoreCase": {compile: compileIgnoreCase, negated: true},
		"StringLike":                {compile: compileText(true)},
		"StringNotLike":             {compile: compileText(true), negated: true},
		"NumericEquals":             {compile: numeric(equals)},
		"NumericNotEquals":          {compile: numeric(equals), negated: true},
		"NumericLessThan":           {compile: numeric(less)},
		"NumericLessThanEquals":     {compile: numeric(less | equals)},
		"NumericGreaterThan":        {compile: numeric(greater)},
		"NumericGreaterThanEquals":  {compile: numeric(greater | equals)},
		"DateEquals":                {compile: date(equals)},
		"DateNotEquals":             {compile: date(equals), negated: true},
		"DateLessThan":              {compile: date(less)},
		"DateLessThanEquals":        {compile: date(less | equals)},
		"DateGreaterThan":           {compile: date(greater)},
		"DateGreaterThanEquals":     {compile: date(greater | equals)},
		"Bool":                      {compile: compileBool},
		"BinaryEquals":              {compile: compileBinary},
		"IpAddress":                 {compile: compileAddress},
		"NotIpAddress":              {compile: compileAddress, negated: true},
		"ArnEquals":                 {compile: compileARN},
		"ArnLike":                   {compile: compileARN},
		"ArnNotEquals":              {compile: compileARN, negated: true},
		"ArnNotLike":                {compile: compileARN, negated: true},
		"Null":                      {},
	}
})

// compileConditions reads a Condition element, in a fixed order.
func compileConditions(element Condition, in language) ([]condition, error) {
	var list []condition
	for _, name := range slices.Sorted(maps.Keys(element)) {
		shape, op, err := parseOperator(name, in.operators)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(element[name])) {
			c, err := shape.compileKey(key, element[name][key], op, in.variables)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", name, key, err)
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// parseOperator takes the name of an operator apart.
func parseOperator(name string, known map[string]operator) (condition, operator, error) {
	var shape condition
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		shape.quantifier, base = forAllValues, rest
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		shape.quantifier, base = forAnyValue, rest
	}
	base, shape.ifExists = strings.CutSuffix(base, "IfExists")
	op, ok := known[base]
	if !ok {
		return condition{}, operator{}, syntax("unknown condition operator %q", name)
	}
	shape.negated, shape.presence = op.negated, op.compile == nil
	if shape.presence && base != name {
		return condition{}, operator{}, syntax("condition operator %q: Null takes no set operator and no IfExists", name)
	}
	return shape, op, nil
}

// compileKey refuses a key without values: AWS does not say what it means.
func (c condition) compileKey(key string, values Values, op operator, variables bool) (condition, error) {
	c.key, c.name = strings.ToLower(key), key
	if c.key == "" || len(values) == 0 {
		return condition{}, syntax("a condition must name a key and at least one value")
	}
	for _, text := range values {
		if c.presence {
			absent, ok := parseBool(text)
			if !ok {
				return condition{}, syntax("value %q: it must be true or false", text)
			}
			c.absent = append(c.absent, absent)
			continue
		}
		m, err := op.compile(text, variables)
		if err != nil {
			return condition{}, err
		}
		c.values, c.variables = append(c.values, m), append(c.variables, m.usesVariables()...)
	}
	return c, nil
}

// holds judges the condition on a request. A key that is absent does not
// match: the condition is false, and true if its operator is negated, has
// IfExists or is qualified by ForAllValues. IfExists does not help ForAnyValue,
// whatever its page says: in a real account that is false. An empty set does as
// an absent key does, but is present to IfExists. A plain operator takes one
// value; what it makes of several AWS does not say.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
func (c *condition) holds(ctx Context) truth {
	values, present := ctx.lookup(c.key)
	switch {
	case c.presence:
		return truthOf(slices.Contains(c.absent, len(values) == 0))
	case c.quantifier != single:
		return c.holdsForSet(values, ctx)
	case !present && c.ifExists:
		return yes
	case len(values) == 0 && present && c.ifExists, len(values) > 1:
		return unjudged
	case len(values) == 0:
		return truthOf(c.negated)
	}
	return c.compare(values[0], ctx)
}

// holdsForSet judges a set operator. An absent key, the empty set and the set
// of one empty string are the same "null dataset": true for ForAllValues,
// false for ForAnyValue, negated or not, with IfExists or without.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (c *condition) holdsForSet(values []string, ctx Context) truth {
	all, anyOne := yes, no
	if len(values) != 1 || values[0] != "" {
		for _, value := range values {
			t := c.compare(value, ctx)
			all, anyOne = min(all, t), max(anyOne, t)
		}
	}
	if c.quantifier == forAllValues {
		return all
	}
	return anyOne
}

// compare judges one value of the request: it must match one value of the
// policy (OR), and with a negated operator none of them (NOR). A value of the
// policy whose variable has no value matches nothing, and so a negated operator
// takes it for a difference: an Allow applies, a Deny denies. The page also says
// that such a statement may be invalid; a proof must not count on that.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func (c *condition) compare(value string, ctx Context) truth {
	found := no
	for _, m := range c.values {
		if m.resolves(ctx) {
			found = max(found, m.match(value, ctx))
		}
	}
	if c.negated {
		return yes - found
	}
	return found
}

// order is a set of outcomes of a comparison.
type order uint8

const (
	less order = 1 << iota
	equals
	greater
)

// has reports whether the outcome of [cmp.Compare] is among them.
func (o order) has(outcome int) bool { return o&(less<<(cmp.Compare(outcome, 0)+1)) != 0 }
